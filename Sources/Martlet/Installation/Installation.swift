internal import Access
internal import Accounts
internal import Base
internal import BulkData
internal import OAuth
internal import PlatformAPI
internal import RecordStore
internal import SQLDatabase
internal import Uploads
internal import WebClient

/// An open store together with those who may use it: what `serve` runs on, and what the commands for operators change.
final class Installation: Sendable {
    let store: MartletStore
    let accounts: Accounts
    let authorization: AuthorizationServer
    /// Of jobs, uploads and ingests; each part has tables of its own there.
    let platformDatabase: SQLiteDatabase
    /// What is brought in from other servers.
    let pulls: Pulls
    let uploads: UploadStore
    private let database: SQLiteDatabase

    /// Where links begin if nobody says where the server is reached.
    static let standardOrigin = "http://127.0.0.1:8080"

    /// Opens the accounts beside an open store.
    /// - Parameters:
    ///   - origin: where clients reach the server, without a slash at the end.
    ///   - reachable: what other servers may be asked though they are not public.
    ///   - clock: the time of sessions, codes and tokens.
    /// - Throws: `SQLError`, `VaultError`, `AccountsError`, `OAuthError`. The store stays open then.
    init(
        _ store: MartletStore, origin: String, reachable: [AllowedAddress] = [], clock: any Clock = SystemClock()
    ) throws {
        self.store = store
        database = try SQLiteDatabase(path: store.folder.accountsDatabase)
        do {
            platformDatabase = try SQLiteDatabase(path: store.folder.platformDatabase)
        } catch {
            try? database.close()
            throw error
        }
        do {
            var options = AccountsOptions(publicOrigin: origin)
            options.cookiesAreSecure = origin.hasPrefix("https://")
            let accounts = try Accounts(database: database, vault: store.vault, clock: clock, options: options)
            self.accounts = accounts
            authorization = try AuthorizationServer(database: database, vault: store.vault, clock: clock) {
                tenant, account in try accounts.currentFacts(of: account, tenant: tenant)
            }
            var web = WebClientOptions(addresses: AddressPolicy(allowing: reachable))
            web.userAgent = "Martlet/" + Program.version
            pulls = try Pulls(
                database: platformDatabase, vault: store.vault, folder: store.folder.pulls, web: web, clock: clock)
            uploads = try UploadStore(
                database: platformDatabase, vault: store.vault, folder: store.folder.uploads, clock: clock)
            for tenant in accounts.tenantList() {
                guard let rules = try LabelSetting.rules(accounts, tenant.name) else { continue }
                try store.records.setLabelRules(rules, for: tenant.name)
            }
        } catch {
            try? platformDatabase.close()
            try? database.close()
            throw error
        }
        accounts.onEndOfAuthority { [authorization] account, tenant in
            // What cannot be taken back ends within the hour; who asks anew is refused.
            try? authorization.revokeAll(ofAccount: account, tenant: tenant)
        }
    }

    /// Opens the store in a folder with its accounts, for a command that works while no server does.
    static func open(
        _ folder: DataFolder, absence: MartletStore.Absence, holder: String, keyCommand: String? = nil
    ) throws -> Installation {
        let store = try MartletStore.open(folder, absence: absence, holder: holder, keyCommand: keyCommand)
        do {
            return try Installation(store, origin: standardOrigin)
        } catch {
            try? store.close()
            throw error
        }
    }

    /// Closes the accounts and what is under way, and leaves the store open.
    func closeAccounts() throws {
        uploads.stop()
        let isStopped = Result { try accounts.stop() }
        let isClosed = Result { try platformDatabase.close() }
        try database.close()
        try isStopped.get()
        try isClosed.get()
    }

    /// Closes everything; nothing may be under way or follow.
    func close() throws {
        let isClosed = Result { try closeAccounts() }
        try store.close()
        try isClosed.get()
    }
}
