package import Access
package import Base
package import SQLDatabase
package import Vault
package import WebClient

/// The pulls of an installation: begun, run, looked at and stopped.
package final class Pulls: @unchecked Sendable {
    // Safe to share: what changes is used under `lock`.
    let store: PullStore
    private let root: String
    private let webOptions: WebClientOptions
    let clock: any Clock
    private let lock = Lock()
    private var running: [String: PullRun] = [:]

    /// How long what is known of a pull is kept after its end, in seconds.
    private static let keptSeconds = 90.0 * 86_400

    /// - Parameters:
    ///   - folder: where files lie until they are delivered, each sealed.
    ///   - web: how other servers are asked; its policy says which addresses are asked at all.
    /// - Throws: `SQLError`.
    package init(
        database: any SQLDatabase, vault: Vault, folder: String, web: WebClientOptions, clock: any Clock,
        limits: PullLimits = PullLimits()
    ) throws {
        store = try PullStore(database: database, vault: vault, limits: limits)
        root = folder
        webOptions = web
        self.clock = clock
    }

    /// Begins a pull, durable when this returns. One that does not say since when it asks begins where the last pull of
    /// the same records left off.
    /// - Throws: `BulkDataError.key` for a key file that is none; `SQLError`, `VaultError`.
    package func begin(_ new: NewPull, tenant: TenantName) throws -> PullRecord {
        if let key = new.clientKey { _ = try ClientCredential(ClientKeyFile(key)) }
        guard new.allowed.allSatisfy({ AllowedAddress($0) != nil }) else {
            throw BulkDataError(.invalid, "a place that may be asked is neither a host nor a network")
        }
        try store.forget(before: clock.now().advanced(bySeconds: -Self.keptSeconds), of: tenant)
        var order = new.order
        if order.since == nil, order.continues, !new.isFull { order.since = try store.moment(order.scope, of: tenant) }
        let id = try Self.newID()
        let now = clock.now()
        let record = PullRecord(
            id: id, tenant: tenant, created: now, updated: now, state: PullState(order, limits: store.limits),
            clientKey: new.clientKey, tokenOrigins: new.tokenOrigins, allowed: new.allowed,
            fileKey: try SecretKey.random())
        try store.save(record)
        return record
    }

    /// The pull of the same records that is not over, if there is one; else a new one.
    package func resumeOrBegin(_ new: NewPull, tenant: TenantName) throws -> (pull: PullRecord, isResumed: Bool) {
        if new.order.continues, var known = try store.open(new.order.scope, of: tenant) {
            if let key = new.clientKey, key != known.clientKey {
                _ = try ClientCredential(ClientKeyFile(key))
                known.clientKey = key
                try store.save(known)
            }
            return (known, true)
        }
        return (try begin(new, tenant: tenant), false)
    }

    package func pull(_ id: String, tenant: TenantName) throws -> PullRecord? {
        if let run = lock.withLock({ running[id] }) {
            let record = run.lock.withLock { run.record }
            return record.tenant == tenant ? record : nil
        }
        return try store.pull(id, of: tenant)
    }

    /// The newest pulls that began before a moment, newest first.
    package func pulls(tenant: TenantName, before: Instant = Instant(microseconds: .max), count: Int) throws
        -> [PullRecord]
    {
        try store.pulls(of: tenant, before: before, count: min(max(count, 1), 1_000))
    }

    /// Those that are not over, the oldest first: what is to be run again after a restart.
    package func unfinished(tenant: TenantName) throws -> [PullRecord] {
        try store.open(of: tenant)
    }

    /// Runs a pull until it is over, stopped, or `leave` is called. Blocks: call it on a thread of its own.
    /// - Parameter watch: told how it stands, now and then.
    /// - Returns: how it stands at the end.
    /// - Throws: `BulkDataError.missing`, `.invalid` if it runs already; `.storage`, `.damaged`, `SQLError` and
    ///   `VaultError`, after which it can be run again.
    package func run(
        _ id: String, tenant: TenantName, delivery: any PullDelivery,
        watch: @escaping @Sendable (PullState) -> Void = { _ in }
    ) throws -> PullRecord {
        guard let record = try store.pull(id, of: tenant) else {
            throw BulkDataError(.missing, "there is no such pull")
        }
        let credential = try record.clientKey.map { try ClientCredential(ClientKeyFile($0)) }
        var options = webOptions
        options.addresses.allowed += record.allowed.compactMap { AllowedAddress($0) }
        let web = WebClient(options: options)
        defer { web.stop() }
        let server = RemoteServer(
            base: record.state.order.base, credential: credential, web: web, clock: clock,
            tokenOrigins: record.tokenOrigins)
        let run = PullRun(
            record, store: store, folder: try PullFolder(root: root, id: id, key: record.fileKey), server: server,
            clock: clock, delivery: delivery, watch: watch)
        let isAlone = lock.withLock {
            guard running[id] == nil else { return false }
            running[id] = run
            return true
        }
        guard isAlone else { throw BulkDataError(.invalid, "the pull runs already") }
        defer { lock.withLock { running[id] = nil } }
        let state = try run.run()
        if state.isOver { PullFolder.remove(root: root, id: id) }
        return run.lock.withLock { run.record }
    }

    /// Stops a pull for good; what it brought so far is not kept.
    /// - Returns: `false` if there is none that could be stopped.
    package func cancel(_ id: String, tenant: TenantName) throws -> Bool {
        if let run = lock.withLock({ running[id] }) {
            guard run.lock.withLock({ run.record.tenant }) == tenant else { return false }
            run.stop(isForGood: true)
            return true
        }
        guard var record = try store.pull(id, of: tenant), !record.state.isOver else { return false }
        record.state.take(.cancelled, at: clock.now())
        record.updated = clock.now()
        try store.save(record)
        PullFolder.remove(root: root, id: id)
        return true
    }

    /// Ends a run soon; the pull goes on when it is run again.
    package func leave(_ id: String) {
        lock.withLock { running[id] }?.stop(isForGood: false)
    }

    /// Ends all runs soon; the pulls go on when they are run again.
    package func leave() {
        for run in lock.withLock({ Array(running.values) }) { run.stop(isForGood: false) }
    }
}
