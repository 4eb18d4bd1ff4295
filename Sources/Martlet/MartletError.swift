/// Why a command could not do what it was asked, in words for the person at the terminal.
package struct MartletError: Error, CustomStringConvertible {
    /// The closed set of causes.
    package enum Code: Sendable {
        /// The arguments are wrong; the answer shows how they go.
        case usage
        /// The data folder can't be made, read or written, or something of a store is missing from it.
        case folder
        /// Another process has the data folder open.
        case inUse
        /// What the user named as input is not there, or holds nothing.
        case input
        /// The output can't be written.
        case output
        /// The operating system refused something else.
        case system
    }

    package var code: Code
    /// Plain words with names from the user's own command line; never a patient's data.
    package var detail: String
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    package var description: String { detail }
}
