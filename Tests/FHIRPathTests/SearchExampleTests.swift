import FHIR
import FHIRPath
import Foundation
import JSONTape
import TestSupport
import Testing

/// What search parameters find in the specification's examples, each checked by hand.
@Suite struct SearchExampleTests {
    private struct Case {
        var file: String
        var code: String
        /// "type value" of each item; of objects only their source up to a comma is compared.
        var wanted: [String]
    }

    private static let cases: [Case] = [
        Case(file: "Patient-example", code: "family", wanted: ["string Chalmers", "string Windsor"]),
        Case(
            file: "Patient-example", code: "given",
            // A union leaves out what is there already; a path that stands alone does not.
            wanted: ["string Peter", "string James", "string Jim"]),
        Case(file: "Patient-example", code: "birthdate", wanted: ["date 1974-12-25"]),
        Case(file: "Patient-example", code: "deceased", wanted: ["boolean false"]),
        Case(file: "Patient-example", code: "death-date", wanted: []),
        Case(file: "Patient-example", code: "email", wanted: []),
        Case(
            file: "Patient-example", code: "phone",
            wanted: [
                #"ContactPoint {"system": "phone""#, #"ContactPoint {"system": "phone""#,
                #"ContactPoint {"system": "phone""#,
            ]),
        Case(file: "Patient-example", code: "address-city", wanted: ["string PleasantVille"]),
        Case(file: "Patient-example", code: "organization", wanted: [#"Reference {"reference": "Organization/1"}"#]),
        Case(file: "Patient-example", code: "active", wanted: ["boolean true"]),
        Case(
            file: "Observation-blood-pressure", code: "combo-value-quantity",
            wanted: [#"Quantity {"value": 107"#, #"Quantity {"value": 60"#]),
        Case(file: "Observation-blood-pressure", code: "value-quantity", wanted: []),
        Case(
            file: "Observation-blood-pressure", code: "patient",
            wanted: [#"Reference {"reference": "Patient/example"}"#]),
        Case(file: "Observation-blood-pressure", code: "date", wanted: ["dateTime 2012-09-17"]),
        Case(file: "Observation-bmi", code: "value-quantity", wanted: [#"Quantity {"value": 16.2"#]),
        Case(file: "Condition-example2", code: "onset-info", wanted: ["string approximately November 2012"]),
        Case(file: "Condition-example2", code: "onset-date", wanted: []),
        Case(file: "Condition-f202", code: "onset-age", wanted: [#"Age {"value": 52"#]),
        Case(file: "Condition-f202", code: "abatement-age", wanted: [#"Age {"value": 54"#]),
        Case(
            file: "Library-composition-example", code: "composed-of",
            wanted: [
                "canonical ActivityDefinition/administer-zika-virus-exposure-assessment",
                "canonical ActivityDefinition/order-serum-zika-dengue-virus-igm",
                "canonical ActivityDefinition/provide-mosquito-prevention-advice",
                "canonical Library/zika-virus-intervention-logic", "canonical PlanDefinition/zika-virus-intervention",
                "canonical Questionnaire/zika-virus-exposure-assessment",
            ]),
        Case(file: "Library-composition-example", code: "derived-from", wanted: []),
        Case(file: "Goal-example", code: "start-date", wanted: ["date 2015-04-05"]),
        Case(file: "Goal-example", code: "target-date", wanted: ["date 2016-04-05"]),
        Case(
            file: "MedicationRequest-medrx0301", code: "medication",
            wanted: [##"Reference {"reference": "#med0310"}"##]),
        Case(file: "MedicationRequest-medrx0301", code: "code", wanted: []),
        Case(file: "Bundle-f202", code: "composition", wanted: [#"DiagnosticReport {"resourceType""#]),
        // The contained Patient answers what "#patsub" is.
        Case(
            file: "QuestionnaireResponse-3141", code: "patient",
            wanted: [##"Reference {"reference": "#patsub"}"##]),
        Case(
            file: "Person-pp", code: "patient",
            wanted: [
                #"Reference {"reference": "http://www.goodhealth.com/Patient/98574""#,
                #"Reference {"reference": "http://www.acme-medical.com/Patient/ab34d""#,
            ]),
        Case(file: "Person-pp", code: "practitioner", wanted: []),
        Case(file: "Group-herd1", code: "value", wanted: [#"CodeableConcept {"text": "female"}"#]),
        Case(
            file: "Substance-f205", code: "substance-reference",
            wanted: [##"Reference {"reference": "#ingr1"}"##, ##"Reference {"reference": "#ingr2"}"##]),
        Case(file: "RiskAssessment-population", code: "patient", wanted: []),
        Case(file: "Encounter-f001", code: "length", wanted: [#"Duration {"value": 140"#]),
        Case(file: "Encounter-f001", code: "practitioner", wanted: [#"Reference {"reference": "Practitioner/f002""#]),
        Case(file: "Account-example", code: "patient", wanted: [#"Reference {"reference": "Patient/example""#]),
        Case(file: "Account-example", code: "period", wanted: [#"Period {"start": "2016-01-01""#]),
        // An agent that is known only by an identifier points at no Patient.
        Case(file: "AuditEvent-example", code: "patient", wanted: []),
        Case(file: "AuditEvent-example", code: "date", wanted: ["instant 2012-10-25T22:04:27+11:00"]),
    ]

    /// The start of an item: of an object up to the second member, in one line.
    private func brief(_ found: Found) -> String {
        guard found.value.hasPrefix("{") else { return found.description }
        let line = found.value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            .replacing("{ ", with: "{").replacing(" }", with: "}")
        let isResource = line.hasPrefix(#"{"resourceType""#)
        let end = line.firstIndex(of: isResource ? ":" : ",") ?? line.endIndex
        return "\(found.type) \(line[..<end])"
    }

    @Test(.enabled(if: SharedData.has("data/examples/r4-examples.zip"), "needs shared/data/examples/r4-examples.zip"))
    func `search parameters find in the examples what a reader finds`() throws {
        let zip = try #require(SharedData.file("data/examples/r4-examples.zip"))
        var sources: [String: [UInt8]] = [:]
        try SharedData.eachFile(of: zip) { name, bytes in sources[String(name.dropLast(5))] = bytes }
        for test in Self.cases {
            let bench = try Bench(#require(sources[test.file]))
            let parameter = try #require(bench.definitions.searchParameter(test.code, of: bench.root))
            let found = try bench.items(parameter.expression).map(brief)
            #expect(found == test.wanted, "\(test.file) \(test.code)")
        }
    }
}
