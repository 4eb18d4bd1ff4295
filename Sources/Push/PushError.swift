/// Why a file was not pushed, or not to the end. What the server has by then stays there: pushing the same file again
/// goes on with it.
package struct PushError: Error, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// The file cannot be read, or changed while it was sent.
        case file
        /// The client key file is not as it must be.
        case key
        /// The server does not take these credentials.
        case credentials
        /// The server refuses what is asked of it, and would again.
        case refused
        /// The server could not be reached, or was too busy, for longer than there is patience.
        case unreachable
        /// The server answers what it should not.
        case answer
        /// Somebody ended it.
        case cancelled
        /// The system lacks something.
        case system
    }

    package var code: Code
    /// One sentence for whoever runs the program; no patient's data and no secret.
    package var detail: String
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    package var description: String { detail }
}
