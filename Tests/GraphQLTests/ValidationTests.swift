import GraphQL
import Testing

@Suite struct ValidationTests {
    static let refused: [(String, String)] = [
        ("{Patientx(id:1){id}}", "The type Query has no field Patientx. (line 1, column 2)"),
        ("{Patient(id:1){name{familiy}}}", "The type HumanName has no field familiy. (line 1, column 21)"),
        ("{Patient(id:1){valueQuantity{value}}}", "The type Patient has no field valueQuantity. (line 1, column 16)"),
        ("{Patient{id}}", "The argument id of the field Query.Patient is missing. (line 1, column 2)"),
        ("{Patient(id:1,idd:2){id}}", "There is no argument idd of the field Query.Patient. (line 1, column 15)"),
        ("{Patient(id:1,id:2){id}}", "Two arguments of the field Query.Patient have the name id. (line 1, column 15)"),
        ("{Patient(id:null){id}}", "The value null is none of type ID!. (line 1, column 13)"),
        ("{Patient(id:[1]){id}}", "The value […] is none of type ID!. (line 1, column 13)"),
        ("{Patient(id:true){id}}", "The value true is none of type ID!. (line 1, column 13)"),
        ("{Patient(id:1.5){id}}", "The value 1.5 is none of type ID!. (line 1, column 13)"),
        (
            "query($a:Boolean!){Patient(id:$a){id}}",
            "The variable $a of type Boolean! cannot be used where ID! is wanted."
        ),
        ("{Patient(id:{a:1}){id}}", "The value {…} is none of type ID!. (line 1, column 13)"),
        ("{PatientList(_count:\"1\"){id}}", "The value \"1\" is none of type Int. (line 1, column 21)"),
        ("{PatientList(_count:3000000000){id}}", "The value 3000000000 is none of type Int. (line 1, column 21)"),
        ("{PatientList(name:peter){id}}", "The value peter is none of type String. (line 1, column 19)"),
        (
            "{Patient(id:1)}",
            "The field Patient of type Patient needs a selection of its fields, { … }. (line 1, column 2)"
        ),
        ("{Patient(id:1){id{x}}}", "The field id of type ID has no fields to select. (line 1, column 16)"),
        ("{Patient(id:1){active(x:1)}}", "There is no argument x of the field Patient.active. (line 1, column 23)"),
        (
            "{Patient(id:1){ObservationList{id}}}",
            "The argument _reference of the field Patient.ObservationList is missing."
        ),
        ("{Patient(id:1){ObservationList(_reference:bad){id}}}", "ObservationReference has no value bad."),
        (
            "{Patient(id:1){ConditionConnection(_reference:subject,cursor:\"x\"){count}}}",
            "There is no argument cursor of"
        ),
        ("query A{__typename} query A{__typename}", "Two operations have the name A. (line 1, column 21)"),
        ("{__typename} query A{__typename}", "An operation without a name must be the only one. (line 1, column 1)"),
        ("mutation{a}", "The schema has no mutations: only queries are served. (line 1, column 1)"),
        ("subscription{a}", "The schema has no subscriptions: only queries are served. (line 1, column 1)"),
        ("fragment F on Patient{id}", "The document has no operation."),
        ("{...F}", "There is no fragment F. (line 1, column 2)"),
        ("{__typename} fragment F on Patient{id}", "The fragment F is never used. (line 1, column 14)"),
        ("{...F} fragment F on Query{__typename} fragment F on Query{__typename}", "Two fragments have the name F."),
        ("{...F} fragment F on Nothing{id}", "There is no type Nothing. (line 1, column 22)"),
        ("{...F} fragment F on String{id}", "The type String has no fields to select. (line 1, column 22)"),
        ("{...F} fragment F on Patient{id}", "Nothing of type Query can be a Patient. (line 1, column 2)"),
        ("{Patient(id:1){...on Group{id}}}", "Nothing of type Patient can be a Group. (line 1, column 16)"),
        ("{...F} fragment F on Query{...G} fragment G on Query{...F}", "The fragment F contains itself."),
        ("{...F} fragment F on Query{...F}", "The fragment F contains itself. (line 1, column 8)"),
        ("{__typename @nothing}", "There is no directive @nothing. (line 1, column 13)"),
        ("{__typename @include}", "The argument if of the directive @include is missing. (line 1, column 13)"),
        ("{__typename @skip(if:true)@skip(if:true)}", "The directive @skip stands here twice. (line 1, column 27)"),
        ("query @flatten{__typename}", "The directive @flatten cannot stand here. (line 1, column 7)"),
        ("{Patient(id:1){name @slice{family}}}", "The directive @slice takes one FHIRPath. (line 1, column 21)"),
        ("{Patient(id:$a){id}}", "The variable $a is not declared. (line 1, column 13)"),
        ("query A{Patient(id:$a){id}}", "The variable $a is not declared of the operation A. (line 1, column 20)"),
        ("query($a:ID!){__typename}", "The variable $a is never used. (line 1, column 7)"),
        ("query($a:ID!,$a:ID!){Patient(id:$a){id}}", "Two variables have the name $a. (line 1, column 14)"),
        ("query($a:Patient){__typename @skip(if:$a)}", "A variable cannot be of the type Patient. (line 1, column 10)"),
        ("query($a:No){Patient(id:$a){id}}", "There is no type No. (line 1, column 10)"),
        ("query($a:ID){Patient(id:$a){id}}", "The variable $a of type ID cannot be used where ID! is wanted."),
        ("query($a:[ID!]!){Patient(id:$a){id}}", "The variable $a of type [ID!]! cannot be used where ID! is wanted."),
        ("query($a:String){PatientList(_count:$a){id}}", "The variable $a of type String cannot be used where Int is"),
        ("query($a:Int=\"x\"){PatientList(_count:$a){id}}", "The value \"x\" is none of type Int. (line 1, column 14)"),
        (
            "{Patient(id:1){a:id a:active}}",
            "a would be of type ID and of type Boolean: use an alias for one of them. (line 1, column 16)"
        ),
        ("{Patient(id:1){a:gender a:language}}", "a would be gender and language: use an alias for one of them."),
        ("{Patient(id:1){name(_count:1){id} name{id}}}", "name would be name with different arguments: use an alias"),
        (
            "{a:Patient(id:1){...F} a:Patient(id:1){x:gender}} fragment F on Patient{x:language}",
            "x would be language and gender: use an alias"
        ),
        (
            "{Patient(id:1){link{other{resource{...on Patient{x:gender} ...on Group{x:quantity}}}}}}",
            "x would be of type code and of type unsignedInt: use an alias for one of them."
        ),
        ("{__type{name}}", "The argument name of the field Query.__type is missing. (line 1, column 2)"),
        ("{Patient(id:1){__schema{types{name}}}}", "The type Patient has no field __schema. (line 1, column 16)"),
    ]

    @Test(arguments: refused) func `what does not fit the schema is refused in words`(
        _ query: String, _ wanted: String
    ) throws {
        let refused = try Tester().run(query).refused.map(\.description)
        #expect(refused.contains { $0.hasPrefix(wanted) }, "\(refused)")
    }

    static let accepted = [
        "{Patient(id:x){a:name(use:official){id} b:name(use:\"usual\"){id} name{id} name{family}}}",
        "{PatientList(gender:male,active:true,birthdate:[\"ge2000\",\"lt2010\"],_id:[1,2,example]){id}}",
        "{PatientConnection{edges{resource{managingOrganization{resource{...on Patient{x:gender} ...on Group{x:type}}}}}}}",
        "query($a:[token!],$b:String!,$c:Int){PatientList(identifier:$a,name:[$b],family:$b,_count:$c){id}}",
        "query($a:String!){Patient(id:$a){id}}",
        "query($a:ID=\"x\"){Patient(id:$a){id}}",
        "{Patient(id:x){... {id} ...@skip(if:true){active} ...on Resource{meta{tag{code}}} ...on DomainResource{text{div}}}}",
        "{a:__typename __schema{queryType{name}} __type(name:\"Patient\"){kind fields(includeDeprecated:true){name}}}",
        "query A{...F} query B{...F} fragment F on Query{__typename}",
        "{Patient(id:x){ProvenanceList(_reference:target){id} ObservationList(_reference:subject,code:\"1\"){id}}}",
    ]

    @Test(arguments: accepted) func `what fits is taken`(_ query: String) throws {
        let patient = #"{"resourceType":"Patient","id":"x"}"#
        let variables = #"{"a":"x","b":"x","c":1}"#
        let answer = try Tester([patient]).run(
            query, variables: variables, operation: query.hasPrefix("query A") ? "A" : nil)
        #expect(answer.refused.isEmpty && answer.errors.isEmpty, "\(answer.text)")
        #expect(answer.data.isThere)
    }

    @Test func `a FHIRPath that cannot be used is refused before anything is read`() throws {
        let tester = try Tester()
        for query in [
            #"{Patient(id:1){name(fhirpath:"family.exists("){id}}}"#, #"{Patient(id:1){name(fhirpath:"nope"){id}}}"#,
            #"{Patient(id:1){name(fhirpath:"true) | (true"){id}}}"#, #"{PatientList(fhirpath:"name.given ="){id}}"#,
            #"{Patient(id:1){name @slice(fhirpath:"use +"){id}}}"#,
            #"{Patient(id:1){name @slice(fhirpath:"use + $index"){id}}}"#,
        ] {
            let refused = try tester.run(query).refused
            #expect(refused.count == 1 && refused[0].code == .badArgument, "\(query): \(refused)")
        }
        #expect(tester.source.reads == 0)
    }
}
