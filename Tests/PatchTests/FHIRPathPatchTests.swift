import Base
import Patch
import Testing

@Suite struct FHIRPathPatchTests {
    private static let patient =
        #"{"resourceType":"Patient","id":"a","name":[{"family":"Doe","given":["Jo","Al"],"#
        + #""_given":[null,{"id":"g"}]}],"birthDate":"1970-01-31","_birthDate":{"id":"d"},"#
        + #""contact":[{"name":{"text":"x"}}],"extension":[{"url":"u","valueString":"v"}],"multipleBirthInteger":2}"#

    private func change(_ parts: String...) throws -> String {
        try Patched.path(
            Self.patient,
            Patched.operation(parts))
    }

    private func head(_ type: String, _ path: String) -> String { Patched.head(type, path) }
    private func value(_ member: String) -> String { Patched.part("value", member) }

    @Test func `a choice is named by its base and takes the type of the value`() throws {
        let other = try change(head("replace", "Patient.multipleBirth"), value(#""valueBoolean":true"#))
        #expect(other.contains(#""multipleBirthBoolean":true"#) && !other.contains("multipleBirthInteger"))
        let added = try change(
            head("add", "Patient.extension[0].value"), Patched.part("name", #""valueString":"extension""#),
            value(#""part":[{"name":"url","valueUri":"w"},{"name":"value[x]","valueDecimal":1.50}]"#))
        #expect(added.contains(#""_valueString":{"extension":[{"url":"w","valueDecimal":1.50}]}"#))
        #expect(throws: PatchError.self) {
            try change(
                head("add", "Patient"), Patched.part("name", #""valueString":"multipleBirth""#),
                value(#""valueBoolean":true"#))
        }
        #expect(throws: PatchError.self) {
            try change(head("replace", "Patient.multipleBirth"), value(#""valueString":"x""#))
        }
    }

    @Test func `values of primitives keep to what stands beside them`() throws {
        let deleted = try change(head("delete", "Patient.name.given[0]"))
        #expect(deleted.contains(#""given":["Al"],"_given":[{"id":"g"}]"#))
        let both = try change(head("delete", "Patient.name.given[1]"))
        #expect(both.contains(#""given":["Jo"]}"#))
        let inserted = try change(
            head("insert", "Patient.name.given"), Patched.part("index", #""valueInteger":1"#),
            value(#""valueString":"Bo""#))
        #expect(inserted.contains(#""given":["Jo","Bo","Al"],"_given":[null,null,{"id":"g"}]"#))
        let moved = try change(
            head("move", "Patient.name.given"), Patched.part("source", #""valueInteger":1"#),
            Patched.part("destination", #""valueInteger":0"#))
        #expect(moved.contains(#""given":["Al","Jo"],"_given":[{"id":"g"},null]"#))
        let replaced = try change(head("replace", "Patient.birthDate"), value(#""valueDate":"1971""#))
        #expect(replaced.contains(#""birthDate":"1971""#) && !replaced.contains("_birthDate"))
        let extended = try change(
            head("add", "Patient.name.given[0]"), Patched.part("name", #""valueString":"extension""#),
            value(#""part":[{"name":"url","valueUri":"w"}]"#))
        #expect(extended.contains(#""_given":[{"extension":[{"url":"w"}]},{"id":"g"}]"#))
        let gone = try change(head("delete", "Patient.birthDate"))
        #expect(!gone.contains("irthDate"))
    }

    @Test func `what a deletion leaves empty goes too`() throws {
        let deleted = try change(head("delete", "Patient.contact.name.text"))
        #expect(!deleted.contains("contact") && deleted.contains("extension"))
        #expect(
            try change(head("delete", "Patient.photo")) == Patched.path(Self.patient, #"{"resourceType":"Parameters"}"#)
        )
    }

    @Test func `a narrative's element is not taken for an operator`() throws {
        let resource = #"{"resourceType":"Patient","text":{"status":"empty","div":"<div/>"},"name":[{"text":".div"}]}"#
        for path in ["Patient.text.div", "Patient.text.where(%resource.name.text = '.div').div"] {
            let patch = Patched.operation(Patched.head("replace", path), Patched.part("value", #""valueString":"x""#))
            #expect(try Patched.path(resource, patch).contains(#""div":"x""#), "\(path)")
        }
    }

    @Test func `a resource can be added where one belongs`() throws {
        let made = try change(
            head("add", "Patient"), Patched.part("name", #""valueString":"contained""#),
            value(#""resource":{"resourceType":"Organization","id":"o"}"#))
        #expect(made.hasSuffix(#""contained":[{"resourceType":"Organization","id":"o"}]}"#))
        #expect(throws: PatchError.self) {
            try change(
                head("add", "Patient"), Patched.part("name", #""valueString":"managingOrganization""#),
                value(#""resource":{"resourceType":"Organization","id":"o"}"#))
        }
    }

    private static let wrong: [(parts: [String], text: String)] = [
        ([Patched.head("replace", "Patient.photo.title"), string("value", "x")], "nothing"),
        ([Patched.head("delete", "Patient.name.given")], "2 elements"), ([Patched.head("delete", "Patient")], "whole"),
        ([Patched.head("delete", "Patient.name.given.count()")], "computed"),
        ([Patched.head("delete", "Patient.name.where(")], "path"), ([Patched.head("remove", "Patient.name")], "remove"),
        ([Patched.head("delete", "Patient.name"), number("index", 1)], "takes no index"),
        ([Patched.head("add", "Patient"), string("name", "nmae"), string("value", "x")], "nmae"),
        ([Patched.head("add", "Patient"), string("name", "birthDate"), string("value", "1971")], "already"),
        ([Patched.head("insert", "Patient.name.given"), number("index", 3), string("value", "x")], "2 elements"),
        ([Patched.head("insert", "Patient.name.given[0]"), number("index", 0), string("value", "x")], "whole list"),
        ([Patched.head("move", "Patient.name.given"), number("source", 0), number("destination", 2)], "2 elements"),
        ([Patched.head("move", "Patient.name.given"), number("source", -1), number("destination", 1)], "whole number"),
        ([Patched.head("replace", "Patient.active"), Patched.part("value", #""id":"x""#)], "value"),
    ]

    private static func string(_ name: String, _ text: String) -> String {
        Patched.part(name, #""valueString":"\#(text)""#)
    }

    private static func number(_ name: String, _ value: Int) -> String {
        Patched.part(name, #""valueInteger":\#(value)"#)
    }

    @Test func `an error names the operation`() {
        for (parts, text) in Self.wrong {
            let error = #expect(throws: PatchError.self, "\(parts)") { try change(parts.joined(separator: ",")) }
            #expect(error?.operation == 0, "\(error?.description ?? "")")
            #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
        }
    }

    @Test func `random operations leave a resource that can be read`() throws {
        var random = SeededRandom(seed: 11)
        let paths = [
            "Patient", "Patient.name", "Patient.name.given", "Patient.name.given[0]", "Patient.birthDate",
            "Patient.contact", "Patient.contact.name", "Patient.extension", "Patient.extension.value",
            "Patient.multipleBirth", "Patient.id", "Patient.name.family", "Patient.descendants()", "Patient.children()",
        ]
        let names = ["name", "given", "extension", "value", "contact", "id", "active", "deceased", "url"]
        let values = [
            #""valueString":"x""#, #""valueBoolean":true"#, #""valueHumanName":{"family":"F"}"#, #""valueInteger":1"#,
            #""part":[{"name":"url","valueUri":"w"}]"#, #""resource":{"resourceType":"Patient"}"#,
            #""_valueString":{"id":"q"}"#,
        ]
        var applied = 0
        for _ in 0..<300 {
            var resource = Self.patient
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let path = paths.randomElement(using: &random) ?? ""
                let value = Patched.part("value", values.randomElement(using: &random) ?? "")
                func number(_ name: String) -> String {
                    Patched.part(name, #""valueInteger":\#(Int.random(in: 0...2, using: &random))"#)
                }
                let name = Patched.part("name", #""valueString":"\#(names.randomElement(using: &random) ?? "")""#)
                let parts =
                    switch Int.random(in: 0..<5, using: &random) {
                    case 0: [head("add", path), name, value]
                    case 1: [head("insert", path), number("index"), value]
                    case 2: [head("delete", path)]
                    case 3: [head("replace", path), value]
                    default: [head("move", path), number("source"), number("destination")]
                    }
                let patch =
                    #"{"resourceType":"Parameters","parameter":[{"name":"operation","part":["#
                    + parts.joined(separator: ",") + "]}]}"
                guard let result = try? Patched.path(resource, patch) else { continue }
                applied += 1
                #expect(try Patched.path(result, #"{"resourceType":"Parameters"}"#) == result)
                resource = result
            }
        }
        #expect(applied > 50)
    }
}
