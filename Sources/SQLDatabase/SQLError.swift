/// Why a database call failed. Never holds a bound value.
package struct SQLError: Error, CustomStringConvertible {
    package enum Code: Sendable {
        /// The disk or a quota is full.
        case full
        /// The file is no database, is damaged, or has another format.
        case damaged
        /// The file cannot be opened, read or written.
        case inputOutput
        /// A constraint of the schema forbids the change.
        case constraint
        /// Another process holds the database.
        case busy
        /// The statement or its use is wrong.
        case misuse
    }

    package var code: Code
    package var detail: String
    package var cause: (any Error)?

    package init(code: Code, detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    package var description: String { detail }
}
