/// What can be wrong with a request as HTTP, before any handler judges its content.
package struct HTTPError: Error, Sendable {
    /// What went wrong; each code has one status.
    package enum Code: Hashable, Sendable {
        /// The target holds bad percent escapes, dot segments, control characters or text that is not UTF-8.
        case malformedTarget
        /// A header field that this server cannot accept: repeated lengths, unknown codings.
        case malformedHeader
        /// A form body that does not decode.
        case malformedForm
        /// No route has this path.
        case notFound
        /// The path exists, yet not for this method.
        case methodNotAllowed(allow: [HTTPMethod])
        /// None of the media types that the client accepts can be made.
        case notAcceptable
        /// The body's media type is not understood.
        case unsupportedMediaType
        /// The body is longer than the limit.
        case bodyTooLarge
        /// The target is longer than the limit.
        case targetTooLong
        /// The header fields together are larger, or more, than the limit.
        case headersTooLarge
        /// The client asks more often than it may.
        case tooManyRequests(retryAfterSeconds: Int)
        /// The server holds as many request bodies as it may; try again later.
        case overloaded
        /// The server is stopping; try again later.
        case stopping
        /// The handler let its `Reply` go without answering, or answered with a header field that is not allowed.
        case noAnswer
        /// The handler threw something that is not for the client's eyes.
        case internalFailure
    }

    package var code: Code
    /// One sentence for the client.
    package var detail: String
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    /// The status that the code maps to.
    package var status: HTTPStatus {
        switch code {
        case .malformedTarget, .malformedHeader, .malformedForm: .badRequest
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .notAcceptable: .notAcceptable
        case .unsupportedMediaType: .unsupportedMediaType
        case .bodyTooLarge: .contentTooLarge
        case .targetTooLong: .targetTooLong
        case .headersTooLarge: .headersTooLarge
        case .tooManyRequests: .tooManyRequests
        case .overloaded, .stopping: .serviceUnavailable
        case .noAnswer, .internalFailure: .internalServerError
        }
    }

    /// The header fields that belong to an answer with this error: `Allow`, `Retry-After`.
    package var headers: HTTPHeaders {
        switch code {
        case .methodNotAllowed(let allow): ["Allow": allow.map(\.name).joined(separator: ", ")]
        case .tooManyRequests(let seconds): ["Retry-After": String(max(1, seconds))]
        case .overloaded, .stopping: ["Retry-After": "1"]
        default: [:]
        }
    }

    /// Any error as an `HTTPError`; a foreign one becomes `internalFailure` and its text stays inside.
    package static func wrapping(_ error: any Error) -> HTTPError {
        if let known = error as? HTTPError { return known }
        return HTTPError(.internalFailure, "The server failed to answer this request.", cause: error)
    }
}

/// Turns an error into the answer that a client of that part of the server understands.
///
/// The request has an empty `path` where its target could not be parsed; `target` and `headers` are always set.
package typealias ErrorRenderer = @Sendable (any Error, HTTPRequest) -> HTTPResponse
