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

    static func practitioner(_ id: String, npi: String) -> String {
        #"{"resourceType":"Practitioner","id":"\#(id)","identifier":[{"system":"http://npi","value":"\#(npi)"}]}"#
    }
}
