internal import Access
internal import Base
internal import HTTP
internal import RecordStore
internal import Search
internal import Synchronization

/// The CapabilityStatements of the tenants. All whose search parameters are those of the specification share one.
final class TenantCapabilities: Sendable {
    private let store: RecordStore
    private let options: FHIRAPIOptions
    private let routes: [FHIRRoute]
    private let date: Instant
    private let shared: CapabilityStatement
    private let made = Mutex<[TenantName: (plans: SearchPlans, statement: CapabilityStatement)]>([:])

    /// Statements that are kept.
    private static let keptMax = 16

    /// - Parameter date: when the statements were last changed: the program's start.
    init(store: RecordStore, options: FHIRAPIOptions, routes: [FHIRRoute], date: Instant) {
        self.store = store
        self.options = options
        self.routes = routes
        self.date = date
        shared = CapabilityStatement(plans: store.plans, options: options, routes: routes, date: date)
    }

    /// What the server can do for a tenant; `nil` for whoever has not signed in.
    func json(_ scope: AccessScope?) throws -> ByteBuffer {
        guard let scope else { return shared.json }
        let plans = try store.plans(scope)
        if plans.customs.isEmpty { return shared.json }
        return made.withLock { made in
            if let known = made[scope.tenant], known.plans === plans { return known.statement }
            if made.count >= Self.keptMax { made.removeAll() }
            let statement = CapabilityStatement(plans: plans, options: options, routes: routes, date: date)
            made[scope.tenant] = (plans, statement)
            return statement
        }.json
    }
}
