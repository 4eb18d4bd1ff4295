import Access
import Base
import Foundation
import OAuth
import SQLDatabase
import Testing
import Vault

/// Whoever can write the file, but has not the keys, gains no token by it unnoticed.
@Suite struct TamperTests {
    private static let address = "https://app.example/back"
    private static let verifier = String(repeating: "v", count: 43)
    private static let known = String(repeating: "A", count: 43)

    private static func knownHash() throws -> SQLValue {
        .blob(try SHA2.sha256(Array(known.utf8)))
    }

    private func code(_ test: TestServer, _ client: OAuthClient, account: String = "user/jo") throws -> String {
        let facts = Subject.Facts(account: account, role: .clinician)
        test.people.set(facts, account: account)
        let digest = try SHA2.sha256(Array(Self.verifier.utf8))
        let consent = Consent(
            person: facts, scopes: try #require(SMARTScopes("patient/*.rs offline_access")), patient: "p1",
            redirectURI: Self.address, challenge: digest.withUnsafeBytes { Base64URL.encode($0) }, nonce: nil)
        return try test.server.makeCode(consent, client: client).code
    }

    private func exchange(_ test: TestServer, _ code: String, _ client: OAuthClient) throws -> IssuedTokens {
        try test.server.exchange(code: code, redirectURI: Self.address, verifier: Self.verifier, client: client)
    }

    private func expectRefused(_ table: String, _ body: () throws -> Void) {
        let error = #expect(throws: VaultError.self, performing: body)
        #expect(error?.code == .notAuthentic)
        #expect(error?.detail.contains("the row \(table) ") == true)
    }

    @Test(arguments: [
        "is_disabled = 0", "tenant = 'other'", "created = 1", "sealed = (SELECT sealed FROM kept)",
        "mark = (SELECT mark FROM kept)",
    ])
    func `no column of a client can be changed`(_ change: String) throws {
        let test = try TestServer()
        let other = try test.app()
        var client = try test.app(redirectURIs: [Self.address])
        try test.alter("CREATE TABLE kept AS SELECT * FROM oauth_clients WHERE client_id = $1", [.text(client.id)])
        client.isDisabled = true
        client.scopes = try #require(SMARTScopes("patient/Patient.r"))
        try test.server.update(client)
        try test.alter("UPDATE oauth_clients SET \(change) WHERE client_id = $1", [.text(client.id)])
        expectRefused("oauth_clients") { _ = try test.server.client(client.id) }
        #expect(try test.server.clients(of: .standard) == [other])
        #expect(try test.server.client(other.id) == other)
        // One that is of another tenant now is in the list of none.
        let isListed = !change.hasPrefix("tenant")
        #expect(test.reports.all.contains { $0.contains("the row oauth_clients " + client.id) } == isListed)
    }

    @Test func `a client as it was before it was disabled is told from the newest`() throws {
        let test = try TestServer()
        var client = try test.app()
        try test.alter("CREATE TABLE kept AS SELECT * FROM oauth_clients")
        client.isDisabled = true
        try test.server.update(client)
        try test.alter("DELETE FROM oauth_clients")
        try test.alter("INSERT INTO oauth_clients SELECT * FROM kept")
        let error = #expect(throws: VaultError.self) { try test.restart() }
        #expect(error?.code == .damaged && error?.detail.contains("oauth_clients") == true)
    }

    @Test(arguments: [
        "oauth_grants SET expires = expires + 900000000000000", "oauth_grants SET tenant = 'other'",
        "oauth_grants SET client_id = (SELECT c.client_id FROM oauth_clients c WHERE c.client_id <> oauth_grants.client_id)",
        "oauth_grants SET account_tag = NULL", "oauth_grants SET mark = NULL",
        "oauth_refresh_tokens SET is_used = 0 WHERE is_used = 1",
        "oauth_refresh_tokens SET grant_id = (SELECT max(grant_id) FROM oauth_grants WHERE account_tag IS NULL)",
        "oauth_refresh_tokens SET mark = NULL",
    ])
    func `no refresh token works after its row or its grant's was changed`(_ change: String) throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [Self.address])
        _ = try test.app(redirectURIs: [Self.address])
        let backend = try test.backend(keySet(try JWSSigningKey().publicForm("a")))
        _ = try test.server.systemToken(for: backend, scope: "system/*.rs")
        let old = try #require(try exchange(test, try code(test, app), app).refreshToken)
        let new = try #require(try test.server.refresh(old, scope: nil, client: app).refreshToken)
        test.people.set(Subject.Facts(account: "user/jo", role: .clinician), account: "user/jo")
        try test.alter("UPDATE " + change)
        let token = change.contains("is_used") ? old : new
        #expect(throws: (any Error).self) { try test.server.refresh(token, scope: nil, client: app) }
        // A grant without its mark counts as missing: then all of them end.
        if change.hasSuffix("mark = NULL") { return }
        // What is given anew is not touched by it.
        let fresh = try exchange(test, try code(test, app, account: "user/kim"), app)
        #expect(test.server.admit(fresh.accessToken) != nil)
    }

    @Test(arguments: [
        "is_used = 0", "expires = expires + 900000000000000", "sealed = zeroblob(40)",
        "grant_id = (SELECT min(grant_id) FROM oauth_grants)", "grant_id = (SELECT max(grant_id) FROM oauth_grants)",
    ])
    func `no code works after its row was changed`(_ change: String) throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [Self.address])
        let first = try code(test, app)
        let second = try code(test, app, account: "user/kim")
        if change == "is_used = 0" { _ = try exchange(test, first, app) }
        if change.hasPrefix("expires") { test.clock.advance(seconds: 59) }
        try test.alter("UPDATE oauth_codes SET \(change)")
        // Of two grants, either is another's for one of the codes.
        let admitted = [first, second].filter { (try? exchange(test, $0, app)) != nil }
        #expect(admitted.count <= (change.hasPrefix("grant_id") || change == "is_used = 0" ? 1 : 0))
        if change == "is_used = 0" { #expect(!admitted.contains(first)) }
    }

    @Test func `a token that is put there is none, and those of others stay`() throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [Self.address])
        let issued = try exchange(test, try code(test, app), app)
        let hash = try Self.knownHash()
        try test.alter(
            """
            INSERT INTO oauth_access_tokens (token_hash, grant_id, expires, sealed, mark)
            SELECT $1, grant_id, expires, sealed, mark FROM oauth_access_tokens
            """, [hash])
        try test.alter(
            """
            INSERT INTO oauth_refresh_tokens (token_hash, grant_id, is_used, mark)
            SELECT $1, grant_id, 0, mark FROM oauth_refresh_tokens
            """, [hash])
        try test.alter(
            """
            INSERT INTO oauth_launches (launch_hash, tenant, expires, sealed)
            VALUES ($1, 'default', 9000000000000000, zeroblob(40))
            """, [hash])
        expectRefused("oauth_launches") {
            _ = try test.server.patient(ofLaunch: Self.known, account: "user/jo", client: app)
        }
        let unknown = #expect(throws: OAuthError.self) {
            try test.server.refresh(Self.known, scope: nil, client: app)
        }
        #expect(unknown?.code == .invalidGrant)
        #expect(try test.server.patient(ofLaunch: Self.known, account: "user/jo", client: app) == nil)
        try test.restart()
        #expect(test.server.admit(Self.known) == nil)
        #expect(test.server.admit(issued.accessToken) != nil)
        #expect(throws: OAuthError.self) { try test.server.refresh(Self.known, scope: nil, client: app) }
        _ = try test.server.refresh(issued.refreshToken, scope: nil, client: app)
        for table in ["access_tokens", "refresh_tokens", "launches"] {
            #expect(test.reports.all.contains { $0.contains("the row oauth_" + table) }, "\(table)")
        }
        try test.restart()
    }

    @Test func `an access token cannot be prolonged or given another grant`() throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [Self.address])
        let first = try exchange(test, try code(test, app), app)
        let second = try exchange(test, try code(test, app, account: "user/kim"), app)
        try test.alter(
            "UPDATE oauth_access_tokens SET expires = expires + 900000000000000 WHERE grant_id = $1",
            [.text(first.grant.id)])
        try test.restart()
        #expect(test.server.admit(first.accessToken) == nil)
        #expect(test.server.admit(second.accessToken) != nil)
        #expect(test.reports.all.contains { $0.contains("the row oauth_access_tokens") })
    }

    @Test func `a grant that was taken back and is put there again ends all, so that it opens nothing`() throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [Self.address])
        let issued = try exchange(test, try code(test, app), app)
        let tables = ["oauth_grants", "oauth_codes", "oauth_refresh_tokens", "oauth_access_tokens"]
        for table in tables { try test.alter("CREATE TABLE kept_\(table) AS SELECT * FROM \(table)") }
        try test.server.revokeGrant(issued.grant.id)
        for table in tables { try test.alter("INSERT INTO \(table) SELECT * FROM kept_\(table)") }
        #expect(throws: OAuthError.self) { try test.server.refresh(issued.refreshToken, scope: nil, client: app) }
        #expect(test.reports.all.contains { $0.contains("all of them are removed") })
        for table in tables { try test.alter("INSERT INTO \(table) SELECT * FROM kept_\(table)") }
        try test.restart()
        #expect(test.server.admit(issued.accessToken) == nil)
        #expect(throws: OAuthError.self) { try test.server.refresh(issued.refreshToken, scope: nil, client: app) }
        _ = try exchange(test, try code(test, app), app)
    }

    @Test func `a key that is put there signs nothing and is not shown`() throws {
        let test = try TestServer()
        let before = try test.server.publicKeySet()
        try test.alter(
            """
            INSERT INTO oauth_signing_keys (key_id, created, sealed, mark)
            SELECT 'planted', created + 1, sealed, mark FROM oauth_signing_keys
            """)
        try test.restart()
        #expect(try test.server.publicKeySet() == before)
        #expect(test.reports.all.contains { $0.contains("the row oauth_signing_keys planted") })
    }

    @Test func `clients and tokens of a program that knew no marks are marked, but only once`() throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [Self.address])
        let issued = try exchange(test, try code(test, app), app)
        for table in [
            "clients", "grants", "codes", "refresh_tokens", "access_tokens", "assertions", "launches", "signing_keys",
        ] {
            try test.alter("ALTER TABLE oauth_\(table) DROP COLUMN mark")
        }
        try test.alter("DELETE FROM row_books")
        // As the first format was: it had no number.
        try test.alter("DROP TABLE oauth_schema")
        #expect(throws: VaultError.self, "the anchor knows better") { try test.restart() }
        try FileManager.default.removeItem(atPath: test.folder + "/clients.anchor")
        try test.restart()
        #expect(try test.server.client(app.id) == app)
        #expect(test.server.admit(issued.accessToken)?.grant == issued.grant)
        _ = try test.server.refresh(issued.refreshToken, scope: nil, client: app)
        try test.restart()
        #expect(test.reports.all.isEmpty)
    }
}
