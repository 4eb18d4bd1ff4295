package import FHIR
internal import Synchronization

/// The plans of all resource types, each made when it is first asked for. Shared by all threads; never changes.
package final class SearchPlans: Sendable {
    package let definitions: Definitions
    /// Custom parameters of the tenant whose plans these are, in the order in which they came into use; none in the plans
    /// that all tenants share.
    package let customs: [CustomSlot]
    private let made: Mutex<[TypeID: TypePlan]>
    private let make: @Sendable (TypeID) -> TypePlan

    /// The plans of the specification's parameters.
    package init(definitions: Definitions) {
        self.definitions = definitions
        customs = []
        made = Mutex([:])
        make = { TypePlan($0, definitions: definitions) }
    }

    /// Plans with custom parameters as well.
    ///
    /// Places in a plan are kept: where `customs` begins with those of other plans, whatever their state, a query that was
    /// read by those can be answered by these.
    /// - Parameter base: the plans of the specification's parameters.
    package init(extending base: SearchPlans, customs: [CustomSlot]) {
        let definitions = base.definitions
        self.definitions = definitions
        self.customs = customs
        made = Mutex([:])
        var ofType: [TypeID: [(place: Int, slot: CustomSlot)]] = [:]
        for (place, slot) in customs.enumerated() {
            for type in slot.parameter.types(definitions) { ofType[type, default: []].append((place, slot)) }
        }
        let slots = ofType
        make = { type in
            guard let customs = slots[type] else { return base.plan(for: type) }
            return TypePlan(extending: base.plan(for: type), customs: customs, definitions: definitions)
        }
    }

    /// The parts of plans that make the tokens of some paths.
    /// - Parameters:
    ///   - keepsStandard: whether the paths of the specification's parameters are among them.
    ///   - identities: the custom paths that are.
    package init(narrowing plans: SearchPlans, keepsStandard: Bool, to identities: Set<String>) {
        let definitions = plans.definitions
        self.definitions = definitions
        customs = []
        made = Mutex([:])
        make = {
            TypePlan(
                narrowing: plans.plan(for: $0), keepsStandard: keepsStandard, identities: identities,
                definitions: definitions)
        }
    }

    /// The plan of a resource type.
    package func plan(for type: TypeID) -> TypePlan {
        if let known = made.withLock({ $0[type] }) { return known }
        let plan = make(type)
        return made.withLock { plans in
            if let other = plans[type] { return other }
            plans[type] = plan
            return plan
        }
    }

    /// The paths behind the specification's that a custom parameter needs, by type: what names them in tokens.
    package func customPaths(ofSlot place: Int) -> [(type: TypeID, identity: String)] {
        customs[place].parameter.types(definitions).flatMap { type in
            let plan = plan(for: type)
            return (plan.customPaths[place] ?? []).map { (type, plan.paths[Int($0)].identity) }
        }
    }
}
