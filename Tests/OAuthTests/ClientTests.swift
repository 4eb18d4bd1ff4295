import Access
import Base
import OAuth
import Synchronization
import Testing
import Vault

/// What is set down about clients, and what is refused at once.
@Suite struct ClientTests {
    private func problem(_ test: TestServer, _ draft: ClientDraft) -> String? {
        do {
            _ = try test.server.register(draft, tenant: .standard)
            return nil
        } catch let error as OAuthError {
            #expect(error.code == .invalidRequest)
            return error.detail
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }

    private func backend(_ keys: String) throws -> ClientDraft {
        var draft = ClientDraft(name: "Backend", authentication: .privateKey)
        draft.keys = .set(Array(keys.utf8))
        draft.scopes = try #require(SMARTScopes("system/*.rs"))
        return draft
    }

    @Test func `weak, private and malformed keys are refused with a reason`() throws {
        let test = try TestServer()
        let key = try JWSSigningKey()
        #expect(
            problem(
                test, try backend(keySet(TestRSA.publicForm("a", modulusHex: TestRSA.weakModulusHex))))?
                .contains("1024 bits") == true)
        #expect(
            problem(test, try backend(keySet(TestRSA.publicForm("a", exponent: "Aw"))))?.contains(
                "exponent") == true)
        // An even modulus, and one with a small factor.
        let even = String(TestRSA.modulusHex.dropLast()) + "c"
        #expect(problem(test, try backend(keySet(TestRSA.publicForm("a", modulusHex: even)))) != nil)
        #expect(
            problem(test, try backend(keySet(key.publicForm("a", extra: ",\"d\":\"AAAA\""))))?
                .contains("private") == true)
        #expect(
            problem(test, try backend(keySet(key.publicForm("a", extra: ",\"use\":\"enc\"")))) != nil)
        #expect(
            problem(test, try backend(keySet(key.publicForm("a", extra: ",\"alg\":\"ES256\"")))) != nil)
        #expect(
            problem(test, try backend(keySet(key.publicForm("a").replacing("P-384", with: "P-256"))))
                != nil)
        #expect(problem(test, try backend(keySet(#"{"kty":"oct","kid":"a","k":"AAAA"}"#))) != nil)
        let x = key.publicForm("a").replacing("\"y\":\"", with: "\"y\":\"A").dropLast(2)
        #expect(problem(test, try backend(keySet(String(x) + "\"}"))) != nil)
        for malformed in [
            "", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[1]}",
            "{\"keys\":[],\"keys\":[]}",
        ] {
            #expect(problem(test, try backend(malformed)) != nil, "\(malformed)")
        }
        let many = (0..<51).map { key.publicForm("\($0)") }.joined(separator: ",")
        #expect(problem(test, try backend("{\"keys\":[\(many)]}")) != nil)
        #expect(problem(test, try backend(keySet(key.publicForm("a")))) == nil)
    }

    @Test(arguments: [
        "http://app.example/back", "https://app.example/back#part", "https://user@app.example/",
        "app:/back",
        "javascript:alert(1)", "https://*.app.example/", "https:///back", "//app.example", "",
        "https://app.example:0/",
        "https://app.example:99999/", "https://app.example:+80/", "https://app.example:/",
        "https://app.example\\@evil.example/", "https://äpp.example/",
        "ftp://app.example",
        "http://127.0.0.1.evil.example/", "http://localhost.evil.example/", "https://app.example/ x",
        "HTTPS://app.example",
    ])
    func `a redirect URI that could lead elsewhere is refused`(_ address: String) throws {
        let test = try TestServer()
        var draft = ClientDraft(name: "App", authentication: .none)
        draft.scopes = try #require(SMARTScopes("patient/*.rs"))
        draft.redirectURIs = [address]
        #expect(problem(test, draft) != nil)
    }

    @Test func `addresses with https and of the own machine are taken`() throws {
        let test = try TestServer()
        let app = try test.app(redirectURIs: [
            "https://app.example", "https://app.example:8443/a?b=c", "http://127.0.0.1:9000/",
            "http://[::1]/x",
            "http://localhost:4567/back",
        ])
        #expect(try test.server.client(app.id)?.redirectURIs.count == 5)
    }

    @Test func `what contradicts itself is refused`() throws {
        let test = try TestServer()
        let scopes = try #require(SMARTScopes("system/*.rs"))
        var draft = ClientDraft(name: "Public", authentication: .none)
        draft.redirectURIs = ["https://app.example/"]
        draft.scopes = scopes
        #expect(problem(test, draft)?.contains("private_key_jwt") == true)
        draft.scopes = try #require(SMARTScopes("patient/*.rs"))
        #expect(problem(test, draft) == nil)
        draft.redirectURIs = []
        #expect(problem(test, draft)?.contains("redirect") == true)
        draft.redirectURIs = ["https://app.example/"]
        draft.mayIntrospect = true
        #expect(problem(test, draft) != nil)
        draft.mayIntrospect = false
        draft.name = " "
        #expect(problem(test, draft) != nil)
        draft.name = "a\u{0}b"
        #expect(problem(test, draft) != nil)
        draft.name = "App"
        draft.organization = "Practitioner/1"
        #expect(problem(test, draft) != nil)
        draft.organization = "Organization/a.b-C1"
        #expect(problem(test, draft) == nil)
        draft.scopes = try #require(SMARTScopes("patient/*.rs everything"))
        #expect(problem(test, draft)?.contains("everything") == true)
        var keyless = ClientDraft(name: "Keyless", authentication: .privateKey)
        keyless.scopes = scopes
        #expect(problem(test, keyless) != nil)
        keyless.keys = .address("https://keys.example/set")
        #expect(problem(test, keyless)?.contains("does not fetch") == true)
    }

    @Test
    func
        `a client comes back as it was set down, after a restart too, and only in its tenant's list`()
        throws
    {
        let test = try TestServer()
        let other = try #require(TenantName("other"))
        let key = try JWSSigningKey()
        var draft = try backend(keySet(key.publicForm("a")))
        draft.organization = "Organization/1"
        draft.mayIntrospect = true
        let made = try test.server.register(draft, tenant: other).client
        _ = try test.app()
        try test.restart()
        let found = try #require(try test.server.client(made.id))
        #expect(found == made && found.tenant == other && found.scopes.text == "system/*.rs")
        #expect(try test.server.clients(of: other).map(\.id) == [made.id])
        #expect(try test.server.clients(of: .standard).count == 1)
        #expect(try test.server.client("nobody") == nil)
    }

    @Test func `a secret is told once, and only the right one proves the client`() throws {
        let test = try TestServer()
        var draft = ClientDraft(name: "Portal", authentication: .secret)
        draft.redirectURIs = ["https://portal.example/back"]
        draft.scopes = try #require(SMARTScopes("openid user/*.rs"))
        let (client, secret) = try test.server.register(draft, tenant: .standard)
        let known = try #require(secret)
        try test.restart()
        func isTaken(_ credentials: Credentials) -> Bool {
            (try? test.server.authenticate(credentials, tokenEndpoint: TestServer.tokenEndpoint)) != nil
        }
        #expect(isTaken(.secret(id: client.id, secret: known)))
        #expect(!isTaken(.secret(id: client.id, secret: known + "a")))
        #expect(!isTaken(.secret(id: client.id, secret: "")))
        #expect(!isTaken(.name(client.id)), "a client with a secret does not come without it")
        let app = try test.app()
        #expect(isTaken(.name(app.id)))
        #expect(!isTaken(.secret(id: app.id, secret: "")), "a public client has no secret to prove")
    }

    @Test
    func
        `a key set at an address is fetched, kept, and asked for again for a new key, not too often`()
        throws
    {
        let first = try JWSSigningKey()
        let second = try JWSSigningKey()
        let served = Mutex((text: keySet(first.publicForm("1"), #"{"kty":"OKP","kid":"x"}"#), count: 0))
        let test = try TestServer(fetch: { address in
            #expect(address == "https://keys.example/set")
            return served.withLock {
                $0.count += 1
                return Array($0.text.utf8)
            }
        })
        var draft = ClientDraft(name: "Backend", authentication: .privateKey)
        draft.keys = .address("https://keys.example/set")
        draft.scopes = try #require(SMARTScopes("system/*.rs"))
        let client = try test.server.register(draft, tenant: .standard).client
        func refusal(_ name: String, _ key: JWSSigningKey, jku: String? = nil) throws -> String? {
            var made = TestAssertion(client: client.id, key: name, clock: test.clock)
            made.header["jku"] = jku.map { "\"\($0)\"" }
            return test.refusal(try made.signed(by: key))
        }
        #expect(try refusal("1", first) == nil)
        #expect(try refusal("1", first, jku: "https://keys.example/set") == nil)
        #expect(try refusal("1", first, jku: "https://keys.example/set/") != nil)
        #expect(served.withLock(\.count) == 1)
        served.withLock { $0.text = keySet(first.publicForm("1"), second.publicForm("2")) }
        #expect(try refusal("2", second) != nil)
        #expect(served.withLock(\.count) == 1)
        test.clock.advance(seconds: 31)
        #expect(try refusal("2", second) == nil)
        #expect(served.withLock(\.count) == 2)
        // A key that was taken out counts no more once the set is old.
        served.withLock { $0.text = keySet(second.publicForm("2")) }
        test.clock.advance(seconds: 301)
        #expect(try refusal("1", first) != nil)
        // A set that cannot be had leaves the last one for as long as it may be kept, and no longer than that.
        served.withLock { $0.text = "gone" }
        #expect(try refusal("2", second) == nil)
        test.clock.advance(seconds: 301)
        #expect(try refusal("2", second) != nil)
    }

    @Test func `a disabled or deleted client gets nothing more, and what it had ends`() throws {
        let test = try TestServer()
        let key = try JWSSigningKey()
        var client = try test.backend(keySet(key.publicForm("a")))
        func refusal() throws -> String? {
            test.refusal(
                try TestAssertion(client: client.id, key: "a", clock: test.clock).signed(by: key))
        }
        #expect(try refusal() == nil)
        let token = try test.server.systemToken(for: client, scope: "system/*.rs").accessToken
        #expect(test.server.admit(token) != nil)
        client.isDisabled = true
        try test.server.update(client)
        #expect(test.server.admit(token) == nil)
        #expect(try refusal() == "the client is disabled")
        #expect(throws: OAuthError.self) {
            try test.server.systemToken(for: client, scope: "system/*.rs")
        }
        client.isDisabled = false
        try test.server.update(client)
        #expect(try refusal() == nil)
        #expect(test.server.admit(token) == nil, "what was revoked stays so")
        let next = try test.server.systemToken(for: client, scope: "system/*.rs").accessToken
        try test.server.delete(client)
        #expect(test.server.admit(next) == nil)
        #expect(try refusal() == "there is no such client")
    }

    @Test func `no key set and no address makes the reader fail`() throws {
        let test = try TestServer()
        let good = keySet(TestRSA.publicForm("a"), try JWSSigningKey().publicForm("b"))
        var random = SeededRandom(seed: 31)
        for _ in 0..<200 {
            var bytes = Array(good.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
                }
            }
            var draft = ClientDraft(name: "Backend", authentication: .privateKey)
            draft.keys = .set(bytes)
            draft.scopes = try #require(SMARTScopes("system/*.rs"))
            // What is taken all the same can be read again.
            if let made = try? test.server.register(draft, tenant: .standard).client {
                #expect(try test.server.client(made.id)?.scopes == made.scopes)
            }
        }
        let pieces = [
            "https://", "http://", "a", ".", ":", "/", "@", "?", "#", "[", "]", "::1", "80", "localhost", "%", "é",
        ]
        for _ in 0..<5_000 {
            let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            if WebAddress.isRedirectTarget(text) {
                let origin = try #require(WebAddress.origin(text))
                #expect(text.hasPrefix(origin) && !origin.contains("@") && !text.contains("#"))
                #expect(origin.hasPrefix("https://") || origin.contains("localhost") || origin.contains("[::1]"))
            }
        }
    }
}
