package import Access
package import Base
internal import Compression
package import Vault

/// The audit trails of all tenants of a data folder. Each has a folder, keys and a thread of its own.
package final class AuditTrails: @unchecked Sendable {
    // Safe to share: `trails` is used under `lock`.
    private let root: String
    private let vault: Vault
    private let clock: any Clock
    private let options: AuditOptions
    private let dictionaries: Dictionaries
    private let lock = Lock()
    private var trails: [TenantName: AuditTrail] = [:]
    private var isStopped = false

    /// Nothing is opened before it is used.
    /// - Parameters:
    ///   - folder: the folder of all trails; made when the first entry comes.
    ///   - vault: has the tenants' keys.
    /// - Throws: `CompressionError`.
    package init(
        folder: String, vault: Vault, clock: any Clock, options: AuditOptions = AuditOptions()
    ) throws {
        root = folder
        self.vault = vault
        self.clock = clock
        self.options = options
        dictionaries = try Dictionaries(dictionary: [])
    }

    /// Adds an entry to a tenant's trail, together with all others that wait.
    /// - Parameter then: called on a thread of the trail once the entry is durable, with its number; or with why it is
    ///   not. It must not block. If the trail was stopped or too many entries wait, it is called before this returns.
    package func append(
        _ entry: AuditEntry, tenant: TenantName, then: @escaping @Sendable (Result<UInt64, AuditError>) -> Void
    ) {
        let trail: AuditTrail
        do {
            trail = try self.trail(tenant)
        } catch {
            return then(.failure(error))
        }
        trail.append(entry, then: then)
    }

    /// As `append`, but waits.
    /// - Returns: the entry's number.
    package func record(_ entry: AuditEntry, tenant: TenantName) throws(AuditError) -> UInt64 {
        let box = AnswerBox<UInt64>()
        append(entry, tenant: tenant) { result in
            switch result {
            case .success(let number):
                box.set(number)
                box.end(nil)
            case .failure(let error): box.end(error)
            }
        }
        return try box.wait()
    }

    /// Writes what waits, signs a last head for each trail and ends all threads. Nothing can be added any more.
    /// - Throws: the first trail's `AuditError`, after all were stopped.
    package func stop() throws {
        let all = lock.withLock {
            isStopped = true
            return Array(trails.values)
        }
        var failure: AuditError?
        for trail in all {
            do {
                try trail.stop()
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// The tenants that have a trail, or of which the second place remembers one.
    package func tenants() throws -> [TenantName] {
        try vault.tenantNames().compactMap(TenantName.init).filter { folder(of: $0).isKnown }
    }

    /// Signs a head over all entries that have none yet.
    /// - Returns: the newest head; `nil` if the trail is empty.
    @discardableResult
    package func signHead(tenant: TenantName) throws(AuditError) -> TreeHead? {
        let clock = clock
        return try trail(tenant).perform { writer in
            try writer.signHead(at: clock.now())
            return writer.lastHead
        }
    }

    /// The folder of a tenant's trail.
    package func folder(of tenant: TenantName) -> TrailFolder {
        TrailFolder(root: root, tenant: tenant, anchorFolder: options.anchorFolder)
    }

    /// The trail of a tenant, begun if there is none.
    func trail(_ tenant: TenantName) throws(AuditError) -> AuditTrail {
        let found = lock.withLock { () -> AuditTrail? in
            if isStopped { return nil }
            if let known = trails[tenant] { return known }
            let vault = vault
            let made = AuditTrail(
                tenant: tenant, folder: folder(of: tenant),
                wrapping: { try TrailKeys.wrappingKey(vault.keys(ofTenant: tenant.description)) },
                dictionaries: dictionaries, clock: clock, options: options)
            trails[tenant] = made
            return made
        }
        guard let found else { throw AuditError(.stopped, "the audit trails were stopped") }
        return found
    }

    /// The trail of a tenant, for reading.
    /// - Returns: `nil` if the tenant has none.
    func existing(_ tenant: TenantName) throws(AuditError) -> AuditTrail? {
        let known = lock.withLock { trails[tenant] }
        return folder(of: tenant).exists ? try trail(tenant) : known
    }

    /// What checks a tenant's trail needs; nothing of the trail is opened.
    func wrappingKey(_ tenant: TenantName) throws(AuditError) -> SecretKey {
        do {
            return try TrailKeys.wrappingKey(vault.keys(ofTenant: tenant.description))
        } catch {
            throw AuditError(.keys, "the keys of the tenant cannot be had", cause: error)
        }
    }

    /// How many entries and heads a trail that is open has; `nil` if it is not open.
    func written(_ tenant: TenantName) -> (entries: UInt64, heads: Int)? {
        lock.withLock { trails[tenant] }?.written()
    }

    var clockForTrails: any Clock { clock }
    var settings: AuditOptions { options }
    var compression: Dictionaries { dictionaries }
}
