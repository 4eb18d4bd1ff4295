import Access
import Accounts
import Base
import Foundation
import SQLDatabase
import Vault

/// A clock that stands still until it is told to go on.
final class ManualClock: Base.Clock, @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var time = Instant(microseconds: 1_790_000_000_000_000)

    func now() -> Instant { lock.withLock { time } }

    func advance(_ seconds: Double) {
        lock.withLock { time = time.advanced(bySeconds: seconds) }
    }
}

/// Mails that would have been sent.
final class Outbox: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var mails: [Mail] = []

    func take(_ mail: Mail) -> Bool {
        lock.withLock {
            mails.append(mail)
            return true
        }
    }
    var all: [Mail] { lock.withLock { mails } }
}

/// What was reported.
final class Reports: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var lines: [String] = []

    func take(_ error: any Error) { lock.withLock { lines.append("\(error)") } }
    var all: [String] { lock.withLock { lines } }
}

/// Accounts in a folder of their own, which goes when the test ends.
final class TestAccounts: @unchecked Sendable {
    // Safe to share: `accounts` changes only by `reopen`, which no test calls beside others.
    let folder: String
    let clock = ManualClock()
    let outbox = Outbox()
    let reports = Reports()
    private(set) var accounts: Accounts
    private var databases: [SQLiteDatabase]

    static let password = "Tall-Ship-Anchors-82"

    init() throws {
        folder = NSTemporaryDirectory() + "martlet-accounts-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        (accounts, databases) = try Self.open(folder, clock, outbox, reports)
        if accounts.tenantList().isEmpty { try accounts.addTenant(.standard, displayName: "Harbour Practice") }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Ends the program and begins anew with what is on the disk.
    func reopen() throws {
        try close()
        try start()
    }

    /// Begins anew after `close`, or after a start that failed.
    func start() throws {
        (accounts, databases) = try Self.open(folder, clock, outbox, reports)
    }

    func close() throws {
        try accounts.stop()
        for database in databases { try database.close() }
    }

    private static func open(
        _ folder: String, _ clock: ManualClock, _ outbox: Outbox, _ reports: Reports
    ) throws -> (Accounts, [SQLiteDatabase]) {
        let master = try MasterKeyFile.load(path: folder + "/master.key", mayCreate: true)
        let keys = try SQLiteDatabase(path: folder + "/keys.db")
        let data = try SQLiteDatabase(path: folder + "/accounts.db")
        var options = AccountsOptions(publicOrigin: "https://martlet.example")
        options.passwordCost = PasswordHash.Cost(memoryKibibytes: 64, passes: 1)
        let accounts = try Accounts(
            database: data, vault: Vault(store: keys, masterKey: master), clock: clock, options: options,
            anchor: folder + "/accounts.anchor", sendMail: { outbox.take($0) }, report: { reports.take($0) })
        return (accounts, [keys, data])
    }

    @discardableResult
    func add(
        _ name: String, _ role: Role = .clinician, tenant: TenantName = .standard, password: String = password
    ) throws -> User {
        guard let login = LoginName(name) else { throw AccountsError(.invalid, name) }
        return try accounts.addUser(
            User.Profile(name: login, displayName: "Dr " + name, role: role), password: password, tenant: tenant)
    }

    func attempt(
        _ name: String, password: String = password, code: String? = nil, tenant: String = "default",
        address: String = "192.0.2.7", device: SecretToken? = nil
    ) throws -> SignInOutcome {
        try accounts.signIn(
            SignInAttempt(
                tenant: tenant, name: name, password: password, code: code, address: address, agent: "Test/1",
                device: device))
    }

    /// Signs in and gives the session.
    func admitted(
        _ name: String, password: String = password, code: String? = nil, address: String = "192.0.2.7",
        device: SecretToken? = nil
    ) throws -> Admission {
        switch try attempt(name, password: password, code: code, address: address, device: device) {
        case .admitted(let admission): return admission
        case .refused(let error, _, _): throw error
        }
    }

    /// Why an attempt is refused; `nil` if it is not.
    func refusal(
        _ name: String, password: String = password, code: String? = nil, tenant: String = "default",
        address: String = "192.0.2.7", device: SecretToken? = nil
    ) throws -> AccountsError.Code? {
        let outcome = try attempt(
            name, password: password, code: code, tenant: tenant, address: address, device: device)
        guard case .refused(let error, _, _) = outcome else { return nil }
        return error.code
    }

    /// Signs in, sets a second factor up and gives its secret, its recovery codes and the session.
    func enrolled(_ name: String) throws -> (secret: [UInt8], recoveryCodes: [String], admission: Admission) {
        let first = try admitted(name)
        let user = first.signedIn.user
        let enrolment = try accounts.enrolSecondFactor(of: user, tenant: .standard)
        let secret = Self.base32Decoded(enrolment.secret)
        let confirmed = try accounts.confirmSecondFactor(
            of: user, tenant: .standard, code: code(secret), session: first.secret)
        return (secret, confirmed.recoveryCodes, confirmed.admission ?? first)
    }

    /// Runs a statement on the file, as whoever can write it may.
    func alter(_ sql: String, _ values: [SQLValue] = []) throws {
        let database = try SQLiteDatabase(path: folder + "/accounts.db")
        try database.write { try $0.execute(sql, values) }
        try database.close()
    }

    /// Puts one user's sealed profile into the row of another, as who can write the file may.
    func moveRow(from: UserID, to: UserID) throws {
        try databases[1].write { connection in
            try connection.execute(
                "UPDATE users SET profile = (SELECT profile FROM users WHERE user_id = $1) WHERE user_id = $2",
                [.text(from.description), .text(to.description)])
        }
    }

    /// The one-time password of now.
    func code(_ secret: [UInt8]) throws -> String {
        try TimedPassword.code(step: TimedPassword.step(at: clock.now()), secret: secret)
    }

    static func base32Decoded(_ text: String) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var bytes: [UInt8] = []
        var window = 0
        var bits = 0
        for character in text.utf8 {
            window = window << 5 | (alphabet.firstIndex(of: character) ?? 0)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(window >> bits & 255))
            }
        }
        return bytes
    }
}
