internal import Base
internal import FHIR
internal import HTTP
internal import JSONTape
internal import RecordStore

extension FHIRAPI {
    /// Stores a resource under a new id.
    @Sendable func serveCreate(_ call: Call, _ reply: Reply) throws {
        let type = try call.type()
        try ContentNegotiation.checkBody(call.request)
        try call.allowOnly([])
        guard call.request.headers["if-none-exist"] == nil else {
            throw FHIRAPIError(
                .preconditionFailed, .notSupported,
                "Conditional create is not served: search first, then create without If-None-Exist.",
                location: "http.If-None-Exist")
        }
        hand(call, reply, to: writers) { [self] bench in
            let resource = try read(call, as: type, bench)
            try put(resource, id: ResourceID.random(), precondition: .absent, call, reply, bench)
            return nil
        }
    }

    /// Stores a resource's new version, or a new resource under an id of the client's.
    @Sendable func serveUpdate(_ call: Call, _ reply: Reply) throws {
        let type = try call.type()
        try ContentNegotiation.checkBody(call.request)
        try call.allowOnly([])
        try checkID(call.id)
        hand(call, reply, to: writers) { [self] bench in
            let precondition = try precondition(call)
            let resource = try read(call, as: type, bench)
            let id = resource.root.member("id")?.text
            guard id == call.id else {
                let said = id.map { "has the id \"\($0.shortened)\"" } ?? "has no id"
                var error = FHIRAPIError(
                    .invalid, .invalid, "The resource \(said), but the address says \"\(call.id)\": they must be equal."
                )
                error.issues[0].expression = call.typeName + ".id"
                throw error
            }
            try put(resource, id: call.id, precondition: precondition, call, reply, bench)
            return nil
        }
    }

    /// Deletes a resource; its versions stay. There being nothing to delete is no error.
    @Sendable func serveDelete(_ call: Call, _ reply: Reply) throws {
        let type = try call.type()
        try call.allowOnly([])
        try checkID(call.id)
        hand(call, reply, to: writers) { [self] bench in
            let precondition = try precondition(call)
            let batch = try bench.batch(call.scope)
            Array(call.id.utf8).withUnsafeBytes { batch.delete(type: type, id: $0, precondition: precondition) }
            let hasCondition = precondition != .none
            commit(batch) { [self] result in
                do {
                    var headers: HTTPHeaders = [:]
                    if case .deleted(let sequence)? = try result.get().outcomes.first {
                        headers["ETag"] = VersionHeaders.entityTag(sequence)
                    }
                    reply(HTTPResponse(status: .noContent, headers: headers))
                } catch {
                    answer(Self.writeError(error, hasCondition), reply)
                }
            }
            return nil
        }
    }

    private func checkID(_ id: String) throws(FHIRAPIError) {
        var id = id
        guard id.withUTF8({ PrimitiveType.id.accepts(UnsafeRawBufferPointer($0)) }) else {
            throw FHIRAPIError(
                .invalid, .value,
                "\"\(id.shortened)\" is no id: 1 to 64 of letters, digits, - and . are allowed.")
        }
    }

    private func precondition(_ call: Call) throws -> Precondition {
        try WriteCondition.precondition(call.request.headers) {
            guard let present = try store.read(call.scope, type: call.typeName, id: call.id), !present.isDeleted else {
                return nil
            }
            return present.sequence
        }
    }

    /// Reads and checks the resource of a request's body.
    private func read(_ call: Call, as type: TypeID, _ bench: Workbench) throws -> CheckedResource {
        guard call.request.body.count <= options.resourceBytesMax else {
            throw FHIRAPIError(
                .tooLarge, .tooLong, "A resource may have at most \(options.resourceBytesMax) bytes.")
        }
        let root = try call.request.body.withUnsafeBytes { bytes in try bench.parse(bytes) }
        let resource = try CheckedResource(root, of: type, bench)
        let references = ConditionalReferences(call: call, store: store, limit: options.conditionalReferencesMax)
        try references.resolve(resource.references, in: root, bench)
        return resource
    }

    private func put(
        _ resource: CheckedResource, id: String, precondition: Precondition, _ call: Call, _ reply: Reply,
        _ bench: Workbench
    ) throws {
        let batch = try bench.batch(call.scope)
        Array(id.utf8).withUnsafeBytes {
            batch.put(resource.root, type: resource.type, id: $0, precondition: precondition)
        }
        let answer = WriteAnswer(
            id: id, warnings: resource.warnings, returns: Preferences(call.request.headers).returns)
        let hasCondition = precondition != .none
        commit(batch) { [self] result in
            do {
                try finish(answer, result.get(), call, reply)
            } catch {
                self.answer(Self.writeError(error, hasCondition), reply)
            }
        }
    }

    private func commit(
        _ batch: WriteBatch, _ completion: @escaping @Sendable (Result<CommitReceipt, any Error>) -> Void
    ) {
        openCommits.begin()
        store.commit(batch) { [openCommits] result in
            completion(result)
            openCommits.end()
        }
    }

    /// Answers a write that is durable. Runs on the log's own thread: what reads the store is done elsewhere.
    private func finish(_ answer: WriteAnswer, _ receipt: CommitReceipt, _ call: Call, _ reply: Reply) throws {
        if !receipt.awaiting.isEmpty {
            readers.proceed { [self] _ in targetsArrived(call.scope, receipt.awaiting) }
        }
        guard let outcome = receipt.outcomes.first, let sequence = outcome.sequence else {
            throw FHIRAPIError(.failed, .exception, "The server failed to store the resource.")
        }
        var isUnchanged = false
        if case .unchanged = outcome { isUnchanged = true }
        if !isUnchanged && answer.returns != .representation {
            let response = answer.response(outcome, sequence, lastUpdated: receipt.committedAt, stored: nil, call)
            reply(laidOut(response, for: call))
            return
        }
        readers.proceed { [self] _ in
            do {
                let stored = try store.entry(call.scope, sequence: sequence)
                let response = answer.response(outcome, sequence, lastUpdated: stored.lastUpdated, stored: stored, call)
                reply(laidOut(response, for: call))
            } catch {
                self.answer(error, reply)
            }
        }
    }

    private static func writeError(_ error: any Error, _ hasCondition: Bool) -> any Error {
        guard let error = error as? StoreError else { return error }
        return FHIRAPIError(error, hasCondition: hasCondition)
    }
}
