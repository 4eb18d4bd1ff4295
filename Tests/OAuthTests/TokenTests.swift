import Access
import Base
import OAuth
import SQLDatabase
import Testing
import Vault

import class Foundation.FileManager

/// Grants and tokens as they are kept.
@Suite struct TokenTests {
    private static let address = "https://app.example/back"
    private static let verifier = String(repeating: "v", count: 43)

    private func person(_ test: TestServer, patient: String = "secret-patient-17") -> Subject.Facts {
        var facts = Subject.Facts(account: "user/secret-user-5", role: .clinician)
        facts.fhirUser = "Practitioner/secret-practitioner-9"
        facts.organizations = ["Organization/secret-organization-3"]
        test.people.set(facts, account: facts.account)
        return facts
    }

    private func issue(
        _ test: TestServer, _ client: OAuthClient, scope: String = "openid patient/*.rs offline_access"
    ) throws -> IssuedTokens {
        let digest = try SHA2.sha256(Array(Self.verifier.utf8))
        let consent = Consent(
            person: person(test), scopes: try #require(SMARTScopes(scope)), patient: "secret-patient-17",
            redirectURI: Self.address, challenge: digest.withUnsafeBytes { Base64URL.encode($0) }, nonce: nil)
        let code = try test.server.makeCode(consent, client: client).code
        return try test.server.exchange(
            code: code, redirectURI: Self.address, verifier: Self.verifier, client: client)
    }

    private func files(_ test: TestServer) throws -> [(name: String, bytes: [UInt8])] {
        try FileManager.default.contentsOfDirectory(atPath: test.folder).map { name in
            (name, Array(try #require(FileManager.default.contents(atPath: test.folder + "/" + name))))
        }
    }

    private func holds(_ bytes: [UInt8], _ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard bytes.count >= wanted.count else { return false }
        return (0...(bytes.count - wanted.count)).contains { start in
            bytes[start] == wanted[0] && bytes[start..<(start + wanted.count)].elementsEqual(wanted)
        }
    }

    @Test func `the files tell no token, secret, person, patient, name or address`() throws {
        let test = try TestServer()
        var draft = ClientDraft(name: "Secret Name Of App", authentication: .secret)
        draft.redirectURIs = [Self.address]
        draft.scopes = try #require(SMARTScopes("openid patient/*.rs offline_access"))
        let (client, secret) = try test.server.register(draft, tenant: .standard)
        let issued = try issue(test, client)
        let launch = try test.server.makeLaunch(
            account: "user/secret-user-5", patient: "secret-patient-17", clientID: nil, tenant: .standard)
        let identity = try test.server.identityToken(
            for: issued, issuer: "https://martlet.example", fhirBase: "https://martlet.example/fhir")
        #expect(identity != nil)
        let planted = [
            "Secret Name", "secret-", "app.example", "offline_access", "patient/", issued.accessToken, launch,
            try #require(issued.refreshToken), try #require(secret),
        ]
        let files = try files(test)
        #expect(files.contains { $0.name == "accounts.db-wal" || $0.name == "accounts.db" })
        for file in files {
            for text in planted { #expect(!holds(file.bytes, text), "\(file.name) holds \(text)") }
        }
        // The search itself finds what is there.
        #expect(files.contains { holds($0.bytes, client.id) })
    }

    @Test func `tokens outlive a restart, and those that were ended do not`() throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [Self.address])
        let kept = try issue(test, app)
        let ended = try issue(test, app)
        #expect(try test.server.revoke(ended.accessToken, client: app) == ended.grant.id)
        try test.restart()
        let admission = try #require(test.server.admit(kept.accessToken))
        #expect(admission.grant == kept.grant && admission.subject.facts == kept.grant.facts)
        #expect(admission.subject.facts.launchPatient == "secret-patient-17")
        #expect(test.server.admit(ended.accessToken) == nil)
        let next = try test.server.refresh(kept.refreshToken, scope: nil, client: app)
        #expect(test.server.admit(next.accessToken) != nil)
        test.clock.advance(seconds: 3_600)
        try test.restart()
        #expect(test.server.admit(kept.accessToken) == nil)
    }

    @Test func `a role that changed since the consent is the one that counts`() throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [Self.address])
        let issued = try issue(test, app)
        var facts = person(test)
        facts.role = .patient
        facts.organizations = []
        test.people.set(facts, account: facts.account)
        let next = try test.server.refresh(issued.refreshToken, scope: nil, client: app)
        let known = try #require(test.server.admit(next.accessToken)).subject.facts
        #expect(known.role == .patient && known.organizations.isEmpty)
    }

    @Test func `ending all of a person's grants ends no other's`() throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [Self.address])
        let issued = try issue(test, app)
        try test.server.revokeAll(ofAccount: "user/someone", tenant: .standard)
        try test.server.revokeAll(ofAccount: "user/secret-user-5", tenant: #require(TenantName("other")))
        #expect(test.server.admit(issued.accessToken) != nil)
        try test.server.revokeAll(ofAccount: "user/secret-user-5", tenant: .standard)
        #expect(test.server.admit(issued.accessToken) == nil)
        try test.restart()
        #expect(test.server.admit(issued.accessToken) == nil)
        #expect(throws: OAuthError.self) { try test.server.refresh(issued.refreshToken, scope: nil, client: app) }
    }

    @Test func `what has expired is removed`() throws {
        let test = try TestServer()
        let key = try JWSSigningKey()
        let backend = try test.backend(keySet(key.publicForm("a")))
        let app = try test.app(redirectURIs: [Self.address])
        _ = try issue(test, app, scope: "patient/*.rs")
        for _ in 0..<5 {
            _ = try test.server.systemToken(for: backend, scope: "system/*.rs")
            #expect(
                test.refusal(try TestAssertion(client: backend.id, key: "a", clock: test.clock).signed(by: key)) == nil)
        }
        func rows() throws -> [String: Int64] {
            let database = try SQLiteDatabase(path: test.folder + "/accounts.db")
            defer { try? database.close() }
            var counts: [String: Int64] = [:]
            for table in ["oauth_grants", "oauth_access_tokens", "oauth_codes", "oauth_assertions"] {
                try database.read { connection in
                    try connection.query("SELECT count(*) FROM \(table)", []) { row in
                        counts[table] = row.integer(0)
                        return false
                    }
                }
            }
            return counts
        }
        #expect(try rows() == ["oauth_grants": 6, "oauth_access_tokens": 6, "oauth_codes": 1, "oauth_assertions": 5])
        test.clock.advance(seconds: 5_000)
        _ = try test.server.systemToken(for: backend, scope: "system/*.rs")
        #expect(try rows() == ["oauth_grants": 1, "oauth_access_tokens": 1, "oauth_codes": 0, "oauth_assertions": 0])
    }

    @Test func `there is an end to the tokens and clients that can be had`() throws {
        var options = OAuthOptions()
        options.accessTokensMax = 3
        options.clientsMax = 1
        let test = try TestServer(options: options)
        let backend = try test.backend(keySet(try JWSSigningKey().publicForm("a")))
        for _ in 0..<3 { _ = try test.server.systemToken(for: backend, scope: "system/*.rs") }
        #expect(throws: OAuthError.self) { try test.server.systemToken(for: backend, scope: "system/*.rs") }
        test.clock.advance(seconds: 301)
        _ = try test.server.systemToken(for: backend, scope: "system/*.rs")
        #expect(throws: OAuthError.self) { try test.app() }
    }

    @Test func `a key signs for a month, is shown a while longer, and is another one after`() throws {
        let test = try TestServer()
        func names() throws -> [Substring] {
            let text = String(decoding: try test.server.publicKeySet(), as: UTF8.self)
            return text.split(separator: "\"kid\":\"").dropFirst().map { $0.prefix { $0 != "\"" } }
        }
        let first = try names()
        #expect(first.count == 1)
        try test.restart()
        #expect(try names() == first)
        test.clock.advance(seconds: 30 * 86_400)
        let both = try names()
        #expect(both.count == 2 && both.last == first.first)
        test.clock.advance(seconds: 2 * 86_400)
        #expect(try names() == [both[0]])
        try test.restart()
        #expect(try names() == [both[0]])
    }

    @Test func `a row that was moved to another place does not open`() throws {
        let test = try TestServer()
        let first = try test.app()
        let second = try test.app(scope: "patient/*.rs")
        let database = try SQLiteDatabase(path: test.folder + "/accounts.db")
        try database.write { connection in
            try connection.execute(
                "UPDATE oauth_clients SET sealed = (SELECT sealed FROM oauth_clients WHERE client_id = $1) "
                    + "WHERE client_id = $2", [.text(first.id), .text(second.id)])
        }
        try database.close()
        #expect(try test.server.client(first.id) == first)
        #expect(throws: VaultError.self) { try test.server.client(second.id) }
    }

    @Test func `what a token stands for is known without the disk`() throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [Self.address])
        let issued = try issue(test, app)
        try test.close()
        #expect(test.server.admit(issued.accessToken)?.grant == issued.grant)
        #expect(test.server.admit(String(issued.accessToken.reversed())) == nil)
        #expect(throws: SQLError.self) { try test.server.revokeGrant(issued.grant.id) }
    }

    @Test func `a grant whose code nobody fetched goes with the code`() throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [Self.address])
        let digest = try SHA2.sha256(Array(Self.verifier.utf8))
        let consent = Consent(
            person: person(test), scopes: try #require(SMARTScopes("patient/*.rs offline_access")), patient: nil,
            redirectURI: Self.address, challenge: digest.withUnsafeBytes { Base64URL.encode($0) }, nonce: nil)
        let left = try test.server.makeCode(consent, client: app).grant
        test.clock.advance(seconds: 61)
        let next = try test.server.makeCode(consent, client: app).grant
        var found: [String] = []
        let database = try SQLiteDatabase(path: test.folder + "/accounts.db")
        try database.read { connection in
            try connection.query("SELECT grant_id FROM oauth_grants", []) { row in
                found.append(row.text(0))
                return true
            }
        }
        try database.close()
        #expect(found == [next] && left != next)
    }
}
