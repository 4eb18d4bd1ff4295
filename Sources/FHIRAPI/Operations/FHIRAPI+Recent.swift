internal import Access
internal import Base
internal import FHIR
internal import HTTP
internal import JSONTape
internal import RecordStore
internal import Search

extension FHIRAPI {
    static let recentRoutes: [FHIRRoute] = [HTTPMethod.get, .post].flatMap { method in
        [
            FHIRRoute(
                method, "/Observation/$lastn", "The last observations of each code",
                [
                    .operation(
                        "lastn", definition: "http://hl7.org/fhir/OperationDefinition/Observation-lastn",
                        type: "Observation")
                ], needs: .records([.read, .search], type: "Observation"),
                takes: method == .get ? ["patient", "subject", "category", "code", "max", "_at"] : []
            ) { try $0.serveLastN($1, $2) },
            FHIRRoute(
                method, "/DocumentReference/$docref", "A patient's documents",
                [
                    .operation(
                        "docref", definition: "http://hl7.org/fhir/us/core/OperationDefinition/docref",
                        type: "DocumentReference")
                ], needs: .records([.read, .search], type: "DocumentReference"),
                takes: method == .get ? ["patient", "start", "end", "type", "profile", "on-demand", "_at"] : []
            ) { try $0.serveDocuments($1, $2) },
        ]
    }

    // MARK: Observations

    /// Lists of what a search of Observations finds the `max` newest of each code. Observations that share a coding are of
    /// one code.
    /// - Source: FHIR R4 Observation/$lastn, https://hl7.org/fhir/R4/observation-operation-lastn.html
    private func serveLastN(_ call: Call, _ reply: Reply) throws {
        hand(call, reply, to: readers) { [self] bench in
            let call = try call.decoded(bench)
            var items = try operationItems(call, bench)
            let count = try lastCount(items)
            items.removeAll { $0.name == "max" }
            let forbidden: Set = [
                "_sort", "_count", "_total", "_include", "_revinclude", "_page", "_summary", "_elements",
            ]
            let names = items.map {
                $0.name.split(whereSeparator: { $0 == ":" || $0 == "." }).first.map(String.init) ?? ""
            }
            if let name = names.first(where: { forbidden.contains($0) }) {
                throw ExportRequest.error(name, "has no place in $lastn")
            }
            guard names.contains("patient") || names.contains("subject") else {
                throw FHIRAPIError(
                    .invalid, .required, "$lastn needs a patient or subject.", location: "http.patient")
            }
            let (query, point) = try recentQuery("Observation", items, call)
            var recent = RecentByCode(countMax: count)
            var looked = 0
            try forEachMatch(call.scope, query, point) { match in
                looked += 1
                guard looked <= options.operationResourcesMax else { throw tooMany("The search") }
                try withRoot(of: match, bench) { root in
                    recent.add(
                        RecentByCode.Item(sequence: match.sequence, moment: Self.effective(root)),
                        keys: RecentByCode.keys(root.member("code")))
                }
            }
            return try recentBundle(recent.newest.map(\.sequence), "/Observation/$lastn", call, bench)
        }
    }

    private func lastCount(_ items: [QueryParameters.Item]) throws -> Int {
        let given = items.filter { $0.name == "max" }
        guard let text = given.first?.value else { return 1 }
        guard given.count == 1, let count = Int(text), (1...options.pageCountMax).contains(count) else {
            throw ExportRequest.error("max", "takes one number from 1 to \(options.pageCountMax)")
        }
        return count
    }

    /// When an Observation's value held; the least number where it does not say.
    private static func effective(_ root: JSONValue) -> Int64 {
        let period = root.member("effectivePeriod")
        let timing = root.member("effectiveTiming")?.member("event")
        let texts = [
            root.member("effectiveDateTime"), root.member("effectiveInstant"), period?.member("end"),
            period?.member("start"), timing.flatMap { $0.isArray ? $0.elements.map { $0 }.last : nil },
            root.member("issued"),
        ]
        for case let text? in texts where text.isString {
            if let range = DateRange(text.utf8) { return range.low }
        }
        return .min
    }

    // MARK: Documents

    /// Lists a patient's documents: those about care between `start` and `end`; without either the newest current one of
    /// each type. None is made anew.
    /// - Source: US Core DocumentReference/$docref; International Patient Access.
    private func serveDocuments(_ call: Call, _ reply: Reply) throws {
        hand(call, reply, to: readers) { [self] bench in
            let call = try call.decoded(bench)
            var patient: String?
            var span: (start: Int64, end: Int64)?
            var items: [QueryParameters.Item] = []
            for item in try operationItems(call, bench) where item.name != "_format" && item.name != "_pretty" {
                switch item.name {
                case "patient":
                    guard patient == nil else { throw ExportRequest.error("patient", "may come only once") }
                    patient = item.value.hasPrefix("Patient/") ? String(item.value.dropFirst(8)) : item.value
                case "start":
                    span = (try Call.instants("start", item.value).low.microseconds, span?.end ?? .max)
                case "end":
                    span = (span?.start ?? .min, try Call.instants("end", item.value).high.microseconds)
                case let name where name == "type" || name.hasPrefix("type:"): items.append(item)
                case "profile": items.append(QueryParameters.Item("_profile", item.value))
                case "_at": items.append(item)
                case "on-demand" where item.value == "false": continue
                case "on-demand":
                    throw FHIRAPIError(
                        .invalid, .notSupported, "Documents are not made on demand here: leave out \"on-demand\".",
                        location: "http.on-demand")
                default:
                    throw FHIRAPIError(
                        .invalid, .notSupported, "The parameter \"\(item.name.shortened)\" is not known here.",
                        location: "http." + item.name.shortened)
                }
            }
            guard let patient, !patient.isEmpty else {
                throw FHIRAPIError(.invalid, .required, "$docref needs a patient.", location: "http.patient")
            }
            // Several types are alternatives.
            let types = items.filter { $0.name == "type" }.map(\.value).joined(separator: ",")
            items.removeAll { $0.name == "type" }
            if !types.isEmpty { items.append(QueryParameters.Item("type", types)) }
            items.append(QueryParameters.Item("patient", "Patient/" + patient))
            let (query, point) = try recentQuery("DocumentReference", items, call)
            var about = call
            about.request.captures = ["type": "Patient", "id": patient]
            _ = try present(store.read(call.scope, type: "Patient", id: patient, at: point), about)

            var found: [UInt64] = []
            var recent = RecentByCode(countMax: 1)
            var looked = 0
            try forEachMatch(call.scope, query, point) { match in
                looked += 1
                guard looked <= options.operationResourcesMax else { throw tooMany("The patient") }
                try withRoot(of: match, bench) { root in
                    let care = Self.careSpan(root)
                    if let span {
                        if care.low <= span.end, care.high >= span.start { found.append(match.sequence) }
                    } else if root.member("status")?.string == "current" {
                        recent.add(
                            RecentByCode.Item(sequence: match.sequence, moment: care.low),
                            keys: RecentByCode.keys(root.member("type")))
                    }
                }
            }
            let documents = span == nil ? recent.newest.map(\.sequence) : found
            return try recentBundle(documents, "/DocumentReference/$docref", call, bench)
        }
    }

    /// When the care was given that a document is about; else when the document was made.
    private static func careSpan(_ root: JSONValue) -> DateRange {
        func range(_ value: JSONValue?) -> DateRange? {
            guard let value, value.isString else { return nil }
            return DateRange(value.utf8)
        }
        if let period = root.member("context")?.member("period") {
            let start = range(period.member("start"))
            let end = range(period.member("end"))
            if start != nil || end != nil { return DateRange(low: start?.low ?? .min, high: end?.high ?? .max) }
        }
        return range(root.member("date")) ?? DateRange(low: .min, high: .max)
    }

    // MARK: Both

    private func recentQuery(
        _ name: String, _ items: [QueryParameters.Item], _ call: Call
    ) throws -> (SearchQuery, LogPoint) {
        guard let type = resourceType(name) else {
            throw FHIRAPIError(.failed, .exception, "The definitions have no \(name).")
        }
        let query = try SearchQuery.parse(
            type: type, parameters: items.map { ($0.name, $0.value) }, plans: store.plans(call.scope), now: clock.now(),
            baseURL: call.base + "/", terminology: call.terms,
            isLenient: Preferences(call.request.headers).isLenient)
        let at = query.options.at.map { Instant(microseconds: $0) }
        return (query, try at.map { try store.point(call.scope, at: $0) } ?? store.now(call.scope))
    }

    private func withRoot(of version: StoredResource, _ bench: Workbench, _ body: (JSONValue) -> Void) throws {
        let text = ByteWriter(capacity: 8192)
        version.writeJSON(to: text)
        do {
            body(try bench.parse(text.bytes))
        } catch {
            throw StoreError(code: .damaged, detail: "entry \(version.sequence) is no JSON", cause: error)
        }
    }

    private func recentBundle(
        _ sequences: [UInt64], _ path: String, _ call: Call, _ bench: Workbench
    ) throws -> HTTPResponse {
        var bundle = BundleWriter(type: "searchset", addresses: Addresses(base: call.base))
        for sequence in sequences {
            guard bundle.byteCount <= options.pageBytesMax else {
                throw FHIRAPIError(
                    .invalid, .tooCostly, "The answer would be larger than \(options.pageBytesMax) bytes: ask for less."
                )
            }
            try bundle.add(
                try store.entry(call.scope, sequence: sequence), mode: .match, subset: nil, using: bench)
        }
        let url = Self.url(call.base + path, call.request.query.items)
        bundle.finish(total: sequences.count, links: [BundleWriter.Link(relation: "self", url: url)])
        return .fhir(body: bundle.writer)
    }
}
