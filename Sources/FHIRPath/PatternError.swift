/// Why a regular expression cannot be used, and where in its text.
package struct PatternError: Error, CustomStringConvertible {
    /// What kind of error it is.
    package enum Code: String, Sendable {
        /// The text is no regular expression.
        case syntax
        /// It means something that cannot be matched in linear time or is not known here: back references, look behind.
        case unsupported
        /// It is longer, deeper or larger when its repetitions are written out than the limits allow.
        case tooLarge
        /// The match takes more steps than its caller allows.
        case limit
    }

    /// What kind of error it is.
    package var code: Code
    /// What is wrong, in words.
    package var detail: String
    /// The byte offset in the regular expression.
    package var offset: Int
    /// The error behind this one.
    package var cause: (any Error)?

    init(_ code: Code, _ detail: String, at offset: Int) {
        self.code = code
        self.detail = detail
        self.offset = offset
    }

    /// What is wrong and where, for the one who wrote the expression.
    package var description: String { "\(detail), at byte \(offset + 1) of the regular expression" }
}
