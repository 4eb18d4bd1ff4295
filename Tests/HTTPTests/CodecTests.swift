import Base
import HTTP
import Testing

@Suite struct PercentEncodingTests {
    @Test(arguments: ["%", "%4", "%zz", "%4g", "a%", "%00", "%ff", "%c3", "%c3%28", "%ed%a0%80"])
    func `a malformed escape or text that is not UTF-8 is refused`(_ text: String) {
        #expect(PercentEncoding.decode(text) == nil)
    }

    @Test func `escapes decode and a plus is a space only where asked`() {
        #expect(PercentEncoding.decode("a%20b+c%2F%C3%A9") == "a b+c/é")
        #expect(PercentEncoding.decode("a+b%2B", plusIsSpace: true) == "a b+")
    }

    @Test func `any text encodes to what decodes to it again`() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<2000 {
            let text = String(
                (0..<Int.random(in: 0..<20, using: &random)).compactMap { _ in
                    Unicode.Scalar(UInt32.random(in: 1..<0x11_0000, using: &random)).map { Character($0) }
                })
            let encoded = PercentEncoding.encode(text)
            #expect(PercentEncoding.decode(encoded) == text)
            #expect(PercentEncoding.decode(encoded, plusIsSpace: true) == text)
            #expect(encoded.utf8.allSatisfy { $0 < 0x7F && $0 > 0x20 })
        }
    }
}

@Suite struct RequestTargetTests {
    @Test func `path and query are decoded after they are split`() throws {
        let target = try RequestTarget("/fhir/a%2Fb/%C3%A9?x=1&x=2%263&&y&=z&w=a+b%2B#f?g")
        #expect(target.path == ["fhir", "a/b", "é"])
        #expect(target.query.map(\.name) == ["x", "x", "y", "", "w"])
        #expect(target.query.map(\.value) == ["1", "2&3", "", "z", "a b+"])
        #expect(target.query.values("x") == ["1", "2&3"])
    }

    @Test func `the root has no segments and a slash at the end adds none`() throws {
        #expect(try RequestTarget("/").path == [])
        #expect(try RequestTarget("/a/").path == ["a"])
        #expect(try RequestTarget("/a//b").path == ["a", "", "b"])
        #expect(try RequestTarget("*").path == ["*"])
        #expect(try RequestTarget("HTTP://example.org:8080/a?b=c").path == ["a"])
        #expect(try RequestTarget("http://example.org").path == [])
    }

    @Test(arguments: [
        "", "a", "/%", "/a/../b", "/a/./b", "/%2e%2e/b", "/a/..", "/a b", "/a\u{1}", "/a?x=%f", "/%00", "//..",
        "http:/a",
    ])
    func `a target that could mislead is refused`(_ target: String) {
        #expect(throws: HTTPError.self) { try RequestTarget(target) }
    }

    @Test func `random targets never crash and what parses encodes to the same again`() {
        var random = SeededRandom(seed: 5)
        let alphabet = Array("/?&=%+ab2fF.#*é \u{0}")
        for _ in 0..<20_000 {
            let text =
                "/"
                + String(
                    (0..<Int.random(in: 0..<16, using: &random)).map { _ in
                        alphabet.randomElement(using: &random) ?? "/"
                    })
            guard let target = try? RequestTarget(text) else { continue }
            let again =
                "/" + target.path.map { PercentEncoding.encode($0) }.joined(separator: "/")
                + (target.path.last == "" ? "/" : "") + "?" + target.query.encoded
            #expect(throws: Never.self) {
                let parsed = try RequestTarget(again)
                #expect(parsed.path == target.path, "\(text) \(again)")
                #expect(parsed.query == target.query || target.query.contains { $0.name.isEmpty }, "\(text)")
            }
        }
    }
}

@Suite struct HTTPHeadersTests {
    @Test func `names compare without case and duplicates are kept`() {
        var headers: HTTPHeaders = ["Accept": "a", "X-One": "1"]
        headers.add("ACCEPT", "b")
        #expect(headers["accept"] == "a")
        #expect(headers.list("Accept") == "a, b")
        headers["accept"] = "c"
        #expect(headers.values("accept") == ["c"])
        headers["x-one"] = nil
        #expect(headers.fields.count == 1)
        #expect(!HTTPHeaders.sameName("a[", "a{"))
        #expect(!HTTPHeaders.sameName("a-\r", "a--"))
    }

    @Test(arguments: ["a\r\nSet-Cookie: x", "a\n", "a\tb", "\u{0}", "a\u{7f}"])
    func `a value with control characters may not be sent`(_ value: String) {
        #expect((["X-Test": value] as HTTPHeaders).unsendableName == "X-Test")
        #expect(([value: "x"] as HTTPHeaders).unsendableName == value)
        #expect((["X-Test": "a b é"] as HTTPHeaders).unsendableName == nil)
    }
}

@Suite struct HTTPDateTests {
    @Test func `the example of RFC 9110 reads and writes`() {
        let moment = Instant(microseconds: 784_111_777_000_000)
        #expect(HTTPDate.format(moment) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT") == moment)
        #expect(HTTPDate.format(Instant(microseconds: -1)) == "Wed, 31 Dec 1969 23:59:59 GMT")
    }

    @Test func `dates come back from their text at any second`() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<5000 {
            let seconds = Int64.random(in: -62_167_219_200..<253_402_300_800, using: &random)
            let moment = Instant(microseconds: seconds * 1_000_000)
            #expect(HTTPDate.parse(HTTPDate.format(moment)) == moment)
        }
        #expect(HTTPDate.format(Instant(microseconds: .max)) == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(HTTPDate.format(Instant(microseconds: .min)).hasSuffix("0000 00:00:00 GMT"))
    }

    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
    ])
    func `what is no fixed date is refused`(_ text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }
}

@Suite struct EntityTagTests {
    @Test func `tags and lists of tags read and write`() {
        #expect(EntityTag(parsing: "W/\"3\"") == EntityTag("3", isWeak: true))
        #expect(EntityTag("3", isWeak: true).description == "W/\"3\"")
        #expect(EntityTagCondition("*") == .any)
        #expect(
            EntityTagCondition("\"a,b\", W/\"c\" ,\"\"")
                == .tags([EntityTag("a,b"), EntityTag("c", isWeak: true), EntityTag("")]))
        #expect(EntityTagCondition("W/\"3\"")?.matches("3") == true)
        #expect(EntityTagCondition("*")?.matches(nil) == false)
    }

    @Test(arguments: ["", "3", "\"3", "W\"3\"", "w/\"3\"", "\"1\" \"2\"", "*, \"1\"", "\"a\"b", "\"a b\""])
    func `a malformed condition is refused`(_ text: String) {
        #expect(EntityTagCondition(text) == nil)
    }
}

@Suite struct MediaTypeTests {
    @Test func `types read with parameters and quoted values`() {
        let type = MediaType("Application/FHIR+json; FhirVersion=4.0 ;x=\"a;\\\"b\"")
        #expect(type?.essence == "application/fhir+json")
        #expect(type?.parameter("fhirversion") == "4.0")
        #expect(type?.parameter("x") == "a;\"b")
        #expect(type.flatMap { MediaType($0.description) } == type)
        #expect(MediaType("json") == nil)
        #expect(MediaType("a/b c") == nil)
        #expect(MediaType("a/b; c=\"d") == nil)
    }

    @Test func `the client's weights choose among what is offered`() {
        let accept = Accept("text/html;q=0.5, application/*;q=0.8, application/xml;q=0, */*;q=0.1")
        #expect(accept.preferred(among: [.html, .fhirJSON]) == .fhirJSON)
        #expect(accept.weight(of: MediaType("application", "xml")) == 0)
        #expect(accept.weight(of: MediaType("image", "png")) == 100)
        #expect(Accept("application/xml").preferred(among: [.json]) == nil)
        #expect(Accept("").preferred(among: [.json, .html]) == .json)
        #expect(Accept(",,junk,\"text/html").preferred(among: [.json]) == .json)
    }

    @Test func `random header values never crash the readers`() {
        var random = SeededRandom(seed: 9)
        let alphabet = Array("a/*;,=\"\\ q0.1W")
        for _ in 0..<20_000 {
            let text = String(
                (0..<Int.random(in: 0..<24, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? "a"
                })
            #expect(!Accept(text).preferences.isEmpty)
            if let type = MediaType(text) { #expect(MediaType(type.description) == type) }
            if let tag = EntityTag(parsing: text) { #expect(EntityTag(parsing: tag.description) == tag) }
            _ = EntityTagCondition(text)
        }
    }
}

@Suite struct ProblemDocumentTests {
    @Test func `text is escaped and the status is repeated`() {
        let problem = ProblemDocument(
            status: .badRequest, detail: "a\"b\\c\n\u{1}é", instance: "/x", extensions: [("parameter", "_count")])
        let expected =
            #"{"type":"about:blank","title":"Bad Request","status":400,"detail":"a\"b\\c\n\u0001é","#
            + #""instance":"/x","parameter":"_count"}"#
        #expect(String(decoding: problem.json, as: UTF8.self) == expected)
        #expect(problem.response.headers["content-type"] == "application/problem+json")
    }

    @Test func `a foreign error tells the client nothing`() throws {
        struct Secret: Error {
            var name = "Ada"
        }
        let request = try HTTPRequest(method: .get, target: "/")
        let response = ProblemDocument.render(Secret(), request)
        #expect(response.status == .internalServerError)
        #expect(try !String(decoding: response.body.collect(), as: UTF8.self).contains("Ada"))
    }
}

@Suite struct HTTPRequestTests {
    @Test func `a bearer token is found whatever the case of its scheme`() throws {
        let request = try HTTPRequest(method: .get, target: "/", headers: ["authorization": "bearer  abc"])
        #expect(request.bearerToken == "abc")
        #expect(try HTTPRequest(method: .get, target: "/", headers: ["Authorization": "Basic x"]).bearerToken == nil)
    }

    @Test func `a form body decodes or is refused`() throws {
        #expect(try QueryParameters(form: Array("a=1&b=x+y".utf8))["b"] == "x y")
        #expect(throws: HTTPError.self) { try QueryParameters(form: Array("a=%".utf8)) }
        #expect(throws: HTTPError.self) { try QueryParameters(form: Array(String(repeating: "a&", count: 5000).utf8)) }
    }

    @Test func `a buffer takes over what a writer wrote and leaves it empty`() {
        let writer = ByteWriter()
        writer.write("first")
        let buffer = ByteBuffer(taking: writer)
        writer.write("second, which is longer than the memory left behind")
        #expect(buffer.withUnsafeBytes { Array($0) } == Array("first".utf8))
        #expect(writer.count == 51)
    }
}
