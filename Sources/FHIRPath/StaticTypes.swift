internal import FHIR

/// The types that the items of a subexpression can have, as far as known before any resource is seen.
struct StaticTypes {
    /// Types that have instances, in order.
    var fhir: [TypeID] = []
    var system: SystemTypes = []

    static let none = StaticTypes()

    init(fhir: [TypeID] = [], system: SystemTypes = []) {
        self.fhir = fhir
        self.system = system
    }

    init(_ system: SystemType) {
        self.system = SystemTypes(system)
    }

    /// Whether there can be no item at all.
    var isEmpty: Bool { fhir.isEmpty && system.isEmpty }

    func union(_ other: StaticTypes) -> StaticTypes {
        if other.isEmpty { return self }
        if isEmpty { return other }
        return StaticTypes(fhir: Set(fhir).union(other.fhir).sorted(), system: system.union(other.system))
    }
}
