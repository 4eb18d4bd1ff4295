import FHIR
import Foundation
import JSONTape
import Search
import TestSupport
import Testing

/// What a parameter must find in an example of the specification, read off by hand.
struct Expectation: CustomStringConvertible {
    var example: String
    var parameter: String
    var found: [String]

    init(_ example: String, _ parameter: String, _ found: [String]) {
        self.example = example
        self.parameter = parameter
        self.found = found
    }

    var description: String { "\(example) \(parameter)" }
}

private let loinc = "http://loinc.org"
private let snomed = "http://snomed.info/sct"
private let ucum = "http://unitsofmeasure.org"
private let terminology = "http://terminology.hl7.org/CodeSystem"

@Suite struct ExtractionTests {
    static let tokens = [
        Expectation("Patient-example", "active", ["true"]),
        Expectation("Patient-example", "gender", ["male"]),
        Expectation("Patient-example", "deceased", ["false"]),
        Expectation("Patient-pat3", "deceased", ["true"]),
        Expectation(
            "Patient-example", "identifier",
            ["urn:oid:1.2.36.146.595.217.0.1|12345", "type \(terminology)/v2-0203|MR|12345"]),
        Expectation(
            "Patient-example", "telecom",
            ["phone|(03) 5555 6473", "phone|(03) 3410 5613", "phone|(03) 5555 8834", "present"]),
        Expectation(
            "Patient-example", "phone", ["phone|(03) 5555 6473", "phone|(03) 3410 5613", "phone|(03) 5555 8834"]),
        Expectation("Patient-example", "email", []),
        Expectation("Organization-hl7", "active", []),
        Expectation("Observation-f202", "status", ["entered-in-error"]),
        Expectation(
            "Observation-f202", "code",
            [
                "http://acme.lab|BT", "\(loinc)|8310-5", "\(loinc)|8331-1", "\(snomed)|56342008",
                "text Body temperature",
                "text Body temperature", "text Oral temperature", "text Temperature taking", "text Temperature",
            ]),
        Expectation("Observation-f202", "method", ["\(snomed)|89003005", "text Oral temperature taking"]),
        Expectation("Observation-f202", "component-code", []),
        Expectation(
            "Observation-secondsmoke", "value-concept",
            ["\(snomed)|373066001", "text Yes (qualifier value)", "text YES"]),
        Expectation(
            "Observation-unsat", "data-absent-reason",
            ["\(snomed)|125154007", "text Specimen unsatisfactory for evaluation"]),
        Expectation("Encounter-f001", "class", ["\(terminology)/v3-ActCode|AMB", "text ambulatory"]),
        Expectation("Encounter-f201", "identifier", ["|Encounter_Roel_20130404"]),
        Expectation("Condition-f201", "clinical-status", ["\(terminology)/condition-clinical|resolved"]),
        Expectation(
            "Condition-f201", "category",
            ["\(snomed)|55607006", "\(terminology)/condition-category|problem-list-item", "text Problem"]),
        Expectation("Condition-f201", "evidence", ["\(snomed)|258710007", "text degrees C"]),
        Expectation("Condition-example2", "code", ["text Asthma"]),
        Expectation(
            "MolecularSequence-sequence-complex-variant", "referenceseqid",
            ["http://www.ncbi.nlm.nih.gov/nuccore|NC_000002.12"]),
        Expectation(
            "FamilyMemberHistory-father", "code",
            ["\(snomed)|315619001", "text Myocardial Infarction", "text Heart Attack"]),
        Expectation("CapabilityStatement-phr", "format", ["json", "xml"]),
        Expectation(
            "CapabilityStatement-phr", "resource", ["Patient", "DocumentReference", "Condition", "DiagnosticReport"]),
        Expectation(
            "NutritionOrder-diabeticdiet", "oraldiet",
            [
                "\(snomed)|160670007", "http://goodhealthhospital.org/diet-type-codes|1030", "text Diabetic diet",
                "text DD - Diabetic diet", "text DD - Diabetic diet",
            ]),
        Expectation("PlanDefinition-zika-virus-intervention", "context", ["\(snomed)|309343006", "text Physician"]),
        Expectation("Group-101", "actual", ["true"]),
        Expectation("Group-101", "value", ["text mixed", "text John Smith"]),
    ]

    static let strings = [
        Expectation("Patient-example", "family", ["chalmers", "windsor"]),
        Expectation("Patient-example", "given", ["peter", "james", "jim", "peter", "james"]),
        Expectation("Patient-example", "name", ["chalmers", "peter", "james", "jim", "windsor", "peter", "james"]),
        Expectation("Patient-example", "address-city", ["pleasantville"]),
        Expectation("Patient-example", "address-postalcode", ["3999"]),
        Expectation(
            "Patient-example", "address",
            [
                "534 erewhon st peasantville rainbow vic 3999", "534 erewhon st", "pleasantville", "rainbow", "vic",
                "3999",
            ]),
        Expectation("Practitioner-f202", "name", ["luigi maas", "maas", "luigi", "dr"]),
        Expectation("Organization-hl7", "name", ["health level seven international", "hl7 international"]),
        Expectation("Organization-hl7", "address-country", ["usa"]),
        Expectation("Condition-example2", "onset-info", ["approximately november 2012"]),
        Expectation("Observation-secondsmoke", "value-string", ["yes"]),
        Expectation("Immunization-example", "lot-number", ["aajn11k"]),
        Expectation("Location-amb", "name", ["bumc ambulance"]),
        Expectation("Measure-component-a-example", "title", ["screening for alcohol misuse"]),
    ]

    static let dates = [
        Expectation("Patient-example", "birthdate", ["1974-12-25..1974-12-25"]),
        Expectation("Patient-example", "death-date", []),
        Expectation("Patient-pat3", "death-date", ["2015-02-14T03:42:00..2015-02-14T03:42:00"]),
        Expectation("Observation-blood-pressure", "date", ["2012-09-17..2012-09-17"]),
        Expectation("Observation-f003", "date", ["2013-04-02T09:30:10..2013-04-05T09:30:10"]),
        Expectation("Condition-f201", "onset-date", ["2013-04-02..2013-04-02"]),
        Expectation("Condition-f201", "recorded-date", ["2013-04-04..2013-04-04"]),
        Expectation("Task-example2", "period", ["2016-10-30T22:45:05..*"]),
        Expectation("Task-example2", "modified", ["2016-10-30T23:45:05..2016-10-30T23:45:05"]),
        Expectation("Goal-example", "start-date", ["2015-04-05..2015-04-05"]),
        Expectation("Goal-example", "target-date", ["2016-04-05..2016-04-05"]),
        Expectation("ServiceRequest-physiotherapy", "occurrence", ["present"]),
        Expectation("Immunization-example", "date", ["2013-01-10..2013-01-10"]),
        Expectation("Invoice-example", "date", ["2017-01-25T07:00:00..2017-01-25T07:00:00"]),
    ]

    static let references = [
        Expectation("Patient-example", "organization", ["Organization/1"]),
        Expectation("Observation-f202", "subject", ["Patient/f201"]),
        Expectation("Observation-f202", "patient", ["Patient/f201"]),
        Expectation("Observation-f202", "performer", ["Practitioner/f201"]),
        Expectation("Observation-10minute-apgar-score", "patient", ["present"]),
        Expectation("Observation-blood-pressure", "based-on", ["identifier https://acme.org/identifiers|1234"]),
        Expectation("Encounter-f001", "practitioner", ["Practitioner/f002"]),
        Expectation("Encounter-f001", "service-provider", ["Organization/f001"]),
        Expectation("Condition-f201", "evidence-detail", ["Observation/f202"]),
        Expectation(
            "DocumentManifest-654789", "item",
            ["present", "present", "DocumentReference/example", "DiagnosticReport/f001"]),
        Expectation("DocumentManifest-654789", "related-ref", []),
        Expectation(
            "Person-pp", "patient",
            ["http://www.goodhealth.com/Patient/98574", "http://www.acme-medical.com/Patient/ab34d"]),
        Expectation("Task-example2", "patient", ["Patient/example"]),
        Expectation("Task-example2", "part-of", ["Task/example1"]),
        Expectation("MedicationRequest-medrx0301", "medication", ["present"]),
        Expectation("MedicationRequest-medrx0301", "intended-dispenser", ["Practitioner/f001"]),
        Expectation(
            "PlanDefinition-zika-virus-intervention", "predecessor", ["PlanDefinition/zika-virus-intervention-initial"]),
        Expectation("PlanDefinition-zika-virus-intervention", "depends-on", ["Library/zika-virus-intervention-logic"]),
        Expectation("RiskAssessment-riskexample", "condition", ["Condition/example"]),
    ]

    static let numbers = [
        Expectation("RiskAssessment-riskexample", "probability", ["0.000368"]),
        Expectation("MolecularSequence-coord-0-base", "window-end", ["8"]),
        Expectation("MolecularSequence-coord-0-base", "variant-start", ["2", "4", "6"]),
        Expectation("Observation-f202", "value-quantity", ["39|\(ucum)|Cel|degrees C"]),
        Expectation("Observation-f202", "combo-value-quantity", ["39|\(ucum)|Cel|degrees C"]),
        Expectation("Observation-ekg", "component-value-quantity", ["present", "present", "present"]),
        Expectation("Encounter-f001", "length", ["140|\(ucum)|min|min"]),
        Expectation("Invoice-example", "totalnet", ["40|urn:iso:std:iso:4217|EUR|"]),
        Expectation("PlanDefinition-zika-virus-intervention", "context-quantity", ["12..|||a"]),
    ]

    static let uris = [
        Expectation("Library-hiv-indicators", "url", ["http://ohie.org/Library/hiv-indicators"]),
        Expectation("Questionnaire-bb", "url", ["http://hl7.org/fhir/Questionnaire/bb"]),
        Expectation("DocumentManifest-654789", "source", []),
    ]

    @Test(
        .enabled(if: SharedData.has("data/examples/r4-examples.zip"), "needs shared/data/examples/r4-examples.zip"),
        arguments: tokens + strings + dates + references + numbers + uris)
    func `an example of the specification gives what stands in it`(expectation: Expectation) throws {
        let zip = try #require(SharedData.file("data/examples/r4-examples.zip"))
        let bench = try Bench()
        let json = try Examples.text(expectation.example, in: zip)
        try bench.document(json).withRoot { root in
            let type = try #require(bench.type(root))
            let plan = bench.plans.plan(for: type)
            let parameter = try #require(plan.parameters[expectation.parameter])
            bench.extractor.extract(root, type: type, into: bench.entries)
            let found = bench.entries.entries.filter { parameter.includes($0) }.map(\.summary)
            #expect(found.sorted() == expectation.found.sorted())
            #expect(bench.extractor.failures.isEmpty)
        }
    }

    @Test func `more than sixty parameters of every kind are expected by hand`() {
        let all = Self.tokens + Self.strings + Self.dates + Self.references + Self.numbers + Self.uris
        #expect(Set(all.map(\.parameter)).count >= 60)
    }

    @Test(.enabled(if: SharedData.has("data/examples/r4-examples.zip"), "needs shared/data/examples/r4-examples.zip"))
    func `every example is read whole and without a failing expression`() throws {
        let zip = try #require(SharedData.file("data/examples/r4-examples.zip"))
        let bench = try Bench()
        var entries = 0
        try SharedData.eachFile(of: zip) { name, bytes in
            try bench.document(bytes).withRoot { root in
                guard let type = bench.type(root) else { return }
                let everything = ExtractionSelection.everything(bench.plans.plan(for: type))
                bench.extractor.extract(root, type: type, selection: everything, into: bench.entries)
                #expect(bench.extractor.failures.isEmpty, "\(name): \(bench.extractor.failures)")
                entries += bench.entries.count
            }
        }
        #expect(entries > 4_000)
    }
}

/// The examples, unpacked once.
enum Examples {
    private static let texts: Result<[String: [UInt8]], any Error> = Result {
        var texts: [String: [UInt8]] = [:]
        guard let zip = SharedData.folder?.appending(path: "data/examples/r4-examples.zip") else { return texts }
        try SharedData.eachFile(of: zip) { name, bytes in texts[String(name.dropLast(5))] = bytes }
        return texts
    }

    static func text(_ name: String, in zip: URL) throws -> [UInt8] {
        guard let text = try texts.get()[name] else { throw CocoaError(.fileNoSuchFile) }
        return text
    }

    static func all() throws -> [[UInt8]] {
        try texts.get().sorted { $0.key < $1.key }.map(\.value)
    }
}
