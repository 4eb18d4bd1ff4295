internal import Search
internal import Vault

/// By what a tenant's writes are indexed and its searches read, until a custom search parameter comes, goes or is done.
final class IndexScheme: Sendable {
    /// Grows with each change of the paths that writes are indexed by.
    let generation: Int
    let plans: SearchPlans
    let indexers: Pool<ResourceIndexer>

    init(generation: Int, plans: SearchPlans, keys: TenantKeys) {
        self.generation = generation
        self.plans = plans
        indexers = Pool { try ResourceIndexer(plans: plans, keys: keys) }
    }
}

/// A batch was indexed by another scheme than holds now: it must be indexed again before it gets its place in the log.
struct StaleIndex: Error {}

/// A resource has another version than the one over which a write was found to be allowed.
struct StaleDecision: Error {}
