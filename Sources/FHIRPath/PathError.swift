/// Why an expression cannot be compiled or evaluated, and where in its text.
package struct PathError: Error, CustomStringConvertible {
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
        /// A value outside of what can be computed with.
        case outOfRange
        /// The evaluation took more steps, items or memory than the limits allow.
        case limit
    }

    package var code: Code
    /// What is wrong, in words; names of elements, types and functions, never a value of a resource.
    package var detail: String
    /// The byte offset in the expression's text.
    package var offset: Int
    package var cause: (any Error)?

    package init(code: Code, detail: String, offset: Int, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.offset = offset
        self.cause = cause
    }

    package var description: String { "\(detail), at character \(offset + 1) of the expression" }
}
