import Access
import Base
import OAuth
import Synchronization
import Testing
import Vault

/// Clients that prove themselves with signed assertions, and all that is no proof.
@Suite struct AssertionTests {
    /// One client with a key on P-384 named `ec` and an RSA key named `rsa`.
    private struct World {
        let test: TestServer
        let key: JWSSigningKey
        let client: OAuthClient

        init() throws {
            test = try TestServer()
            key = try JWSSigningKey()
            client = try test.backend(keySet(key.publicForm("ec"), TestRSA.publicForm("rsa")))
        }

        func assertion(key name: String = "ec") -> TestAssertion {
            var made = TestAssertion(client: client.id, key: name, clock: test.clock)
            if name == "rsa" { made.header["alg"] = "\"RS384\"" }
            return made
        }

        /// Why an assertion is refused that differs from an honest one in what `change` does.
        func refusal(_ change: (inout TestAssertion) -> Void) throws -> String? {
            var made = assertion()
            change(&made)
            return test.refusal(try made.signed(by: key))
        }
    }

    @Test func `an assertion signed with ES384 proves the client`() throws {
        let world = try World()
        #expect(world.test.refusal(try world.assertion().signed(by: world.key)) == nil)
    }

    @Test func `an assertion signed with RS384 proves the client`() throws {
        let world = try World()
        #expect(world.test.refusal(try world.assertion(key: "rsa").signedByRSA()) == nil)
    }

    @Test(arguments: ["none", "None", "NONE", "nOnE", ""])
    func `no algorithm is no proof`(_ name: String) throws {
        let world = try World()
        var made = world.assertion()
        made.header["alg"] = "\"\(name)\""
        #expect(world.test.refusal(made.unsigned + ".") != nil)
        #expect(world.test.refusal(made.unsigned) != nil)
        #expect(world.test.refusal(try made.signed(by: world.key)) != nil)
        made.header["alg"] = nil
        #expect(world.test.refusal(try made.signed(by: world.key)) != nil)
    }

    @Test(arguments: [
        "HS256", "HS384", "HS512", "RS256", "RS512", "PS384", "ES256", "ES512", "EdDSA", "es384",
        "rs384",
    ])
    func `an algorithm that is not taken is no proof, though the signature is right`(_ name: String)
        throws
    {
        let world = try World()
        #expect(try world.refusal { $0.header["alg"] = "\"\(name)\"" } != nil)
    }

    @Test func `a public key is not taken for a shared secret, nor one kind of key for the other`()
        throws
    {
        let world = try World()
        // HMAC under the public key's bytes is what a confused reader would take: any signature of that length.
        var made = world.assertion(key: "rsa")
        made.header["alg"] = "\"HS384\""
        #expect(world.test.refusal(made.unsigned + "." + String(repeating: "A", count: 64)) != nil)
        // The signature of one kind under the name of a key of the other kind.
        made = world.assertion(key: "rsa")
        made.header["alg"] = "\"ES384\""
        #expect(world.test.refusal(try made.signed(by: world.key))?.contains("algorithm") == true)
        made = world.assertion()
        made.header["alg"] = "\"RS384\""
        #expect(world.test.refusal(try made.signedByRSA())?.contains("algorithm") == true)
    }

    @Test func `a key that the token brings or points to is not used`() throws {
        let world = try World()
        let own = try JWSSigningKey()
        for (name, value) in [
            ("jwk", own.publicForm("ec")), ("x5u", "\"https://evil.example/cert\""),
            ("x5c", "[\"AAAA\"]"),
            ("crit", "[\"exp\"]"), ("b64", "false"), ("zip", "\"DEF\""),
        ] {
            var made = world.assertion()
            made.header[name] = value
            #expect(world.test.refusal(try made.signed(by: own)) != nil)
            #expect(
                world.test.refusal(try made.signed(by: world.key)) != nil,
                "\(name) is refused though it is signed")
        }
        #expect(
            try world.refusal { $0.header["jku"] = "\"https://evil.example/keys\"" }?.contains("key set")
                == true)
    }

    @Test func `a wrong audience is refused`() throws {
        let world = try World()
        for audience in [
            "\"https://other.example/oauth/token\"", "\"https://martlet.example/oauth/token/\"",
            "\"HTTPS://martlet.example/oauth/token\"", "\"https://martlet.example\"", "[]", "7", "null",
            "[\"\(TestServer.tokenEndpoint)\",\"https://other.example/token\"]",
        ] {
            #expect(
                try world.refusal { $0.claims["aud"] = audience }?.contains("audience") == true,
                "\(audience)")
        }
        #expect(try world.refusal { $0.claims["aud"] = nil } != nil)
        #expect(try world.refusal { $0.claims["aud"] = "[\"\(TestServer.tokenEndpoint)\"]" } == nil)
    }

    @Test func `issuer and subject must both be the client`() throws {
        let world = try World()
        let other = try world.test.backend(keySet(try JWSSigningKey().publicForm("ec")))
        #expect(try world.refusal { $0.claims["iss"] = "\"\(other.id)\"" } != nil)
        #expect(try world.refusal { $0.claims["sub"] = "\"\(other.id)\"" } != nil)
        #expect(try world.refusal { $0.claims["iss"] = nil } != nil)
        #expect(try world.refusal { $0.claims["sub"] = nil } != nil)
        #expect(try world.refusal { $0.claims["sub"] = "[\"\(world.client.id)\"]" } != nil)
        #expect(
            try world.refusal {
                $0.claims["iss"] = "\"nobody\""
                $0.claims["sub"] = "\"nobody\""
            } == "there is no such client")
    }

    @Test func `an unknown or missing key name is refused`() throws {
        let world = try World()
        for name in ["\"EC\"", "\"ec \"", "\"\"", "7", "null", "\"../ec\""] {
            #expect(try world.refusal { $0.header["kid"] = name } != nil, "\(name)")
        }
        #expect(try world.refusal { $0.header["kid"] = nil } != nil)
    }

    @Test func `times are held to the second`() throws {
        let world = try World()
        let now = world.test.clock.seconds
        #expect(try world.refusal { $0.claims["exp"] = "\(now)" }?.contains("expired") == true)
        #expect(try world.refusal { $0.claims["exp"] = "\(now - 1)" }?.contains("expired") == true)
        #expect(try world.refusal { $0.claims["exp"] = "\(now + 311)" }?.contains("ahead") == true)
        #expect(try world.refusal { $0.claims["exp"] = "\(now + 310)" } == nil)
        #expect(
            try world.refusal { $0.claims["nbf"] = "\(now + 60)" }?.contains("not yet valid") == true)
        #expect(
            try world.refusal { $0.claims["iat"] = "\(now + 60)" }?.contains("not yet valid") == true)
        #expect(try world.refusal { $0.claims["iat"] = "\(now - 5).25" } == nil)
        for text in ["\"\(now + 60)\"", "null", "1e400", "-1", "99999999999999999999", "true"] {
            #expect(try world.refusal { $0.claims["exp"] = text } != nil, "\(text)")
        }
        #expect(try world.refusal { $0.claims["exp"] = nil } != nil)
    }

    @Test func `an assertion counts once, after a restart too, until it has expired`() throws {
        let world = try World()
        let text = try world.assertion().signed(by: world.key)
        #expect(world.test.refusal(text) == nil)
        #expect(world.test.refusal(text)?.contains("used before") == true)
        try world.test.restart()
        #expect(world.test.refusal(text)?.contains("used before") == true)
        world.test.clock.advance(seconds: 239)
        #expect(world.test.refusal(text)?.contains("used before") == true)
        world.test.clock.advance(seconds: 2)
        #expect(world.test.refusal(text)?.contains("expired") == true)
    }

    @Test func `the number of an assertion is the client's own, and a must`() throws {
        let world = try World()
        let key = try JWSSigningKey()
        let other = try world.test.backend(keySet(key.publicForm("ec")))
        var theirs = TestAssertion(client: other.id, key: "ec", clock: world.test.clock)
        theirs.claims["jti"] = "\"1\""
        #expect(try world.refusal { $0.claims["jti"] = "\"1\"" } == nil)
        #expect(world.test.refusal(try theirs.signed(by: key)) == nil)
        #expect(try world.refusal { $0.claims["jti"] = nil } != nil)
        #expect(try world.refusal { $0.claims["jti"] = "\"\"" } != nil)
        #expect(try world.refusal { $0.claims["jti"] = "1" } != nil)
    }

    @Test func `another client's key is no proof, of the same tenant or of another`() throws {
        let world = try World()
        let key = try JWSSigningKey()
        _ = try world.test.backend(keySet(key.publicForm("ec")))
        _ = try world.test.backend(keySet(key.publicForm("ec")), tenant: #require(TenantName("other")))
        #expect(
            world.test.refusal(try world.assertion().signed(by: key))?.contains("signature") == true)
    }

    @Test func `one changed bit anywhere is found`() throws {
        let world = try World()
        let text = try world.assertion().signed(by: world.key)
        var random = SeededRandom(seed: 9)
        for _ in 0..<300 {
            var bytes = Array(text.utf8)
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] ^= 1 << UInt8.random(in: 0..<7, using: &random)
            guard let changed = String(validating: bytes, as: UTF8.self) else { continue }
            #expect(world.test.refusal(changed) != nil, "bit at byte \(place)")
        }
        #expect(world.test.refusal(text) == nil)
    }

    @Test func `a form that only a lenient reader takes is refused`() throws {
        let world = try World()
        let text = try world.assertion().signed(by: world.key)
        let parts = text.split(separator: ".").map(String.init)
        for wrong in [
            text + "=", text + ".", "." + text, text + "\n", " " + text, parts[0] + "." + parts[1],
            parts[0] + ".." + parts[2], text.replacing(".", with: "..", maxReplacements: 1), "",
            parts[0] + "=." + parts[1] + "." + parts[2], String(text.dropLast()),
        ] {
            #expect(world.test.refusal(wrong) != nil)
        }
        func signed(_ header: String, _ claims: String) throws -> String {
            let text = TestAssertion.encode(header) + "." + TestAssertion.encode(claims)
            return text + "."
                + (try world.key.signature(of: Array(text.utf8))).withUnsafeBytes { Base64URL.encode($0) }
        }
        let made = world.assertion()
        let header = TestAssertion.json(made.header)
        let claims = TestAssertion.json(made.claims)
        let twice = claims.dropLast() + ",\"aud\":\"https://evil.example\"}"
        #expect(world.test.refusal(try signed(header, String(twice))) != nil)
        #expect(world.test.refusal(try signed(header.dropLast() + ",\"alg\":\"none\"}", claims)) != nil)
        #expect(world.test.refusal(try signed("[" + header + "]", claims)) != nil)
        #expect(world.test.refusal(try signed(header, claims + claims)) != nil)
        #expect(world.test.refusal(try signed(header, "\u{FEFF}" + claims)) != nil)
        #expect(world.test.refusal(try signed(header, claims)) == nil)
    }

    @Test func `an oversized assertion is refused unread`() throws {
        let world = try World()
        let padding = "\"" + String(repeating: "a", count: 8_192) + "\""
        #expect(try world.refusal { $0.claims["x"] = padding }?.contains("larger") == true)
    }

    @Test func `a signature of zeros or of the wrong length is none`() throws {
        let world = try World()
        let text = world.assertion().unsigned
        for count in [0, 1, 95, 96, 97, 192, 256] {
            let zeros = [UInt8](repeating: 0, count: count).withUnsafeBytes { Base64URL.encode($0) }
            #expect(world.test.refusal(text + "." + zeros) != nil)
        }
    }

    @Test func `no text makes the reader fail`() throws {
        let world = try World()
        var random = SeededRandom(seed: 77)
        let alphabet = Array("ABCdef012-_.={}\"".utf8)
        for _ in 0..<3_000 {
            let count = Int.random(in: 0...80, using: &random)
            let bytes = (0..<count).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            #expect(world.test.refusal(String(decoding: bytes, as: UTF8.self)) != nil)
        }
        let pieces = [
            "{", "}", "\"alg\":\"ES384\"", ",", "\"kid\":\"ec\"", "[", "]", "1", "\"sub\":\"a\"", "null",
        ]
        for _ in 0..<1_000 {
            let texts = (0..<2).map { _ in
                (0..<Int.random(in: 0...6, using: &random)).map { _ in
                    pieces[Int.random(in: 0..<pieces.count, using: &random)]
                }.joined()
            }
            let text = TestAssertion.encode(texts[0]) + "." + TestAssertion.encode(texts[1]) + ".AAAA"
            #expect(world.test.refusal(text) != nil)
        }
    }
}
