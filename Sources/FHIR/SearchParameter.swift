/// A search parameter of the specification.
package struct SearchParameter: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case number, date, string, token, reference, composite, quantity, uri, special
    }

    /// A part of a composite parameter.
    package struct Component: Sendable {
        /// The place of the part's own parameter in `Definitions.searchParameters`.
        package let parameter: UInt16
        /// FHIRPath on what the composite's expression gives.
        package let expression: String
    }

    /// The place in `Definitions.searchParameters`; in memory only, never stored.
    package let id: UInt16
    /// What stands in a query.
    package let code: String
    package let url: String
    package let type: Kind
    /// The resource types it is for; may hold Resource or DomainResource.
    package let bases: [TypeID]
    /// FHIRPath as given, for all bases together; empty for those that R4 leaves without one.
    package let expression: String
    /// What a reference may point at; may hold Resource.
    package let targets: [TypeID]
    package internal(set) var components: [Component]
    /// Whether a query may give several values separated by commas.
    package let allowsOr: Bool
    /// Whether a query may repeat the parameter.
    package let allowsAnd: Bool
    package let comparators: [String]
    package let modifiers: [String]
}

extension SearchParameter {
    /// What stands in the place of `id` where the parameter is not the specification's.
    package static let customID = UInt16.max

    /// A parameter that is not the specification's. Composites tell their parts elsewhere.
    package init(
        custom code: String, url: String, type: Kind, bases: [TypeID], expression: String, targets: [TypeID]
    ) {
        self.init(
            id: Self.customID, code: code, url: url, type: type, bases: bases, expression: expression, targets: targets,
            components: [], allowsOr: true, allowsAnd: true, comparators: [], modifiers: [])
    }
}
