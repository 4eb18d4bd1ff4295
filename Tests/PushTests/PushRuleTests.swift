import Base
import Push
import Testing
import Vault

@Suite struct PushRuleTests {
    @Test func `waits grow, differ, and keep to what the server asks for`() {
        let policy = RetryPolicy()
        for failures in 1...40 {
            let least = policy.seconds(failures: failures, retryAfter: nil, chance: 0)
            let most = policy.seconds(failures: failures, retryAfter: nil, chance: 1)
            #expect(least > 0 && least < most && most <= 60)
            #expect(policy.seconds(failures: failures, retryAfter: 100, chance: 0) >= 100)
        }
        #expect(policy.seconds(failures: 1, retryAfter: nil, chance: 1) == 0.5)
        #expect(policy.seconds(failures: 4, retryAfter: nil, chance: 1) == 4)
        #expect(policy.seconds(failures: 1, retryAfter: 1e9, chance: 0) == 3_600)
        #expect(policy.seconds(failures: 1, retryAfter: -5, chance: 1) == 0.5)
    }

    @Test func `Retry-After is seconds or a date`() {
        let now = Instant(microseconds: 784_111_777_000_000)
        #expect(RetryPolicy.retryAfter("120", at: now) == 120)
        #expect(RetryPolicy.retryAfter("Sun, 06 Nov 1994 08:50:07 GMT", at: now) == 30)
        #expect(RetryPolicy.retryAfter("Sun, 06 Nov 1994 08:00:00 GMT", at: now) == 0)
        for text in [nil, "", "-1", "soon", "1.5"] { #expect(RetryPolicy.retryAfter(text, at: now) == nil) }
    }

    @Test func `lanes are halved by failures and come back one by one`() {
        var pace = LanePace(most: 8)
        pace.fail(now: 1)
        #expect(pace.allowed == 4)
        // The same disturbance.
        pace.fail(now: 1_000_000_000)
        #expect(pace.allowed == 4)
        for second in 3...20 { pace.fail(now: UInt64(second) * 3_000_000_000) }
        #expect(pace.allowed == 1)
        for _ in 0..<2 { pace.succeed() }
        #expect(pace.allowed == 2)
        for _ in 0..<1_000 { pace.succeed() }
        #expect(pace.allowed == 8)
    }

    @Test func `a private key's numbers are read back, in PEM too`() throws {
        let key = try JWSSigningKey()
        let message = Array("signed".utf8)
        let scalar = try key.withScalar { $0 }
        let again = try JWSSigningKey.key(scalar: scalar, x: key.x, y: key.y)
        #expect(try key.publicKey().verifies(again.signature(of: message), of: message))
        let other = try JWSSigningKey()
        #expect(throws: VaultError.self) { try JWSSigningKey.key(scalar: scalar, x: other.x, y: other.y) }
        #expect(throws: VaultError.self) { try JWSSigningKey.key(scalar: [1], x: key.x, y: key.y) }
        let writer = ByteWriter()
        try key.withEncoded { writer.writeBase64($0) }
        let text = String(decoding: writer.bytes, as: UTF8.self)
        let lines = stride(from: 0, to: text.count, by: 64).map { String(text.dropFirst($0).prefix(64)) }
        let pem =
            "-----BEGIN EC PRIVATE KEY-----\\n" + lines.joined(separator: "\\n") + "\\n-----END EC PRIVATE KEY-----\\n"
        let file = #"{"server":"https://h.example/","client_id":"c","kid":"k1","key_pem":"\#(pem)"}"#
        let read = try ClientKey(Array(file.utf8))
        #expect(read.tokenEndpoint == "https://h.example/oauth/token")
        #expect(read.server == "https://h.example" && read.keyID == "k1" && read.scope == "system/*.crus")
        #expect(read.key.x == key.x && read.key.y == key.y)
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"client_id":"c"}"#, #"{"client_id":"","server":"https://h"}"#,
        #"{"client_id":"c","server":"https://h"}"#,
        #"{"client_id":"c","server":"https://h","key":{"kty":"RSA","n":"AQAB"}}"#,
        #"{"client_id":"c","server":"https://h","key":{"kty":"EC","crv":"P-384","x":"AA","y":"AA","d":"AA"}}"#,
        #"{"client_id":"c","server":"https://h","key_pem":"-----BEGIN PRIVATE KEY-----\nAAAA\n"}"#,
        #"{"client_id":"c","server":"https://h","key_pem":"nothing"}"#,
    ])
    func `what is no client key file is refused`(_ text: String) {
        let error = #expect(throws: PushError.self) { try ClientKey(Array(text.utf8)) }
        #expect(error?.code == .key)
    }

    @Test func `changed bytes of a client key file never give another key`() throws {
        let key = try JWSSigningKey()
        let file = ClientKey(
            server: nil, tokenEndpoint: "https://h.example/t", clientID: "c", scope: "system/*.cu", keyID: "k", key: key
        )
        let bytes = try file.encoded()
        var random = SeededRandom(seed: 9)
        for _ in 0..<300 {
            var changed = bytes
            changed[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            guard let read = try? ClientKey(changed) else { continue }
            #expect(read.key.x == key.x && read.key.y == key.y)
        }
        #expect(try ClientKey(bytes).server == nil)
    }
}
