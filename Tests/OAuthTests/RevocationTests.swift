import Access
import Base
import OAuth
import SQLDatabase
import Testing
import Vault

/// What was allowed ends with the account, whatever the disk does.
@Suite struct RevocationTests {
    private static let address = "https://app.example/back"
    private static let verifier = String(repeating: "v", count: 43)

    private func issue(_ test: TestServer, _ client: OAuthClient) throws -> IssuedTokens {
        let facts = Subject.Facts(account: "user/jo", role: .clinician)
        test.people.set(facts, account: facts.account)
        let digest = try SHA2.sha256(Array(Self.verifier.utf8))
        let consent = Consent(
            person: facts, scopes: try #require(SMARTScopes("patient/*.rs offline_access")), patient: "p1",
            redirectURI: Self.address, challenge: digest.withUnsafeBytes { Base64URL.encode($0) }, nonce: nil)
        let code = try test.server.makeCode(consent, client: client).code
        return try test.server.exchange(
            code: code, redirectURI: Self.address, verifier: Self.verifier, client: client)
    }

    @Test func `tokens of an account end even if the disk does not take it`() throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [Self.address])
        let issued = try issue(test, app)
        #expect(test.server.admit(issued.accessToken) != nil)
        try test.alter("CREATE TRIGGER full BEFORE DELETE ON oauth_grants BEGIN SELECT RAISE(ABORT, 'full'); END")
        #expect(throws: SQLError.self) { try test.server.revokeAll(ofAccount: "user/jo", tenant: .standard) }
        #expect(test.server.admit(issued.accessToken) == nil)
        // As long as the disk does not take it nothing is given for what should have ended.
        #expect(throws: SQLError.self) { try test.server.refresh(issued.refreshToken, scope: nil, client: app) }
        try test.alter("DROP TRIGGER full")
        let refused = #expect(throws: OAuthError.self) {
            try test.server.refresh(issued.refreshToken, scope: nil, client: app)
        }
        #expect(refused?.code == .invalidGrant)
        #expect(try test.server.grants(ofAccount: "user/jo", tenant: .standard).isEmpty)
    }
}
