/// Why a search cannot be understood or served.
package struct SearchError: Error, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The type has no such parameter.
        case unknownParameter
        /// The parameter does not take this modifier.
        case unknownModifier
        /// The value starts with letters that are no prefix, or the parameter takes none.
        case unknownPrefix
        /// The value is not one of the parameter's kind.
        case badValue
        /// FHIR knows this; this server does not serve it.
        case notSupported
        /// More clauses or values than the limits allow.
        case tooMany
        /// The parameter is custom, and what was stored before it is still being indexed.
        case reindexing
        /// The definitions hold an expression that does not compile.
        case badDefinitions
    }

    package var code: Code
    /// What is wrong, in words for the caller. Holds what the caller sent, nothing of a record.
    package var detail: String
    /// The parameter as the caller wrote it, modifier included; empty where there is none.
    package var parameter: String
    /// The value as the caller wrote it.
    package var value: String?
    package var cause: (any Error)?

    package init(code: Code, detail: String, parameter: String = "", value: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.parameter = parameter
        self.value = value
        self.cause = cause
    }

    package var description: String { detail }

    package static func == (left: SearchError, right: SearchError) -> Bool {
        left.code == right.code && left.parameter == right.parameter && left.value == right.value
    }
}
