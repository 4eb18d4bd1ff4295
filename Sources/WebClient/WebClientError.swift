/// Why a request to another server came to nothing. The detail names the host and what can be done, never a path, a
/// query, a header or a credential.
package struct WebClientError: Error, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// The address is no URL that this client asks for.
        case malformedURL
        /// The request's method or header cannot be sent.
        case malformedRequest
        /// The address policy forbids the scheme or every address of the host.
        case refusedAddress
        /// The host's name has no address, or the name service does not answer.
        case unresolvable
        /// No connection comes about.
        case unreachable
        /// No TLS connection comes about, or the server is not who it should be.
        case tls
        /// A time limit is over: of the connection, of silence, or of the whole.
        case timedOut
        /// The answer, or its header, is larger than the limit.
        case tooLarge
        /// The request was cancelled, or the client is stopped.
        case cancelled
        /// The connection ended before the answer did.
        case interrupted
        /// The server does not speak its protocol.
        case protocolViolation
        /// The server sends on more often than the limit.
        case tooManyRedirects
        /// The server sends on to where this request must not go: less safe, or elsewhere with its body.
        case refusedRedirect
        /// Whoever takes the answer threw; see the cause.
        case receiverFailed
        /// The body's source threw, or had fewer bytes than it said; see the cause.
        case bodyFailed
        /// What was asked for is not there.
        case missing
        /// What was read in part is another by now.
        case changed
        /// The server refused the credentials.
        case credentialsRefused
        /// The server refused the message for good, or for now; see `statusCode`.
        case messageRefused
        /// The system gives no memory or sockets, or libcurl lacks what is needed.
        case unavailable
    }

    package var code: Code
    /// One sentence for whoever runs the program.
    package var detail: String
    /// What the server answered, where it is the answer that is the failure (SMTP, S3).
    package var statusCode: Int?
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, statusCode: Int? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.statusCode = statusCode
        self.cause = cause
    }

    /// Whether the same request may well succeed later, without anybody changing anything.
    package var isTemporary: Bool {
        switch code {
        case .unresolvable, .unreachable, .timedOut, .interrupted, .unavailable: true
        case .messageRefused: statusCode.map { (400...499).contains($0) } ?? false
        case .malformedURL, .malformedRequest, .refusedAddress, .tls, .tooLarge, .cancelled, .protocolViolation,
            .tooManyRedirects, .refusedRedirect, .receiverFailed, .bodyFailed, .missing, .changed, .credentialsRefused:
            false
        }
    }

    package var description: String { detail }
}
