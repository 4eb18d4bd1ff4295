/// Why something about jobs could not be done. Never holds a payload, a key or a group.
package struct JobsError: Error, CustomStringConvertible {
    /// What is wrong, for whoever decides on the answer.
    package enum Code: Hashable, Sendable {
        /// A value is malformed or out of bounds; the detail says which.
        case invalid
        /// The tables hold what this program cannot read.
        case damaged
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
