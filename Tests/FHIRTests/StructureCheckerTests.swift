import Base
import FHIR
import JSONTape
import Testing

/// A bad resource and what is found in it: "code path" each.
struct BadResource: CustomTestStringConvertible, Sendable {
    var text: String
    var expected: [String]
    var testDescription: String { expected.joined(separator: ", ") }

    init(_ text: String, _ expected: String...) {
        self.text = text
        self.expected = expected
    }

    /// A patient with these members.
    static func patient(_ members: String, _ expected: String...) -> BadResource {
        var bad = BadResource(#"{"resourceType":"Patient",\#(members)}"#)
        bad.expected = expected
        return bad
    }

    /// An observation that is whole, and these members.
    static func observation(_ members: String, _ expected: String...) -> BadResource {
        var bad = BadResource(
            #"{"resourceType":"Observation","status":"final","code":{"text":"a"},\#(members)}"#)
        bad.expected = expected
        return bad
    }

    /// A patient with an extension that has this value.
    static func value(_ member: String, _ expected: String...) -> BadResource {
        var bad = patient(#""extension":[{"url":"http://a","value\#(member)}]"#)
        bad.expected = expected.map { $0.replacing(" ", with: " Patient.extension[0].value", maxReplacements: 1) }
        return bad
    }
}

@Suite struct StructureCheckerTests {
    static let bad: [BadResource] = [
        // Resource types
        BadResource(#"{"resourceType":"Pateint"}"#, "unknownResourceType Pateint.resourceType"),
        BadResource(#"{"resourceType":"Resource"}"#, "unknownResourceType Resource.resourceType"),
        BadResource(#"{"resourceType":5}"#, "unknownResourceType resource.resourceType"),
        BadResource(#"{"id":"a"}"#, "unknownResourceType resource"),
        BadResource("{}", "unknownResourceType resource"),
        BadResource("[]", "wrongType resource"),
        BadResource("null", "wrongType resource"),
        BadResource(
            #"{"resourceType":"Patient","resourceType":"Patient"}"#, "duplicateKey Patient.resourceType"),
        // Elements
        .patient(#""birthdate":"1970-01-01""#, "unknownElement Patient.birthdate"),
        .patient(#""name":[{"given":["A"],"resourceType":"Patient"}]"#, "unknownElement Patient.name[0].resourceType"),
        .patient(#""valueQuantity":{"value":1}"#, "unknownElement Patient.valueQuantity"),
        .patient(#""_name":{}"#, "unknownElement Patient._name"),
        .patient(#""name":[{"family":"A"},{"family":"B","familie":"C"}]"#, "unknownElement Patient.name[1].familie"),
        .patient(#""contact":[{"nam":{}}]"#, "unknownElement Patient.contact[0].nam"),
        // JSON types
        .patient(#""birthDate":5"#, "wrongType Patient.birthDate"),
        .patient(#""active":"true""#, "wrongType Patient.active"),
        .patient(#""active":{}"#, "wrongType Patient.active"),
        .patient(#""multipleBirthInteger":"1""#, "wrongType Patient.multipleBirthInteger"),
        .patient(#""maritalStatus":"M""#, "wrongType Patient.maritalStatus"),
        .patient(#""name":["A"]"#, "wrongType Patient.name[0]"),
        .patient(#""text":"<div/>""#, "wrongType Patient.text"),
        .patient(#""text":{"status":"generated","div":{}}"#, "wrongType Patient.text.div"),
        .patient(#""contained":["a"]"#, "wrongType Patient.contained[0]"),
        // Arrays
        .patient(#""name":{"family":"A"}"#, "notAnArray Patient.name"),
        .patient(#""name":[{"given":"A"}]"#, "notAnArray Patient.name[0].given"),
        .patient(#""birthDate":["1970-01-01"]"#, "unexpectedArray Patient.birthDate"),
        .patient(#""name":[[{"family":"A"}]]"#, "wrongType Patient.name[0]"),
        .patient(#""maritalStatus":[{"text":"M"}]"#, "unexpectedArray Patient.maritalStatus"),
        // Empty and null
        .patient(#""name":[]"#, "empty Patient.name"),
        .patient(#""name":[{}]"#, "empty Patient.name[0]"),
        .patient(#""id":"""#, "badFormat Patient.id"),
        .patient(#""name":[{"family":""}]"#, "badFormat Patient.name[0].family"),
        .patient(#""birthDate":null"#, "misplacedNull Patient.birthDate"),
        .patient(#""name":[null]"#, "misplacedNull Patient.name[0]"),
        .patient(#""name":[{"given":["A",null]}]"#, "misplacedNull Patient.name[0].given[1]"),
        .patient(#""contained":[null]"#, "misplacedNull Patient.contained[0]"),
        // Duplicates and choices
        .patient(#""id":"a","id":"b""#, "duplicateKey Patient.id"),
        .patient(#""name":[{"family":"A","family":"A"}]"#, "duplicateKey Patient.name[0].family"),
        .patient(#""_id":{"id":"a"},"_id":{"id":"b"}"#, "duplicateKey Patient._id"),
        .patient(
            #""deceasedBoolean":true,"deceasedDateTime":"2020""#, "severalChoices Patient.deceasedDateTime"),
        .patient(#""deceasedBoolean":true,"deceasedBoolean":true"#, "duplicateKey Patient.deceasedBoolean"),
        .patient(
            #""deceasedBoolean":true,"_deceasedDateTime":{"id":"a"}"#, "severalChoices Patient._deceasedDateTime"),
        .observation(#""valueString":"a","valueInteger":1"#, "severalChoices Observation.valueInteger"),
        // Primitive extensions
        .patient(#""_birthDate":"a""#, "wrongType Patient._birthDate"),
        .patient(#""_birthDate":[{"id":"a"}]"#, "unexpectedArray Patient._birthDate"),
        .patient(#""_birthDate":null"#, "misplacedNull Patient._birthDate"),
        .patient(#""_birthDate":{}"#, "empty Patient._birthDate"),
        .patient(#""_birthDate":{"value":"a"}"#, "unknownElement Patient._birthDate.value"),
        .patient(#""name":[{"_given":{"id":"a"}}]"#, "notAnArray Patient.name[0]._given"),
        .patient(
            #""name":[{"given":["A",null],"_given":[null,null]}]"#, "misplacedNull Patient.name[0]._given[1]"),
        .patient(#""name":[{"_given":[null]}]"#, "misplacedNull Patient.name[0]._given[0]"),
        .patient(
            #""name":[{"given":["A"],"_given":[null,{"id":"a"}]}]"#, "notParallel Patient.name[0]._given"),
        .patient(#""name":[{"given":["A","B"],"_given":[{"id":"a"}]}]"#, "notParallel Patient.name[0]._given"),
        .patient(#""name":[{"given":["A"],"_given":["a"]}]"#, "wrongType Patient.name[0]._given[0]"),
        // What must be there
        BadResource(
            #"{"resourceType":"Observation","id":"a"}"#, "missing Observation.status", "missing Observation.code"),
        .patient(#""extension":[{"valueString":"a"}]"#, "missing Patient.extension[0].url"),
        .patient(#""link":[{"type":"refer"}]"#, "missing Patient.link[0].other"),
        BadResource(
            #"{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"display":"a"}}"#,
            "missing MedicationRequest.medication[x]"),
        // Codes
        .patient(#""gender":"m""#, "unknownCode Patient.gender"),
        .patient(#""gender":"Male""#, "unknownCode Patient.gender"),
        .patient(#""name":[{"use":"none"}]"#, "unknownCode Patient.name[0].use"),
        .patient(#""gender":"male ""#, "badFormat Patient.gender"),
        .value(#"Code":"a  b""#, "badFormat Code"),
        // Numbers
        .value(#"Integer":1.0"#, "badFormat Integer"),
        .value(#"Integer":2147483648"#, "badFormat Integer"),
        .value(#"Integer":-2147483649"#, "badFormat Integer"),
        .value(#"Integer":1e3"#, "badFormat Integer"),
        .value(#"UnsignedInt":-1"#, "badFormat UnsignedInt"),
        .value(#"PositiveInt":0"#, "badFormat PositiveInt"),
        .value(#"Decimal":"1.5""#, "wrongType Decimal"),
        // Texts
        .value(#"String":"a\u0001b""#, "badFormat String"),
        .value(#"String":"12345678\u000b12345678""#, "badFormat String"),
        .value(#"Id":"a_b""#, "badFormat Id"),
        .value(#"Id":"12345678901234567890123456789012345678901234567890123456789012345""#, "badFormat Id"),
        .value(#"Uri":"http://a b""#, "badFormat Uri"),
        .value(#"Oid":"urn:oid:1.02""#, "badFormat Oid"),
        .value(#"Oid":"urn:oid:3.1""#, "badFormat Oid"),
        .value(#"Oid":"1.2.3""#, "badFormat Oid"),
        .value(#"Uuid":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520x""#, "badFormat Uuid"),
        .value(#"Base64Binary":"abc""#, "badFormat Base64Binary"),
        .value(#"Base64Binary":"ab=c""#, "badFormat Base64Binary"),
        .value(#"Base64Binary":"====""#, "badFormat Base64Binary"),
        // Dates and times
        .patient(#""birthDate":"1970-13-01""#, "badFormat Patient.birthDate"),
        .patient(#""birthDate":"1970-02-29""#, "badFormat Patient.birthDate"),
        .patient(#""birthDate":"1900-02-29""#, "badFormat Patient.birthDate"),
        .patient(#""birthDate":"0000""#, "badFormat Patient.birthDate"),
        .patient(#""birthDate":"1970-1-1""#, "badFormat Patient.birthDate"),
        .patient(#""birthDate":"1970-01-01T00:00:00Z""#, "badFormat Patient.birthDate"),
        .value(#"DateTime":"2020-01-01T10:00:00""#, "badFormat DateTime"),
        .value(#"DateTime":"2020-01-01T10:00Z""#, "badFormat DateTime"),
        .value(#"DateTime":"2020-01-01T24:00:00Z""#, "badFormat DateTime"),
        .value(#"DateTime":"2020-01-01T10:00:00+14:01""#, "badFormat DateTime"),
        .value(#"DateTime":"2020-01-01T10:00:00.Z""#, "badFormat DateTime"),
        .value(#"DateTime":"2020-01-01 10:00:00Z""#, "badFormat DateTime"),
        .value(#"Instant":"2020-01-01""#, "badFormat Instant"),
        .value(#"Time":"10:00""#, "badFormat Time"),
        .value(#"Time":"10:00:61""#, "badFormat Time"),
        .value(#"Time":"10:00:00Z""#, "badFormat Time"),
        // Resources in resources
        .patient(
            #""contained":[{"resourceType":"Observation","status":"done","code":{"text":"a"}}]"#,
            "unknownCode Patient.contained[0].status"),
        .patient(#""contained":[{"id":"a"}]"#, "unknownResourceType Patient.contained[0]"),
        BadResource(
            #"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","x":1}}]}"#,
            "unknownElement Bundle.entry[0].resource.x"),
        BadResource(
            #"{"resourceType":"Bundle","type":"batches","entry":{"fullUrl":"a"}}"#,
            "unknownCode Bundle.type", "notAnArray Bundle.entry"),
    ]

    @Test(arguments: bad) func `what is wrong is found where it is`(_ bad: BadResource) throws {
        #expect(try Checked(bad.text).summary == bad.expected)
    }

    static let good: [String] = [
        #"{"resourceType":"Patient"}"#,
        #"{"resourceType":"Patient","_birthDate":{"extension":[{"url":"a","valueCode":"unknown"}]}}"#,
        #"{"resourceType":"Patient","name":[{"given":["A",null],"_given":[null,{"id":"a"}]}]}"#,
        #"{"resourceType":"Patient","name":[{"_given":[{"id":"a"}]}]}"#,
        #"{"resourceType":"Patient","deceasedBoolean":true,"_deceasedBoolean":{"id":"a"}}"#,
        #"{"resourceType":"Patient","birthDate":"2000-02-29","gender":"unknown"}"#,
        #"{"resourceType":"Patient","extension":[{"url":"a","valueDateTime":"2016-12-31T23:59:60.5+14:00"}]}"#,
        #"{"resourceType":"Patient","extension":[{"url":"a","valueTime":"23:59:60.123456789"}]}"#,
        #"{"resourceType":"Patient","extension":[{"url":"a","valueInteger":-2147483648}]}"#,
        #"{"resourceType":"Patient","extension":[{"url":"a","valueDecimal":1.50e-7}]}"#,
        #"{"resourceType":"Patient","extension":[{"url":"a","valueOid":"urn:oid:0.0.1234567890123456789"}]}"#,
        #"{"resourceType":"Patient","extension":[{"url":"a","valueUuid":"urn:uuid:C757873D-ec9a-4326-a141-556f43239520"}]}"#,
        #"{"resourceType":"Patient","extension":[{"url":"a","valueBase64Binary":"YWJj\nZGU="}]}"#,
        #"{"resourceType":"Patient","extension":[{"url":"a","valueString":" \tä\r\n"}]}"#,
        #"{"resourceType":"Observation","_status":{"id":"a"},"code":{"text":"a"}}"#,
    ]

    @Test(arguments: good) func `what R4 allows passes`(_ text: String) throws {
        #expect(try Checked(text).summary == [])
    }

    @Test func `a missing part of a part is a warning, a missing part of a resource an error`() throws {
        let part = try Checked(#"{"resourceType":"Patient","link":[{"type":"refer"}]}"#)
        #expect(part.findings.map(\.severity) == [.warning])
        let whole = try Checked(#"{"resourceType":"Observation","status":"final"}"#)
        #expect(whole.findings.map(\.severity) == [.error])
    }

    @Test func `references are found in document order, in extensions and contained resources too`() throws {
        let checked = try Checked(
            ##"{"resourceType":"Patient","meta":{"profile":["http://p"]},"##
                + ##""contained":[{"resourceType":"Encounter","status":"finished","class":{"system":"urn:s"},"##
                + ##""subject":{"reference":"#p"}}],"##
                + ##""extension":[{"url":"http://u","valueReference":{"reference":"Group/1"}},"##
                + ##"{"url":"http://u","valueUri":"urn:uuid:1"}],"##
                + ##""managingOrganization":{"reference":"Organization/1"}}"##)
        #expect(checked.summary == [])
        #expect(checked.references.map(\.text) == ["http://p", "#p", "Group/1", "urn:uuid:1", "Organization/1"])
        #expect(checked.references.map(\.kind) == [.uri, .reference, .reference, .uri, .reference])
    }

    @Test func `a resource that is wrong everywhere gets a bounded list`() throws {
        let members = (0..<5000).map { #""x\#($0)":1"# }.joined(separator: ",")
        let checked = try Checked("{\"resourceType\":\"Patient\",\(members)}")
        #expect(checked.findings.count == StructureChecker.findingsMax + 1)
        #expect(checked.findings.last?.code == .tooMany)
        let nulls = Array(repeating: "null", count: 100_000).joined(separator: ",")
        let arrays = try Checked(#"{"resourceType":"Patient","name":[{"given":[\#(nulls)],"_given":[\#(nulls)]}]}"#)
        #expect(arrays.findings.count == StructureChecker.findingsMax + 1)
    }

    @Test func `nesting is bounded`() throws {
        var text = #"{"url":"a","valueString":"a"}"#
        for _ in 0..<200 { text = #"{"url":"a","extension":[\#(text)]}"# }
        let checked = try Checked(#"{"resourceType":"Patient","extension":[\#(text)]}"#)
        #expect(checked.findings.map(\.code) == [.tooDeep])
        var resource = #"{"resourceType":"Patient"}"#
        for _ in 0..<200 { resource = #"{"resourceType":"Patient","contained":[\#(resource)]}"# }
        #expect(try Checked(resource).findings.map(\.code) == [.tooDeep])
    }
}
