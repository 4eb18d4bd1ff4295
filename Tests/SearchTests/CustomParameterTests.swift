import Base
import FHIR
import JSONTape
import Search
import Testing

/// What tenants define, whatever it is, breaks nothing.
@Suite struct CustomParameterTests {
    private static let patient =
        #"{"resourceType":"Patient","id":"p","active":true,"gender":"male","birthDate":"1970-01-31","name":[{"family":"Doe","#
        + #""given":["Jo","Al"]}],"generalPractitioner":[{"reference":"Practitioner/1"}],"#
        + #""extension":[{"url":"http://x","valueString":"y"}],"contained":[{"resourceType":"Patient","id":"c"}]}"#

    private static func definition(
        _ expression: String, base: String = "Patient", type: String = "token", code: String = "x"
    ) throws -> String {
        let writer = ByteWriter()
        writeJSONString(expression, to: writer)
        return
            #"{"resourceType":"SearchParameter","url":"http://x","status":"active","code":"\#(code)","base":["\#(base)"],"#
            + #""type":"\#(type)","expression":\#(String(decoding: writer.bytes, as: UTF8.self))}"#
    }

    /// The parameter of a definition, if it can be used.
    private func parameter(_ json: String, _ plans: SearchPlans) throws -> CustomParameter? {
        let document = try JSONDocument(Array(json.utf8), names: plans.definitions.names)
        var findings: [CustomParameterFinding] = []
        let read = document.withRoot { root in
            CustomParameterReader.read(root, id: "x", definitions: plans.definitions, findings: &findings)
        }
        guard let read else { return nil }
        return CustomParameterCheck.findings(of: read, beside: [], base: plans).isEmpty ? read : nil
    }

    /// Extracts a patient by a parameter and makes its tokens.
    private func extract(_ parameter: CustomParameter, _ base: SearchPlans) throws -> (entries: Int, failures: Int) {
        let plans = SearchPlans(extending: base, customs: [CustomSlot(parameter: parameter, state: .active)])
        let extractor = SearchExtractor(plans: plans)
        let hasher = TokenHasher(plans: plans, key: Shared.key)
        let entries = IndexEntryBuffer()
        let tokens = TokenBuffer()
        let type = try #require(plans.definitions.type(named: "Patient"))
        let count = base.plan(for: type).paths.count
        let document = try JSONDocument(Array(Self.patient.utf8), names: plans.definitions.names)
        return document.withRoot { root in
            extractor.extract(root, type: type, into: entries)
            hasher.makeTokens(of: entries, type: type, into: tokens)
            return (entries.entries.count { Int($0.path) >= count }, extractor.failures.count)
        }
    }

    @Test func `places in a plan are kept while parameters come and go`() throws {
        let base = try Shared.plans.get()
        let type = try #require(base.definitions.type(named: "Patient"))
        let all = try ["select(gender)", "name.select(family)", "select(birthDate)"].enumerated().map { place, text in
            try #require(
                try parameter(
                    Self.definition("Patient.\(text)", type: ["token", "string", "date"][place], code: "c\(place)"),
                    base))
        }
        var slots = all.map { CustomSlot(parameter: $0, state: .active) }
        let whole = SearchPlans(extending: base, customs: slots).plan(for: type)
        slots[0].state = .retired
        slots[1].state = .reindexing(ReindexProgress(done: 1, total: 2))
        let some = SearchPlans(extending: base, customs: slots).plan(for: type)
        #expect(some.paths.count == base.plan(for: type).paths.count + 3)
        #expect(some.parameters["c0"] == nil && some.parameters["c1"] == nil && some.reindexing["c1"]?.total == 2)
        #expect(some.parameters["c2"]?.uses == whole.parameters["c2"]?.uses)
        #expect(try extract(all[1], base).entries == 1)
    }

    @Test func `an expression that costs too much fails on the resource and ends soon`() throws {
        let base = try Shared.plans.get()
        let whole = "%resource.descendants()"
        let costly = (1...5).reduce(whole) { inner, _ in "\(whole).select(\(inner))" } + ".exists()"
        let found = try #require(try parameter(Self.definition(costly), base))
        let started = ContinuousClock.now
        #expect(try extract(found, base).failures == 1)
        #expect(ContinuousClock.now - started < .seconds(5))
    }

    @Test func `definitions made by chance are refused or used, and never break anything`() throws {
        let base = try Shared.plans.get()
        var random = SeededRandom(seed: 20_261_121)
        let pieces = [
            "Patient", ".", "name", "given", "gender", "birthDate", "extension", "where(", "url", "=", "'http://x'",
            ")",
            "value", " as ", "string", "|", " and ", "(", ")", "[0]", ".first()", "resolve()", " is ", "Practitioner",
            "generalPractitioner", "'", "\\", "`", "//", "/*", "\u{0}", "é", "descendants()", ".ofType(Coding)", "code",
            "{}",
            "%resource", "$this", "exists()", ".not()", "contained", "today()", "-1", "@2020", "trace('x')",
        ]
        let kinds = ["token", "string", "date", "number", "quantity", "reference", "uri", "composite", "special", "x"]
        let end = ContinuousClock.now + .seconds(2)
        var used = 0
        var made = 0
        while ContinuousClock.now < end, made < 5_000 {
            made += 1
            var text = Bool.random(using: &random) ? "Patient." : ""
            for _ in 0..<Int.random(in: 1...9, using: &random) { text += pieces.randomElement(using: &random) ?? "" }
            let kind = kinds.randomElement(using: &random) ?? ""
            let holder =
                ["Patient", "DomainResource", "Resource", "Element", "Nothing"].randomElement(using: &random) ?? ""
            let json = try Self.definition(made % 3 == 0 ? text : "Patient.name | \(text)", base: holder, type: kind)
            guard let found = try parameter(json, base) else { continue }
            used += 1
            _ = try extract(found, base)
        }
        print("\(used) of \(made) definitions made by chance could be used")
        #expect(made > 20)
    }
}
