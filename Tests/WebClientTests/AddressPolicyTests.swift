import Base
import HTTP
import Testing
import WebClient

@Suite struct AddressPolicyTests {
    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
        "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
        "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255",
        "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::127.0.0.1", "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::100.64.0.1", "64:ff9b:1::1", "100::1", "2001::1",
        "2001:2::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "3ffe::1", "fc00::1",
        "fd12:3456::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "5f00::1", "4000::1", "::ffff:10.0.0.1",
    ])
    func `an address of a special purpose is not public`(_ text: String) throws {
        #expect(!AddressPolicy.isPublic(try #require(IPAddress(text))))
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255",
        "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1",
        "2001:4860:4860::8888", "2001:200::1", "2003::1", "64:ff9b::8.8.8.8",
    ])
    func `an address of the internet is public`(_ text: String) throws {
        #expect(AddressPolicy.isPublic(try #require(IPAddress(text))))
    }

    @Test func `what an operator names is permitted and nothing beside it`() throws {
        let texts = [
            "10.1.0.0/16", "192.168.1.5:8080", "FHIR.inner.example:8443", "db.example", "[fd00::1]:99", "fd01::/16",
        ]
        let allowed = texts.compactMap { AllowedAddress($0) }
        #expect(allowed.count == texts.count)
        let policy = AddressPolicy(allowing: allowed)
        let permits = { (address: String, port: Int, host: String) throws -> Bool in
            policy.permits(
                try #require(IPAddress(address)), isMapped: false, port: port, host: host, isPlain: false)
        }
        #expect(try permits("10.1.2.3", 1, "a"))
        #expect(try !permits("10.2.2.3", 1, "a"))
        #expect(try permits("192.168.1.5", 8080, "a"))
        #expect(try !permits("192.168.1.5", 8081, "a"))
        #expect(try permits("10.9.9.9", 8443, "fhir.INNER.example."))
        #expect(try !permits("10.9.9.9", 443, "fhir.inner.example"))
        #expect(try !permits("10.9.9.9", 8443, "a.fhir.inner.example"))
        #expect(try permits("127.0.0.1", 5, "db.example"))
        #expect(try permits("fd00::1", 99, "a"))
        #expect(try !permits("fd00::1", 98, "a"))
        #expect(try permits("fd01::7", 98, "a"))
        #expect(try permits("8.8.8.8", 443, "a"))
    }

    @Test func `plain HTTP and mapped addresses are for what an operator names alone`() throws {
        let public8 = try #require(IPAddress("8.8.8.8"))
        let open = AddressPolicy.publicOnly
        #expect(open.permits(public8, isMapped: false, port: 443, host: "a", isPlain: false))
        #expect(!open.permits(public8, isMapped: false, port: 80, host: "a", isPlain: true))
        #expect(!open.permits(public8, isMapped: true, port: 443, host: "a", isPlain: false))
        let named = AddressPolicy(allowing: [try #require(AllowedAddress("a.example"))])
        #expect(named.permits(public8, isMapped: false, port: 80, host: "a.example", isPlain: true))
        #expect(!named.permits(public8, isMapped: false, port: 80, host: "b.example", isPlain: true))
    }

    @Test(arguments: [
        "", ":", "a:", "a:0", "a:65536", "a:-1", "a:1:2", "a b", "http://a", "a/b", "10.0.0.0/33", "10.0.0.0/8:80", "*",
        "*.example", "1.2.3", "0x7f.1", "2130706433", "[::1", "::1]", "[::1]x", "[a]", ".", "a..b", "ä.example", "a,b",
        "127.0.0.1:", "10.0.0.0/-1", "example.0x1f",
    ])
    func `what is no host and no network is not allowed`(_ text: String) {
        #expect(AllowedAddress(text) == nil)
    }

    @Test func `no text makes the reader of addresses fail`() {
        var random = SeededRandom(seed: 11)
        let pieces = Array("0123456789abcdefx.:/[]%-_* ".utf8)
        var read = 0
        for _ in 0..<50_000 {
            let length = Int(random.next() % 20)
            let bytes = (0..<length).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }
            if AllowedAddress(String(decoding: bytes, as: UTF8.self)) != nil { read += 1 }
        }
        #expect(read > 0 && read < 50_000)
    }
}
