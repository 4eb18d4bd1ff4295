package import FHIR
internal import Synchronization

/// The plans of all resource types, each made when it is first asked for. Shared by all threads.
package final class SearchPlans: Sendable {
    package let definitions: Definitions
    private let made: Mutex<[TypeID: TypePlan]>

    package init(definitions: Definitions) {
        self.definitions = definitions
        made = Mutex([:])
    }

    /// The plan of a resource type.
    package func plan(for type: TypeID) -> TypePlan {
        if let known = made.withLock({ $0[type] }) { return known }
        let plan = TypePlan(type, definitions: definitions)
        return made.withLock { plans in
            if let other = plans[type] { return other }
            plans[type] = plan
            return plan
        }
    }
}
