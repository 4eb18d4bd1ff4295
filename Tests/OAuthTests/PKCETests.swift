import OAuth
import Testing
import Vault

/// The texts of PKCE, and the digests below it.
@Suite struct PKCETests {
    @Test func `verifiers and challenges have their characters and lengths`() {
        #expect(
            PKCE.isVerifier(String(repeating: "a", count: 43)) && PKCE.isVerifier(String(repeating: "~", count: 128)))
        #expect(PKCE.isVerifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))
        for wrong in [
            "", String(repeating: "a", count: 42), String(repeating: "a", count: 129),
            String(repeating: "a", count: 42) + "=", String(repeating: "a", count: 42) + "é",
            String(repeating: "a", count: 42) + "\u{0}",
        ] {
            #expect(!PKCE.isVerifier(wrong))
        }
        #expect(PKCE.isChallenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"))
        #expect(!PKCE.isChallenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM="))
        #expect(!PKCE.isChallenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw~cM"))
    }

    @Test func `digests are those of the standard`() throws {
        func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
        #expect(
            hex(try SHA2.sha256(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            hex(try SHA2.sha384(Array("abc".utf8)))
                == "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7")
        #expect(
            SecretBytes.equal([1, 2], [1, 2]) && !SecretBytes.equal([1, 2], [1, 3]) && !SecretBytes.equal([1], [1, 2]))
    }

    @Test func `a signature is good for its text and key alone, and a key outlives being stored`() throws {
        let key = try JWSSigningKey()
        let text = Array("what is signed".utf8)
        for _ in 0..<50 {
            let signature = try key.signature(of: text)
            #expect(signature.count == 96)
            #expect(try key.publicKey().verifies(signature, of: text))
            #expect(try !key.publicKey().verifies(signature, of: text + [0]))
            #expect(try !JWSSigningKey().publicKey().verifies(signature, of: text))
        }
        let same = try key.withEncoded { try JWSSigningKey(encoded: $0) }
        #expect(same.x == key.x && same.y == key.y)
        #expect(try key.publicKey().verifies(same.signature(of: text), of: text))
        #expect("\(key)" == "‹key›")
    }
}
