internal import Access
internal import HTTP
internal import RecordStore
internal import Search
internal import Synchronization

/// The OpenAPI descriptions of the tenants. All whose search parameters are those of the specification share one, which
/// is also for those who have not signed in.
final class TenantDescriptions: Sendable {
    private let store: RecordStore
    private let routes: [Route]
    private let options: FHIRAPIOptions
    private let shared: OpenAPIDocument
    private let made = Mutex<[TenantName: (plans: SearchPlans, document: OpenAPIDocument)]>([:])

    /// Descriptions that are kept.
    private static let keptMax = 8

    init(store: RecordStore, routes: [Route], options: FHIRAPIOptions) {
        self.store = store
        self.routes = routes
        self.options = options
        shared = OpenAPIDocument(routes: routes, plans: store.plans, options: options)
    }

    /// The description for a tenant; `nil` for whoever has not signed in.
    func document(_ scope: AccessScope?) throws -> OpenAPIDocument {
        guard let scope else { return shared }
        let plans = try store.plans(scope)
        if plans.customs.isEmpty { return shared }
        return made.withLock { made in
            if let known = made[scope.tenant], known.plans === plans { return known.document }
            if made.count >= Self.keptMax { made.removeAll() }
            let document = OpenAPIDocument(routes: routes, plans: plans, options: options)
            made[scope.tenant] = (plans, document)
            return document
        }
    }
}
