/// Completes an answer just before it is sent, whoever made it: a handler, the router, or the server itself.
package typealias AnswerCompletion = @Sendable (HTTPRequest, inout HTTPResponse) -> Void

/// What every answer carries beside what it says: its request's id, the security fields, and what listed origins need.
package struct Edge: Sendable {
    package var security: SecurityHeaders
    package var cors: CORSPolicy?

    package init(security: SecurityHeaders = SecurityHeaders(), cors: CORSPolicy? = nil) {
        self.security = security
        self.cors = cors
    }

    /// For the server that carries the answers, and for `TestClient` in its place.
    package var completion: AnswerCompletion {
        { [self] request, response in
            response.headers.reserve(12)
            if !request.id.isEmpty { response.headers[RequestIDs.fieldName] = request.id }
            security.complete(&response, isSecure: request.isSecure)
            cors?.complete(&response, to: request)
        }
    }

    /// `router`, with preflights answered before it where other origins are allowed.
    package func handler(_ router: Router) -> Handler {
        cors.map { $0.handler(router) } ?? router.handler
    }
}
