internal import FHIR

/// The search parameters that fields take as arguments: the specification's, and a tenant's own behind them.
struct SchemaParameters: Sendable {
    let definitions: Definitions
    private let customs: [TypeID: [SearchParameter]]

    init(_ definitions: Definitions, customs: [SearchParameter]) {
        self.definitions = definitions
        var ofType: [TypeID: [SearchParameter]] = [:]
        for custom in customs {
            for type in definitions.concreteResourceTypes
            where custom.bases.contains(where: { definitions.isSubtype(type, of: $0) })
                && definitions.searchParameter(custom.code, of: type) == nil
            {
                ofType[type, default: []].append(custom)
            }
        }
        self.customs = ofType
    }

    /// All of a type, those of its bases first.
    func all(of type: TypeID) -> [SearchParameter] {
        definitions.searchParameters(of: type) + (customs[type] ?? [])
    }

    /// The one of that code.
    func parameter(_ code: String, of type: TypeID) -> SearchParameter? {
        definitions.searchParameter(code, of: type) ?? customs[type]?.first { $0.code == code }
    }
}
