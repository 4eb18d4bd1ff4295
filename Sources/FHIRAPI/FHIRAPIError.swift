internal import HTTP

/// Why a FHIR request is refused or failed. Each code has one HTTP status.
package struct FHIRAPIError: Error, CustomStringConvertible {
    package enum Code: Sendable {
        /// The request is malformed: its parameters, its header fields, or JSON that cannot be read.
        case invalid
        /// The resource is JSON, yet not a resource of R4.
        case unprocessable
        /// No valid bearer token.
        case unauthorized
        /// The token is for something else.
        case forbidden
        case notFound
        /// The resource was there and was deleted.
        case gone
        /// The path does not take the method.
        case methodNotAllowed
        /// A format that is not served was asked for.
        case notAcceptable
        /// The body has a format that is not read.
        case unsupportedMediaType
        /// The write ran into another one.
        case conflict
        /// What the request says must hold does not hold.
        case preconditionFailed
        case tooLarge
        /// FHIR knows this; this server does not serve it.
        case notSupported
        /// Too much work at once: try again later.
        case busy
        /// This client has too much under way.
        case throttled
        /// The store cannot keep more.
        case storageFull
        /// The server's own fault; what exactly is not told.
        case failed
    }

    package var code: Code
    package var cause: (any Error)?
    /// At least one.
    var issues: [Issue]
    var headers: HTTPHeaders = [:]

    init(_ code: Code, issues: [Issue], cause: (any Error)? = nil) {
        self.code = code
        self.cause = cause
        self.issues = issues.isEmpty ? [Issue(kind: .processing, diagnostics: "The request failed.")] : issues
    }

    init(
        _ code: Code, _ kind: Issue.Kind, _ detail: String, location: String? = nil, cause: (any Error)? = nil
    ) {
        self.init(code, issues: [Issue(kind: kind, diagnostics: detail, location: location)], cause: cause)
    }

    /// What went wrong, in words for the client.
    package var detail: String { issues.map(\.diagnostics).joined(separator: "; ") }

    package var description: String { detail }

    var status: HTTPStatus {
        switch code {
        case .invalid, .notSupported: .badRequest
        case .unprocessable: .unprocessableContent
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .gone: .gone
        case .methodNotAllowed: .methodNotAllowed
        case .notAcceptable: .notAcceptable
        case .unsupportedMediaType: .unsupportedMediaType
        case .conflict: .conflict
        case .preconditionFailed: .preconditionFailed
        case .tooLarge: .contentTooLarge
        case .busy: .serviceUnavailable
        case .throttled: .tooManyRequests
        case .storageFull: .insufficientStorage
        case .failed: .internalServerError
        }
    }

    /// The error as an answer.
    var response: HTTPResponse {
        OperationOutcome(issues: issues).response(status: status, headers: headers)
    }
}
