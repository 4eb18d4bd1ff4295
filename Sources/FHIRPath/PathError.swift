/// Why an expression cannot be compiled or evaluated, and where in its text.
package struct PathError: Error, CustomStringConvertible {
    /// What kind of error it is.
    package enum Code: String, Sendable, CaseIterable {
        /// The text is not FHIRPath.
        case syntax
        /// The text is longer, or nests deeper, than the limits allow.
        case tooLong, tooDeep
        /// No such function, element, type or variable.
        case unknownFunction, unknownElement, unknownType, unknownVariable
        /// The language has this function; this evaluator does not.
        case unsupportedFunction
        /// Too many, too few or unusable arguments of a function.
        case badArguments
        /// An operator or function got a value of a type that it does not take.
        case wrongType
        /// More than one item where one is wanted.
        case notSingular
        /// A modifier extension that `checkModifiers()` does not allow.
        case unknownModifier
        /// A value outside of what can be computed with.
        case outOfRange
        /// The caller gave nobody to ask for what a function needs, or the one asked failed; see `cause`.
        case noService, service
        /// The evaluation took more steps, items or memory than the limits allow.
        case limit
    }

    /// What kind of error it is.
    package var code: Code
    /// What is wrong, in words; names of elements, types and functions, never a value of a resource.
    package var detail: String
    /// The byte offset in the expression's text.
    package var offset: Int
    /// The error behind this one.
    package var cause: (any Error)?

    /// An error at a place of the text; 0 where the place is not known.
    package init(code: Code, detail: String, offset: Int, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.offset = offset
        self.cause = cause
    }

    /// What is wrong and where, for the one who wrote the expression.
    package var description: String { "\(detail), at character \(offset + 1) of the expression" }
}
