import Base
import FHIR
import FHIRPath
import JSONTape
import Testing

@Suite struct PathFuzzTests {
    private static let words = [
        "Patient", "name", "given", "family", "value", "deceased", "telecom", "extension", "(", ")", ".", ",", "[", "]",
        "{", "}", "+", "-", "*", "/", "&", "|", "<", "<=", ">", ">=", "=", "!=", "~", "!~", "and", "or", "xor",
        "implies", "is", "as", "in", "contains", "div", "mod", "where", "exists", "first", "select", "repeat", "all",
        "iif", "resolve", "ofType", "aggregate", "$this", "$index", "$total", "%resource", "%ucum", "%`ext-x`", "'a'",
        "'", "`", "\\u00e9", "1", "2.50", "0", "99999999999", "@2015", "@2015-02-04T14:34:28Z", "@T14:30", "@",
        "4 days",
        "3 'mg'", "true", "false", "/*", "*/", "//", " ", "\n", "Quantity", "System.String", "substring(1)", "()",
        "toString()", "descendants()", "count()", "distinct()", "not()", "length()", "children()", "type()",
        "split(',')",
        "sort()", "desc", "lowBoundary()", "matches('a+')", "matches(", "replaceMatches('(.)', '$1')",
        "defineVariable('v')",
        "defineVariable('v', ", "%v", "trace('t')", "coalesce(", "repeatAll(", "sum()", "avg()", "min()",
        "toQuantity('mg')",
        "memberOf('v')", "conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')", "comparable(1 'mg')",
        "htmlChecks()",
        "checkModifiers()", "yearOf()", "duration(@2020, 'day')", "difference(@T10, 'hour')", "2 'kg.m/s2'", "1 year",
        "%rootResource", "power(99)", "é", "\u{0}",
    ]

    private let patient: Bench

    init() throws {
        var limits = PathLimits()
        limits.stepsMax = 20_000
        patient = try Bench(
            """
            {"resourceType":"Patient","name":[{"family":"A","given":["B","C"]}],"telecom":[{"value":"1"}],
             "deceasedBoolean":true,"extension":[{"url":"x","valueQuantity":{"value":1.5,"code":"mg"}}]}
            """, limits: limits)
    }

    @Test func `random words are compiled and evaluated, or refused`() throws {
        var random = SeededRandom(seed: 0xF41B)
        var evaluated = 0
        for _ in 0..<1500 {
            let text = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                Self.words.randomElement(using: &random) ?? ""
            }.joined()
            do {
                _ = try patient.items(text)
                evaluated += 1
            } catch is PathError {
                continue
            }
        }
        #expect(evaluated > 10)
    }

    @Test func `good expressions with a few bytes changed are compiled and evaluated, or refused`() throws {
        var random = SeededRandom(seed: 0x5EED)
        let sources = [
            "Patient.name.where(given = 'B').given | telecom.value", "deceased.exists() and deceased != false",
            "extension('x').value.as(Quantity).value * 2.0 > 1 'mg'.value", "name.given.select($this & '-').join(',')",
            "iif(name.count() > 1, name[1], {}).given.substring(0, 1)", "(1 | 2 | 3).aggregate($this + $total, 0)",
            "descendants().where($this is string).distinct().sort().take(3)",
        ]
        var refused = 0
        for _ in 0..<800 {
            var bytes = Array((sources.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(UInt8.random(in: 32...126, using: &random), at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            do {
                _ = try patient.items(String(decoding: bytes, as: UTF8.self))
            } catch is PathError {
                refused += 1
            }
        }
        #expect((1..<800).contains(refused))
    }
}
