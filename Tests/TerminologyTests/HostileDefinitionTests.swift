import Base
import JSONTape
import Terminology
import Testing

@Suite struct HostileDefinitionTests {
    private static let valueSet = """
        {"resourceType":"ValueSet","url":"urn:set","version":"1","status":"active","compose":{"inactive":true,
        "include":[{"system":"urn:s","version":"1","concept":[{"code":"a","display":"A","designation":[
        {"language":"de","use":{"system":"urn:u","code":"c"},"value":"Ah"}]},{"code":"b"}]},
        {"system":"http://hl7.org/fhir/administrative-gender","filter":[{"property":"code","op":"regex","value":"[a-f]+.*"}],
        "valueSet":["http://hl7.org/fhir/ValueSet/administrative-gender"]}],
        "exclude":[{"system":"urn:s","concept":[{"code":"b"}]}]},
        "expansion":{"timestamp":"2026","total":1,"offset":0,"contains":[{"system":"urn:s","code":"a","contains":[
        {"system":"urn:s","code":"c","abstract":true}]}]}}
        """
    private static let codeSystem = """
        {"resourceType":"CodeSystem","url":"urn:s","version":"1","status":"active","content":"complete",
        "caseSensitive":false,"hierarchyMeaning":"is-a","property":[{"code":"p","type":"string","uri":"urn:p"}],
        "concept":[{"code":"a","display":"A","definition":"a","designation":[{"language":"de","value":"Ah"}],
        "property":[{"code":"p","valueString":"x"},{"code":"n","valueInteger":3},{"code":"d","valueDecimal":1.50},
        {"code":"b","valueBoolean":true},{"code":"t","valueDateTime":"2026"},
        {"code":"c","valueCoding":{"system":"urn:x","code":"y"}}],"concept":[{"code":"c"},{"code":"a"}]},
        {"code":"b","property":[{"code":"parent","valueCode":"c"},{"code":"child","valueCode":"a"}]}]}
        """

    @Test func `malformed definitions are refused with the element's path`() throws {
        for (json, path) in [
            ("{\"resourceType\":\"Patient\"}", "not a ValueSet"), ("[]", "ValueSet is not an object"),
            ("{\"resourceType\":\"ValueSet\",\"compose\":[]}", "ValueSet.compose is not an object"),
            ("{\"resourceType\":\"ValueSet\",\"compose\":{}}", "ValueSet.compose.include is missing"),
            (
                "{\"resourceType\":\"ValueSet\",\"compose\":{\"include\":[]}}",
                "ValueSet.compose.include is not an array"
            ),
            (
                "{\"resourceType\":\"ValueSet\",\"compose\":{\"include\":[{}]}}",
                "ValueSet.compose.include has neither system nor valueSet"
            ),
            (
                "{\"resourceType\":\"ValueSet\",\"compose\":{\"include\":[{\"system\":\"s\",\"concept\":[]}]}}",
                "ValueSet.compose.include.concept is not an array with something in it"
            ),
            (
                "{\"resourceType\":\"ValueSet\",\"compose\":{\"include\":[{\"system\":\"s\",\"concept\":[{}]}]}}",
                "ValueSet.compose.include.concept.code is missing"
            ),
            (
                "{\"resourceType\":\"ValueSet\",\"compose\":{\"include\":[{\"concept\":[{\"code\":\"c\"}]}]}}",
                "ValueSet.compose.include has concepts or filters but no system"
            ),
            (
                "{\"resourceType\":\"ValueSet\",\"compose\":{\"include\":[{\"system\":\"s\",\"filter\":[{\"op\":\"=\"}]}]}}",
                "ValueSet.compose.include.filter.property is missing"
            ),
        ] {
            #expect(refusal { _ = try Shared.valueSet(json) }.hasPrefix("invalid: \(path)"), "\(json)")
        }
        for (json, path) in [
            ("{\"resourceType\":\"CodeSystem\"}", "CodeSystem.content is missing"),
            ("{\"resourceType\":\"CodeSystem\",\"content\":\"half\"}", "CodeSystem.content is half"),
            ("{\"resourceType\":\"CodeSystem\",\"content\":\"complete\",\"concept\":[1]}", "CodeSystem.concept is not"),
            (
                "{\"resourceType\":\"CodeSystem\",\"content\":\"complete\",\"concept\":[{\"code\":\"\"}]}",
                "CodeSystem.concept.code is not a text"
            ),
        ] {
            #expect(refusal { _ = try Shared.codeSystem(json) }.hasPrefix("invalid: \(path)"), "\(json)")
        }
    }

    @Test func `mangled definitions are answered or refused, never more`() throws {
        var random = SeededRandom(seed: 20_260_901)
        let builtIn = try Shared.builtIn.get()
        var limits = TerminologyLimits()
        limits.visitsMax = 100_000
        var answered = 0
        for _ in 0..<4_000 {
            let set = Self.mangle(Self.valueSet, &random)
            let system = Self.mangle(Self.codeSystem, &random)
            guard let source = try? TestSource([set]) else { continue }
            try? source.store(system)
            let terminology = Terminology(builtIn: builtIn, source: source, limits: limits)
            let codes = Result { () throws(TerminologyError) in try terminology.codes(in: "urn:set") }
            guard case .success(let codes) = codes else { continue }
            answered += 1
            for code in codes {
                let membership = try terminology.contains(system: code.system, code: code.code, valueSet: "urn:set")
                #expect(membership.isMember, "\(set) \(system)")
            }
            _ = try terminology.contains(system: nil, code: "a", valueSet: "urn:set")
            _ = try? terminology.subsumes(system: "urn:s", "a", "c")
            if let found = try? terminology.lookup(system: "urn:s", code: "a") {
                let writer = ByteWriter()
                found.write(to: writer)
                _ = try JSONDocument(writer.copy())
            }
        }
        #expect(answered > 500)
    }

    /// Changes, drops, doubles or swaps a few pieces of a text, mostly at places where JSON stays JSON.
    private static func mangle(_ text: String, _ random: inout SeededRandom) -> String {
        var pieces = text.split(omittingEmptySubsequences: false) { $0 == "\"" }.map(String.init)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let place = Int.random(in: 0..<pieces.count, using: &random)
            let other = Int.random(in: 0..<pieces.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: pieces.swapAt(place | 1 < pieces.count ? place | 1 : 1, other | 1 < pieces.count ? other | 1 : 1)
            case 1: pieces[place] = pieces[other]
            case 2: pieces[place | 1 < pieces.count ? place | 1 : 1] = "é*+?[({\\\\u0000"
            case 3: pieces[place] = String(pieces[place].shuffled(using: &random))
            default: pieces[place] = ""
            }
        }
        return pieces.joined(separator: "\"")
    }

    @Test func `circles in a code system end`() throws {
        let terminology = try Shared.terminology([Self.codeSystem])
        let all = try terminology.descendants(of: SystemCode(system: "urn:s", code: "a"))
        #expect(Set(all.map(\.code)).isSuperset(of: ["a", "b", "c"]))
        #expect(try terminology.subsumes(system: "urn:s", "a", "b") == .subsumes)
    }

    @Test func `regular expressions match whole codes as written`() throws {
        for (pattern, code, matches) in [
            ("[A-Z]{3}", "USA", true), ("[A-Z]{3}", "USAX", false), ("a|bc", "bc", true), ("a|bc", "abc", false),
            ("^a.c$", "abc", true), ("(ab)*", "ababab", true), ("(ab)*", "aba", false), ("(a|b)+c?", "abab", true),
            ("\\\\d{2,3}-\\\\d", "123-4", true), ("\\\\d{2,3}-\\\\d", "1-4", false), ("[^0-9]+", "abc", true),
            ("[\\\\w.-]+", "a_b.c-d", true), ("a{2,}", "a", false), ("a{2,}", "aaaa", true), ("x*", "xxxx", true),
            ("(x+x+)+y", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", false), ("\\\\u0041", "A", true),
            ("(?:ab|a)b", "ab", true), ("[]]", "]", true), ("a??b", "b", true),
        ] {
            let system = """
                {"resourceType":"CodeSystem","url":"urn:r","status":"active","content":"complete",
                "concept":[{"code":"\(code)"}]}
                """
            let set = """
                {"resourceType":"ValueSet","url":"urn:set","compose":{"include":[{"system":"urn:r","filter":[
                {"property":"code","op":"regex","value":"\(pattern)"}]}]}}
                """
            let terminology = try Shared.terminology([system, set])
            #expect(try terminology.codes(in: "urn:set").isEmpty != matches, "\(pattern) on \(code)")
        }
    }

    @Test func `regular expressions that would grow or run too long are refused`() throws {
        for pattern in [
            "((((a{1000}){1000}){1000}))", "a{99999}", String(repeating: "(", count: 100), "[z-a]", "a{3,2}", "*", "[a",
            "a{", "\\\\", "\\\\p{L}", "a)",
        ] {
            let set = """
                {"resourceType":"ValueSet","url":"urn:set","compose":{"include":[{"system":
                "http://hl7.org/fhir/administrative-gender","filter":[
                {"property":"code","op":"regex","value":"\(pattern)"}]}]}}
                """
            let terminology = try Shared.terminology([set])
            #expect(refusal { _ = try terminology.codes(in: "urn:set") } != "", "\(pattern)")
        }
    }

    @Test func `a definition nested deeper than JSON may be is refused`() throws {
        var json = "{\"code\":\"x\"}"
        for level in 0..<200 { json = "{\"code\":\"c\(level)\",\"concept\":[\(json)]}" }
        let system = """
            {"resourceType":"CodeSystem","url":"urn:deep","status":"active","content":"complete","concept":[\(json)]}
            """
        let terminology = Terminology(builtIn: try Shared.builtIn.get(), source: DeepSource(json: Array(system.utf8)))
        #expect(
            refusal { _ = try terminology.lookup(system: "urn:deep", code: "x") }.hasPrefix("invalid"))
    }

    private struct DeepSource: TerminologySource {
        let json: [UInt8]

        func revision() -> UInt64 { 1 }

        func codeSystem(_: Canonical) -> [UInt8]? { json }

        func valueSet(_: Canonical) -> [UInt8]? { nil }
    }
}
