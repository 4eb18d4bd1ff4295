internal import Base
internal import HTTP
internal import RecordStore

extension FHIRAPI {
    /// How often an interaction is done again because what it built on changed under it.
    private static let attemptsMax = 100

    /// Has a write prepared by a worker, commits it and answers. Where somebody else's write came between preparation and
    /// commit, and the client demanded no certain version, all of it is done again.
    func write(_ call: Call, _ reply: Reply, _ prepare: @escaping @Sendable (Workbench) throws -> WriteStep) {
        hand(call, reply, to: writers) { [self] bench in
            try attempt(1, call, reply, bench, prepare)
            return nil
        }
    }

    private func attempt(
        _ number: Int, _ call: Call, _ reply: Reply, _ bench: Workbench,
        _ prepare: @escaping @Sendable (Workbench) throws -> WriteStep
    ) throws {
        switch try prepare(bench) {
        case .answer(let response): reply(finished(response, for: call, bench))
        case .elsewhere: return
        case .commit(let batch, let sequel):
            openCommits.begin()
            store.commit(batch) { [self] result in
                defer { openCommits.end() }
                switch result {
                case .success(let receipt): finish(receipt, sequel, call, reply)
                case .failure(let error as StoreError):
                    if let refusal = sequel.refusal(error) { return answer(refusal, reply) }
                    guard number < Self.attemptsMax else {
                        return answer(FHIRAPIError(error, hasCondition: false), reply)
                    }
                    let isTaken = writers.proceed { [self] bench in
                        do {
                            try store.settle(call.scope)
                            call.trace.restart()
                            try bench.work(for: call.scope) {
                                try attempt(number + 1, call, reply, bench, prepare)
                            }
                        } catch {
                            answer(error, reply)
                        }
                    }
                    if !isTaken { answer(HTTPError(.stopping, "The server is stopping."), reply) }
                case .failure(let error): answer(error, reply)
                }
            }
        }
    }

    /// Answers a write that is durable. Runs on the log's own thread: what reads the store is done elsewhere.
    private func finish(_ receipt: CommitReceipt, _ sequel: WriteSequel, _ call: Call, _ reply: Reply) {
        if !receipt.awaiting.isEmpty {
            _ = readers.proceed { [self] _ in targetsArrived(call.scope, receipt.awaiting) }
        }
        if let response = sequel.quickAnswer(receipt) {
            reply(response)
            return
        }
        let isTaken = readers.proceed { [self] bench in
            do {
                reply(finished(try sequel.answer(receipt, bench), for: call, bench))
            } catch {
                answer(error, reply)
            }
        }
        if !isTaken { answer(HTTPError(.stopping, "The server is stopping."), reply) }
    }
}
