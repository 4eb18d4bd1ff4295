/// The codes that an element must be chosen from.
package struct RequiredBinding: Sendable {
    package let id: BindingID
    /// The canonical URL of the value set, without version.
    package let valueSet: String
    /// The codes of each system, in the order of the definitions.
    package let systems: [(url: String, codes: [String])]

    /// The system that a code of this binding belongs to: what a `code` element's value means as a token.
    package func system(of code: String) -> String? {
        systems.first { $0.codes.contains(code) }?.url
    }
}
