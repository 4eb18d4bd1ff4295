internal import Access
internal import Base
internal import RecordStore
internal import Terminology

/// What each tenant's questions about codes are answered from. The definitions of R4 are loaded when the first is asked.
final class TenantTerminologies: @unchecked Sendable {
    // Safe to share: everything that changes is used under `lock`.
    private let store: RecordStore
    private let clock: any Clock
    private let lock = Lock()
    private var builtIn: BuiltInTerminology?
    private var tenants: [TenantName: Terminology] = [:]

    init(store: RecordStore, clock: any Clock) {
        self.store = store
        self.clock = clock
    }

    /// Drops what was made for a tenant; it is made anew when it is asked for.
    func forget(_ tenant: TenantName) {
        lock.withLock { tenants[tenant] = nil }
    }

    /// - Throws: `TerminologyError.exception` if the program's table is damaged.
    func terminology(_ scope: AccessScope) throws -> Terminology {
        try lock.withLock {
            if let known = tenants[scope.tenant] { return known }
            let builtIn = try self.builtIn ?? BuiltInTerminology.load()
            self.builtIn = builtIn
            // Definitions belong to the tenant, whoever asks first.
            let source = StoredTerminology(
                store: store, scope: AccessScope(tenant: scope.tenant, actor: "terminology"), clock: clock)
            let made = Terminology(builtIn: builtIn, source: source)
            tenants[scope.tenant] = made
            return made
        }
    }
}
