import GraphQL
import Testing

/// The examples of FHIR's GraphQL page on resources of our own, and what the GraphQL specification says of answers.
@Suite struct ExecutionTests {
    static let patient = #"""
        {"resourceType":"Patient","id":"p1","meta":{"versionId":"1"},"extension":[{"url":"http://x/a","valueString":"one"},
        {"url":"http://x/b","valueDecimal":1.50}],"contained":[{"resourceType":"Organization","id":"o","name":"Inside"}],
        "identifier":[{"system":"urn:mrn","value":"12345"}],"active":true,
        "name":[{"use":"official","family":"Chalmers","given":["Peter","James"]},{"use":"usual","given":["Jim"]},
        {"use":"maiden","family":"Windsor","given":["Peter","James"],"period":{"end":"2002"}}],
        "telecom":[{"system":"phone","use":"home","value":"1"},{"system":"phone","use":"work","value":"2"}],
        "birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"http://t","valueDateTime":"1974-12-25T14:35:45Z"}]},
        "managingOrganization":{"reference":"#o"},"generalPractitioner":[{"reference":"Practitioner/dr"},
        {"reference":"Practitioner/gone"},{"display":"somebody"}]}
        """#
    static let observation = #"""
        {"resourceType":"Observation","id":"ob1","status":"final","code":{"coding":[{"system":"http://loinc.org",
        "code":"1"},{"system":"http://snomed.info/sct","code":"2"}]},"subject":{"reference":"Patient/p1"},
        "valueQuantity":{"value":1.50,"unit":"cm"},"component":[{"code":{"text":"a"},"valueQuantity":{"value":0.10}},
        {"code":{"text":"b"},"valueQuantity":{"value":100}}]}
        """#
    static let others = [
        #"{"resourceType":"VisionPrescription","id":"v","lensSpecification":[{"eye":"right","sphere":1.51},"#
            + #"{"eye":"left","sphere":1.50}]}"#,
        #"{"resourceType":"Practitioner","id":"dr","name":[{"family":"House","given":["Gregory"]}]}"#,
        #"{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"},"code":{"text":"flu"}}"#,
        #"{"resourceType":"Condition","id":"c2","subject":{"reference":"Patient/p1"},"code":{"text":"cough"}}"#,
        #"{"resourceType":"Condition","id":"c3","subject":{"reference":"Patient/p2"},"code":{"text":"other"}}"#,
    ]

    private func tester() throws -> Tester { try Tester([Self.patient, Self.observation] + Self.others) }

    private func data(_ query: String, on resource: String? = "Patient/p1", variables: String? = nil) throws -> String {
        let answer = try tester().run(query, variables: variables, on: resource)
        #expect(answer.errors.isEmpty, "\(answer.text)")
        return answer.dataText
    }

    static let examples: [(String, String, String)] = [
        (
            "Patient/p1", "{name{text,given,family}}",
            #"{"name":[{"text":null,"given":["Peter","James"],"family":"Chalmers"},{"text":null,"given":["Jim"],"#
                + #""family":null},{"text":null,"given":["Peter","James"],"family":"Windsor"}]}"#
        ),
        ("Observation/ob1", "{valueQuantity{unit value}}", #"{"valueQuantity":{"unit":"cm","value":1.50}}"#),
        (
            "Patient/p1", "{birthDate _birthDate{extension{valueDateTime}}}",
            #"{"birthDate":"1974-12-25","_birthDate":{"extension":[{"valueDateTime":"1974-12-25T14:35:45Z"}]}}"#
        ),
        (
            "Patient/p1", #"{name(fhirpath:"family.exists()"){family}}"#,
            #"{"name":[{"family":"Chalmers"},{"family":"Windsor"}]}"#
        ),
        ("Patient/p1", #"{name(fhirpath:"$index = 1"){given}}"#, #"{"name":[{"given":["Jim"]}]}"#),
        ("Patient/p1", "{name(use:official){family}}", #"{"name":[{"family":"Chalmers"}]}"#),
        ("Patient/p1", #"{name(given:"Jim"){use}}"#, #"{"name":[{"use":"usual"}]}"#),
        (
            "Patient/p1", #"{myext:extension(url:"http://x/a"){value:valueString}}"#, #"{"myext":[{"value":"one"}]}"#
        ),
        (
            "VisionPrescription/v", "{lensSpecification(sphere:1.5){eye}}", #"{"lensSpecification":[{"eye":"left"}]}"#
        ),
        ("Patient/p1", "{name(_count:1,_offset:1){use}}", #"{"name":[{"use":"usual"}]}"#),
        (
            "Patient/p1", #"{name(fhirpath:"family.exists()",_offset:1,_count:5){use}}"#,
            #"{"name":[{"use":"maiden"}]}"#
        ),
        ("Patient/p1", "{name(_count:0){use} photo{url}}", #"{"name":[],"photo":null}"#),
        (
            "Observation/ob1", "{subject{reference,resource{...on Patient{birthDate}...on Group{name}}}}",
            #"{"subject":{"reference":"Patient/p1","resource":{"birthDate":"1974-12-25"}}}"#
        ),
        (
            "Observation/ob1",
            "{subject{a:resource(type:Patient){...on Patient{active}} b:resource(type:Group){id}}}",
            #"{"subject":{"a":{"active":true},"b":null}}"#
        ),
        (
            "Patient/p1", "{managingOrganization{resource{resourceType id ...on Organization{name}}}}",
            #"{"managingOrganization":{"resource":{"resourceType":"Organization","id":"o","name":"Inside"}}}"#
        ),
        (
            "Patient/p1", "{contained{__typename id ... on Organization{name}}}",
            #"{"contained":[{"__typename":"Organization","id":"o","name":"Inside"}]}"#
        ),
        (
            "Patient/p1", "{generalPractitioner{display resource(optional:true){id}}}",
            #"{"generalPractitioner":[{"display":null,"resource":{"id":"dr"}},{"display":null,"resource":null},"#
                + #"{"display":"somebody","resource":null}]}"#
        ),
        (
            "Patient/p1", "{ConditionList(_reference:patient){id code{text}}}",
            #"{"ConditionList":[{"id":"c1","code":{"text":"flu"}},{"id":"c2","code":{"text":"cough"}}]}"#
        ),
        (
            "Patient/p1",
            "{ConditionConnection(_reference:subject,_count:1){count edges{mode score resource{id}} next}}",
            #"{"ConditionConnection":{"count":2,"edges":[{"mode":"match","score":null,"resource":{"id":"c1"}}],"#
                + #""next":"1"}}"#
        ),
    ]

    @Test(arguments: examples) func `the page's queries on one resource`(
        _ resource: String, _ query: String, _ wanted: String
    ) throws {
        #expect(try data(query, on: resource) == wanted)
    }

    static let searches: [(String, String, [[String]])] = [
        ("{Patient(id:p1){id active}}", #"{"Patient":{"id":"p1","active":true}}"#, []),
        (
            #"{ConditionList(clinical_status:relapse,patient:"Patient/p2"){id}}"#, #"{"ConditionList":[]}"#,
            [["clinical-status=relapse", "patient=Patient/p2", "#1000"]]
        ),
        (
            #"{ConditionList(patient:["Patient/p2","a,b"],_sort:"-recorded_date",_count:5){id}}"#,
            #"{"ConditionList":[{"id":"c3"}]}"#, [["patient=Patient/p2,a\\,b", "_sort=-recorded-date", "#5"]]
        ),
        (
            #"{ConditionList(fhirpath:"code.text = 'cough'"){id}}"#, #"{"ConditionList":[{"id":"c2"}]}"#, [["#1000"]]
        ),
        (
            "{ConditionConnection(_count:2){count offset pagesize first previous next last edges{resource{id}}}}",
            #"{"ConditionConnection":{"count":3,"offset":0,"pagesize":2,"first":"0","previous":null,"next":"2","#
                + #""last":"2","edges":[{"resource":{"id":"c1"}},{"resource":{"id":"c2"}}]}}"#, [["#2"]]
        ),
        (
            #"{ConditionConnection(cursor:"2"){previous edges{resource{id}}}}"#,
            #"{"ConditionConnection":{"previous":"0","edges":[{"resource":{"id":"c3"}}]}}"#, [["#20"]]
        ),
        (
            #"{ConditionConnection(fhirpath:"code.text = 'cough'"){edges{resource{id}}}}"#,
            #"{"ConditionConnection":{"edges":[{"resource":{"id":"c2"}}]}}"#, [["#20"]]
        ),
        (
            "{a:ConditionList @first{id} b:Condition(id:c2){...F} ...G}fragment F on Condition{code{text}}"
                + "fragment G on Query{Practitioner(id:dr){name{family}}}",
            #"{"a":[{"id":"c1"}],"b":{"code":{"text":"cough"}},"Practitioner":{"name":[{"family":"House"}]}}"#,
            [["#1"]]
        ),
    ]

    @Test(arguments: searches) func `the page's queries on the whole server`(
        _ query: String, _ wanted: String, _ asked: [[String]]
    ) throws {
        let tester = try tester()
        let answer = try tester.run(query)
        #expect(answer.text == #"{"data":"# + wanted + "}")
        #expect(tester.source.searches == asked)
    }

    static let flattened: [(String, String)] = [
        (
            "{identifier @flatten{system value} active name @flatten{text given family}}",
            #"{"system":["urn:mrn"],"value":["12345"],"active":true,"given":["Peter","James","Jim","Peter","James"],"#
                + #""family":["Chalmers","Windsor"]}"#
        ),
        (
            "{identifier @flatten{system value} active name @flatten{text given @first family}}",
            #"{"system":["urn:mrn"],"value":["12345"],"active":true,"given":["Peter","Jim","Peter"],"#
                + #""family":["Chalmers","Windsor"]}"#
        ),
        (
            "{identifier @flatten{system @singleton value @singleton} active "
                + "name @flatten @first{text given family @singleton}}",
            #"{"system":"urn:mrn","value":"12345","active":true,"given":["Peter","James"],"family":"Chalmers"}"#
        ),
        (
            #"{active name @flatten @slice(path:"use"){given family @singleton}}"#,
            #"{"active":true,"given.official":["Peter","James"],"family.official":"Chalmers","given.usual":["Jim"],"#
                + #""given.maiden":["Peter","James"],"family.maiden":"Windsor"}"#
        ),
        (
            #"{name @flatten @slice(fhirpath:"$index"){given @first @singleton family}}"#,
            #"{"given.0":"Peter","family.0":["Chalmers"],"given.1":"Jim","given.2":"Peter","family.2":["Windsor"]}"#
        ),
        (
            #"{telecom @slice(fhirpath:"use") @singleton{value}}"#,
            #"{"telecom.home":{"value":"1"},"telecom.work":{"value":"2"}}"#
        ),
        (
            #"{telecom @flatten @slice(fhirpath:"use"){x:value} name @flatten @slice(fhirpath:"$index"){"#
                + #"period @flatten @slice(fhirpath:"end"){end}}}"#,
            #"{"x.home":["1"],"x.work":["2"],"end.2.2002":["2002"]}"#
        ),
        (
            "{photo @flatten{url} deceasedBoolean _birthDate @flatten{extension @flatten{valueDateTime @singleton}}}",
            #"{"deceasedBoolean":null,"valueDateTime":"1974-12-25T14:35:45Z"}"#
        ),
    ]

    @Test(arguments: flattened) func `flattened and sliced answers`(_ query: String, _ wanted: String) throws {
        #expect(try data(query) == wanted)
    }

    @Test func `lists of resources flatten too`() throws {
        let answer = try data(
            "{ConditionList @flatten{id code @flatten{text}} PractitionerConnection @flatten{edges @flatten{resource "
                + "@flatten{name @flatten{family}}}}}", on: nil)
        #expect(answer == #"{"id":["c1","c2","c3"],"text":["flu","cough","other"],"family":["House"]}"#)
    }

    @Test func `a field's error has its path and place, and the rest of the answer stands`() throws {
        let answer = try tester().run("{ active\n  generalPractitioner { resource { id } } id }", on: "Patient/p1")
        #expect(
            answer.dataText
                == #"{"active":true,"generalPractitioner":[{"resource":{"id":"dr"}},{"resource":null},"#
                + #"{"resource":null}],"id":"p1"}"#)
        #expect(answer.errors.count == 2)
        #expect(
            answer.errors[0]["path"].array.map { $0.number.map(String.init) ?? $0.text } == [
                "generalPractitioner", "1", "resource",
            ])
        #expect(answer.errors[0]["locations"][0]["line"].number == 2)
        #expect(answer.errors[0]["locations"][0]["column"].number == 25)
        #expect(answer.errors[0]["message"].text.contains("optional: true"))
        let outcome = answer.errors[0]["extensions"]["resource"]
        #expect(outcome["resourceType"].text == "OperationOutcome" && outcome["issue"][0]["code"].text == "not-found")
        #expect(
            try tester().run("{a:Patient(id:no){id} b:Patient(id:p1){id}}").dataText == #"{"a":null,"b":{"id":"p1"}}"#)
    }

    @Test func `values that must be single and are not are errors`() throws {
        let query = "{name @flatten{family @singleton} active}"
        let answer = try tester().run(query, on: "Patient/p1")
        #expect(answer.errors.count == 1 && answer.errors[0]["message"].text.contains("@singleton"))
        #expect(answer.data["active"].isThere)
        let mixed = try tester().run("{name @flatten{x:use} telecom @flatten{x:rank}}", on: "Patient/p1")
        #expect(mixed.errors.isEmpty)
        let clash = try tester().run("{name @flatten{x:use} telecom @flatten{x:value}}", on: "Patient/p1")
        #expect(clash.errors.count == 2 && clash.errors[0]["message"].text.contains("come together under x"))
    }

    @Test func `variables, defaults and conditions`() throws {
        let query = """
            query Q($id: ID!, $use: code = "usual", $no: Boolean = false, $n: [String], $one: String) {
              Patient(id: $id) { name(use: $use) { given } active @include(if: $no) id @skip(if: $no)
                ... @include(if: $no) { gender } }
              PatientList(name: $n, family: $one) { id }
            }
            """
        #expect(
            try data(query, on: nil, variables: #"{"id":"p1"}"#)
                == #"{"Patient":{"name":[{"given":["Jim"]}],"id":"p1"},"PatientList":[{"id":"p1"}]}"#)
        #expect(
            try data(query, on: nil, variables: #"{"id":"p1","use":"none","no":true,"n":["x"],"one":null}"#)
                == #"{"Patient":{"name":[],"active":true,"gender":null},"PatientList":[]}"#)
        let several = "query A{Patient(id:p1){id}} query B{Patient(id:p1){active}}"
        #expect(try tester().run(several, operation: "B").dataText == #"{"Patient":{"active":true}}"#)
        #expect(try tester().refusal(several)[0].contains("operationName"))
        #expect(try tester().run(several, operation: "C").refused[0].detail == "There is no operation C.")
    }

    static let badVariables: [(String, String?, String)] = [
        ("query($id:ID!){Patient(id:$id){id}}", nil, "badVariable: The variable $id of type ID! has no value."),
        ("query($id:ID!){Patient(id:$id){id}}", #"{"id":null}"#, "badVariable: The variable $id of type ID! must not"),
        ("query($id:ID!){Patient(id:$id){id}}", #"{"id":[1]}"#, "badVariable: The variable $id of type ID! is no ID."),
        ("query($n:Int){PatientList(_count:$n){id}}", #"{"n":1.5}"#, "badVariable: The variable $n of type Int is no"),
        ("query($n:Int){PatientList(_count:$n){id}}", #"{"n":-1}"#, "badArgument: _count takes a whole number from 0"),
        ("query($n:Int){PatientList(_count:$n){id}}", #"{"n":99999}"#, "limit: _count is 1000 at most"),
        ("query($n:Int){PatientList(_count:$n){id}}", "[]", "badVariable: The variables are no object."),
        (
            "query($t:ResourceTypeName){Patient(id:p1){managingOrganization{resource(type:$t){id}}}}",
            #"{"t":"Nothing"}"#, "badVariable: The variable $t of type ResourceTypeName is no ResourceTypeName."
        ),
    ]

    @Test(arguments: badVariables) func `a variable's wrong value is refused by name`(
        _ query: String, _ variables: String?, _ wanted: String
    ) throws {
        let refused = try tester().refusal(query, variables: variables)
        #expect(refused.count == 1 && refused[0].hasPrefix(wanted), "\(refused)")
    }

    @Test func `references to one resource read it once`() throws {
        let observations = (0..<50).map {
            #"{"resourceType":"Observation","id":"o\#($0)","subject":{"reference":"Patient/p1"}}"#
        }
        let tester = try Tester([Self.patient] + observations)
        let answer = try tester.run("{ObservationList{subject{resource{...on Patient{active}}}}}")
        #expect(answer.data["ObservationList"].array.count == 50 && answer.errors.isEmpty)
        #expect(tester.source.reads == 1)
    }

    @Test func `what refers to itself nests as deep as it is asked`() throws {
        let resource = #"{"resourceType":"Patient","id":"p","link":[{"other":{"reference":"Patient/p"}}]}"#
        let query = "{link{other{resource{...on Patient{id link{other{resource{...on Patient{id}}}}}}}}}"
        #expect(
            try Tester([resource]).run(query, on: "Patient/p").dataText
                == #"{"link":[{"other":{"resource":{"id":"p","link":[{"other":{"resource":{"id":"p"}}}]}}}]}"#)
    }

    @Test func `elements that are not as the definitions say do no harm`() throws {
        let resource = #"""
            {"resourceType":"Patient","id":"p","name":"x","active":{"a":1},"birthDate":["2000"],"link":{"other":3},
            "contained":[{"resourceType":"None"},5,null],"telecom":[null,7,{"value":{}}],"_birthDate":[null,{"id":"e"}]}
            """#
        let query = """
            {name{family} active birthDate link{other{reference resource(optional:true){id}}} contained{id}
            telecom{value} _birthDate{id}}
            """
        let answer = try Tester([resource]).run(query, on: "Patient/p")
        #expect(answer.json.isObject, "\(answer.text)")
        #expect(answer.data["telecom"].array.count == 3 && answer.data["active"].isNull)
    }
}
