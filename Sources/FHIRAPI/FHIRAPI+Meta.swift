internal import Base
internal import FHIR
internal import HTTP
internal import JSONTape
internal import RecordStore
internal import Search

extension FHIRAPI {
    /// Tells the profiles, tags and security labels of a resource, or those in use on a type or the system.
    /// - Source: FHIR R4 resource-operation-meta, https://hl7.org/fhir/R4/resource-operation-meta.html
    @Sendable func serveMeta(_ call: Call, _ reply: Reply) throws {
        try call.allowOnly([])
        let type = call.typeName.isEmpty ? nil : try call.type()
        hand(call, reply, to: readers) { [self] bench in
            var labels = MetaLabels()
            guard call.id.isEmpty else {
                let version = try present(store.read(call.scope, type: call.typeName, id: call.id), call)
                try add(version, to: &labels, bench)
                return .fhir(body: labels.parameters(of: version))
            }
            var left = options.metaResourcesMax
            for type in type.map({ [$0] }) ?? store.definitions.concreteResourceTypes {
                try addAll(of: type, to: &labels, left: &left, call, bench)
            }
            return .fhir(body: labels.parameters(of: nil))
        }
    }

    private func add(_ version: StoredResource, to labels: inout MetaLabels, _ bench: Workbench) throws {
        let text = ByteWriter(capacity: 8192)
        version.writeJSON(to: text)
        if let meta = try bench.parse(text.bytes).member("meta") { labels.add(meta) }
    }

    /// Adds what all resources of a type have. Only those are opened that have a label.
    private func addAll(
        of type: TypeID, to labels: inout MetaLabels, left: inout Int, _ call: Call, _ bench: Workbench
    ) throws {
        for name in ["_profile", "_security", "_tag"] where store.plans.plan(for: type).parameters[name] != nil {
            let query = try SearchQuery.parse(
                type: type, parameters: [(name + ":missing", "false")], plans: store.plans, now: clock.now())
            var cursor: SearchCursor?
            repeat {
                let page = try store.search(call.scope, query, SearchWindow(count: 500, cursor: cursor))
                left -= page.matches.count
                guard left >= 0 else {
                    throw FHIRAPIError(
                        .invalid, .tooCostly,
                        "More than \(options.metaResourcesMax) resources have labels: ask for one type or resource.")
                }
                for version in page.matches { try add(version, to: &labels, bench) }
                cursor = page.next
            } while cursor != nil
        }
    }

    /// Adds profiles, tags and security labels to a resource. That makes a new version, as versions never change; what is
    /// there already makes none.
    @Sendable func serveMetaAdd(_ call: Call, _ reply: Reply) throws {
        try changeMeta(call, reply) { labels, meta in labels.add(meta) }
    }

    /// Takes profiles, tags and security labels away from a resource.
    @Sendable func serveMetaDelete(_ call: Call, _ reply: Reply) throws {
        try changeMeta(call, reply) { labels, meta in
            var others = MetaLabels()
            others.add(meta)
            labels.remove(others)
        }
    }

    private func changeMeta(
        _ call: Call, _ reply: Reply, _ change: @escaping @Sendable (inout MetaLabels, JSONValue) -> Void
    ) throws {
        let type = try call.type()
        try ContentNegotiation.checkBody(call.request)
        try call.allowOnly([])
        write(call, reply) { [self] bench in
            let call = try call.decoded(bench)
            let target = try WritePlanner(call).patch(type, id: call.id, call.request.headers)
            guard let version = target.present else { throw FHIRAPIError(.notFound, .notFound, "There is nothing.") }
            var labels = MetaLabels()
            let stored = ByteWriter(capacity: 8192)
            version.writeJSON(to: stored)
            let before = try bench.parse(stored.bytes)
            if let meta = before.member("meta") { labels.add(meta) }
            let (rest, metaRest) = Self.withoutLabels(before)
            let root = try call.request.body.withUnsafeBytes { try bench.parse($0) }
            change(&labels, try meta(root, bench))
            let text = ByteWriter(capacity: 8192)
            text.write("{")
            text.write(rest.bytes)
            text.write(",\"meta\":{")
            text.write(metaRest.bytes)
            labels.write(to: text, isFirst: metaRest.count == 0)
            text.write("}}")
            let made = labels
            let resource = try CheckedResource(try bench.parse(text.bytes), of: type, bench)
            let batch = try bench.batch(call.scope)
            try batch.put(resource, target)
            call.trace.wrote(resource, target)
            let (isDemanded, isRetried) = (target.isDemanded, target.isRetried)
            return .commit(
                batch,
                WriteSequel(
                    quickAnswer: { _ in nil },
                    answer: { [store] receipt, _ in
                        guard let sequence = receipt.outcomes.first?.sequence else {
                            throw FHIRAPIError(.failed, .exception, "The server failed to store the resource.")
                        }
                        let version = try store.entry(call.scope, sequence: sequence)
                        var response = HTTPResponse.fhir(body: made.parameters(of: version))
                        response.headers["ETag"] = VersionHeaders.entityTag(sequence)
                        return response
                    },
                    refusal: { error in
                        if error.code == .changed || error.code == .conflict && isRetried { return nil }
                        return FHIRAPIError(error, hasCondition: isDemanded)
                    }))
        }
    }

    /// The members of a resource but for its Meta, and those of its Meta but for the labels.
    private static func withoutLabels(_ root: JSONValue) -> (rest: ByteWriter, meta: ByteWriter) {
        let rest = ByteWriter(capacity: 8192)
        root.writeMembers(to: rest) { bytesEqual($0.name, "meta") }
        let meta = ByteWriter(capacity: 256)
        root.member("meta")?.writeMembers(to: meta) { member in
            bytesEqual(member.name, "profile") || bytesEqual(member.name, "security") || bytesEqual(member.name, "tag")
        }
        return (rest, meta)
    }

    /// The Meta of the operation's Parameters.
    private func meta(_ root: JSONValue, _ bench: Workbench) throws -> JSONValue {
        guard let type = store.definitions.type(named: "Parameters") else {
            throw FHIRAPIError(.failed, .exception, "The definitions have no Parameters.")
        }
        _ = try CheckedResource(root, of: type, bench, isStored: false)
        let parameter = root.member("parameter")?.elements.first { $0.member("name")?.equals("meta") == true }
        guard let meta = parameter?.member("valueMeta") else {
            throw FHIRAPIError(
                .invalid, .required, "The operation takes Parameters with a parameter \"meta\" that has a valueMeta.")
        }
        return meta
    }
}
