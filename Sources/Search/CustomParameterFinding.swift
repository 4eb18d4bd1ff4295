/// What keeps a SearchParameter resource from being put to use.
package struct CustomParameterFinding: Error, Sendable, Equatable {
    package enum Code: Sendable {
        /// An element is missing.
        case required
        /// An element's value cannot be used.
        case value
        /// FHIR knows this; this server does not serve it.
        case notSupported
        /// The code is taken.
        case taken
    }

    package var code: Code
    /// Where: `SearchParameter.base[1]`.
    package var path: String
    /// What is wrong, in words for the one who wrote the resource.
    package var detail: String

    package init(code: Code, path: String, detail: String) {
        self.code = code
        self.path = path
        self.detail = detail
    }
}
