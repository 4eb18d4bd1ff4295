import GraphQL
import Testing

@Suite struct IntrospectionTests {
    /// What tools ask of a server before anything else.
    static let query = """
        query Everything {
          __schema {
            description queryType { name kind } mutationType { name } subscriptionType { name }
            types { ...WholeType }
            directives { name description isRepeatable locations args { ...Input } }
          }
        }
        fragment WholeType on __Type {
          kind name description specifiedByURL
          fields(includeDeprecated: true) {
            name description isDeprecated deprecationReason args { ...Input } type { ...Reference }
          }
          inputFields { ...Input } interfaces { ...Reference } possibleTypes { ...Reference }
          enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
        }
        fragment Input on __InputValue { name description defaultValue type { ...Reference } }
        fragment Reference on __Type {
          kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }
        }
        """

    private func schema() throws -> JSON {
        let answer = try Tester().run(Self.query)
        #expect(answer.errors.isEmpty && answer.refused.isEmpty)
        return answer.data["__schema"]
    }

    /// The name inside of all lists and marks.
    private func named(_ reference: JSON) -> String {
        var reference = reference
        while reference["ofType"].isObject { reference = reference["ofType"] }
        return reference["name"].text
    }

    private func text(_ reference: JSON) -> String {
        switch reference["kind"].text {
        case "NON_NULL": text(reference["ofType"]) + "!"
        case "LIST": "[" + text(reference["ofType"]) + "]"
        default: reference["name"].text
        }
    }

    @Test func `the schema tells of every type, and names none that it does not tell of`() throws {
        let schema = try schema()
        #expect(schema["queryType"]["name"].text == "Query" && schema["mutationType"].isNull)
        let types = schema["types"].array
        let kinds = Dictionary(
            types.map { ($0["name"].text, $0["kind"].text) }, uniquingKeysWith: { first, _ in first })
        #expect(kinds.count == types.count && types.count > 1_000)
        var arguments = 0
        for type in types {
            for field in type["fields"].array {
                let kind = kinds[named(field["type"])]
                #expect(["SCALAR", "OBJECT", "INTERFACE", "ENUM"].contains(kind))
                for argument in field["args"].array {
                    arguments += 1
                    #expect(["SCALAR", "ENUM"].contains(kinds[named(argument["type"])]))
                }
            }
            for other in type["interfaces"].array { #expect(kinds[other["name"].text] == "INTERFACE") }
            for other in type["possibleTypes"].array { #expect(kinds[other["name"].text] == "OBJECT") }
            #expect((kinds[type["name"].text] == "ENUM") == !type["enumValues"].array.isEmpty)
            let isComposite = ["OBJECT", "INTERFACE"].contains(type["kind"].text)
            #expect(isComposite == !type["fields"].array.isEmpty, "\(type["name"].text)")
        }
        #expect(arguments > 10_000)
    }

    @Test func `resources, data types and searches are as the definitions say`() throws {
        let types = Dictionary(
            uniqueKeysWithValues: try schema()["types"].array.map { ($0["name"].text, $0) })
        func fields(_ type: String) -> [String: String] {
            let fields = types[type]?["fields"].array ?? []
            return Dictionary(uniqueKeysWithValues: fields.map { ($0["name"].text, text($0["type"])) })
        }
        func arguments(_ type: String, _ field: String) -> [String: String] {
            let fields = types[type]?["fields"].array ?? []
            let arguments = fields.first { $0["name"].text == field }?["args"].array ?? []
            return Dictionary(uniqueKeysWithValues: arguments.map { ($0["name"].text, text($0["type"])) })
        }
        let patient = fields("Patient")
        #expect(patient["resourceType"] == "String!" && patient["id"] == "ID" && patient["active"] == "Boolean")
        #expect(patient["_birthDate"] == "ElementBase" && patient["birthDate"] == "date")
        #expect(patient["name"] == "[HumanName]" && patient["contact"] == "[PatientContact]")
        #expect(patient["contained"] == "[Resource]" && patient["deceasedDateTime"] == "dateTime")
        #expect(patient["multipleBirthInteger"] == "Int" && patient["ObservationList"] == "[Observation]")
        #expect(fields("Quantity")["value"] == "Float" && fields("HumanName")["_given"] == "[ElementBase]")
        #expect(fields("Reference")["resource"] == "Resource")
        #expect(arguments("Reference", "resource") == ["optional": "Boolean", "type": "ResourceTypeName"])
        #expect(arguments("Patient", "name")["use"] == "code" && arguments("Patient", "birthDate").isEmpty)
        let query = fields("Query")
        #expect(query["Patient"] == "Patient" && query["PatientConnection"] == "PatientConnection")
        #expect(arguments("Query", "Patient") == ["id": "ID!"])
        let search = arguments("Query", "ConditionList")
        #expect(search["clinical_status"] == "[token]" && search["patient"] == "[reference]")
        #expect(search["onset_date"] == "[date]" && search["_id"] == "[token]" && search["_count"] == "Int")
        #expect(search["_include"] == nil && search["cursor"] == nil)
        #expect(arguments("Query", "ConditionConnection")["cursor"] == "ID")
        let reverse = arguments("Patient", "ConditionList")
        #expect(reverse["_reference"] == "ConditionReference!" && reverse["clinical_status"] == "[token]")
        #expect(fields("Observation")["PatientList"] == nil)
        #expect(
            fields("PatientConnection") == [
                "count": "Int", "offset": "Int", "pagesize": "Int", "first": "ID", "previous": "ID", "next": "ID",
                "last": "ID", "edges": "[PatientEdge]",
            ])
        #expect(fields("PatientEdge") == ["mode": "code", "score": "Float", "resource": "Patient"])
        #expect(types["Resource"]?["possibleTypes"].array.count == 146)
    }

    @Test func `a type is found by its name, and what is asked of one resource starts from its type`() throws {
        let tester = try Tester([#"{"resourceType":"Patient","id":"p"}"#])
        let found = try tester.run(
            #"{a:__type(name:"Nothing"){name} b:__type(name:"Resource"){kind possibleTypes{name}} __typename}"#)
        #expect(found.data["a"].isNull && found.data["b"]["kind"].text == "INTERFACE")
        #expect(found.data["__typename"].text == "Query")
        let onPatient = try tester.run("{__schema{queryType{name}} __typename}", on: "Patient/p")
        #expect(onPatient.dataText == #"{"__schema":{"queryType":{"name":"Patient"}},"__typename":"Patient"}"#)
    }

    @Test func `directives are told with their places`() throws {
        let answer = try Tester().run("{__schema{directives{name locations args{type{kind}}}}}")
        let directives = answer.data["__schema"]["directives"].array
        let names = ["include", "skip", "flatten", "first", "singleton", "slice", "deprecated", "specifiedBy"]
        #expect(directives.map { $0["name"].text } == names)
        #expect(directives[2]["locations"].array.map(\.text) == ["FIELD"])
        #expect(directives[0]["args"][0]["type"]["kind"].text == "NON_NULL")
    }
}
