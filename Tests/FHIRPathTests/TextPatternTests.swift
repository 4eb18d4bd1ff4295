import Base
import FHIRPath
import Foundation
import Testing

/// The regular expressions behind `matches`, `matchesFull` and `replaceMatches`.
@Suite struct TextPatternTests {
    private let bench: Bench

    init() throws {
        var limits = PathLimits()
        limits.stepsMax = 2_000_000
        bench = try Bench(#"{"resourceType":"Patient","gender":"male"}"#, limits: limits)
    }

    /// A text as FHIRPath writes it.
    private func literal(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }

    private func matches(_ text: String, _ pattern: String, _ function: String = "matches") throws -> Bool {
        try bench.values("\(literal(text)).\(function)(\(literal(pattern)))") == ["true"]
    }

    @Test(arguments: [
        ("abc", "b", true), ("abc", "^b", false), ("abc", "^a.c$", true), ("a\nc", "a.c", true), ("", "^$", true),
        ("ab", "a|b", true), ("aaa", "^a{2}$", false), ("aaa", "^a{2,}$", true), ("aaa", "^a{1,3}?$", true),
        ("a{1", "a{1", true), ("x1", #"^\w\d$"#, true), ("é", #"^\w$"#, false), ("é", #"^\p{L}$"#, true),
        ("É", #"^\p{Lu}$"#, true),
        ("1", #"\P{L}"#, true), (" ", #"^\s$"#, true), ("a b", #"^\S+$"#, false), ("a-b", "^[a-]+b$", true),
        ("]", "[]]", true),
        ("a]", "^[^]]", true), ("^", "[\\^]", true), ("-", "[a\\-z]", true), ("b", "[a\\-z]", false),
        ("😀", "^.$", true),
        ("😀", "^[😀-😂]$", true), ("foo bar", #"\bbar\b"#, true), ("foobar", #"\bbar"#, false),
        ("foobar", #"\Bbar"#, true),
        ("ABC", "(?i)abc", true), ("ABC", "(?i:a)BC", true), ("aBC", "(?i:A)bc", false), ("a\nb", "(?m)^b$", true),
        ("a\nb", "^b$", false),
        ("a\nb", "(?-s)a.b", false), ("q1", "^(?!\\d)", true), ("1q", "^(?!\\d)", false),
        ("price: 10", #"\d+(?=0)"#, true),
        ("aa", "^(?=aa$)a", true), ("Straße", "STRASSE", false), ("tab\there", "\\t", true), ("a.b", #"\Q.\E"#, true),
        ("\u{41}", #"\x41\u0041|\x{41}"#, true), ("ab12", "^(?<l>[a-z]+)(?P<d>[0-9]+)$", true), ("(", #"\("#, true),
        ("/", #"\/"#, true),
        ("aX", "(?x) a  X ", true), ("5", "[[:digit:]]", true), ("a_b-c", #"^[\w-]+$"#, true),
    ])
    func `an expression finds what it means`(text: String, pattern: String, wanted: Bool) throws {
        #expect(try matches(text, pattern) == wanted, "\(pattern)")
    }

    @Test(arguments: [
        (
            "11/30/1972", #"\b(?<month>\d{1,2})/(?<day>\d{1,2})/(?<year>\d{2,4})\b"#, "${day}-${month}-${year}",
            "30-11-1972"
        ),
        ("aaabaa", "aa", "\"aa\"", "\"aa\"ab\"aa\""), ("abc", "x*", "-", "-a-b-c-"), ("abc", "", "x", "abc"),
        ("ab", "(a)(b)", "$2$1$0$$", "baab$"),
        ("ab", "(a)|(x)", "[$2]", "[]b"), ("a1b2", #"\d"#, "", "ab"), ("é😀", ".", "($&)", "(é)(😀)"),
        ("aaa", "a*?", "x", "xaxaxax"),
        ("path.to.x", #"\..*"#, "", "path"), ("abc", "(a)", "$12", "a2bc"),
    ])
    func `matches are replaced`(text: String, pattern: String, substitution: String, wanted: String) throws {
        let found = try bench.values(
            "\(literal(text)).replaceMatches(\(literal(pattern)), \(literal(substitution)))")
        #expect(found == [wanted], "\(pattern)")
    }

    @Test func `flags turn case and lines`() throws {
        #expect(try bench.values(#"'first\nsecond'.matches('^second', 'm')"#) == ["true"])
        #expect(try bench.values(#"'first\nsecond'.matches('^second', '')"#) == ["false"])
        #expect(try bench.values(#"'first\nsecond'.matches('^SECOND', 'im')"#) == ["true"])
        #expect(try bench.values("'ABC'.replaceMatches('b', 'x', 'i')") == ["AxC"])
        #expect(try bench.values("'ABC'.matchesFull(gender.replaceMatches('male', 'abc'), 'i')") == ["true"])
        #expect(throws: PathError.self) { try bench.items("'a'.matches('a', 'q')") }
    }

    @Test(arguments: [
        "(", ")", "[", "x*+", "a**", "*", "a{2,1}", "\\", "(?<n>a)(?<n>b)", "[b-a]", "(?z)", "\\y", "\\1", "(?<=a)b",
        "(?>a)",
        "a{5000}", "{2}",
        "(((a{100}){100}){100})", "\\p{Klingon}", "^*", "\\x{110000}", "\\uD800",
        String(repeating: "(", count: 60) + String(repeating: ")", count: 60),
        String(repeating: "a", count: 5000), "((?:){1000}){1000}",
    ])
    func `what is no expression, or too much, is refused when it is compiled`(_ pattern: String) throws {
        let error = try #require(throws: PathError.self) { try bench.compile("'a'.matches(\(literal(pattern)))") }
        #expect(error.code == .badArguments && error.offset == 12)
    }

    @Test func `expressions that blow up elsewhere take no longer than their text`() throws {
        let text = String(repeating: "a", count: 3000) + "!"
        var limits = PathLimits()
        limits.stepsMax = 2_000_000
        let large = try Bench(#"{"resourceType":"Patient","id":"\#(text)"}"#, limits: limits)
        for pattern in ["^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "^([a-zA-Z]+)*$", "(.*a){5}c", "^(((a+)+)+)+$"] {
            let start = monotonicNanoseconds()
            #expect(try large.values("id.matches(\(literal(pattern)))") == ["false"], "\(pattern)")
            #expect(monotonicNanoseconds() - start < 30_000_000_000)
        }
        // What is square all the same ends at the limit of steps.
        #expect(throws: PathError.self) { try large.items("id.matches('(?=a*c)x|(?=a*d)y')") }
    }

    /// A random expression whose loops take something each time, so that all engines agree on it.
    private struct Grown {
        var text: String
        var isNullable: Bool
    }

    private func grow(_ depth: Int, _ random: inout SeededRandom) -> Grown {
        switch Int.random(in: 0...(depth > 0 ? 8 : 2), using: &random) {
        case 0, 1: return Grown(text: ["a", "b", "c"].randomElement(using: &random) ?? "a", isNullable: false)
        case 2:
            return Grown(
                text: [".", "[ab]", "[^b]", "\\w", "[b-c]"].randomElement(using: &random) ?? ".", isNullable: false)
        case 3, 4:
            let parts = (0..<Int.random(in: 2...3, using: &random)).map { _ in grow(depth - 1, &random) }
            return Grown(text: parts.map(\.text).joined(), isNullable: parts.allSatisfy(\.isNullable))
        case 5:
            let parts = (0..<Int.random(in: 2...3, using: &random)).map { _ in grow(depth - 1, &random) }
            let isNullable = parts.contains { $0.isNullable }
            return Grown(text: "(" + parts.map(\.text).joined(separator: "|") + ")", isNullable: isNullable)
        case 6:
            let inner = grow(depth - 1, &random)
            return Grown(text: (Bool.random(using: &random) ? "(?=" : "(?!") + inner.text + ")", isNullable: true)
        default:
            let inner = grow(depth - 1, &random)
            guard !inner.isNullable else { return inner }
            let sign = ["*", "+", "?", "{2}", "{1,2}", "{2,}"].randomElement(using: &random) ?? "*"
            let isLazy = Bool.random(using: &random)
            return Grown(
                text: "(?:\(inner.text))\(sign)\(isLazy ? "?" : "")",
                isNullable: sign == "*" || sign == "?" || inner.isNullable)
        }
    }

    @Test func `random expressions find what another engine finds`() throws {
        var random = SeededRandom(seed: 0x9E6E)
        for _ in 0..<1500 {
            let pattern = grow(4, &random).text
            let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                ["a", "b", "c"].randomElement(using: &random) ?? "a"
            }.joined()
            guard pattern.count < 200 else { continue }
            let other = try NSRegularExpression(pattern: pattern, options: [.dotMatchesLineSeparators])
            let whole = NSRange(location: 0, length: text.utf16.count)
            let wanted = other.stringByReplacingMatches(in: text, range: whole, withTemplate: "<$0>")
            let found = try bench.values("\(literal(text)).replaceMatches(\(literal(pattern)), '<$0>')")
            #expect(found == [wanted], "\(pattern) on \(text)")
        }
    }

    @Test func `random bytes are an expression or are refused`() throws {
        var random = SeededRandom(seed: 0xBAD)
        let parts = [
            "a", "(", ")", "[", "]", "{", "}", "1", "2", ",", "*", "+", "?", "|", "\\", "^", "$", ".", "-", "(?:",
            "(?=", "(?!", "(?i)", "\\d",
            "\\p{L}", "\\b", "é", "[^", "&&", "\\Q", "\\x4", "(?<n>", "{1000}",
        ]
        var refused = 0
        for _ in 0..<3000 {
            let pattern = (0..<Int.random(in: 1...10, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }.joined()
            do {
                _ = try matches("aé1\naa", pattern)
            } catch let error as PathError {
                #expect(error.code == .badArguments || error.code == .limit)
                refused += 1
            }
        }
        #expect((300..<3000).contains(refused))
    }
}
