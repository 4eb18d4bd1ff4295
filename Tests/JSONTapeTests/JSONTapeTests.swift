import Base
import JSONTape
import Testing

private func parse(_ text: String, names: NameTable? = nil) throws -> JSONDocument {
    try JSONDocument(Array(text.utf8), names: names)
}

private func rewritten(_ text: String) throws -> String {
    let writer = ByteWriter()
    try parse(text).withRoot { $0.write(to: writer) }
    return String(decoding: writer.bytes, as: UTF8.self)
}

private func failure(_ text: String) -> JSONError? {
    failure(Array(text.utf8))
}

private func failure(_ bytes: [UInt8]) -> JSONError? {
    do {
        _ = try JSONDocument(bytes)
        return nil
    } catch {
        return error
    }
}

@Suite struct JSONTapeTests {
    @Test func `numbers keep their digits`() throws {
        let document = try parse(#"{"a": 1.50, "b": [-0, 1E400, 12345678901234567890]}"#)
        #expect(document.withRoot { $0.member("a")?.text } == "1.50")
        #expect(try rewritten(#"[1.50, -0, 1E400, 0.000]"#) == "[1.50,-0,1E400,0.000]")
    }

    @Test func `strings are unescaped and escaped again`() throws {
        let text = #"{"k\n": "a\"b\\c\/d\u00e9\ud83d\ude00\u0001"}"#
        let document = try parse(text)
        let value = document.withRoot { $0.member(named: "k\n")?.string }
        #expect(value == "a\"b\\c/dé😀\u{1}")
        #expect(try rewritten(text) == "{\"k\\n\":\"a\\\"b\\\\c/dé😀\\u0001\"}")
    }

    @Test func `members and elements come in order`() throws {
        let document = try parse(#" { "a" : 1 , "b" : [ true , false , null , {} , [] ] , "a" : 2 } "#)
        document.withRoot { root in
            #expect(root.members.map { String(decoding: $0.name, as: UTF8.self) } == ["a", "b", "a"])
            let kinds = root.member("b")?.elements.map(\.kind)
            #expect(kinds == [.true, .false, .null, .object, .array])
            #expect(root.member("b")?.member("x") == nil)
            #expect(root.elementsOrSelf.map(\.kind) == [.object])
        }
    }

    @Test func `known names carry their number`() throws {
        let names = try NameTable(["resourceType", "id", "x"])
        let document = try parse(#"{"id":1,"unknown":2,"resourceType":3,"":4}"#, names: names)
        #expect(document.withRoot { $0.members.map(\.number) } == [2, 0, 1, 0])
        #expect(names.number(of: "x") == 3)
        #expect(names.number(of: "resourceTyp") == 0)
        #expect(document.withRoot { $0.member(numbered: 1)?.text } == "3")
    }

    @Test func `a replaced string shows everywhere`() throws {
        let parser = try JSONParser()
        let text = Array(#"{"reference":"urn:uuid:1","n":1}"#.utf8)
        let root = try text.withUnsafeBytes { try parser.parse($0) }
        let reference = try #require(root.member("reference"))
        let long = String(repeating: "é\"", count: 5000)
        try Array(long.utf8).withUnsafeBytes { try parser.replaceString(reference, with: $0) }
        #expect(root.member("reference")?.string == long)
        #expect(root.member("n")?.text == "1")
        withExtendedLifetime(parser) {}
        #expect(throws: JSONError.self) {
            try [UInt8]().withUnsafeBytes { try parser.replaceString(try #require(root.member("n")), with: $0) }
        }
    }

    @Test func `members can be left out`() throws {
        let document = try parse(#"{"resourceType":"Patient","id":"1","active":true,"name":[{"family":"F"}]}"#)
        let writer = ByteWriter()
        let count = document.withRoot { root in root.writeMembers(to: writer) { bytesEqual($0.name, "id") } }
        #expect(count == 3)
        let expected = #""resourceType":"Patient","active":true,"name":[{"family":"F"}]"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("", JSONError.Code.empty, 0), ("  ", .empty, 0), ("{", .truncated, 1), ("[1,", .truncated, 3),
        ("[1 2]", .unexpected, 3), ("{\"a\" 1}", .unexpected, 5), ("{a:1}", .unexpected, 1), ("[1,]", .unexpected, 3),
        ("{\"a\":1,}", .unexpected, 7), ("[01]", .badNumber, 1), ("[1.]", .badNumber, 1), ("[-]", .badNumber, 1),
        ("[1e]", .badNumber, 1), ("[+1]", .unexpected, 1), ("[tru]", .badLiteral, 1), ("[nulll]", .badLiteral, 1),
        ("{} {}", .trailing, 3), ("[\"\\x\"]", .badEscape, 2), ("\"\\ud800\"", .badEscape, 1), ("[1}", .unexpected, 2),
        ("[\"a\"b]", .unexpected, 4), ("[\"abc]", .unclosedString, 6), ("[\"a\u{1}\"]", .controlCharacter, 3),
        ("]", .unexpected, 0), ("[\"a\":1]", .unexpected, 4), ("[true\u{0}]", .badLiteral, 1), ("'a'", .unexpected, 0),
    ])
    func `malformed text is refused with its place`(text: String, code: JSONError.Code, offset: Int) {
        #expect(failure(text) == JSONError(code: code, offset: offset))
    }

    @Test func `text that is not UTF-8 is refused at its first bad byte`() {
        #expect(failure([0x5B, 0x22, 0x61, 0xFF, 0x22, 0x5D]) == JSONError(code: .invalidUTF8, offset: 3))
        #expect(failure([0x22, 0xED, 0xA0, 0x80, 0x22]) == JSONError(code: .invalidUTF8, offset: 1))
        #expect(failure([0x22, 0xC3]) != nil)
    }

    @Test func `nesting beyond the limit is refused without a crash`() {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(failure(deep) == JSONError(code: .tooDeep, offset: 64))
        let allowed = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(failure(allowed) == nil)
    }

    @Test func `a document over the limit is refused`() throws {
        let parser = try JSONParser(bytesMax: 10)
        #expect(throws: JSONError(code: .tooLarge, offset: 0)) {
            try Array("[1,2,3,4,5,6]".utf8).withUnsafeBytes { try parser.parse($0) }
        }
    }
}
