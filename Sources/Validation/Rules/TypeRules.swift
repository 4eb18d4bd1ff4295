internal import FHIR

/// R4's rules for one type beyond its structure.
final class TypeRules: Sendable {
    /// What must hold for every element of the type.
    let invariants: [Invariant]
    /// Parallel to `TypeFacts.elements`: what must hold for the values of each.
    let elements: [ElementRules?]

    init(invariants: [Invariant], elements: [ElementRules?]) {
        self.invariants = invariants
        self.elements = elements
    }
}

/// R4's rules for one element beyond its structure.
final class ElementRules: Sendable {
    let invariants: [Invariant]
    let bindings: [ValueSetBinding]
    /// What a reference may point at; empty where that is left open.
    let targets: [TypeID]

    init(invariants: [Invariant], bindings: [ValueSetBinding], targets: [TypeID]) {
        self.invariants = invariants
        self.bindings = bindings
        self.targets = targets
    }
}
