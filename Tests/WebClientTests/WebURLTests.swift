import Base
import Testing
import WebClient

@Suite struct WebURLTests {
    @Test func `a URL is taken apart and its origin leaves out the usual port`() throws {
        let url = try WebURL("HTTPS://Fhir.Example.org/a/../b?x=1|2#part")
        #expect(url.isSecure && url.host == "fhir.example.org" && url.port == 443)
        #expect(url.origin == "https://fhir.example.org")
        #expect(!url.text.contains("#") && url.text.hasSuffix("/b?x=1|2"))
        let other = try WebURL("http://[2001:DB8::1]:8080/")
        #expect(!other.isSecure && other.host == "[2001:db8::1]" && other.origin == "http://[2001:db8::1]:8080")
    }

    @Test(arguments: [
        ("https://2130706433/", "127.0.0.1"), ("https://0x7f.1/", "127.0.0.1"), ("https://0177.0.0.01/", "127.0.0.1"),
        ("https://127.1/", "127.0.0.1"), ("https://0/", "0.0.0.0"),
    ])
    func `an address spelt oddly becomes what it is`(_ text: String, _ host: String) throws {
        #expect(try WebURL(text).host == host)
    }

    @Test(arguments: [
        "", "a", "/a", "//a/b", "ftp://a/", "file:///etc/passwd", "gopher://a/", "javascript:1", "https://",
        "https://u@a/", "https://u:p@a/", "https://:@a/", "https://a:0/", "https://a:65536/", "https://a:b/",
        "https://a b/",
        "https://a/ b", "https://a\\b/", "https://a/\u{0}", "https://a/\n", "https://ä.example/",
        "https://[fe80::1%25lo]/",
        "https://[::1/", "https://[a]/", "https://a\"/", "https://a%00b/", "https://a^b/", "https://a/<",
        "dict://a:11211/",
    ])
    func `what is no address to ask is refused without repeating it`(_ text: String) {
        let error = #expect(throws: WebClientError.self) { _ = try WebURL(text) }
        #expect(error?.code == .malformedURL)
        #expect(error?.detail.contains("passwd") == false)
    }

    @Test func `a location is read as one from where it was given`() throws {
        let base = try WebURL("https://a.example/x/y?z=1")
        #expect(try base.following("w").text == "https://a.example/x/w")
        #expect(try base.following("/w").text == "https://a.example/w")
        #expect(try base.following("?q=2").text.hasSuffix("/x/y?q=2"))
        #expect(try base.following("//b.example/w").origin == "https://b.example")
        #expect(try base.following("http://b.example:81/w").origin == "http://b.example:81")
        #expect(throws: WebClientError.self) { _ = try base.following("ftp://b.example/") }
        #expect(throws: WebClientError.self) { _ = try base.following("https://u:p@b.example/") }
        #expect(throws: WebClientError.self) { _ = try base.following("") }
    }

    @Test func `whatever is read is read as the same again`() throws {
        var random = SeededRandom(seed: 3)
        let pieces = [
            "http", "s", "://", ":", "/", "//", "a", "0x7f", ".", "1", "[", "]", "::1", "@", "?", "#", "%", "%2e", "\\",
            "&", "é", " ",
        ]
        var read = 0
        for _ in 0..<20_000 {
            var text = random.next() % 2 == 0 ? "https://" : ""
            for _ in 0..<(random.next() % 8) { text += pieces[Int(random.next() % UInt64(pieces.count))] }
            guard let url = try? WebURL(text) else { continue }
            read += 1
            #expect(try WebURL(url.text) == url)
        }
        #expect(read > 100)
    }
}
