internal import Base
internal import FHIR
internal import HTTP
internal import JSONTape
internal import RecordStore

extension FHIRAPI {
    /// Stores a resource under a new id, unless `If-None-Exist` finds that it is there.
    @Sendable func serveCreate(_ call: Call, _ reply: Reply) throws {
        let type = try call.type()
        try ContentNegotiation.checkBody(call.request)
        try call.allowOnly(Self.ofAnswer)
        write(call, reply) { [self] bench in
            let call = try call.decoded(bench)
            let resource = try read(call, as: type, bench)
            let target = try WritePlanner(call).create(type, call.request.headers)
            return try put(resource, target, call, bench)
        }
    }

    /// Stores a resource's new version, or a new resource under an id of the client's.
    @Sendable func serveUpdate(_ call: Call, _ reply: Reply) throws {
        let type = try call.type()
        try ContentNegotiation.checkBody(call.request)
        try call.allowOnly(Self.ofAnswer)
        write(call, reply) { [self] bench in
            let call = try call.decoded(bench)
            let target = try WritePlanner(call).update(type, id: call.id, call.request.headers)
            let resource = try read(call, as: type, bench)
            try checkID(of: resource, equals: call.id)
            return try put(resource, target, call, bench)
        }
    }

    /// Stores a new version of the resource that the criteria find, or a new resource.
    @Sendable func serveConditionalUpdate(_ call: Call, _ reply: Reply) throws {
        let type = try call.type()
        try ContentNegotiation.checkBody(call.request)
        write(call, reply) { [self] bench in
            let call = try call.decoded(bench)
            let criteria = try Criteria(type, call.request.query.items, call)
            let resource = try read(call, as: type, bench)
            let target = try WritePlanner(call).update(
                criteria, resourceID: resource.root.member("id")?.text, call.request.headers)
            return try put(resource, target, call, bench)
        }
    }

    /// Changes a part of a resource.
    @Sendable func servePatch(_ call: Call, _ reply: Reply) throws {
        let type = try call.type()
        let format = try PatchDocument.Format(call.request)
        try call.allowOnly(Self.ofAnswer)
        write(call, reply) { [self] bench in
            let call = try call.decoded(bench)
            let patch = try PatchDocument(call.request.body, format, bench)
            let target = try WritePlanner(call).patch(type, id: call.id, call.request.headers)
            return try put(try patched(target, by: patch, call, bench), target, call, bench)
        }
    }

    /// Changes a part of the one resource that the criteria find.
    @Sendable func serveConditionalPatch(_ call: Call, _ reply: Reply) throws {
        let type = try call.type()
        let format = try PatchDocument.Format(call.request)
        write(call, reply) { [self] bench in
            let call = try call.decoded(bench)
            let patch = try PatchDocument(call.request.body, format, bench)
            let criteria = try Criteria(type, call.request.query.items, call)
            let target = try WritePlanner(call).patch(criteria, call.request.headers)
            return try put(try patched(target, by: patch, call, bench), target, call, bench)
        }
    }

    /// Deletes a resource; its versions stay. There being nothing to delete is no error.
    @Sendable func serveDelete(_ call: Call, _ reply: Reply) throws {
        let type = try call.type()
        try call.allowOnly([])
        write(call, reply) { [self] bench in
            try delete([try WritePlanner(call).delete(type, id: call.id, call.request.headers)], call, bench)
        }
    }

    /// Deletes all resources that the criteria find, up to a limit.
    @Sendable func serveConditionalDelete(_ call: Call, _ reply: Reply) throws {
        let type = try call.type()
        write(call, reply) { [self] bench in
            let criteria = try Criteria(type, call.request.query.items, call)
            return try delete(try WritePlanner(call).delete(criteria, call.request.headers), call, bench)
        }
    }

    /// Parameters that say how an answer is written.
    static let ofAnswer = ["_summary", "_elements"]

    // MARK: Parts

    /// Reads and checks the resource of a request's body.
    private func read(_ call: Call, as type: TypeID, _ bench: Workbench) throws -> CheckedResource {
        guard call.request.body.count <= options.resourceBytesMax else {
            throw FHIRAPIError(
                .tooLarge, .tooLong, "A resource may have at most \(options.resourceBytesMax) bytes.")
        }
        let root = try call.request.body.withUnsafeBytes { bytes in try bench.parse(bytes) }
        let resource = try CheckedResource(root, of: type, bench)
        let references = ConditionalReferences(call: call, store: store, limit: options.conditionalReferencesMax)
        try references.resolve(resource.references, in: root, bench.parser)
        return resource
    }

    private func checkID(of resource: CheckedResource, equals wanted: String) throws(FHIRAPIError) {
        let id = resource.root.member("id")?.text
        guard id == wanted else {
            let said = id.map { "has the id \"\($0.shortened)\"" } ?? "has no id"
            var error = FHIRAPIError(
                .invalid, .invalid, "The resource \(said), but the address says \"\(wanted)\": they must be equal.")
            error.issues[0].expression = store.definitions[resource.type].name + ".id"
            throw error
        }
    }

    /// The resource that a patch makes of the version that is there.
    private func patched(
        _ target: WriteTarget, by patch: PatchDocument, _ call: Call, _ bench: Workbench
    ) throws -> CheckedResource {
        guard let present = target.present else {
            throw FHIRAPIError(.notFound, .notFound, "There is no \(target.reference).")
        }
        let made = try patch.apply(to: present, bench.parser, now: clock.now())
        let root = try bench.parse(made.bytes)
        let resource = try patch.checked(root, target, bench)
        let references = ConditionalReferences(call: call, store: store, limit: options.conditionalReferencesMax)
        try references.resolve(resource.references, in: root, bench.parser)
        return resource
    }

    private func put(
        _ resource: CheckedResource, _ target: WriteTarget, _ call: Call, _ bench: Workbench
    ) throws -> WriteStep {
        let subset = try subset(call)
        let answer = WriteAnswer(
            typeName: target.typeName, id: target.id, warnings: resource.warnings,
            returns: Preferences(call.request.headers).returns ?? .representation, subset: subset)
        if call.request.method == .post, let present = target.present {
            return .answer(try answer.response(.unchanged(present.sequence), present, call, bench))
        }
        let batch = try bench.batch(call.scope)
        try batch.put(resource, target)
        call.trace.wrote(resource, target)
        return .commit(batch, sequel(answer, target, call))
    }

    private func sequel(_ answer: WriteAnswer, _ target: WriteTarget, _ call: Call) -> WriteSequel {
        WriteSequel(
            quickAnswer: { receipt in
                guard answer.returns != .representation, let outcome = receipt.outcomes.first else { return nil }
                if case .unchanged = outcome { return nil }
                return answer.response(outcome, lastUpdated: receipt.committedAt, call)
            },
            answer: { [store] receipt, bench in
                guard let outcome = receipt.outcomes.first, let sequence = outcome.sequence else {
                    throw FHIRAPIError(.failed, .exception, "The server failed to store the resource.")
                }
                guard let stored = try store.written(sequence, call.scope) else {
                    return answer.response(outcome, lastUpdated: receipt.committedAt, call)
                }
                return try answer.response(outcome, stored, call, bench)
            },
            refusal: refusal([target]))
    }

    private func delete(_ targets: [WriteTarget], _ call: Call, _ bench: Workbench) throws -> WriteStep {
        let isTold = Preferences(call.request.headers).returns == .outcome
        @Sendable func response(_ outcomes: [WriteOutcome]) -> HTTPResponse {
            let deleted = outcomes.compactMap { outcome -> UInt64? in
                if case .deleted(let sequence) = outcome { sequence } else { nil }
            }
            let diagnostics = "\(deleted.count) \(deleted.count == 1 ? "resource was" : "resources were") deleted."
            var response =
                isTold
                ? OperationOutcome(
                    issues: [Issue(severity: .information, kind: .informational, diagnostics: diagnostics)]
                ).response(status: .ok) : HTTPResponse(status: .noContent)
            if outcomes.count == 1, let sequence = deleted.first {
                response.headers["ETag"] = VersionHeaders.entityTag(sequence)
            }
            return response
        }
        guard let first = targets.first else { return .answer(response([])) }
        let batch = try bench.batch(call.scope)
        try batch.expect(first, isDeletion: true)
        for target in targets {
            // Whose it was stands in what is there.
            if target.present == nil { _ = try store.read(call.scope, type: target.typeName, id: target.id) }
            batch.delete(target)
            call.trace.wrote(nil, target)
        }
        return .commit(
            batch,
            WriteSequel(
                quickAnswer: { response($0.outcomes) }, answer: { receipt, _ in response(receipt.outcomes) },
                refusal: refusal(targets)))
    }

    /// How a commit of these targets is refused.
    private func refusal(_ targets: [WriteTarget]) -> @Sendable (StoreError) -> FHIRAPIError? {
        let conditions = targets.map { ($0.isDemanded, $0.isRetried) }
        return { error in
            switch error.code {
            case .changed: return nil
            case .conflict:
                let place = error.write ?? 0
                let (isDemanded, isRetried) = place < conditions.count ? conditions[place] : (false, false)
                return isRetried && !isDemanded ? nil : FHIRAPIError(error, hasCondition: isDemanded)
            default: return FHIRAPIError(error)
            }
        }
    }
}
