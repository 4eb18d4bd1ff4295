package import Access
package import Base
package import Compression
package import FHIR
package import SQLDatabase
package import Vault

/// One encrypted, versioned, searchable record per patient, for all tenants.
///
/// Calls block: they belong on threads of their own or on a server's, not on Swift's cooperative pool.
/// `docs/record-store.md` tells how everything lies on disk.
package final class RecordStore: @unchecked Sendable {
    // Safe to share: `tenants` is used under `lock`.
    let shared: StoreParts
    private let vault: Vault
    private let lock = Lock()
    private var tenants: [TenantName: TenantStore] = [:]
    private var isClosed = false
    private var purgeWatchers: [@Sendable (TenantName) -> Void] = []

    /// Opens the store in a database, making its tables if they are missing. The log of the tenants that exist is read
    /// to its end before this returns.
    /// - Parameters:
    ///   - database: the data; keys lie elsewhere.
    ///   - reindexPace: lets the indexing of older records for new search parameters be held up.
    ///   - dictionaries: the dictionary with which blocks are compressed; the same for the life of a store.
    ///   - report: told what fails in the background, such as the rest of a purge that was cut short.
    package init(
        database: any SQLDatabase, vault: Vault, definitions: Definitions, dictionaries: Dictionaries,
        clock: any Clock = SystemClock(), limits: StoreLimits = StoreLimits(), reindexPace: ReindexPace = ReindexPace(),
        report: @escaping @Sendable (any Error) -> Void = { _ in }
    ) throws {
        self.vault = vault
        shared = StoreParts(
            database: database, definitions: definitions, clock: clock, limits: limits, dictionaries: dictionaries,
            reindexPace: reindexPace, isOfOlderFormat: try Schema.prepare(database), report: report)
        for name in try vault.tenantNames().compactMap(TenantName.init) { _ = try tenant(name) }
        if shared.isOfOlderFormat { try Schema.finishMigration(database) }
        try checkTenants()
    }

    /// - Throws: `StoreError.damaged` if there are records of a tenant that the key store does not know.
    private func checkTenants() throws {
        var last: Int64 = 0
        try shared.database.read { connection in
            let sql = "SELECT position FROM blocks ORDER BY position DESC LIMIT 1"
            try connection.query(sql, []) { row in
                last = row.integer(0) >> LogPosition.sequenceBits
                return false
            }
        }
        let known = lock.withLock { tenants.values.map(\.keys.id).max() } ?? 0
        guard last <= known else {
            throw StoreError(
                code: .damaged, detail: "there are records of tenant \(last), of which the key store knows nothing")
        }
    }

    /// Has `body` told of every purge of a tenant's patient from now on, once nothing of the patient can be read in the
    /// store: whoever keeps what was made of the tenant's records drops it there. It must not call for a purge.
    package func onPurge(_ body: @escaping @Sendable (TenantName) -> Void) {
        lock.withLock { purgeWatchers.append(body) }
    }

    func tellOfPurge(_ tenant: TenantName) {
        for body in lock.withLock({ purgeWatchers }) { body(tenant) }
    }

    /// Writes out what waits in memory and closes the database. Nothing may be under way or follow.
    package func close() throws {
        let open = lock.withLock {
            isClosed = true
            return Array(tenants.values)
        }
        for tenant in open { try tenant.close() }
        try shared.database.close()
    }

    /// Waits until the index is as it would be after a while without writes: written out, and merged as far as it will be.
    /// - Throws: what keeps it from being written, such as a full disk.
    package func settle() throws {
        for tenant in lock.withLock({ Array(tenants.values) }) { try tenant.maintenance.settle() }
    }

    /// How much was committed since the store was opened.
    package var commitCounts: CommitCounts { shared.commitCounts }

    /// The definitions that resources are read and indexed by.
    package var definitions: Definitions { shared.definitions }

    /// A batch to which writes for the scope's tenant are added.
    package func makeBatch(_ scope: AccessScope) throws -> WriteBatch {
        let tenant = try tenant(scope.tenant)
        return try WriteBatch(scope: scope, tenant: tenant)
    }

    /// Commits a batch: all of it or nothing. The batch can be reused once this returns.
    /// - Parameter completion: called on the log's own thread once the batch is durable, or with the error; it must not
    ///   block.
    package func commit(
        _ batch: WriteBatch, completion: @escaping @Sendable (Result<CommitReceipt, any Error>) -> Void
    ) {
        do {
            try tenant(batch.scope.tenant).commit(batch, completion: completion)
        } catch {
            completion(.failure(error))
        }
    }

    /// Commits a batch and waits until it is durable.
    package func commit(_ batch: WriteBatch) throws -> CommitReceipt {
        let waiter = ResultWaiter<CommitReceipt>()
        commit(batch) { waiter.finish($0) }
        return try waiter.wait()
    }

    /// Waits until everything that was committed by now is durable, and so is seen by reads and searches; blocks.
    /// - Throws: `StoreError` if it cannot become so.
    package func settle(_ scope: AccessScope) throws {
        try tenant(scope.tenant).settle()
    }

    func tenant(_ name: TenantName) throws -> TenantStore {
        try lock.withLock {
            if let open = tenants[name] { return open }
            guard !isClosed else { throw StoreError(code: .unavailable, detail: "the store is closed") }
            let made = try TenantStore(keys: vault.keys(ofTenant: name.description), shared: shared)
            tenants[name] = made
            return made
        }
    }
}

/// Lets a blocking thread wait for a result that another thread gives.
final class ResultWaiter<Value: Sendable>: @unchecked Sendable {
    // Safe to share: the result is used under `lock`.
    private let lock = Lock()
    private var result: Result<Value, any Error>?

    func finish(_ result: Result<Value, any Error>) {
        lock.withLock {
            self.result = result
            lock.signalAll()
        }
    }

    func wait() throws -> Value {
        try lock.withLock {
            while true {
                if let result { return try result.get() }
                lock.wait()
            }
        }
    }
}
