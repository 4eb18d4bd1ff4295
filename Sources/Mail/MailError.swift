/// Why a mail was not made or not sent. Never holds an address, a subject or a text: the mail is named by its number.
package struct MailError: Error, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// A subject or name holds control characters or is too long, or an address is none.
        case malformed
        /// The server did not take it, and it will be tried again.
        case delayed
        /// It was given up: refused for good, tried often enough, or of no use any more.
        case undeliverable
        /// Too many wait; it was not taken.
        case queueFull
        /// The program stopped while it waited.
        case dropped
    }

    package var code: Code
    package var detail: String
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    package var description: String { detail }
}
