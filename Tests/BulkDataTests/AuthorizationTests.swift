import Base
import BulkData
import JSONTape
import Testing
import Vault

@Suite struct AuthorizationTests {
    private let now = Instant(microseconds: 1_800_000_000_000_000)

    private func parts(_ assertion: String) throws -> (
        header: String, claims: String, signed: [UInt8], signature: [UInt8]
    ) {
        let pieces = assertion.split(separator: ".").map(String.init)
        try #require(pieces.count == 3)
        let decoded = try pieces.map { try #require(Base64URL.decode($0)) }
        return (
            String(decoding: decoded[0], as: UTF8.self), String(decoding: decoded[1], as: UTF8.self),
            Array((pieces[0] + "." + pieces[1]).utf8), decoded[2]
        )
    }

    @Test func `a private JSON Web Key signs ES384 that its public half verifies`() throws {
        let key = try TestKeys.p384()
        let text = TestKeys.text
        let file = try ClientKeyFile(
            Array(
                #"{"kty":"EC","crv":"P-384","kid":"k","x":"\#(text(key.x))","y":"\#(text(key.y))","d":"\#(text(key.secret))","client_id":"c"}"#
                    .utf8))
        let assertion = try SignedAssertion.make(ClientCredential(file), audience: "https://a/token", now: now)
        let found = try parts(assertion)
        #expect(try JWSPublicKey(x: key.x, y: key.y).verifies(found.signature, of: found.signed))
        #expect(found.header == #"{"alg":"ES384","typ":"JWT","kid":"k"}"#)
        #expect(
            found.claims.hasPrefix(
                #"{"iss":"c","sub":"c","aud":"https://a/token","exp":1800000240,"iat":1800000000,"jti":""#))
        let other = try SignedAssertion.make(ClientCredential(file), audience: "https://a/token", now: now)
        #expect(other != assertion)
    }

    @Test func `a PEM of RSA signs RS384`() throws {
        let file = try ClientKeyFile(TestKeys.rsaPEM())
        #expect(file.key.algorithm == .rs384)
        let numbers = try file.key.publicNumbers()
        let assertion = try SignedAssertion.make(
            ClientCredential(file, clientID: "c", keyID: "k"), audience: "https://a/token", now: now)
        let found = try parts(assertion)
        let publicKey = try JWSPublicKey(modulus: numbers[0].bytes, exponent: numbers[1].bytes)
        #expect(publicKey.verifies(found.signature, of: found.signed))
    }

    @Test func `a key set with one private key and a PEM of the curve are taken`() throws {
        let key = try TestKeys.p384()
        let own = String(decoding: try TestKeys.p384JSON(""), as: UTF8.self)
        let file = try ClientKeyFile(
            Array(
                #"{"client_id":"c","token_endpoint":"https://a/token","keys":[{"kty":"EC","crv":"P-384","x":"AA"},\#(own)]}"#
                    .utf8))
        #expect(file.clientID == "c")
        #expect(file.keyID == "key-1")
        #expect(file.tokenEndpoint?.text == "https://a/token")
        #expect(try ClientKeyFile(TestKeys.pem(key.encoded, "EC PRIVATE KEY")).key.algorithm == .es384)
        let inside = try ClientKeyFile(Array(#"{"client_id":"c","scope":"system/*.rs","key":\#(own)}"#.utf8))
        #expect(inside.keyID == "key-1" && inside.clientID == "c" && inside.scope == "system/*.rs")
    }

    @Test func `names that are given beside a key file are kept with it`() throws {
        let file = try ClientKeyFile(
            ClientKeyFile.named(TestKeys.rsaPEM(), clientID: "a \"client\"", keyID: "key-9"))
        #expect(file.clientID == "a \"client\"")
        #expect(file.keyID == "key-9")
        #expect(file.key.algorithm == .rs384)
    }

    @Test func `what is no fit key is refused, and never repeated`() throws {
        let secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ"
        for text in [
            "", "{}", "[]", "-----BEGIN PRIVATE KEY-----\n\(secret)\n-----END PRIVATE KEY-----",
            #"{"kty":"EC","crv":"P-384","d":"!"}"#, #"{"kty":"oct","d":"\#(secret)"}"#,
            #"{"kty":"EC","crv":"P-256","d":"\#(secret)"}"#, #"{"kty":"RSA","n":"AQ","e":"AQAB","d":"\#(secret)"}"#,
            #"{"keys":[]}"#, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n\(secret)\n-----END ENCRYPTED PRIVATE KEY-----",
        ] {
            do {
                _ = try ClientKeyFile(Array(text.utf8))
                Issue.record("taken: \(text)")
            } catch {
                #expect(!"\(error.detail) \(String(describing: error.cause))".contains(secret))
            }
        }
        #expect(throws: BulkDataError.self) { try ClientCredential(ClientKeyFile(TestKeys.rsaPEM())) }
    }

    @Test func `the place where tokens are given out is read, and never less secure than where it was read`() throws {
        let source = try #require(WebLocation("https://a/fhir/.well-known/smart-configuration"))
        let sound = try SMARTConfiguration(Array(#"{"token_endpoint":"https://a/oauth/token"}"#.utf8), from: source)
        #expect(sound.tokenEndpointText == "https://a/oauth/token")
        for text in [
            "{}", #"{"token_endpoint":"http://a/token"}"#, #"{"token_endpoint":"token"}"#,
            #"{"token_endpoint":"https://a/t","token_endpoint_auth_methods_supported":["client_secret_basic"]}"#,
        ] {
            #expect(throws: BulkDataError.self) { try SMARTConfiguration(Array(text.utf8), from: source) }
        }
    }

    @Test func `a token is taken only as a bearer token`() throws {
        let token = try TokenAnswer(Array(#"{"access_token":"abc","token_type":"bearer","expires_in":300}"#.utf8))
        #expect(token.token == "abc")
        #expect(token.lifetimeSeconds == 300)
        for text in [
            #"{"access_token":"abc","token_type":"mac"}"#, #"{"access_token":"a b","token_type":"bearer"}"#,
            #"{"access_token":"a\r\nX: y","token_type":"bearer"}"#, #"{"token_type":"bearer"}"#,
            #"{"access_token":"abc","token_type":"bearer","expires_in":"soon"}"#,
        ] {
            #expect(throws: BulkDataError.self) { try TokenAnswer(Array(text.utf8)) }
        }
        #expect(
            TokenAnswer.problem(Array(#"{"error":"invalid_client","error_description":"x"}"#.utf8)) == "invalid_client")
        #expect(TokenAnswer.problem(Array(#"{"error":"Ann Other"}"#.utf8)) == nil)
    }
}
