/// Sends requests to a handler, in process or over whatever a transport does: one test body serves both.
package struct TestClient: Sendable {
    /// Carries a request to a server and brings its answer back.
    package struct Transport: Sendable {
        package let send: @Sendable (HTTPRequest) async throws -> HTTPResponse

        package init(send: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse) {
            self.send = send
        }

        /// Calls `handler` directly and does what a server would: refuses malformed targets, answers 500 for a dropped
        /// reply, leaves out the body of an answer to `HEAD`, gives requests an id and completes answers.
        package static func inProcess(
            _ handler: @escaping Handler, renderError: @escaping ErrorRenderer = ProblemDocument.render,
            complete: AnswerCompletion? = nil
        ) -> Transport {
            let ids = RequestIDs()
            return Transport { request in
                var request = request
                if request.id.isEmpty { request.id = ids.id(request.headers) }
                var response = await answer(request, handler, renderError)
                complete?(request, &response)
                return response
            }
        }

        private static func answer(
            _ request: HTTPRequest, _ handler: @escaping Handler, _ renderError: @escaping ErrorRenderer
        ) async -> HTTPResponse {
            var request = request
            do {
                try request.parseTarget()
            } catch {
                return renderError(error, request)
            }
            let parsed = request
            let outcome = await withCheckedContinuation {
                (continuation: CheckedContinuation<Reply.Outcome, Never>) in
                handler(parsed, Reply { continuation.resume(returning: $0) })
            }
            switch outcome {
            case .response(var response):
                if parsed.method == .head { response.body = .empty }
                return response
            case .failure(let error): return renderError(error, parsed)
            }
        }

        /// Calls `router` directly.
        package static func inProcess(_ router: Router) -> Transport {
            inProcess(router.handler)
        }

        /// Gives `router` requests whose bodies it takes as they come, and loses the connection where they end. The
        /// answer is 204 once that has been told.
        package static func cutOff(_ router: Router) -> Transport {
            inProcess { request, reply in
                guard let body = router.streamedBody(request) else { return router(request, reply) }
                BodyFeed.cutOff(body, request, reply, ProblemDocument.render)
            }
        }
    }

    private let transport: Transport

    package init(_ transport: Transport) {
        self.transport = transport
    }

    /// Sends one request and waits for the answer.
    /// - Throws: what the transport throws; an answer of status 400 and above is no error.
    package func send(
        _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = [:], body: [UInt8] = []
    ) async throws -> HTTPResponse {
        try await transport.send(HTTPRequest(method: method, unparsedTarget: target, headers: headers, body: body))
    }

    /// Sends a `GET`.
    /// - Throws: what the transport throws.
    package func get(_ target: String, headers: HTTPHeaders = [:]) async throws -> HTTPResponse {
        try await send(.get, target, headers: headers)
    }

    /// Sends a `POST`.
    /// - Throws: what the transport throws.
    package func post(_ target: String, headers: HTTPHeaders = [:], body: [UInt8]) async throws -> HTTPResponse {
        try await send(.post, target, headers: headers, body: body)
    }

    /// Sends a `PUT`.
    /// - Throws: what the transport throws.
    package func put(_ target: String, headers: HTTPHeaders = [:], body: [UInt8]) async throws -> HTTPResponse {
        try await send(.put, target, headers: headers, body: body)
    }

    /// Sends a `DELETE`.
    /// - Throws: what the transport throws.
    package func delete(_ target: String, headers: HTTPHeaders = [:]) async throws -> HTTPResponse {
        try await send(.delete, target, headers: headers)
    }
}
