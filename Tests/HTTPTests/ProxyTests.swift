import Base
import HTTP
import HTTPServer
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::1", "::1"), ("::", "::"),
    ])
    func `an address comes back in its usual form`(_ text: String, _ expected: String) {
        #expect(IPAddress(text)?.description == expected)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4:80", "[::1]", "::1%eth0", "localhost", "1::2::3"])
    func `what is no address is refused`(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `random addresses come back from their text`() throws {
        var random = SeededRandom(seed: 17)
        for _ in 0..<5000 {
            let bytes = (0..<16).map { _ in Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : 0
            }
            let address = try #require(bytes.withUnsafeBytes { IPAddress(v6: $0) })
            #expect(IPAddress(address.description) == address)
            let v4 = IPAddress(v4: UInt32.random(in: 0...UInt32.max, using: &random))
            #expect(v4.isV4 && IPAddress(v4.description) == v4 && IPAddress("::ffff:" + v4.description) == v4)
        }
    }

    @Test func `the loopback is known in both families`() throws {
        for text in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            #expect(try #require(IPAddress(text)).isLoopback, "\(text)")
        }
        for text in ["128.0.0.1", "::2", "1::1", "0.0.0.1"] {
            #expect(try !#require(IPAddress(text)).isLoopback, "\(text)")
        }
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", "11.0.0.0"), ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"), ("0.0.0.0/0", "255.1.1.1", "::1"),
        ("::/0", "2001::1", ""), ("2001:db8::/64", "2001:db8::9", "2001:db8:0:1::9"),
        ("2001:db8::8/125", "2001:db8::f", "2001:db8::10"), ("::1", "::1", "127.0.0.1"),
    ])
    func `a network holds its own addresses`(_ network: String, _ inside: String, _ outside: String) throws {
        let prefix = try #require(IPPrefix(network))
        #expect(prefix.contains(try #require(IPAddress(inside))))
        if let outside = IPAddress(outside) { #expect(!prefix.contains(outside)) }
    }

    @Test(arguments: ["", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8/8", "10/8", "::/x"])
    func `what is no network is refused`(_ text: String) {
        #expect(IPPrefix(text) == nil)
    }
}

@Suite struct TrustedProxiesTests {
    private static let prefixes = ["10.0.0.0/8", "2001:db8::/32"].compactMap { IPPrefix($0) }

    private func client(_ field: TrustedProxies.Field, _ values: [String]) throws -> String {
        var headers = HTTPHeaders()
        for value in values { headers.add(field == .forwarded ? "Forwarded" : "X-Forwarded-For", value) }
        let proxies = TrustedProxies(Self.prefixes, field: field)
        return proxies.client(behind: try #require(IPAddress("10.0.0.1")), headers).description
    }

    @Test(arguments: [
        ([], "10.0.0.1"), (["192.0.2.1"], "192.0.2.1"), (["192.0.2.1:4711"], "192.0.2.1"),
        (["[2001:db9::1]:80"], "2001:db9::1"), (["2001:db9::1"], "2001:db9::1"),
        (["6.6.6.6, 192.0.2.1"], "192.0.2.1"), (["6.6.6.6", "192.0.2.1 , 10.1.1.1"], "192.0.2.1"),
        (["10.1.1.1, 10.2.2.2"], "10.1.1.1"), (["6.6.6.6, unknown"], "10.0.0.1"),
        (["6.6.6.6, unknown, 10.3.3.3"], "10.3.3.3"), (["192.0.2.1,"], "10.0.0.1"), (["<script>"], "10.0.0.1"),
        (["192.0.2.1:99999999"], "10.0.0.1"), (["[192.0.2.1]"], "10.0.0.1"), (["6.6.6.6,[::1"], "10.0.0.1"),
    ])
    func `the client is who the last proxy that is trusted got it from`(
        _ values: [String], _ expected: String
    ) throws {
        #expect(try client(.xForwarded, values) == expected)
    }

    @Test(arguments: [
        (["for=192.0.2.1"], "192.0.2.1"), (["For=\"[2001:db9::1]:4711\";proto=https"], "2001:db9::1"),
        (["for=6.6.6.6, for=192.0.2.1;by=10.0.0.1"], "192.0.2.1"), (["for=192.0.2.1", "for=10.9.9.9"], "192.0.2.1"),
        (["for=6.6.6.6, for=_hidden"], "10.0.0.1"), (["for=6.6.6.6, proto=http"], "10.0.0.1"),
        (["for=6.6.6.6, for=\"unfinished"], "10.0.0.1"), (["for=6.6.6.6, for==;, for=192.0.2.1"], "192.0.2.1"),
        (["proto=https; for=192.0.2.1"], "192.0.2.1"), ([""], "10.0.0.1"), ([",,"], "10.0.0.1"),
    ])
    func `the standard field is read the same way`(_ values: [String], _ expected: String) throws {
        #expect(try client(.forwarded, values) == expected)
    }

    @Test func `only the field that the proxies use is believed`() throws {
        let headers: HTTPHeaders = [
            "Forwarded": "for=6.6.6.6;proto=https", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "http",
        ]
        let peer = try #require(IPAddress("10.0.0.1"))
        let first = TrustedProxies(Self.prefixes)
        #expect(first.client(behind: peer, headers).description == "192.0.2.1")
        #expect(first.isSecure(headers) == false)
        let second = TrustedProxies(Self.prefixes, field: .forwarded)
        #expect(second.client(behind: peer, headers).description == "6.6.6.6")
        #expect(second.isSecure(headers) == true)
        #expect(first.isSecure(["X-Forwarded-Proto": "http, HTTPS"]) == true)
        #expect(first.isSecure(["X-Forwarded-Proto": "gopher"]) == nil)
        #expect(first.isSecure([:]) == nil)
    }

    @Test func `random lists never crash and never give a client that no trusted proxy named`() throws {
        var random = SeededRandom(seed: 23)
        let pieces = [
            "for", "=", "\"", ";", ",", " ", "[", "]", ":80", "10.0.0.2", "6.6.6.6", "[2001:db9::1]", "proto", "\\",
        ]
        let peer = try #require(IPAddress("10.0.0.1"))
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            for field in [TrustedProxies.Field.xForwarded, .forwarded] {
                let proxies = TrustedProxies(Self.prefixes, field: field)
                let headers: HTTPHeaders = ["Forwarded": text, "X-Forwarded-For": text]
                let found = proxies.client(behind: peer, headers).description
                #expect(text.contains(found) || found == "10.0.0.1", "\(text)")
                _ = proxies.isSecure(headers)
            }
        }
    }

    @Test func `a server believes the proxies it was told to trust and no others`() async throws {
        var router = Router()
        router.answer(.get, "/where") { HTTPResponse(text: $0.remoteAddress + " " + String($0.isSecure)) }
        let claims: HTTPHeaders = ["X-Forwarded-For": "6.6.6.6, 192.0.2.1", "X-Forwarded-Proto": "https"]
        for (prefixes, expected) in [([], "127.0.0.1 false"), (["127.0.0.0/8"], "192.0.2.1 true")] {
            let trusted = TrustedProxies(prefixes.compactMap { IPPrefix($0) })
            let edge = Edge()
            let server = try Server(
                ServerConfiguration(trustedProxies: trusted, complete: edge.completion), handler: router.handler)
            let answer = try await TestClient(.live(port: server.port)).get("/where", headers: claims)
            #expect(try String(decoding: answer.body.collect(), as: UTF8.self) == expected)
            #expect((answer.headers["strict-transport-security"] != nil) == (prefixes.count == 1))
            server.stop()
        }
    }
}
