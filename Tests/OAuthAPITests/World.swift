import Access
import Audit
import Base
import Foundation
import HTTP
import JSONTape
import OAuth
import OAuthAPI
import SQLDatabase
import Synchronization
import Testing
import Vault

/// A made-up hospital with people who are signed in by a header, its authorization server, and its audit trail in memory.
final class World: Sendable {
    static let origin = "https://martlet.example"

    let clock = StillClock()
    let server: AuthorizationServer
    let http: TestClient
    let trail: Trail
    let people: People
    private let api: OAuthAPI
    private let folder: String
    private let databases: [SQLiteDatabase]

    final class StillClock: Base.Clock {
        private let seconds_ = Mutex<Int64>(1_790_000_000)

        func now() -> Instant { Instant(microseconds: seconds_.withLock { $0 } * 1_000_000) }

        func advance(seconds: Int64) { seconds_.withLock { $0 += seconds } }

        var seconds: Int64 { seconds_.withLock { $0 } }
    }

    /// Keeps the entries, or fails when it is told to.
    final class Trail: Sendable {
        private let entries = Mutex<[(entry: AuditEntry, tenant: TenantName)]>([])
        private let isBroken = Mutex(false)

        func append(_ entry: AuditEntry, _ tenant: TenantName) -> Bool {
            guard !isBroken.withLock({ $0 }) else { return false }
            entries.withLock { $0.append((entry, tenant)) }
            return true
        }

        func fail(_ fails: Bool) { isBroken.withLock { $0 = fails } }

        var all: [(entry: AuditEntry, tenant: TenantName)] { entries.withLock { $0 } }
        var last: AuditEntry? { all.last?.entry }
    }

    /// Who is known, by the value of the header `x-person`.
    final class People: Sendable {
        private let known: Mutex<[String: OAuthAPI.SignedIn]>

        init() {
            func person(_ name: String, _ role: Role, _ user: String?, tenant: TenantName = .standard)
                -> OAuthAPI.SignedIn
            {
                var facts = Subject.Facts(account: "user/" + name, role: role)
                facts.fhirUser = user
                return OAuthAPI.SignedIn(tenant: tenant, facts: facts, displayName: name, csrf: "csrf-of-" + name)
            }
            var all = [
                "house": person("house", .clinician, "Practitioner/house"),
                "pat": person("pat", .patient, "Patient/pat"), "root": person("root", .admin, nil),
                "eye": person("eye", .auditor, nil), "count": person("count", .reporter, nil),
            ]
            // Not a session: a token that the administrator gave a client.
            all["proxy"] = person("proxy", .admin, nil)
            all["proxy"]?.facts.scopes = SMARTScopes("openid user/*.cruds")
            if let other = TenantName("other") {
                all["stranger"] = person("stranger", .admin, nil, tenant: other)
                all["alien"] = person("alien", .clinician, "Practitioner/alien", tenant: other)
            }
            known = Mutex(all)
        }

        func signedIn(_ name: String?) -> OAuthAPI.SignedIn? { name.flatMap { name in known.withLock { $0[name] } } }

        func facts(_ account: String) -> Subject.Facts? {
            known.withLock { all in all.values.first { $0.facts.account == account }?.facts }
        }

        func close(_ name: String) { known.withLock { $0[name] = nil } }
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/martlet-oauth-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let keys = try SQLiteDatabase(path: folder + "/keys.db")
        let accounts = try SQLiteDatabase(path: folder + "/accounts.db")
        databases = [keys, accounts]
        let people = People()
        let trail = Trail()
        server = try AuthorizationServer(
            database: accounts, vault: Vault(store: keys, masterKey: .random()), clock: clock,
            currentFacts: { _, account in people.facts(account) })
        let ports = OAuthAPI.Ports(
            origin: { World.origin }, session: { people.signedIn($0.headers["x-person"]) },
            mayOpen: { patient, signedIn in
                signedIn.facts.fhirUser == "Patient/" + patient
                    || signedIn.facts.role == .clinician && ["pat", "abel"].contains(patient)
            },
            renderConsent: { page in
                var lines = page.hidden.map { "\($0.name)=\($0.value)" }
                lines += page.items.map { "scope_granted=\($0.scope)" }
                lines.append("asks=\(page.asksPatient) patient=\(page.patient ?? "-") to=\(page.destination)")
                if let problem = page.problem { lines.append("problem=" + problem) }
                return Array(lines.joined(separator: "\n").utf8)
            },
            audit: { entry, tenant, then in then(trail.append(entry, tenant)) },
            reportFailure: { Issue.record("\($0)") })
        api = OAuthAPI(server: server, ports: ports, clock: clock, threadCount: 2)
        self.people = people
        self.trail = trail
        var router = Router()
        api.addRoutes(to: &router)
        http = TestClient(.inProcess(router))
    }

    deinit {
        api.stop()
        for database in databases { try? database.close() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Posts a form.
    func post(
        _ path: String, _ fields: [(String, String)], person: String? = nil, authorization: String? = nil
    ) async throws -> Answer {
        var headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
        headers["x-person"] = person
        headers["Authorization"] = authorization
        let body = QueryParameters(fields.map { QueryParameters.Item($0.0, $0.1) }).encoded
        return try Answer(await http.post(path, headers: headers, body: Array(body.utf8)))
    }

    /// Sends JSON.
    func send(
        _ method: HTTPMethod, _ path: String, _ text: String = "", person: String?, csrf: String? = nil
    ) async throws -> Answer {
        var headers: HTTPHeaders = [:]
        if !text.isEmpty { headers["Content-Type"] = "application/json" }
        headers["x-person"] = person
        headers["X-CSRF-Token"] = csrf
        return try Answer(await http.send(method, path, headers: headers, body: Array(text.utf8)))
    }

    func get(_ path: String, _ fields: [(String, String)] = [], person: String? = nil) async throws -> Answer {
        var headers: HTTPHeaders = [:]
        headers["x-person"] = person
        let query = QueryParameters(fields.map { QueryParameters.Item($0.0, $0.1) }).encoded
        return try Answer(await http.get(path + (query.isEmpty ? "" : "?" + query), headers: headers))
    }
}

/// An answer, read.
struct Answer {
    let status: Int
    let headers: HTTPHeaders
    let text: String

    init(_ response: HTTPResponse) throws {
        status = response.status.code
        headers = response.headers
        text = String(decoding: try response.body.collect(), as: UTF8.self)
    }

    /// A member of the JSON object that the body is: a string, or another value's text.
    func member(_ name: String) -> String? {
        guard let document = try? JSONDocument(Array(text.utf8)) else { return nil }
        return document.withRoot { root in root.member(named: name).map(\.text) }
    }

    /// A parameter of where it leads.
    func parameter(_ name: String) -> String? {
        guard let location = headers["Location"], let start = location.firstIndex(of: "?") else { return nil }
        var query = String(location[location.index(after: start)...])
        return query.withUTF8 { QueryParameters(decoding: $0) }?[name]
    }
}

/// A client system with a key of its own.
struct Backend {
    let client: OAuthClient
    let key: JWSSigningKey
    let world: World

    init(
        _ world: World, scope: String = "system/*.rs", tenant: TenantName = .standard, mayIntrospect: Bool = false
    ) throws {
        key = try JWSSigningKey()
        let x = key.x.withUnsafeBytes { Base64URL.encode($0) }
        let y = key.y.withUnsafeBytes { Base64URL.encode($0) }
        var draft = ClientDraft(name: "Backend", authentication: .privateKey)
        draft.keys = .set(Array(#"{"keys":[{"kty":"EC","crv":"P-384","kid":"1","x":"\#(x)","y":"\#(y)"}]}"#.utf8))
        draft.scopes = try #require(SMARTScopes(scope))
        draft.organization = "Organization/lab"
        draft.mayIntrospect = mayIntrospect
        client = try world.server.register(draft, tenant: tenant).client
        self.world = world
    }

    func assertion(
        header: String = #"{"alg":"ES384","kid":"1","typ":"JWT"}"#, audience: String = World.origin + "/oauth/token",
        lifeSeconds: Int64 = 200, number: String = "\(UInt64.random(in: 0...UInt64.max))",
        by other: JWSSigningKey? = nil
    ) throws -> String {
        let claims =
            #"{"iss":"\#(client.id)","sub":"\#(client.id)","aud":"\#(audience)","#
            + #""exp":\#(world.clock.seconds + lifeSeconds),"jti":"\#(number)"}"#
        let text = [header, claims].map { Array($0.utf8).withUnsafeBytes { Base64URL.encode($0) } }
            .joined(separator: ".")
        return text + "."
            + (try (other ?? key).signature(of: Array(text.utf8))).withUnsafeBytes { Base64URL.encode($0) }
    }

    func proof(_ assertion: String? = nil) throws -> [(String, String)] {
        [
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", try assertion ?? self.assertion()),
        ]
    }

    func token(_ assertion: String? = nil, scope: String? = "system/Observation.rs") async throws -> Answer {
        try await world.post(
            "/oauth/token",
            [("grant_type", "client_credentials")] + (scope.map { [("scope", $0)] } ?? []) + proof(assertion))
    }
}
