import Base
import FHIR
import Search
import Testing

@Suite struct QueryParsingTests {
    /// The criteria of a query's one clause, written out.
    private func read(_ type: String, _ name: String, _ value: String) throws -> [String] {
        let query = try Bench().query(type, name, value)
        let clause = try #require(query.clauses.first)
        return clause.criteria.map(\.summary)
    }

    @Test(arguments: [
        ("Patient", "gender", "male", ["token any male"]),
        (
            "Patient", "identifier", "urn:x|1,|2,urn:y|,3",
            ["token urn:x 1", "token none 2", "token urn:y *", "token any 3"]
        ),
        ("Patient", "identifier", #"a\|b|c\,d\$e\\f"#, ["token a|b c,d$e\\f"]),
        ("Patient", "name", "Müller-O'Neill", ["string startsWith muller oneill"]),
        ("Patient", "name:exact", "Eve,EVE", ["string exact Eve", "string exact EVE"]),
        ("Patient", "name:contains", "Vé", ["string contains ve"]),
        ("Patient", "identifier:of-type", "http://x|MR|446053", ["of-type http://x MR 446053"]),
        ("Patient", "birthdate", "ge2010-01-01", ["date ge 2010-01-01..2010-01-01"]),
        ("Patient", "birthdate", "2010", ["date eq 2010-01-01..2010-12-31"]),
        ("Observation", "date", "lt2013-01-14T10:00", ["date lt 2013-01-14T10:00:00..2013-01-14T10:00:59"]),
        ("Observation", "date", "2013-01-14T10:00:00 05:00", ["date eq 2013-01-14T05:00:00..2013-01-14T05:00:00"]),
        ("RiskAssessment", "probability", "gt0.8", ["number gt 08e-1"]),
        (
            "Observation", "value-quantity", "5.4|http://unitsofmeasure.org|mg",
            ["quantity eq 54e-1 http://unitsofmeasure.org mg"]
        ),
        ("Observation", "value-quantity", "ap5.4e-3||mg", ["quantity ap 54e-4 * mg"]),
        ("Observation", "value-quantity", "le-5", ["quantity le -5e0 * *"]),
        ("Observation", "patient", "p1", ["id p1 of Patient,Group"]),
        ("Observation", "subject", "Patient/p1", ["id p1 of Patient"]),
        ("Observation", "subject", "Patient/p1/_history/3", ["id p1 of Patient version 3"]),
        ("Observation", "subject", "https://own.example/fhir/Patient/p1", ["id p1 of Patient"]),
        (
            "Observation", "subject", "https://other.example/fhir/Patient/p1",
            ["text https://other.example/fhir/Patient/p1"]
        ),
        (
            "Observation", "subject", "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7",
            ["text urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"]
        ),
        ("Observation", "subject:Device", "d1", ["id d1 of Device"]),
        ("Observation", "subject:identifier", "urn:x|1", ["identifier urn:x 1"]),
        ("PlanDefinition", "depends-on", "http://x/Library/a|2.0", ["text http://x/Library/a version 2.0"]),
        ("Library", "url", "http://x/y,http://z", ["uri http://x/y", "uri http://z"]),
        (
            "Observation", "code-value-quantity", "http://loinc.org|8480-6$gt140",
            ["composite [token http://loinc.org 8480-6; quantity gt 140e0 * *]"]
        ),
        ("Location", "near", "-83.694810|42.256500|11.20|km", ["near -83.69481 42.2565 11200.0"]),
        ("Observation", "code:text", "Blood Pressure", ["text blood pressure"]),
    ])
    func `a value is read by the kind of its parameter`(
        type: String, name: String, value: String, expected: [String]
    ) throws {
        #expect(try read(type, name, value) == expected)
    }

    @Test(arguments: [
        ("Patient", "nonsense", "1", SearchError.Code.unknownParameter),
        ("Patient", "name:above", "1", .unknownModifier), ("Patient", "gender:contains", "m", .unknownModifier),
        ("Observation", "subject:Medication", "1", .unknownModifier),
        ("Observation", "subject:Nothing", "1", .unknownModifier),
        ("Observation", "date:not", "2010", .unknownModifier), ("Patient", "_id:not", "1", .unknownModifier),
        ("Patient", "birthdate", "xx2010", .unknownPrefix), ("RiskAssessment", "probability", "zz1", .unknownPrefix),
        ("Patient", "birthdate", "2010-13", .badValue), ("Patient", "birthdate", "yesterday", .unknownPrefix),
        ("Patient", "birthdate", "", .badValue), ("Patient", "name", "a,,b", .badValue),
        ("Patient", "name", "-!-", .badValue),
        ("RiskAssessment", "probability", "1.", .badValue), ("RiskAssessment", "probability", "0x1", .badValue),
        ("RiskAssessment", "probability", "1e99999", .badValue), ("Observation", "value-quantity", "5|mg", .badValue),
        ("Patient", "identifier", "a|b|c", .badValue), ("Patient", "identifier", "|", .badValue),
        ("Patient", "gender:missing", "maybe", .badValue), ("Observation", "code-value-quantity", "a", .badValue),
        ("Location", "near", "91|0", .badValue), ("Location", "near", "1", .badValue),
        ("Observation", "subject:Patient", "a b", .badValue), ("Patient", "_lastUpdated", "soon", .unknownPrefix),
        ("Patient", "_text", "x (y", .badValue), ("Patient", "_text", "x OR", .badValue),
        ("Patient", "_content", "-", .badValue), ("Patient", "_content", "x)", .badValue),
        ("Patient", "_content", "\"x", .badValue), ("Patient", "_content:exact", "x", .unknownModifier),
        ("Bundle", "_text", "x", .notSupported), ("Observation", "code:in", "http://vs", .notSupported),
        ("Patient", "_count", "-1", .badValue), ("Patient", "_count", "ten", .badValue),
        ("Patient", "_total", "all", .badValue),
        ("Patient", "_sort", "nothing", .badValue), ("Location", "_sort", "near", .notSupported),
        ("Patient", "_include", "Patient:gender", .badValue), ("Patient", "_include", "Nothing:x", .badValue),
        ("Patient", "_include:recurse", "Patient:organization", .unknownModifier),
        ("Patient", "_summary", "maybe", .badValue), ("Patient", "_count:exact", "1", .unknownModifier),
    ])
    func `what cannot be understood is an error that names it`(
        type: String, name: String, value: String, code: SearchError.Code
    ) throws {
        let bench = try Bench()
        let id = try bench.type(type)
        do throws(SearchError) {
            _ = try SearchQuery.parse(
                type: id, parameters: [(name, value)], plans: bench.plans, now: Shared.now)
            Issue.record("no error")
        } catch {
            #expect(error == SearchError(code: code, detail: "", parameter: name, value: value))
            #expect(!error.detail.isEmpty)
        }
        let lenient = try SearchQuery.parse(
            type: bench.type(type), parameters: [(name, value), ("_count", "3")], plans: bench.plans, now: Shared.now,
            isLenient: true)
        #expect(lenient.ignored.map(\.code) == [code])
        #expect(lenient.clauses.isEmpty)
        #expect(lenient.options.count == 3)
    }

    @Test func `result parameters are read`() throws {
        let query = try Bench().query(
            "Observation",
            [
                ("_count", "20"), ("_sort", "-date,code,_id,-_lastUpdated"), ("_total", "accurate"),
                ("_summary", "count"),
                ("_elements", "status,code"), ("_include", "Observation:subject:Patient"),
                ("_include:iterate", "Patient:link"),
                ("_revinclude", "Provenance:target"), ("_include", "*"), ("_format", "json"),
                ("_at", "2020-01-01T00:00:00Z"),
            ])
        let options = query.options
        #expect(options.count == 20)
        #expect(options.total == .accurate)
        #expect(options.summary == .count)
        #expect(options.elements == ["status", "code"])
        #expect(options.at == 1_577_836_800_999_999)
        #expect(options.sort.map(\.isDescending) == [true, false, false, true])
        #expect(options.includes.map(\.parameter) == ["subject", "link", "*"])
        #expect(options.includes.map(\.iterates) == [false, true, false])
        #expect(options.includes[0].target == query.type || options.includes[0].target != nil)
        #expect(options.revincludes.map(\.parameter) == ["target"])
        #expect(query.clauses.isEmpty)
    }

    @Test func `ids and times are left to the store`() throws {
        let query = try Bench().query(
            "Patient", [("_id", "a,b"), ("_lastUpdated", "ge2020,lt2010"), ("gender", "male")])
        #expect(query.ids == [["a", "b"]])
        #expect(query.lastUpdated.map { $0.map(\.prefix) } == [[.ge, .lt]])
        #expect(query.lastUpdated[0][1].instantRanges == [DateRange(low: .min, high: 1_262_303_999_999_999)])
        #expect(query.clauses.map(\.name) == ["gender"])
    }

    @Test func `a query over the limits is refused even leniently`() throws {
        let bench = try Bench()
        let many = (0..<101).map { _ in (name: "gender", value: "male") }
        #expect(throws: SearchError.self) {
            try SearchQuery.parse(
                type: bench.type("Patient"), parameters: many, plans: bench.plans, now: Shared.now, isLenient: true)
        }
        let values = String(repeating: "a,", count: 1_001) + "a"
        let long = String(repeating: "a", count: 20_000)
        for value in [values, long] {
            #expect(throws: SearchError.self) {
                try SearchQuery.parse(
                    type: bench.type("Patient"), parameters: [("name", value)], plans: bench.plans, now: Shared.now,
                    isLenient: true)
            }
        }
    }

    @Test func `no value makes the parser fail in another way than by its error`() throws {
        let bench = try Bench()
        var random = SeededRandom(seed: 7)
        let pieces = [
            "ge", "ap", "2010", "-", "13", "T", ":", "|", "$", ",", "\\", "\u{0}", "é", "1e5", ".", "Patient/", "x",
            " ",
        ]
        let codes = [
            ("Observation", "code"), ("Observation", "date"), ("Observation", "value-quantity"),
            ("Observation", "subject"),
            ("Observation", "code-value-quantity"), ("Patient", "name:contains"), ("Location", "near"),
            ("Library", "url"),
            ("RiskAssessment", "probability"), ("Patient", "_sort"), ("Patient", "_include"),
            ("Patient", "identifier:of-type"),
        ]
        for _ in 0..<3_000 {
            let value = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }
            let (type, code) = codes.randomElement(using: &random) ?? ("Patient", "name")
            let query = try SearchQuery.parse(
                type: bench.type(type), parameters: [(code, value.joined())], plans: bench.plans, now: Shared.now,
                isLenient: true)
            let cover = query.cover(bench.hasher)
            #expect(cover.candidates != .none || !query.clauses.isEmpty)
        }
    }
}

extension SearchCriterion {
    /// The criterion as a test writes it.
    var summary: String {
        switch self {
        case .token(let token): "token \(token.summary)"
        case .tokenText(let text): "text \(String(decoding: text, as: UTF8.self))"
        case .identifierOfType(let system, let code, let value): "of-type \(system) \(code) \(value)"
        case .string(let string):
            "string \(string.mode) "
                + (string.mode == .exact ? string.text : String(decoding: string.normalized, as: UTF8.self))
        case .date(let date):
            "date \(date.prefix) \(date.range.summary)"
        case .number(let number): "number \(number.prefix) \(number.value.summary)"
        case .quantity(let quantity):
            "quantity \(quantity.number.prefix) \(quantity.number.value.summary) "
                + "\(quantity.system ?? "*") \(quantity.unit ?? "*")"
        case .reference(let reference): reference.summary
        case .codes(let codes): "codes of \(codes.codes.keys.sorted().joined(separator: " "))"
        case .references(let targets): "references to \(targets.names.sorted().joined(separator: " "))"
        case .uri(let uri): "uri \(uri)"
        case .uriPattern(let pattern): "uri \(pattern.mode) \(pattern.text)"
        case .composite(let parts): "composite [\(parts.map(\.summary).joined(separator: "; "))]"
        case .near(let near): "near \(near.latitude) \(near.longitude) \(near.distanceMeters)"
        case .words(let words): "words \(words)"
        }
    }
}

extension TokenCriterion {
    fileprivate var summary: String {
        let name =
            switch system {
            case .any: "any"
            case .none: "none"
            case .named(let system): system
            }
        return "\(name) \(code ?? "*")"
    }
}

extension DecimalBound {
    fileprivate var summary: String { String(decoding: text, as: UTF8.self) }
}

extension DateRange {
    fileprivate var summary: String {
        var entry = IndexEntry(path: 0, kind: .date)
        entry.low = low
        entry.high = high
        return entry.summary
    }
}

extension ReferenceCriterion {
    fileprivate var summary: String {
        switch target {
        case .id(let id, let types, let version):
            "id \(id) of \(types.joined(separator: ","))" + (version.map { " version \($0)" } ?? "")
        case .text(let text, let version): "text \(text)" + (version.map { " version \($0)" } ?? "")
        case .identifier(let token): "identifier \(token.summary)"
        }
    }
}
