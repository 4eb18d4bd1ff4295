internal import Base
internal import HTTP
internal import RecordStore

extension FHIRAPI {
    /// Does what a batch or transaction asks for.
    /// - Source: FHIR R4 http, https://hl7.org/fhir/R4/http.html#transaction
    @Sendable func serveBundle(_ call: Call, _ reply: Reply) throws {
        try ContentNegotiation.checkBody(call.request)
        try call.allowOnly([])
        write(call, reply) { [self] bench in
            let call = try call.decoded(bench)
            let request = try BundleRequest(call, bench)
            call.trace.name(request.isTransaction ? "transaction" : "batch")
            guard request.isTransaction else {
                BatchRun(request, call, self, reply).start()
                return .elsewhere
            }
            return try transaction(request, call, bench)
        }
    }

    private func transaction(_ request: BundleRequest, _ call: Call, _ bench: Workbench) throws -> WriteStep {
        let batch = try bench.batch(call.scope)
        var transaction = try Transaction(request, call, bench, batch)
        let outcomes = try transaction.prepare()
        guard batch.count > 0 else {
            return .answer(try answer(outcomes, nil, call, bench))
        }
        return .commit(
            batch,
            WriteSequel(
                quickAnswer: { _ in nil },
                answer: { [self] receipt, bench in try answer(outcomes, receipt, call, bench) },
                refusal: transaction.refusal()))
    }

    private func answer(
        _ outcomes: [Transaction.Outcome], _ receipt: CommitReceipt?, _ call: Call, _ bench: Workbench
    ) throws -> HTTPResponse {
        var bundle = BundleWriter(type: "transaction-response", addresses: Addresses(base: call.base))
        let returns = Preferences(call.request.headers).returns ?? .minimal
        for outcome in outcomes {
            switch outcome {
            case .nothing: bundle.add(EntryResponse(.noContent))
            case .present(let stored):
                let answer = WriteAnswer(
                    typeName: stored.type, id: stored.id, warnings: [], returns: returns, subset: nil)
                let response = try answer.response(.unchanged(stored.sequence), stored, call, bench)
                bundle.add(EntryResponse(response, lastModified: stored.lastUpdated))
            case .put(let place, let answer):
                guard let receipt, let sequence = receipt.outcomes[place].sequence else {
                    throw FHIRAPIError(.failed, .exception, "The server failed to store the resource.")
                }
                let outcome = receipt.outcomes[place]
                // What was there already keeps its time; what is wanted whole is read back.
                var lastUpdated = receipt.committedAt
                let response: HTTPResponse
                let isRead = if case .unchanged = outcome { true } else { answer.returns == .representation }
                if isRead, let stored = try store.written(sequence, call.scope) {
                    lastUpdated = stored.lastUpdated
                    response = try answer.response(outcome, stored, call, bench)
                } else {
                    response = answer.response(outcome, lastUpdated: lastUpdated, call)
                }
                bundle.add(EntryResponse(response, lastModified: lastUpdated))
            case .deleted(let places):
                var response = EntryResponse(.noContent)
                let deleted = places.compactMap { receipt?.outcomes[$0].sequence }
                if !deleted.isEmpty { response.lastModified = receipt?.committedAt }
                if deleted.count == 1 { response.etag = deleted.first.map { VersionHeaders.entityTag($0) } }
                bundle.add(response)
            case .read(let request):
                guard bundle.byteCount <= options.bundleAnswerBytesMax else {
                    let error = FHIRAPIError(
                        .tooLarge, .tooCostly, "The entries before this one fill the answer: ask for it on its own.")
                    bundle.add(EntryResponse(error.response))
                    continue
                }
                bundle.add(EntryResponse(answerInner(request, of: call, on: bench), isRead: true))
            }
        }
        bundle.finish(total: nil, links: [])
        return .fhir(body: bundle.writer)
    }
}
