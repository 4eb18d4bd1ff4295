package import FHIR
package import FHIRPath

/// One way from resources of a type to values that are indexed. Search parameters that look at the same place share it:
/// `combo-code` of Observation is `code` and `component-code` together, `patient` is `subject` where that is a Patient.
///
/// A class, so that a look at one counts one reference.
package final class IndexPath: Sendable {
    /// How the values of a token path look.
    package enum TokenForm: Sendable {
        /// Code, boolean, id, string: no system is written.
        case bare
        /// Coding, CodeableConcept, Identifier, ContactPoint.
        case coded
        /// Not known beforehand.
        case mixed
    }

    /// What names the path in tokens, the same in every release: type, kind, expression.
    let identity: String
    package let kind: SearchParameter.Kind
    /// Compiled for the type.
    package let expression: PathExpression
    /// Whether tokens tell of its absence rather than of its presence: where it is seldom absent.
    let tellsAbsence: Bool
    /// Whether a resource has at most one value there.
    let isSingular: Bool
    let tokenForm: TokenForm
    /// Whether system and code get a token together where systems differ. Not for identifiers: their values hardly ever
    /// meet in two systems, so that value and system apart find them as well.
    let hasPairs: Bool
    /// The bindings of the codes that are written without system: these say what system is meant.
    let bindings: [RequiredBinding]

    init(
        identity: String, kind: SearchParameter.Kind, expression: PathExpression, tellsAbsence: Bool,
        isSingular: Bool, tokenForm: TokenForm, hasPairs: Bool, bindings: [RequiredBinding]
    ) {
        self.identity = identity
        self.kind = kind
        self.expression = expression
        self.tellsAbsence = tellsAbsence
        self.isSingular = isSingular
        self.tokenForm = tokenForm
        self.hasPairs = hasPairs
        self.bindings = bindings
    }
}

/// A path as a parameter uses it.
package struct PathUse: Sendable, Hashable {
    /// The place in `TypePlan.paths`.
    package let path: UInt16
    /// The only type of references that count, if there is one.
    package let target: String?
}

extension IndexPath {
    /// Whether a code that is written without system means this one.
    func means(_ system: String, code: String) -> Bool {
        bindings.contains { $0.system(of: code) == system }
    }
}
