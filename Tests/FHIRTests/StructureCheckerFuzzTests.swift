import Base
import FHIR
import Foundation
import JSONTape
import Testing

@Suite struct StructureCheckerFuzzTests {
    private let seeds = [
        #"{"resourceType":"Patient","id":"a","name":[{"family":"M","given":["A",null],"_given":[null,{"id":"x"}]}]}"#,
        #"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:s","code":"c"}]},"valueQuantity":{"value":1.50}}"#,
        #"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","deceasedBoolean":true}}]}"#,
    ]

    @Test func `mutated resources never bring the checker down, and findings point into the resource`() throws {
        let definitions = try Shared.definitions.get()
        let parser = try JSONParser(names: definitions.names)
        let checker = StructureChecker(definitions: definitions)
        var random = SeededRandom(seed: 5)
        let words = definitions.names.names
        let alphabet = Array(#"{}[]",:0123456789.eE+-truefalsn_ "#.utf8)
        var wrong = 0
        for round in 0..<20_000 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
                case 2: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
                default:
                    let member = "\"\(words.randomElement(using: &random) ?? "")\":null,"
                    let braces = bytes.indices.filter { bytes[$0] == UInt8(ascii: "{") }
                    bytes.insert(contentsOf: member.utf8, at: (braces.randomElement(using: &random) ?? 0) + 1)
                }
            }
            guard let root = try? bytes.withUnsafeBytes({ try parser.parse($0) }) else { continue }
            var findings: [StructureFinding] = []
            var references: [ReferenceSite] = []
            _ = checker.check(root, findings: &findings, references: &references)
            if !findings.isEmpty { wrong += 1 }
            for finding in findings { #expect(0..<root.endIndex ~= finding.nodeIndex && !finding.path.isEmpty) }
            for site in references { #expect(JSONValue(tape: root.tape, index: Int(site.nodeIndex)).isString) }
            var complaints: [StructureFinding] = []
            var found: [ReferenceSite] = []
            _ = checker.findReferences(in: root, findings: &complaints, references: &found)
            #expect(!findings.isEmpty || complaints.isEmpty && found == references)
            for site in found { #expect(JSONValue(tape: root.tape, index: Int(site.nodeIndex)).isString) }
        }
        #expect(wrong > 500)
    }

    @Test func `dates agree with a calendar`() {
        func accepts(_ type: PrimitiveType, _ text: String) -> Bool {
            Array(text.utf8).withUnsafeBytes { type.accepts($0) }
        }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        for year in [1, 1600, 1900, 1999, 2000, 2023, 2024, 2100, 9999] {
            for month in 0...13 {
                for day in 0...32 {
                    let isReal =
                        1...12 ~= month && day >= 1
                        && CalendarDate(
                            daysSinceEpoch: CalendarDate(year: year, month: month, day: day).daysSinceEpoch)
                            == CalendarDate(year: year, month: month, day: day)
                    let text = "\(String(repeating: "0", count: 4 - "\(year)".count))\(year)-\(two(month))-\(two(day))"
                    #expect(accepts(.date, text) == isReal, "\(text)")
                    #expect(accepts(.instant, text + "T00:00:00Z") == isReal, "\(text)")
                }
            }
        }
    }

    @Test func `primitive formats agree with R4's regular expressions`() throws {
        // Where prose and expression differ, the alphabet leaves the difference out.
        let rules: [(PrimitiveType, String, String)] = [
            (.id, #"[A-Za-z0-9\-\.]{1,64}"#, "aZ0-._ é"),
            (.uri, #"\S+"#, "a:/. \tb"),
            (.code, #"[^\s]+(\s[^\s]+)*"#, "ab \t"),
            (.integer, "0|-?[1-9][0-9]*", "01-9"),
            (.unsignedInt, "0|[1-9][0-9]*", "01-9"),
            (.positiveInt, "[1-9][0-9]*", "01-9"),
        ]
        var random = SeededRandom(seed: 3)
        for (type, pattern, alphabet) in rules {
            let rule = try Regex(pattern)
            let letters = Array(alphabet)
            for _ in 0..<2000 {
                var text = ""
                for _ in 0..<Int.random(in: 0...8, using: &random) {
                    text.append(letters.randomElement(using: &random) ?? "a")
                }
                let accepted = Array(text.utf8).withUnsafeBytes { type.accepts($0) }
                #expect(accepted == (try rule.wholeMatch(in: text) != nil), "\(type) \(text)")
            }
        }
    }
}
