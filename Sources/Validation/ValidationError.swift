/// Why rules or profiles could not be made ready. What is wrong with a resource is a `ValidationFinding`.
package struct ValidationError: Error, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The table of rules is not what the reader expects: the program was built wrongly.
        case badRules
        /// A StructureDefinition that cannot be used.
        case badProfile
        /// The source of stored StructureDefinitions failed; see `cause`.
        case source
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
