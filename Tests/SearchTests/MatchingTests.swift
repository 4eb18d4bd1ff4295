import Base
import Search
import Testing

@Suite struct MatchingTests {
    private func observation(_ members: String) -> String {
        #"{"resourceType":"Observation","id":"o",\#(members)}"#
    }

    /// Which prefixes hold for a date or number.
    private func holding(_ type: String, _ json: String, _ parameter: String, _ value: String) throws -> [String] {
        let bench = try Bench()
        return try SearchPrefix.allCases.map(\.rawValue).filter {
            try bench.matches(json, bench.query(type, parameter, $0 + value))
        }
    }

    @Test(arguments: [
        // A whole day in and around a year, a month, a day, a minute.
        ("2013-01-14", "2013", ["eq", "ge", "le", "ap"]),
        ("2013-01-14", "2013-01-14", ["eq", "ge", "le", "ap"]),
        ("2013-01-14", "2013-01-14T00:00", ["ne", "gt", "ge", "ap"]),
        ("2013-01-14", "2013-01-14T12:00", ["ne", "gt", "lt", "ge", "le", "ap"]),
        ("2013-01-14", "2013-01-13", ["ne", "gt", "ge", "sa", "ap"]),
        ("2013-01-14", "2013-01-15", ["ne", "lt", "le", "eb", "ap"]),
        ("2013-01-14", "2100", ["ne", "lt", "le", "eb"]),
        // A moment: a day's edge belongs to the day, whatever the zone it is written in.
        ("2013-01-14T23:59:59.999Z", "2013-01-14", ["eq", "ge", "le", "ap"]),
        ("2013-01-14T23:30:00-05:00", "2013-01-15", ["eq", "ge", "le", "ap"]),
        ("2013-01-14T10:00:00Z", "2013-01-14T10:00:00+01:00", ["ne", "gt", "ge", "sa", "ap"]),
        ("2013-01-14T10:00:00Z", "2013-01-14T10:00", ["eq", "ge", "le", "ap"]),
    ])
    func `a date is compared by its precision`(target: String, value: String, expected: [String]) throws {
        let json = observation(#""effectiveDateTime":"\#(target)""#)
        #expect(try holding("Observation", json, "date", value) == expected)
    }

    @Test(arguments: [
        (#"{"start":"2013-01-10","end":"2013-01-20"}"#, "2013-01", ["eq", "ge", "le", "ap"]),
        (#"{"start":"2013-01-10","end":"2013-01-20"}"#, "2013-01-15", ["ne", "gt", "lt", "ge", "le", "ap"]),
        (#"{"start":"2013-01-10"}"#, "2013", ["ne", "gt", "ge", "ap"]),
        (#"{"end":"2013-01-10"}"#, "2013", ["ne", "lt", "le", "ap"]),
        (#"{"start":"2013-01-10"}"#, "2012-01-10T00:00:00Z", ["ne", "gt", "ge", "sa", "ap"]),
    ])
    func `a period is compared by its ends, open ones without limit`(
        period: String, value: String, expected: [String]
    ) throws {
        let json = observation(#""effectivePeriod":\#(period)"#)
        #expect(try holding("Observation", json, "date", value) == expected)
    }

    @Test(arguments: [
        ("100", "100", ["eq", "ge", "le", "ap"]),
        ("99.5", "100", ["eq", "lt", "le", "eb", "ap"]),
        ("100.5", "100", ["ne", "gt", "ge", "sa", "ap"]),
        ("100.49999999999999999999999999", "100", ["eq", "gt", "ge", "sa", "ap"]),
        ("100.00", "100.0000", ["eq", "ge", "le", "ap"]),
        ("100.00005", "100.0000", ["ne", "gt", "ge", "sa", "ap"]),
        ("110", "100", ["ne", "gt", "ge", "sa", "ap"]), ("110.1", "100", ["ne", "gt", "ge", "sa"]),
        ("95", "1e2", ["eq", "lt", "le", "eb", "ap"]), ("94.99", "1e2", ["ne", "lt", "le", "eb", "ap"]),
        ("89.99", "1.00e2", ["ne", "lt", "le", "eb"]),
        ("-7", "-7.4", ["ne", "gt", "ge", "sa", "ap"]), ("-7.25e-3", "-0.00725", ["eq", "ge", "le", "ap"]),
        ("0.1", "1e-1", ["eq", "ge", "le", "ap"]), ("0", "0", ["eq", "ge", "le", "ap"]),
        ("0.30000000000000004", "0.3000000000000000", ["eq", "gt", "ge", "sa", "ap"]),
        ("9007199254740993", "9007199254740992", ["ne", "gt", "ge", "sa", "ap"]),
    ])
    func `a number is compared exactly, and equals what rounds to it`(
        target: String, value: String, expected: [String]
    ) throws {
        let risk = #"{"resourceType":"RiskAssessment","prediction":[{"probabilityDecimal":\#(target)}]}"#
        #expect(try holding("RiskAssessment", risk, "probability", value) == expected)
        let json = observation(#""valueQuantity":{"value":\#(target)}"#)
        #expect(try holding("Observation", json, "value-quantity", value) == expected)
    }

    @Test(arguments: [
        ("value-quantity", "5", true), ("value-quantity", "5||mg", true), ("value-quantity", "5||milligram", true),
        ("value-quantity", "5|http://unitsofmeasure.org|mg", true),
        ("value-quantity", "5|http://unitsofmeasure.org|g", false),
        ("value-quantity", "0.005|http://unitsofmeasure.org|g", true),
        ("value-quantity", "5000|http://unitsofmeasure.org|ug", true),
        ("value-quantity", "5|http://unitsofmeasure.org|mL", false),
        ("value-quantity", "5|http://unitsofmeasure.org|milligram", false), ("value-quantity", "5|urn:other|mg", false),
        ("value-quantity", "6,5||mg", true), ("combo-value-quantity", "lt9||mg", true),
        ("component-value-quantity", "5", false),
        ("code", "1234-5", true), ("code", "http://loinc.org|1234-5", true), ("code", "|1234-5", false),
        ("code", "|local", true), ("code", "http://loinc.org|local", false), ("code", "http://loinc.org|", true),
        ("code", "1234-5,nothing", true), ("code", "LOCAL", false), ("code:not", "1234-5", false),
        ("code:not", "other", true),
        ("code:text", "blood p", true), ("code:text", "pressure", false), ("combo-code", "local", true),
        ("status", "final", true), ("status", "http://hl7.org/fhir/observation-status|final", true),
        ("status", "http://hl7.org/fhir/other|final", false), ("status", "|final", true),
        ("subject", "Patient/p1", true), ("subject", "p1", true), ("patient", "p1", true),
        ("subject:Patient", "p1", true),
        ("subject:Device", "p1", false), ("subject", "Group/p1", false), ("subject", "Patient/p1/_history/2", true),
        ("subject", "Patient/p1/_history/3", false), ("subject", "https://own.example/fhir/Patient/p1", true),
        ("subject", "https://other.example/fhir/Patient/p1", false), ("subject:identifier", "urn:mrn|77", true),
        ("subject:identifier", "77", true), ("subject:identifier", "urn:x|77", false),
        ("subject:missing", "false", true),
        ("encounter:missing", "true", true), ("encounter:missing", "false", false), ("status:missing", "true", false),
        ("code-value-quantity", "1234-5$gt4", true), ("code-value-quantity", "1234-5$gt5", false),
        ("_tag", "urn:t|a", true), ("_security", "R", true), ("_profile", "http://x/p", true),
        ("_source", "urn:s", true),
        ("_profile", "http://x/", false), ("performer", "https://other.example/fhir/Practitioner/9", true),
        ("performer", "9", false),
    ])
    func `an observation is found by what it holds and by nothing else`(
        parameter: String, value: String, expected: Bool
    ) throws {
        let json = observation(
            #"""
            "meta":{"profile":["http://x/p"],"source":"urn:s","tag":[{"system":"urn:t","code":"a"}],
            "security":[{"code":"R"}]},
            "status":"final","code":{"coding":[{"system":"http://loinc.org","code":"1234-5","display":"Blood pressure"},
            {"code":"local"}],"text":"Blood Press"},
            "subject":{"reference":"Patient/p1/_history/2","identifier":{"system":"urn:mrn","value":"77"}},
            "performer":[{"reference":"https://other.example/fhir/Practitioner/9"}],
            "valueQuantity":{"value":5,"unit":"milligram","system":"http://unitsofmeasure.org","code":"mg"}
            """#)
        let bench = try Bench()
        #expect(try bench.matches(json, bench.query("Observation", parameter, value)) == expected)
    }

    @Test func `the parts of a composite must hold for the same element`() throws {
        let json = observation(
            #"""
            "component":[{"code":{"coding":[{"code":"sys"}]},"valueQuantity":{"value":140}},
            {"code":{"coding":[{"code":"dia"}]},"valueQuantity":{"value":80}}]
            """#)
        let bench = try Bench()
        func holds(_ value: String) throws -> Bool {
            try bench.matches(json, bench.query("Observation", "component-code-value-quantity", value))
        }
        #expect(try holds("sys$140"))
        #expect(try holds("dia$lt90"))
        #expect(try !holds("sys$80"))
        #expect(try !holds("dia$140"))
    }

    @Test(arguments: [
        ("name", "jürg", true), ("name", "JURG", true), ("name", "urgen", false), ("name:contains", "RGEN", true),
        ("name", "o'brien", true), ("name", "obrien-smi", true), ("name", "OBrien Smith", true),
        ("name", "smith", false),
        ("name:exact", "Jürgen", true), ("name:exact", "Jurgen", false), ("name:exact", "jürgen", false),
        ("family", "jürg", false),
        ("given", "li,jurgen", true), ("name", "李", true), ("name", "明", false), ("phonetic", "jurgen", true),
        ("gender", "male", true), ("gender", "http://hl7.org/fhir/administrative-gender|male", true),
        ("active", "true", true),
        ("active", "false", false), ("deceased", "false", true), ("birthdate", "1990", true),
        ("death-date:missing", "true", true),
        ("identifier", "urn:ssn|123", true), ("identifier", "urn:mrn|123", false),
        ("identifier:of-type", "http://t|SS|123", true),
        ("identifier:of-type", "http://t|MR|123", false), ("email", "a@b.org", true), ("phone", "a@b.org", false),
        ("telecom", "email|a@b.org", true), ("address-city", "sao paulo", true), ("address", "rua", true),
        ("identifier", "urn:ssn|", true), ("identifier", "urn:nothing|", false),
    ])
    func `a patient is found by what it holds and by nothing else`(
        parameter: String, value: String, expected: Bool
    ) throws {
        let json = #"""
            {"resourceType":"Patient","active":true,"gender":"male","birthDate":"1990-05-06",
            "identifier":[{"system":"urn:ssn","value":"123","type":{"coding":[{"system":"http://t","code":"SS"}]}},
            {"system":"urn:mrn","value":"456"}],"telecom":[{"system":"email","value":"a@b.org"}],
            "name":[{"family":"O'Brien-Smith","given":["Jürgen","李明"]}],
            "address":[{"line":["Rua 1"],"city":"São Paulo"}]}
            """#
        let bench = try Bench()
        #expect(try bench.matches(json, bench.query("Patient", parameter, value)) == expected)
    }

    @Test(arguments: [
        ("47.5|19.05|1|km", true), ("47.5|19.2|10|km", false), ("47.5|19.2|12|km", true), ("47.5|19.05", true),
    ])
    func `a place is found within a distance`(value: String, expected: Bool) throws {
        let json = #"{"resourceType":"Location","position":{"latitude":47.5,"longitude":19.05}}"#
        let bench = try Bench()
        #expect(try bench.matches(json, bench.query("Location", "near", value)) == expected)
    }

    @Test func `a composite in which the resource gives a part is found`() throws {
        let json = #"""
            {"resourceType":"MolecularSequence","referenceSeq":{"chromosome":{"coding":[{"code":"1"}]},"windowStart":1},
            "variant":[{"start":10,"end":20},{"start":30,"end":40}]}
            """#
        let bench = try Bench()
        func holds(_ value: String) throws -> Bool {
            try bench.matches(json, bench.query("MolecularSequence", "chromosome-variant-coordinate", value))
        }
        #expect(try holds("1$ge10$le20"))
        #expect(try !holds("1$ge25$le35"))
        #expect(try !holds("2$ge10$le20"))
    }
}
