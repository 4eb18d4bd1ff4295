/// Resources for tests.
enum Samples {
    static func patient(
        _ id: String, family: String = "Doe", given: String = "Jo", birthDate: String = "1970-01-31",
        gender: String = "female"
    ) -> String {
        #"{"resourceType":"Patient","id":"\#(id)","active":true,"name":[{"family":"\#(family)","given":["\#(given)"]}],"#
            + #""gender":"\#(gender)","birthDate":"\#(birthDate)"}"#
    }

    static func observation(
        _ id: String, patient: String, value: String = "1.50", code: String = "8302-2", date: String = "2020-02-03"
    ) -> String {
        #"{"resourceType":"Observation","id":"\#(id)","status":"final","code":{"coding":[{"system":"http://loinc.org","#
            + #""code":"\#(code)"}]},"subject":{"reference":"Patient/\#(patient)"},"effectiveDateTime":"\#(date)","#
            + #""valueQuantity":{"value":\#(value),"unit":"cm","system":"http://unitsofmeasure.org","code":"cm"}}"#
    }

    /// A hierarchy of codes, `urn:animals`, and a value set of some of them, `ValueSet/v`.
    static let terms = [
        #"{"resourceType":"CodeSystem","id":"c","url":"urn:animals","status":"active","content":"complete","#
            + #""hierarchyMeaning":"is-a","concept":[{"code":"dog","concept":[{"code":"poodle"}]},{"code":"cat"}]}"#,
        #"{"resourceType":"ValueSet","id":"v","url":"http://x.test/pets","status":"active","#
            + #""compose":{"include":[{"system":"urn:animals","concept":[{"code":"dog"},{"code":"cat"}]}]}}"#,
    ]

    /// An Observation whose id is its code of `urn:animals`.
    static func animal(_ code: String, patient: String) -> String {
        observation(code, patient: patient, code: code).replacing("http://loinc.org", with: "urn:animals")
    }

    static func practitioner(_ id: String, npi: String) -> String {
        #"{"resourceType":"Practitioner","id":"\#(id)","identifier":[{"system":"http://npi","value":"\#(npi)"}]}"#
    }

    static let race = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"

    /// A patient with the race of US Core.
    static func patient(_ id: String, race code: String, given: String = "Jo") -> String {
        #"{"resourceType":"Patient","id":"\#(id)","extension":[{"url":"\#(race)","extension":[{"url":"ombCategory","#
            + #""valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"\#(code)"}},"#
            + #"{"url":"text","valueString":"as told"}]}],"name":[{"given":["\#(given)"]}]}"#
    }

    static func parameter(
        _ code: String, id: String? = nil, base: String = "Patient", type: String = "token", expression: String,
        status: String = "active", more: String = ""
    ) -> String {
        #"{"resourceType":"SearchParameter","id":"\#(id ?? code)","url":"http://example.org/sp/\#(id ?? code)","#
            + #""name":"N","status":"\#(status)","description":"d","code":"\#(code)","base":["\#(base)"],"#
            + #""type":"\#(type)","expression":"\#(expression)"\#(more)}"#
    }

    static let raceParameter = parameter(
        "race",
        expression: "Patient.extension.where(url = '\(race)').extension.where(url = 'ombCategory').value.code")
}
