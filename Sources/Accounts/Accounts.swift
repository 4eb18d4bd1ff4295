package import Access
package import Base
package import HTTP
package import SQLDatabase
internal import Synchronization
package import Vault

/// Tenants, their users, and who is signed in.
///
/// All calls but `session` and those marked so block: they are for threads that may wait, such as those of `threads`
/// and, where a password is hashed, of `hashThreads`.
package final class Accounts: @unchecked Sendable {
    // Safe to share: `tenants` and `emergencyIndex` are used under `tenantLock`, `throttle` under `throttleLock`; all
    // changes of the database with what follows from them in memory happen one at a time, under `changeLock`.
    package let options: AccountsOptions
    package let cookie: SessionCookie
    package let origin: RequestOrigin
    /// Threads for calls that hash no password.
    package let threads: WorkPool
    /// Threads for calls that hash a password: few, for each takes much memory.
    package let hashThreads: WorkPool

    let database: any SQLDatabase
    /// What changes the tables, and knows its own rows from others.
    let rows: MarkedRows
    let clock: any Clock
    let sessions: SessionTable
    let sendMail: MailSender?

    /// Told of what failed where nobody waits for it.
    let report: @Sendable (any Error) -> Void

    private let vault: Vault
    private let tenantLock = Lock()
    private var tenants: [TenantName: TenantRecord] = [:]
    private var emergencyIndex = EmergencyIndex()
    private let throttleLock = Lock()
    private var throttle: SignInThrottle
    private let changeLock = Lock()
    private let housekeeping = Housekeeping()
    private let authorityEnds = Mutex<AuthorityEnds?>(nil)
    /// Stand in for tenants and users that do not exist, so that an attempt with them costs the same.
    let decoyPasswordHash: String
    let decoyTenant: TenantRecord
    let decoyUser: UserID
    /// Hashes what failures are counted against; the same at every start.
    let throttleSeal: TenantSeal

    /// Opens the accounts and makes their tables where they are missing.
    /// - Parameters:
    ///   - database: holds these tables, and may hold others.
    ///   - vault: its tenants are those of the accounts.
    ///   - anchor: the file that remembers how far the accounts had come, apart from the database; a missing one has what
    ///     is there accepted. Without it an older copy of the whole database is not told from the newest.
    ///   - sendMail: sends invites and reset links; without it an admin hands them on.
    ///   - report: told of what fails where nobody waits for it, and of rows that are not what the program wrote; no
    ///     secret is in it.
    /// - Throws: `VaultError.damaged` if rows are missing or older than they must be; `SQLError.damaged`.
    package init(
        database: any SQLDatabase, vault: Vault, clock: any Clock, options: AccountsOptions, anchor: String? = nil,
        sendMail: MailSender? = nil, report: @escaping @Sendable (any Error) -> Void = { _ in }
    ) throws {
        self.database = database
        self.report = report
        self.vault = vault
        self.clock = clock
        self.options = options
        self.sendMail = sendMail
        cookie = SessionCookie(isSecure: options.cookiesAreSecure)
        origin = RequestOrigin(publicOrigin: options.publicOrigin)
        sessions = SessionTable(options: options)
        try database.overwriteDeleted()
        // Indexes as well: a row that they lead past would be as good as missing.
        try database.verify()
        let own = try vault.keysOfFirstTenant(orNew: TenantName.platform.description)
        rows = try MarkedRows(
            "accounts", database: database, root: own.indexKey.derived("martlet accounts rows"),
            tables: AccountsTable.all,
            anchor: anchor.map { RowAnchor(path: $0) }, report: report
        ) { try AccountsSchema.prepare($0, database.dialect) }
        decoyTenant = TenantRecord(
            id: 0, seal: try TenantSeal(root: SecretKey.random()), rows: rows,
            tenant: Tenant(name: .standard, displayName: "", isDisabled: true))
        decoyUser = try UserID.random()
        throttleSeal = try TenantSeal(own)
        throttle = SignInThrottle(rules: options.throttle)
        decoyPasswordHash = try PasswordHash.make(SecretBytes.random(16), cost: options.passwordCost)
        threads = WorkPool(name: "accounts", count: 2, waitingMax: options.waitingMax)
        hashThreads = WorkPool(name: "passwords", count: 2, waitingMax: options.waitingMax)
        // Names with a dash in front are Martlet's own.
        for name in try vault.tenantNames().compactMap(TenantName.init) where !name.description.hasPrefix("-") {
            _ = try open(name)
        }
        try loadEmergencies()
        try loadSessions()
        try loadFailures()
    }

    /// Writes what is only in memory yet and ends the threads. No call may be under way or follow; the database stays
    /// open.
    package func stop() throws {
        threads.stop()
        hashThreads.stop()
        try saveSessions()
    }

    /// The session that a request's cookie opens; answered from memory.
    /// - Returns: `nil` if there is none or it is over. What is `due` first is the caller's to look at.
    package func authenticate(_ request: HTTPRequest) -> SignedIn? {
        cookie.session(of: request.headers).flatMap { session($0) }
    }

    /// The session of a secret; answered from memory.
    package func session(_ secret: SecretToken) -> SignedIn? {
        let now = clock.now()
        if housekeeping.isDue(at: now) { _ = threads.run { [weak self] in self?.keepHouse() } }
        return sessions.find(secret, at: now)
    }

    private func keepHouse() {
        do {
            try saveSessions()
        } catch {
            report(AccountsError(.damaged, "when sessions were used could not be written", cause: error))
        }
        rows.recheck()
    }

    /// Whether a request with a session's cookie may change something; see `RequestOrigin.accepts`.
    package func accepts(_ request: HTTPRequest, _ signedIn: SignedIn, formToken: String? = nil) -> Bool {
        origin.accepts(request, signedIn, formToken: formToken)
    }

    /// What unsafe requests of a session must repeat.
    package func csrfToken(of signedIn: SignedIn) -> String? { signedIn.csrfToken }

    /// Told what an account (`user/ID`) may do no more as before: its password, role or state changed, or it is gone.
    /// Blocks who changes it; may use the database.
    package typealias AuthorityEnds = @Sendable (_ account: String, TenantName) -> Void

    /// Has `body` told from now on, so that what was given on an account's behalf ends with it.
    package func onEndOfAuthority(_ body: @escaping AuthorityEnds) {
        authorityEnds.withLock { $0 = body }
    }

    /// Whether people and clients of a tenant are let in; answered from memory.
    package func isOpen(_ tenant: TenantName) -> Bool {
        tenantLock.withLock { tenants[tenant]?.tenant.isDisabled == false }
    }

    // MARK: Parts of the whole

    func endAuthority(of user: UserID, _ tenant: TenantRecord) {
        authorityEnds.withLock { $0 }?(user.account, tenant.tenant.name)
    }

    /// Runs changes one at a time: what follows from one in memory is there before the next begins.
    @discardableResult
    func change<Result>(_ body: (RowChange) throws -> Result, then: (Result) -> Void) throws -> Result {
        try changeLock.withLock {
            let result = try rows.write(body)
            then(result)
            return result
        }
    }

    func record(_ name: TenantName) throws(AccountsError) -> TenantRecord {
        guard let record = known(name) else { throw AccountsError(.notFound, "There is no such tenant.") }
        return record
    }

    func known(_ name: TenantName) -> TenantRecord? {
        tenantLock.withLock { tenants[name] }
    }

    func record(_ id: Int64) -> TenantRecord? {
        tenantLock.withLock { tenants.values.first { $0.id == id } }
    }

    var allTenants: [TenantRecord] {
        tenantLock.withLock { tenants.values.sorted { $0.tenant.name.description < $1.tenant.name.description } }
    }

    func remember(_ record: TenantRecord) {
        tenantLock.withLock { tenants[record.tenant.name] = record }
    }

    /// The keys and the row of a tenant, which are made where they are missing.
    func open(_ name: TenantName) throws -> TenantRecord {
        if let known = known(name) { return known }
        let keys = try vault.keys(ofTenant: name.description)
        let seal = try TenantSeal(keys)
        let tenant =
            try storedTenant(name, id: keys.id, seal)
            ?? Tenant(name: name, displayName: name.description, isDisabled: false)
        var record = TenantRecord(id: keys.id, seal: seal, rows: rows, tenant: tenant)
        record.security = try storedSecuritySettings(record)
        remember(record)
        return record
    }

    func withThrottle<Result>(_ body: (inout SignInThrottle) throws -> Result) rethrows -> Result {
        try throttleLock.withLock { try body(&throttle) }
    }

    func withEmergencies<Result>(_ body: (inout EmergencyIndex) throws -> Result) rethrows -> Result {
        try tenantLock.withLock { try body(&emergencyIndex) }
    }
}

/// When sessions were last written.
private final class Housekeeping: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var last: Instant?

    private static let seconds = 60.0

    func isDue(at now: Instant) -> Bool {
        lock.withLock {
            guard let last else {
                self.last = now
                return false
            }
            guard now >= last.advanced(bySeconds: Self.seconds) else { return false }
            self.last = now
            return true
        }
    }
}
