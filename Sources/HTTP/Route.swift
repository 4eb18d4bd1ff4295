/// One method on one path pattern, and what answers it.
package struct Route: Sendable {
    /// How the answer is made.
    package enum Action: Sendable {
        /// Answers through a `Reply`, at once or later.
        case callback(Handler)
        /// Answers on the server's thread; what it throws is rendered by the router.
        case sync(@Sendable (HTTPRequest) throws -> HTTPResponse)
        /// Answers from a detached task; what it throws is rendered by the router.
        case async(@Sendable (HTTPRequest) async throws -> HTTPResponse)
        /// Takes the body as it comes, and answers when it is there.
        case streaming(StreamedBody)
    }

    package let method: HTTPMethod
    package let pattern: PathPattern
    /// One line for the API's description.
    package let summary: String
    package let action: Action
    let captureNames: [String]

    init(method: HTTPMethod, pattern: PathPattern, summary: String, action: Action) {
        self.method = method
        self.pattern = pattern
        self.summary = summary
        self.action = action
        captureNames = pattern.captureNames
    }
}
