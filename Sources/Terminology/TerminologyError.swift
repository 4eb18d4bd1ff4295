/// Why a question about codes has no answer. The detail names codes, systems and value sets: definitions, or the
/// caller's own input; never anything of a patient's record.
package struct TerminologyError: Error, Sendable, CustomStringConvertible {
    /// The kinds, each with the issue type that an OperationOutcome gives for it.
    /// - Source: FHIR R4 issue types, https://hl7.org/fhir/R4/valueset-issue-type.html
    package enum Code: String, Sendable {
        /// A code system, value set or code that is not held.
        case notFound = "not-found"
        /// A filter, a kind of implicit value set or the content of a code system that cannot be worked with here.
        case notSupported = "not-supported"
        /// The answer would be larger than the limits allow.
        case tooCostly = "too-costly"
        /// A code that its code system does not have.
        case codeInvalid = "code-invalid"
        /// A malformed definition or question.
        case invalid = "invalid"
        /// The table in the program is not as expected, or the source of stored definitions failed; see `cause`.
        case exception = "exception"
    }

    package var code: Code
    package var detail: String
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    /// The code of the issue in an OperationOutcome.
    package var issueType: String { code.rawValue }

    package var description: String { "\(code.rawValue): \(detail)" }
}
