import Base
import JSONTape
import Terminology
import Testing

@Suite struct ValueSetTests {
    /// A small tree with everything that filters ask for.
    private static let animals = """
        {"resourceType":"CodeSystem","url":"urn:animals","version":"2","status":"active","content":"complete",
        "valueSet":"urn:animals:all","property":[{"code":"legs","type":"integer"},{"code":"sound","type":"string"},
        {"code":"isOld","uri":"http://hl7.org/fhir/concept-properties#inactive","type":"boolean"},
        {"code":"parent","type":"code"}],
        "concept":[{"code":"animal","display":"Animal","property":[{"code":"notSelectable","valueBoolean":true}],
        "concept":[{"code":"bird","display":"Bird","property":[{"code":"legs","valueInteger":2}],
        "concept":[{"code":"swift","display":"Common swift","designation":[{"language":"de","value":"Mauersegler"}]},
        {"code":"dodo","display":"Dodo","property":[{"code":"isOld","valueBoolean":true}]}]},
        {"code":"mammal","display":"Mammal","concept":[{"code":"cat","display":"Cat","property":[
        {"code":"legs","valueInteger":4},{"code":"sound","valueString":"meow"}]},
        {"code":"bat","display":"Bat","property":[{"code":"parent","valueCode":"flyer"}]}]}]},
        {"code":"flyer","display":"Flyer","property":[{"code":"parent","valueCode":"animal"}]}]}
        """

    private static func set(_ url: String, _ compose: String, more: String = "") -> String {
        "{\"resourceType\":\"ValueSet\",\"url\":\"\(url)\",\"status\":\"active\"\(more),\"compose\":\(compose)}"
    }

    private static func include(_ rest: String) -> String {
        "{\"include\":[{\"system\":\"urn:animals\"\(rest)}]}"
    }

    private static func filter(_ property: String, _ operation: String, _ value: String) -> String {
        include(",\"filter\":[{\"property\":\"\(property)\",\"op\":\"\(operation)\",\"value\":\"\(value)\"}]")
    }

    private func codes(_ compose: String, _ others: [String] = []) throws -> [String] {
        let terminology = try Shared.terminology([Self.animals, Self.set("urn:set", compose)] + others)
        return try terminology.codes(in: "urn:set").map(\.code)
    }

    @Test func `each filter operator chooses what it says`() throws {
        #expect(try codes(Self.filter("concept", "is-a", "bird")) == ["bird", "swift", "dodo"])
        #expect(try codes(Self.filter("concept", "descendent-of", "bird")) == ["swift", "dodo"])
        #expect(try codes(Self.filter("concept", "is-not-a", "animal")) == [])
        #expect(try codes(Self.filter("concept", "is-a", "flyer")) == ["bat", "flyer"])
        #expect(try codes(Self.filter("concept", "generalizes", "bat")) == ["animal", "mammal", "bat", "flyer"])
        #expect(try codes(Self.filter("concept", "in", "cat, bat")) == ["cat", "bat"])
        #expect(
            try codes(Self.filter("concept", "not-in", "animal,bird,swift,dodo,mammal")) == ["cat", "bat", "flyer"])
        #expect(try codes(Self.filter("legs", "=", "4")) == ["cat"])
        #expect(try codes(Self.filter("legs", "exists", "true")) == ["bird", "cat"])
        #expect(try codes(Self.filter("sound", "exists", "false")).count == 7)
        #expect(try codes(Self.filter("code", "regex", "[bc]at")) == ["cat", "bat"])
        #expect(try codes(Self.filter("code", "regex", "at")) == [])
        #expect(try codes(Self.filter("parent", "=", "bird")) == ["swift", "dodo"])
        #expect(try codes(Self.filter("child", "=", "swift")) == ["bird"])
        #expect(try codes(Self.filter("inactive", "=", "true")) == ["dodo"])
        #expect(try codes(Self.filter("display", "=", "Common swift")) == ["swift"])
    }

    @Test func `filters of one include hold together`() throws {
        let both = Self.include(
            """
            ,"filter":[{"property":"concept","op":"is-a","value":"mammal"},{"property":"legs","op":"exists","value":"true"}]
            """)
        #expect(try codes(both) == ["cat"])
    }

    @Test func `a filter that cannot be answered is an error for the codes and unknown for a code`() throws {
        for (property, operation, value, code) in [
            ("concept", "child-of", "bird", "not-supported"), ("concept", "is-a", "fish", "code-invalid"),
            ("wings", "=", "2", "not-supported"), ("code", "regex", "(", "invalid"),
            ("code", "regex", "(?=a)", "not-supported"), ("legs", "exists", "maybe", "invalid"),
            ("legs", "is-a", "4", "not-supported"),
        ] {
            let compose = Self.filter(property, operation, value)
            let terminology = try Shared.terminology([Self.animals, Self.set("urn:set", compose)])
            #expect(refusal { _ = try terminology.codes(in: "urn:set") }.hasPrefix(code), "\(operation)")
            let membership = try terminology.contains(system: "urn:animals", code: "cat", valueSet: "urn:set")
            #expect(membership.reason != nil, "\(operation)")
            #expect(try terminology.contains(system: "urn:x", code: "cat", valueSet: "urn:set").isNotMember)
        }
    }

    @Test func `excluded codes are out, wherever they were included`() throws {
        let compose = """
            {"include":[{"system":"urn:animals"}],"exclude":[{"system":"urn:animals","filter":[
            {"property":"concept","op":"is-a","value":"mammal"}]},{"system":"urn:animals","concept":[{"code":"dodo"}]}]}
            """
        #expect(try codes(compose) == ["animal", "bird", "swift", "flyer"])
    }

    @Test func `imports of one include are an intersection and includes a union`() throws {
        let flying = Self.set("urn:flying", Self.include(",\"concept\":[{\"code\":\"bat\"},{\"code\":\"swift\"}]"))
        let mammals = Self.set("urn:mammals", Self.filter("concept", "is-a", "mammal"))
        #expect(
            try codes("{\"include\":[{\"valueSet\":[\"urn:flying\",\"urn:mammals\"]}]}", [flying, mammals]) == ["bat"])
        let union = "{\"include\":[{\"valueSet\":[\"urn:flying\"]},{\"valueSet\":[\"urn:mammals\"]}]}"
        #expect(try codes(union, [flying, mammals]) == ["bat", "swift", "mammal", "cat"])
        let within = Self.include(",\"valueSet\":[\"urn:flying\"]")
        #expect(try codes(within, [flying]) == ["swift", "bat"])
    }

    @Test func `value sets that import themselves are refused, however far around`() throws {
        let one = Self.set("urn:set", "{\"include\":[{\"valueSet\":[\"urn:b\"]}]}")
        let other = Self.set("urn:b", "{\"include\":[{\"valueSet\":[\"urn:c\"]}]}")
        let third = Self.set("urn:c", "{\"include\":[{\"valueSet\":[\"urn:set\"]}]}")
        let terminology = try Shared.terminology([one, other, third])
        for url in ["urn:set", "urn:b", "urn:c"] {
            #expect(refusal { _ = try terminology.codes(in: url) }.hasPrefix("invalid: a value set imports itself"))
            #expect(
                refusal { _ = try terminology.contains(system: nil, code: "x", valueSet: url) }
                    .hasPrefix("invalid: a value set imports itself"))
        }
    }

    @Test func `value sets that import one another crosswise do not take for ever`() throws {
        var sets = [Self.set("urn:0a", Self.include("")), Self.set("urn:0b", Self.include(""))]
        for level in 1...30 {
            for letter in ["a", "b"] {
                let below = level - 1
                sets.append(
                    Self.set(
                        "urn:\(level)\(letter)",
                        "{\"include\":[{\"valueSet\":[\"urn:\(below)a\"]},{\"valueSet\":[\"urn:\(below)b\"]}]}"))
            }
        }
        let terminology = try Shared.terminology([Self.animals] + sets)
        #expect(refusal { _ = try terminology.codes(in: "urn:30a") }.hasPrefix("too-costly"))
        #expect(try terminology.codes(in: "urn:3a").count == 8)
    }

    @Test func `an import that is not held leaves the rest to be answered`() throws {
        let compose = """
            {"include":[{"system":"urn:animals","concept":[{"code":"cat"}]},{"valueSet":["urn:gone"]}]}
            """
        let terminology = try Shared.terminology([Self.animals, Self.set("urn:set", compose)])
        #expect(try terminology.contains(system: "urn:animals", code: "cat", valueSet: "urn:set").isMember)
        let other = try terminology.contains(system: "urn:animals", code: "bat", valueSet: "urn:set")
        #expect(other.reason?.detail.contains("urn:gone") == true)
        #expect(refusal { _ = try terminology.codes(in: "urn:set") }.contains("urn:gone"))
    }

    @Test func `a system of which nothing is held can still be excluded or listed`() throws {
        let compose = """
            {"include":[{"system":"urn:far","concept":[{"code":"1","display":"One"},{"code":"2"}]},
            {"system":"urn:animals","concept":[{"code":"cat"}]}],"exclude":[{"system":"urn:far"}]}
            """
        #expect(try codes(compose) == ["cat"])
    }

    @Test func `a fragment answers for the codes that it has and no further`() throws {
        let fragment = """
            {"resourceType":"CodeSystem","url":"urn:part","status":"active","content":"fragment","concept":[{"code":"a"}]}
            """
        let terminology = try Shared.terminology([
            fragment, Self.set("urn:set", "{\"include\":[{\"system\":\"urn:part\"}]}"),
        ])
        #expect(try terminology.contains(system: "urn:part", code: "a", valueSet: "urn:set").isMember)
        #expect(try terminology.contains(system: "urn:part", code: "b", valueSet: "urn:set").reason != nil)
        let result = try terminology.expand(ExpansionRequest(.address("urn:set")))
        #expect(result.parameters.contains { $0.name == "fragment" })
    }

    @Test func `implicit value sets are answered where their code system is held`() throws {
        let terminology = try Shared.terminology([Self.animals])
        #expect(try terminology.codes(in: "urn:animals?fhir_vs").count == 8)
        #expect(try terminology.codes(in: "urn:animals?fhir_vs=isa/bird").map(\.code) == ["bird", "swift", "dodo"])
        let snomed = "http://snomed.info/sct?fhir_vs=isa/138875005"
        #expect(
            try terminology.contains(system: "http://snomed.info/sct", code: "1", valueSet: snomed).reason != nil)
        #expect(refusal { _ = try terminology.codes(in: snomed) }.contains("http://snomed.info/sct"))
        #expect(refusal { _ = try terminology.codes(in: "urn:x?fhir_vs=what") }.hasPrefix("not-found"))
    }

    @Test func `inactive codes stay out where the definition says so`() throws {
        let terminology = try Shared.terminology([
            Self.animals,
            Self.set("urn:set", "{\"inactive\":false,\"include\":[{\"system\":\"urn:animals\"}]}"),
            Self.set(
                "urn:list",
                "{\"inactive\":false,\"include\":[{\"system\":\"urn:animals\",\"concept\":[{\"code\":\"dodo\"}]}]}"),
        ])
        #expect(try terminology.codes(in: "urn:set").count == 7)
        #expect(try terminology.codes(in: "urn:list").isEmpty)
        #expect(try terminology.contains(system: "urn:animals", code: "dodo", valueSet: "urn:set").isNotMember)
    }

    @Test func `codes of a system that does not tell upper from lower case are found in any`() throws {
        let system = """
            {"resourceType":"CodeSystem","url":"urn:loose","status":"active","content":"complete","caseSensitive":false,
            "concept":[{"code":"Ä1"}]}
            """
        let terminology = try Shared.terminology([
            system, Self.set("urn:set", "{\"include\":[{\"system\":\"urn:loose\"}]}"),
        ])
        #expect(try terminology.contains(system: "urn:loose", code: "ä1", valueSet: "urn:set").isMember)
        #expect(try terminology.contains(system: "urn:animals", code: "Cat", valueSet: "urn:set").isNotMember)
    }

    @Test func `an expansion that came along answers where the definition cannot`() throws {
        let expansion = """
            ,"expansion":{"timestamp":"2026-01-01","total":2,"contains":[
            {"system":"urn:far","code":"1","display":"One","contains":[{"system":"urn:far","code":"2"}]}]}
            """
        let cut = expansion.replacing("\"total\":2", with: "\"total\":3")
        let compose = "{\"include\":[{\"system\":\"urn:far\"}]}"
        let terminology = try Shared.terminology([
            Self.set("urn:set", compose, more: expansion), Self.set("urn:cut", compose, more: cut),
        ])
        #expect(try terminology.codes(in: "urn:set").map(\.code) == ["1", "2"])
        #expect(try terminology.contains(system: "urn:far", code: "3", valueSet: "urn:set").isNotMember)
        #expect(try terminology.contains(system: "urn:far", code: "1", valueSet: "urn:cut").reason != nil)
    }

    @Test func `a stored definition is seen as soon as it is stored, and read once`() throws {
        let source = try TestSource([Self.animals, Self.set("urn:set", Self.filter("concept", "is-a", "bird"))])
        let terminology = Terminology(builtIn: try Shared.builtIn.get(), source: source)
        #expect(try terminology.codes(in: "urn:set").count == 3)
        let reads = source.reads
        for _ in 0..<100 {
            #expect(try terminology.contains(system: "urn:animals", code: "swift", valueSet: "urn:set").isMember)
        }
        #expect(source.reads == reads)
        try source.store(Self.set("urn:set", Self.filter("concept", "is-a", "mammal")))
        #expect(try terminology.contains(system: "urn:animals", code: "swift", valueSet: "urn:set").isNotMember)
    }

    @Test func `a stored definition stands before the one of the program, and the newest version before others`() throws
    {
        let gender = "http://hl7.org/fhir/ValueSet/administrative-gender"
        let versions = ["1.9", "1.10", "1.2"].map { version in
            Self.set(
                gender, Self.include(",\"concept\":[{\"code\":\"v\(version)\"}]"), more: ",\"version\":\"\(version)\"")
        }
        let terminology = try Shared.terminology(versions)
        #expect(try terminology.codes(in: gender).map(\.code) == ["v1.10"])
        #expect(try terminology.codes(in: gender + "|1.2").map(\.code) == ["v1.2"])
        #expect(try terminology.codes(in: gender + "|4.0.1").count == 4)
    }

    @Test func `what is kept stays within its bound`() throws {
        var limits = TerminologyLimits()
        limits.cacheBytesMax = 20_000
        let sets = (0..<200).map { Self.set("urn:set\($0)", Self.include(",\"concept\":[{\"code\":\"c\($0)\"}]")) }
        let terminology = try Shared.terminology([Self.animals] + sets, limits: limits)
        for round in 0..<2 {
            for number in 0..<200 {
                let codes = try terminology.codes(in: "urn:set\(number)")
                #expect(codes.map(\.code) == ["c\(number)"], "\(round)")
            }
        }
    }
}
