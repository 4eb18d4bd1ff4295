import Access
import Base
import Testing

@Suite struct LabelRulesTests {
    private func read(_ text: String) throws -> LabelRules { try LabelRules.read(Array(text.utf8)) }

    private func names(_ labels: Set<CodeKey>) -> Set<String> { Set(labels.map(\.code)) }

    @Test func `the shipped rules know sensitive kinds by code, by beginning and by age`() {
        let rules = LabelRules.standard
        let diagnoses = "http://hl7.org/fhir/sid/icd-10-cm"
        #expect(names(rules.labels(of: [CodeKey(diagnoses, "F32.1")], ageYears: 40)) == ["PSY"])
        #expect(names(rules.labels(of: [CodeKey(diagnoses, "F10.20")], ageYears: 40)) == ["SUD"])
        #expect(names(rules.labels(of: [CodeKey(diagnoses, "B20")], ageYears: 40)) == ["HIV"])
        #expect(names(rules.labels(of: [CodeKey(diagnoses, "Z30.09")], ageYears: 17)) == ["SEX", "ADOL"])
        #expect(names(rules.labels(of: [CodeKey("http://snomed.info/sct", "86406008")], ageYears: nil)) == ["HIV"])
        #expect(rules.labels(of: [CodeKey(diagnoses, "I10"), CodeKey("", "F32.1")], ageYears: 18).isEmpty)
    }

    @Test func `rules survive being written and read`() throws {
        #expect(try LabelRules.read(LabelRules.standard.json) == .standard)
        let own = LabelRules([
            LabelRule(CodeKey("urn:x", "VIP\"\n"), codes: [.init("urn:s", "a"), .init("urn:s", "b", isPrefix: true)]),
            LabelRule(CodeKey(LabelRules.labelSystem, "ADOL"), belowYears: 16),
        ])
        #expect(try LabelRules.read(own.json) == own)
        #expect(try LabelRules.read(LabelRules([]).json) == LabelRules([]))
    }

    @Test(arguments: [
        "", "[]", "{}", "{\"rules\":1}", "{\"rules\":[1]}", "{\"rules\":[{}]}", "{\"rules\":[{\"label\":\"A\"}]}",
        "{\"rules\":[{\"label\":\"A\",\"codes\":[{\"system\":\"s\"}]}]}",
        "{\"rules\":[{\"label\":\"A\",\"codes\":[{\"system\":\"s\",\"code\":\"a\",\"prefix\":\"b\"}]}]}",
        "{\"rules\":[{\"label\":\"A\",\"belowYears\":0}]}", "{\"rules\":[{\"label\":\"A\",\"belowYears\":1.5}]}",
        "{\"rules\":[{\"label\":\"A\",\"belowYears\":18,\"else\":1}]}", "{\"rules\":[],\"rules\":[]}",
        "{\"rules\":[{\"label\":\"\",\"belowYears\":18}]}",
    ])
    func `what is no set of rules is refused`(_ text: String) {
        #expect(throws: LabelRulesError.self) { try read(text) }
    }

    @Test func `a refusal names its place`() throws {
        let text = "{\"rules\": [{\"label\": \"A\", \"belowYears\": 0}]}"
        let error = #expect(throws: LabelRulesError.self) { try read(text) }
        #expect(error?.offset == 40)
    }

    @Test func `damaged rules are refused or read, and never more`() {
        var random = SeededRandom(seed: 7)
        let source = LabelRules([
            LabelRule(CodeKey("urn:x", "A"), codes: [.init("urn:s", "a"), .init("urn:s", "b", isPrefix: true)]),
            LabelRule(CodeKey(LabelRules.labelSystem, "ADOL"), belowYears: 16),
        ]).json
        var read = 0
        for _ in 0..<3_000 {
            var bytes = source
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 32...126, using: &random)
            }
            if let rules = try? LabelRules.read(bytes) {
                read += 1
                #expect((try? LabelRules.read(rules.json)) == rules)
            }
        }
        #expect(read > 0)
    }
}
