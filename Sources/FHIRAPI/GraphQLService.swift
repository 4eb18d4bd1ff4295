internal import Access
internal import FHIR
internal import GraphQL
internal import Search
internal import Synchronization

/// Keeps the GraphQL schemas, each made when it is first asked for. All tenants whose search parameters are those of the
/// specification share one.
final class GraphQLService: Sendable {
    private struct Made {
        var shared: GraphQLEngine?
        var ofTenants: [TenantName: (plans: SearchPlans, engine: GraphQLEngine)] = [:]
    }

    private let made = Mutex(Made())

    /// Schemas of tenants that are kept: one has some megabytes.
    private static let keptMax = 8

    func engine(_ plans: SearchPlans, of tenant: TenantName) -> GraphQLEngine {
        // Those that cannot be searched yet are known, too: their search says so.
        let customs = plans.customs.filter(\.state.isInUse).map(\.parameter.parameter)
        return made.withLock { made in
            guard !customs.isEmpty else {
                let engine = made.shared ?? GraphQLEngine(plans.definitions)
                made.shared = engine
                return engine
            }
            if let known = made.ofTenants[tenant], known.plans === plans { return known.engine }
            if made.ofTenants.count >= Self.keptMax { made.ofTenants.removeAll() }
            let engine = GraphQLEngine(plans.definitions, customs: customs)
            made.ofTenants[tenant] = (plans, engine)
            return engine
        }
    }
}
