/// A test of HL7's suite.
struct SuiteTest {
    var name = ""
    var input = ""
    var expression = ""
    /// Whether an error is what is wanted.
    var isInvalid = false
    var isStrict = false
    var outputs: [(type: String?, value: String)] = []
}

/// Reads the suite's XML: elements, attributes, text, entities, comments; enough for this one file.
struct SuiteReader {
    private let text: [UInt8]
    private var offset = 0

    init(_ text: [UInt8]) {
        self.text = text
    }

    static func tests(of text: [UInt8]) -> [SuiteTest] {
        var reader = SuiteReader(text)
        var tests: [SuiteTest] = []
        while let (name, attributes) = reader.nextElement() {
            switch name {
            case "test":
                var test = SuiteTest(name: attributes["name"] ?? "", input: attributes["inputfile"] ?? "")
                test.isStrict = attributes["mode"] == "strict"
                tests.append(test)
            case "expression" where !tests.isEmpty:
                tests[tests.count - 1].isInvalid = attributes["invalid"] != nil
                tests[tests.count - 1].expression = reader.content()
            case "output" where !tests.isEmpty:
                tests[tests.count - 1].outputs.append((attributes["type"], reader.content()))
            default: break
            }
        }
        return tests
    }

    private mutating func nextElement() -> (String, [String: String])? {
        while offset < text.count {
            guard text[offset] == UInt8(ascii: "<") else {
                offset += 1
                continue
            }
            if text[offset...].starts(with: "<!--".utf8) {
                skip(to: "-->")
                continue
            }
            offset += 1
            let name = take { !" \t\r\n/>".utf8.contains($0) }
            var attributes: [String: String] = [:]
            while offset < text.count, text[offset] != UInt8(ascii: ">") {
                guard !" \t\r\n/?".utf8.contains(text[offset]) else {
                    offset += 1
                    continue
                }
                let key = take { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ">") }
                guard offset + 1 < text.count, text[offset] == UInt8(ascii: "=") else { break }
                let quote = text[offset + 1]
                offset += 2
                attributes[key] = unescaped(take { $0 != quote })
                offset += 1
            }
            offset += 1
            return (name, attributes)
        }
        return nil
    }

    private mutating func content() -> String {
        if offset >= 2, text[offset - 2] == UInt8(ascii: "/") { return "" }
        return unescaped(take { $0 != UInt8(ascii: "<") })
    }

    private mutating func take(while condition: (UInt8) -> Bool) -> String {
        let start = offset
        while offset < text.count, condition(text[offset]) { offset += 1 }
        return String(decoding: text[start..<offset], as: UTF8.self)
    }

    private mutating func skip(to end: String) {
        while offset < text.count, !text[offset...].starts(with: end.utf8) { offset += 1 }
    }

    private func unescaped(_ text: String) -> String {
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#xD;", "\r"), ("&amp;", "&")]
            .reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}
