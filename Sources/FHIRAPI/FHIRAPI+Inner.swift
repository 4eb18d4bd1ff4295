internal import Access
internal import Base
internal import HTTP

extension FHIRAPI {
    /// Answers a request that came within a Bundle, by the same routes as one from outside. What can be answered at once
    /// is answered on this worker; what is committed, once it is durable.
    func serveInner(_ inner: HTTPRequest, of outer: Call, on bench: Workbench, _ reply: Reply) {
        do {
            let (route, captures) = try innerRoutes.find(inner.method, inner.path)
            var request = inner
            request.captures = captures
            request.headers["host"] = outer.request.headers["host"]
            request.remoteAddress = outer.request.remoteAddress
            request.id = outer.request.id
            guard inner.method == .get || inner.method == .head || !request.path.isEmpty else {
                throw FHIRAPIError(.invalid, .notSupported, "A Bundle cannot hold another batch or transaction.")
            }
            let audited = audited(route, request, within: outer, reply)
            do {
                try permit(route, request, outer.scope)
                try ContentNegotiation.checkAnswer(request)
                var scope = outer.scope
                scope.witness = audited.trace
                let call = Call(
                    request: request, scope: scope, api: self, trace: audited.trace, bench: bench,
                    tenant: outer.tenant ?? outer.request.captures["tenant"])
                try bench.work(for: scope) { try route.body(self, call, audited.reply) }
            } catch {
                answer(error, audited.reply)
            }
        } catch {
            answer(error, reply)
        }
    }

    /// As `serveInner`, for what is answered at once.
    func answerInner(_ inner: HTTPRequest, of outer: Call, on bench: Workbench) -> HTTPResponse {
        let box = ReplyBox()
        serveInner(inner, of: outer, on: bench, Reply { box.set($0) })
        switch box.outcome {
        case .response(let response): return response
        case .failure(let error): return FHIRAPIError(error).response
        case nil:
            return FHIRAPIError(.invalid, .notSupported, "This cannot be asked for within a transaction.").response
        }
    }
}

/// Takes the answer to a request that came within a Bundle, or is answered later.
final class ReplyBox: @unchecked Sendable {
    // Safe to share: the outcome is used under `lock`.
    private let lock = Lock()
    private var taken: Reply.Outcome?

    func set(_ outcome: Reply.Outcome) {
        lock.withLock {
            if taken == nil { taken = outcome }
            lock.signalAll()
        }
    }

    /// Blocks until there is an answer.
    func wait() -> Reply.Outcome {
        lock.withLock {
            while true {
                if let taken { return taken }
                lock.wait()
            }
        }
    }

    var outcome: Reply.Outcome? { lock.withLock { taken } }
}
