import Access
import Accounts
import Audit
import Base
import Foundation
import HTTP
import JSONTape
import PlatformAPI
import SQLDatabase
import Testing
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

/// A trail in memory that can be told to fail.
final class TestTrail: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var kept: [(entry: AuditEntry, tenant: TenantName)] = []
    private var fails = false

    func append(_ entry: AuditEntry, _ tenant: TenantName, _ then: @Sendable (Bool) -> Void) {
        let isKept = lock.withLock {
            if !fails { kept.append((entry, tenant)) }
            return !fails
        }
        then(isKept)
    }

    private var told: [String] = []
    /// Faults that were reported.
    var faults: [String] { lock.withLock { told } }
    func takeFault(_ error: any Error) { lock.withLock { told.append("\(error)") } }
    func setFails(_ value: Bool) { lock.withLock { fails = value } }
    var entries: [AuditEntry] { lock.withLock { kept.map(\.entry) } }
}

/// What the interface is told of the records and their trail.
final class TestRecords: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var entries: [AuditEntry] = []
    private var owned: Set<String> = []
    private var rules: [TenantName: LabelRules] = [:]

    func add(_ entry: AuditEntry) { lock.withLock { entries.append(entry) } }
    /// Makes a patient that of everybody who asks.
    func own(_ patient: String) { lock.withLock { _ = owned.insert(patient) } }
    var labelRules: LabelRules? { lock.withLock { rules[.standard] } }

    var ports: PlatformAPI.Ports {
        PlatformAPI.Ports(
            accesses: { [self] _, query, before, count in
                let all = lock.withLock { entries.enumerated().map { (number: UInt64($0.offset), entry: $0.element) } }
                let found = all.reversed().filter { $0.number < before ?? .max && query.matches($0.entry) }
                let shown = found.prefix(count)
                return AuditPage(
                    entries: shown.map { NumberedEntry(number: $0.number, entry: $0.entry) },
                    next: found.count > count ? shown.last?.number : nil)
            },
            isOwn: { [self] patient, _ in lock.withLock { owned.contains(patient) } },
            displayName: { agent, _ in agent == "user/kim" ? "Kim Lee" : agent == "client/app" ? "Heart App" : nil },
            applyLabels: { [self] rules, tenant in lock.withLock { self.rules[tenant] = rules } })
    }
}

/// The interface over accounts in a folder of their own, called in process.
final class TestPlatform: Sendable {
    let folder: String
    let clock = ManualClock()
    let trail = TestTrail()
    let records = TestRecords()
    let accounts: Accounts
    let client: TestClient
    private let databases: [SQLiteDatabase]

    static let password = "Tall-Ship-Anchors-82"
    static let origin = "https://martlet.example"

    /// - Parameter toleratesFaults: whether faults are kept in `trail` and fail no test.
    init(
        toleratesFaults: Bool = false,
        also addRoutes: (Accounts, TestTrail, ManualClock, inout Router) -> Void = { _, _, _, _ in }
    ) throws {
        folder = NSTemporaryDirectory() + "martlet-platform-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let keys = try SQLiteDatabase(path: folder + "/keys.db")
        let data = try SQLiteDatabase(path: folder + "/accounts.db")
        databases = [keys, data]
        var options = AccountsOptions(publicOrigin: Self.origin)
        options.passwordCost = PasswordHash.Cost(memoryKibibytes: 64, passes: 1)
        let accounts = try Accounts(
            database: data, vault: Vault(store: keys, masterKey: SecretKey.random()), clock: clock, options: options)
        try accounts.addTenant(.standard)
        self.accounts = accounts
        let person = SignedIn(
            tenant: .standard, user: try #require(UserID(String(repeating: "a", count: 26))),
            subject: Subject(Subject.Facts(account: "client/reader", role: .admin)), displayName: "Reader",
            session: "token", csrfToken: nil)
        let api = PlatformAPI(
            accounts: accounts, clock: clock, ports: records.ports, bearer: { $0 == "good" ? person : nil },
            audit: { [trail] entry, tenant, then in trail.append(entry, tenant, then) },
            reportFailure: { [trail] in
                trail.takeFault($0)
                if !toleratesFaults { Issue.record("a fault: \($0)") }
            })
        var router = Router()
        api.addRoutes(to: &router)
        addRoutes(accounts, trail, clock, &router)
        client = TestClient(.inProcess(router))
    }

    deinit {
        try? accounts.stop()
        for database in databases { try? database.close() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Runs a statement on the file of accounts.
    func alter(_ sql: String) throws {
        try databases[1].write { try $0.execute(sql) }
    }

    @discardableResult
    func add(_ name: String, _ role: Role) throws -> User {
        let login = try #require(LoginName(name))
        return try accounts.addUser(
            User.Profile(name: login, displayName: name, role: role), password: Self.password, tenant: .standard)
    }

    /// What a signed-in browser sends with each request.
    func signIn(_ name: String, code: String? = nil) async throws -> HTTPHeaders {
        var body = "{\"name\":\"\(name)\",\"password\":\"\(Self.password)\""
        if let code { body += ",\"code\":\"\(code)\"" }
        let response = try await send(.post, "/sessions", body: body + "}")
        #expect(response.status == .created)
        return try browser(response)
    }

    /// The headers that a browser sends after an answer that set its cookie.
    func browser(_ response: HTTPResponse) throws -> HTTPHeaders {
        let cookies = response.headers.values("set-cookie").compactMap { $0.split(separator: ";").first }
        var headers: HTTPHeaders = ["Cookie": cookies.joined(separator: "; "), "Origin": Self.origin]
        headers["X-CSRF-Token"] = try text(response, "csrfToken")
        return headers
    }

    func send(
        _ method: HTTPMethod, _ path: String, as headers: HTTPHeaders = [:], body: String = ""
    ) async throws -> HTTPResponse {
        var headers = headers
        if !body.isEmpty && headers["content-type"] == nil { headers["Content-Type"] = "application/json" }
        return try await client.send(method, "/api/v1" + path, headers: headers, body: Array(body.utf8))
    }

    /// A text of the answer's object, or of an object in it.
    func text(_ response: HTTPResponse, _ names: String...) throws -> String? {
        try JSONDocument(response.body.collect()).withRoot { root in
            var value: JSONValue? = root
            for name in names { value = value?.member(named: name) }
            return value?.string
        }
    }

    func texts(_ response: HTTPResponse, _ name: String) throws -> [String] {
        try JSONDocument(response.body.collect()).withRoot { root in
            root.member(named: name)?.elements.map(\.text) ?? []
        }
    }

    static func base32Decoded(_ text: String) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var bytes: [UInt8] = []
        var window = 0
        var bits = 0
        for character in text.utf8 {
            window = (window << 5 | (alphabet.firstIndex(of: character) ?? 0)) & 0xFFFF
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(window >> bits & 255))
            }
        }
        return bytes
    }
}
