internal import Access
internal import Accounts
internal import Base
internal import BulkData
internal import FHIRAPI
internal import Jobs
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
    /// What is to be done later, or takes long.
    let jobs: JobQueue
    let uploads: UploadStore
    /// Asks other servers; only what the operator allows beside public addresses.
    let webClient: WebClient
    private let mails: AccountMails?
    /// What is brought in from other servers.
    let pulls: Pulls
    /// What clients reach the server under, as far as is known here.
    let origin: String
    private let database: SQLiteDatabase

    /// Where links begin if nobody says where the server is reached.
    static let standardOrigin = "http://127.0.0.1:8080"

    /// Opens the accounts beside an open store.
    /// - Parameters:
    ///   - origin: where clients reach the server, without a slash at the end.
    ///   - outgoing: how other servers are reached.
    ///   - clock: the time of sessions, codes and tokens.
    ///   - report: gets one line for each thing that fails where nobody waits for it; no secret and no person is in it.
    /// - Throws: `SQLError`, `VaultError`, `AccountsError`, `OAuthError`, `JobsError`, `UploadError`. The store stays open
    ///   then.
    init(
        _ store: MartletStore, origin: String, outgoing: Outgoing = Outgoing(), clock: any Clock = SystemClock(),
        report: @escaping @Sendable (String) -> Void
    ) throws {
        self.store = store
        self.origin = origin
        let webClient = WebClient(options: outgoing.webClientOptions)
        self.webClient = webClient
        let mails = outgoing.mailing.map { mailing in
            AccountMails(mailing, client: webClient, clock: clock) { report("mail: " + ErrorText.forLog($0)) }
        }
        self.mails = mails
        do {
            database = try SQLiteDatabase(path: store.folder.accountsDatabase)
        } catch {
            mails?.stop()
            throw error
        }
        do {
            platformDatabase = try SQLiteDatabase(path: store.folder.platformDatabase)
        } catch {
            mails?.stop()
            try? database.close()
            throw error
        }
        do {
            var queue = JobQueueOptions()
            // The lock of the folder says so.
            queue.isAlone = true
            jobs = try JobQueue(database: platformDatabase, vault: store.vault, clock: clock, options: queue)
            var options = AccountsOptions(publicOrigin: origin)
            options.cookiesAreSecure = origin.hasPrefix("https://")
            let accounts = try Accounts(
                database: database, vault: store.vault, clock: clock, options: options,
                anchor: store.folder.accountsAnchor,
                sendMail: mails.map { mails -> MailSender in { mail in mails.take(mail) } },
                report: { report("the accounts: " + ErrorText.forLog($0)) })
            self.accounts = accounts
            let keySets = KeySetFetcher(webClient)
            authorization = try AuthorizationServer(
                database: database, vault: store.vault, clock: clock, anchor: store.folder.clientsAnchor,
                fetchKeySet: { try keySets.fetch($0) },
                report: { report("clients and tokens: " + ErrorText.forLog($0)) },
                currentFacts: { tenant, account in try accounts.currentFacts(of: account, tenant: tenant) })
            uploads = try UploadStore(
                database: platformDatabase, vault: store.vault, folder: store.folder.uploads, clock: clock)
            pulls = try Pulls(
                database: platformDatabase, vault: store.vault, folder: store.folder.pulls,
                web: outgoing.webClientOptions, clock: clock)
            for tenant in accounts.tenantList() {
                guard let rules = try LabelSetting.rules(accounts, tenant.name) else { continue }
                try store.records.setLabelRules(rules, for: tenant.name)
            }
        } catch {
            try? platformDatabase.close()
            mails?.stop()
            try? database.close()
            throw error
        }
        accounts.onEndOfAuthority { [authorization] account, tenant in
            do {
                try authorization.revokeAll(ofAccount: account, tenant: tenant)
            } catch {
                report("what \(account) allowed clients could not be deleted yet: " + ErrorText.forLog(error))
            }
        }
    }

    /// Opens the store in a folder with its accounts, for a command that works while no server does.
    static func open(
        _ folder: DataFolder, absence: MartletStore.Absence, holder: String, keyCommand: String? = nil,
        report: @escaping @Sendable (String) -> Void
    ) throws -> Installation {
        let store = try MartletStore.open(folder, absence: absence, holder: holder, keyCommand: keyCommand)
        // While a server serves it is the one that keeps them.
        store.records.onPurge { [folder] tenant in FHIRAPI.forgetAnswers(in: folder.asyncAnswers, of: tenant) }
        do {
            return try Installation(store, origin: standardOrigin, report: report)
        } catch {
            try? store.close()
            throw error
        }
    }

    /// Closes the accounts and what is under way, and leaves the store open. Mails that wait are sent if that is quick,
    /// else dropped.
    func closeAccounts() throws {
        uploads.stop()
        mails?.stop()
        webClient.stop()
        let isStopped = Result { try accounts.stop() }
        let isNoted = Result { try jobs.close() }
        let isClosed = Result { try platformDatabase.close() }
        try database.close()
        try isStopped.get()
        try isNoted.get()
        try isClosed.get()
    }

    /// Closes everything; nothing may be under way or follow.
    func close() throws {
        let isClosed = Result { try closeAccounts() }
        try store.close()
        try isClosed.get()
    }
}
