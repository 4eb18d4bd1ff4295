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
}
