package import FHIR
internal import FHIRPath

/// A search parameter that a tenant defines by a SearchParameter resource.
package struct CustomParameter: Sendable, Equatable {
    /// A part of a composite.
    package struct Component: Sendable, Equatable {
        /// The address of the part's own parameter, without version.
        package let definition: String
        /// FHIRPath on what the composite's expression gives.
        package let expression: String
    }

    /// The id of the SearchParameter.
    package let resourceID: String
    package let code: String
    package let url: String
    package let type: SearchParameter.Kind
    /// May hold Resource and DomainResource.
    package let bases: [TypeID]
    /// FHIRPath, for all bases together.
    package let expression: String
    /// What a reference may point at; empty or with Resource in it if anything.
    package let targets: [TypeID]
    /// Of a composite.
    package let components: [Component]

    /// What its expression may cost on one resource: a tenant's expression is run on every write, and must not keep
    /// everybody waiting.
    static let pathLimits: PathLimits = {
        var limits = PathLimits()
        limits.stepsMax = 500_000
        limits.itemsMax = 100_000
        limits.textMadeBytesMax = 1 << 20
        return limits
    }()

    /// What queries know of it.
    package var parameter: SearchParameter {
        SearchParameter(custom: code, url: url, type: type, bases: bases, expression: expression, targets: targets)
    }

    /// The operands of the expression's union; the whole expression if it is none.
    var branches: [String] {
        PathText.isUnion(expression) ? PathText.branches(expression) : [expression]
    }

    /// The types of resources that it is for, abstract ones replaced by what derives from them.
    package func types(_ definitions: Definitions) -> [TypeID] {
        definitions.concreteResourceTypes.filter { type in
            bases.contains { definitions.isSubtype(type, of: $0) }
        }
    }
}
