import Access
import Base
import OAuth
import SQLDatabase
import Synchronization
import Testing
import Vault

import class Foundation.FileManager
import struct Foundation.URL

/// A clock that stands still until it is told to go on.
final class TestClock: Base.Clock {
    private let moment: Mutex<Int64>

    init(seconds: Int64 = 1_790_000_000) {
        moment = Mutex(seconds * 1_000_000)
    }

    func now() -> Instant { moment.withLock { Instant(microseconds: $0) } }

    func advance(seconds: Int64) {
        moment.withLock { $0 += seconds * 1_000_000 }
    }

    var seconds: Int64 { now().microseconds / 1_000_000 }
}

/// People of a made-up hospital, who may come and go.
final class TestPeople: Sendable {
    private let known = Mutex<[String: Subject.Facts]>([:])

    func set(_ facts: Subject.Facts?, account: String) {
        known.withLock { $0[account] = facts }
    }

    func facts(_ account: String) -> Subject.Facts? { known.withLock { $0[account] } }
}

/// What was reported.
final class TestReports: Sendable {
    private let lines = Mutex<[String]>([])

    func take(_ error: any Error) { lines.withLock { $0.append("\(error)") } }
    var all: [String] { lines.withLock { $0 } }
}

/// An authorization server over a folder of its own, which goes with it.
final class TestServer {
    static let tokenEndpoint = "https://martlet.example/oauth/token"

    let folder: String
    let clock: TestClock
    let people = TestPeople()
    let reports = TestReports()
    private(set) var server: AuthorizationServer
    private var databases: [SQLiteDatabase]
    private let masterKey: SecretKey
    private let options: OAuthOptions
    private let fetch: (@Sendable (String) throws -> [UInt8])?
    private let report: @Sendable (any Error) -> Void

    init(
        options: OAuthOptions = OAuthOptions(), clock: TestClock = TestClock(),
        fetch: (@Sendable (String) throws -> [UInt8])? = nil,
        report: @escaping @Sendable (any Error) -> Void = { _ in }
    ) throws {
        folder =
            FileManager.default.temporaryDirectory.path
            + "/martlet-oauth-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.clock = clock
        self.options = options
        self.fetch = fetch
        self.report = report
        masterKey = try SecretKey.random()
        (server, databases) = try Self.open(folder, masterKey, clock, options, people, reports, fetch, report)
    }

    deinit {
        for database in databases { try? database.close() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Closes the databases below the server.
    func close() throws {
        for database in databases { try database.close() }
        databases = []
    }

    /// Runs a statement on the file, as whoever can write it may.
    func alter(_ sql: String, _ values: [SQLValue] = []) throws {
        let database = try SQLiteDatabase(path: folder + "/accounts.db")
        try database.write { try $0.execute(sql, values) }
        try database.close()
    }

    /// Stops the server and starts it anew over the same files.
    func restart() throws {
        for database in databases { try database.close() }
        databases = []
        (server, databases) = try Self.open(folder, masterKey, clock, options, people, reports, fetch, report)
    }

    private static func open(
        _ folder: String, _ masterKey: SecretKey, _ clock: TestClock, _ options: OAuthOptions,
        _ people: TestPeople, _ reports: TestReports,
        _ fetch: (@Sendable (String) throws -> [UInt8])?, _ report: @escaping @Sendable (any Error) -> Void
    ) throws -> (AuthorizationServer, [SQLiteDatabase]) {
        let keys = try SQLiteDatabase(path: folder + "/keys.db")
        let accounts = try SQLiteDatabase(path: folder + "/accounts.db")
        let server = try AuthorizationServer(
            database: accounts, vault: Vault(store: keys, masterKey: masterKey), clock: clock,
            options: options, anchor: folder + "/clients.anchor", fetchKeySet: fetch,
            report: { error in
                reports.take(error)
                report(error)
            }, currentFacts: { _, account in people.facts(account) })
        return (server, [keys, accounts])
    }

    /// A client system with a key set by value.
    func backend(
        _ keys: String, scope: String = "system/*.rs", tenant: TenantName = .standard
    ) throws -> OAuthClient {
        var draft = ClientDraft(name: "Backend", authentication: .privateKey)
        draft.keys = .set(Array(keys.utf8))
        draft.scopes = try #require(SMARTScopes(scope))
        return try server.register(draft, tenant: tenant).client
    }

    /// An app that people sign in with.
    func app(
        scope: String = "openid fhirUser launch launch/patient offline_access patient/*.rs user/*.rs",
        redirectURIs: [String] = ["https://app.example/back"], tenant: TenantName = .standard
    ) throws -> OAuthClient {
        var draft = ClientDraft(name: "App", authentication: .none)
        draft.redirectURIs = redirectURIs
        draft.scopes = try #require(SMARTScopes(scope))
        return try server.register(draft, tenant: tenant).client
    }

    /// Proves a client with an assertion and says why it was refused; `nil` if it was not.
    func refusal(_ assertion: String, audience: String = tokenEndpoint) -> String? {
        do {
            let credentials = Credentials.assertion(try ClientAssertion(assertion))
            _ = try server.authenticate(credentials, tokenEndpoint: audience)
            return nil
        } catch let error as OAuthError {
            #expect(error.code == .invalidClient, "\(error)")
            return error.detail
        } catch {
            Issue.record("\(error) is no refusal")
            return "\(error)"
        }
    }
}

/// Makes assertions, right and wrong ones.
struct TestAssertion {
    var header: [String: String] = ["alg": "ES384", "typ": "JWT"]
    var claims: [String: String] = [:]

    /// What an honest client sends. Values are JSON.
    init(client: String, key: String, clock: TestClock, audience: String = TestServer.tokenEndpoint) {
        header = ["alg": "\"ES384\"", "typ": "\"JWT\"", "kid": "\"\(key)\""]
        claims = [
            "iss": "\"\(client)\"", "sub": "\"\(client)\"", "aud": "\"\(audience)\"",
            "exp": "\(clock.seconds + 240)", "jti": "\"\(UInt64.random(in: 0...UInt64.max))\"",
        ]
    }

    static func json(_ members: [String: String]) -> String {
        "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    static func encode(_ text: String) -> String {
        Array(text.utf8).withUnsafeBytes { Base64URL.encode($0) }
    }

    var unsigned: String { Self.encode(Self.json(header)) + "." + Self.encode(Self.json(claims)) }

    func signed(by key: JWSSigningKey) throws -> String {
        let text = unsigned
        return text + "."
            + (try key.signature(of: Array(text.utf8))).withUnsafeBytes { Base64URL.encode($0) }
    }

    func signedByRSA() throws -> String {
        let text = unsigned
        let digest = try SHA2.sha384(Array(text.utf8))
        return text + "." + TestRSA.signature(ofSHA384: digest).withUnsafeBytes { Base64URL.encode($0) }
    }
}

extension JWSSigningKey {
    /// The key as a member of a key set.
    func publicForm(_ id: String, extra: String = "") -> String {
        let x = x.withUnsafeBytes { Base64URL.encode($0) }
        let y = y.withUnsafeBytes { Base64URL.encode($0) }
        return #"{"kty":"EC","crv":"P-384","kid":"\#(id)","x":"\#(x)","y":"\#(y)"\#(extra)}"#
    }
}

func keySet(_ keys: String...) -> String {
    #"{"keys":["# + keys.joined(separator: ",") + "]}"
}
