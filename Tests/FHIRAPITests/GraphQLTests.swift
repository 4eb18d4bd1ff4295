import Base
import FHIRAPI
import HTTP
import Testing

@Suite struct GraphQLTests {
    private func test() async throws -> TestAPI {
        let test = try TestAPI()
        try await test.put(
            Samples.patient("a", family: "Abel"), Samples.patient("b", family: "Bauer"),
            Samples.practitioner("dr", npi: "1"))
        try await test.put(
            (0..<7).map { Samples.observation("o\($0)", patient: $0 < 5 ? "a" : "b", value: "1.\($0)0") })
        return test
    }

    private func query(_ text: String, _ target: String = "/fhir/$graphql") -> String {
        target + "?query=" + PercentEncoding.encode(text)
    }

    private func post(
        _ test: TestAPI, _ body: String, type: String = "application/json", to target: String = "/fhir/$graphql"
    ) async throws -> Answer {
        try await test.send(.post, target, headers: ["Content-Type": type], body: body)
    }

    @Test func `a query comes by GET, as JSON, as bare text and as Parameters, to either address`() async throws {
        let test = try await test()
        let wanted = #"{"data":{"Patient":{"id":"a","name":[{"family":"Abel"}]}}}"#
        let text = "{Patient(id:a){id name{family}}}"
        for target in ["/fhir/$graphql", "/graphql", "/t/default/fhir/$graphql"] {
            let answer = try await test.get(query(text, target))
            #expect(answer.text == wanted && answer.status == .ok)
            #expect(answer.headers["Content-Type"] == "application/json")
            #expect(answer.headers["Cache-Control"] == "no-store")
            #expect(try await post(test, text, type: "application/graphql", to: target).text == wanted)
        }
        #expect(try await post(test, #"{"query":"\#(text)","variables":null,"operationName":null}"#).text == wanted)
        let named =
            #"{"query":"query A($i:ID!){Patient(id:$i){id name{family}}} query B{__typename}","#
            + #""operationName":"A","variables":{"i":"a"}}"#
        #expect(try await post(test, named).text == wanted)
        let parameters = #"{"resourceType":"Parameters","parameter":[{"name":"query","valueString":"\#(text)"}]}"#
        #expect(try await post(test, parameters, type: "application/fhir+json").text == wanted)
        let variables = query("query($i:ID!){Patient(id:$i){id name{family}}}") + "&variables=%7B%22i%22:%22a%22%7D"
        #expect(try await test.get(variables).text == wanted)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `a filter knows codes`() async throws {
        let test = try await test()
        func names(_ gender: String) async throws -> String {
            let filter = "%resource.gender.memberOf('http://example.org/\(gender)')"
            return try await test.get(query("{name(fhirpath:\"\(filter)\"){family}}", "/fhir/Patient/a/$graphql")).text
        }
        for gender in ["male", "female"] {
            try await test.put(
                """
                {"resourceType":"ValueSet","id":"\(gender)","url":"http://example.org/\(gender)","status":"active",
                 "compose":{"include":[{"system":"http://hl7.org/fhir/administrative-gender","concept":[
                 {"code":"\(gender)"}]}]}}
                """)
        }
        #expect(try await names("female") == #"{"data":{"name":[{"family":"Abel"}]}}"#)
        #expect(try await !names("male").contains("Abel"))
    }

    @Test func `a query on one resource sees it, what it refers to and what refers to it`() async throws {
        let test = try await test()
        let answer = try await test.get(
            query("{name{family} ObservationList(_reference:patient){id}}", "/fhir/Patient/b/$graphql"))
        #expect(
            answer.text == #"{"data":{"name":[{"family":"Bauer"}],"ObservationList":[{"id":"o6"},{"id":"o5"}]}}"#)
        let subject = "{valueQuantity{value} subject{resource(type:Patient){...on Patient{name{family}}}}}"
        let other = try await test.get(query(subject, "/fhir/Observation/o3/$graphql"))
        #expect(
            other.text
                == #"{"data":{"valueQuantity":{"value":1.30},"subject":{"resource":{"name":[{"family":"Abel"}]}}}}"#)
        #expect(try await test.get(query("{id}", "/fhir/Patient/x/$graphql")).status == .notFound)
        #expect(try await test.get(query("{id}", "/fhir/Nothing/x/$graphql")).status == .notFound)
        #expect(try await test.send(.delete, "/fhir/Patient/b").status.code < 300)
        let gone = try await test.get(query("{id}", "/fhir/Patient/b/$graphql"))
        #expect(gone.status == .gone && gone.json["errors"][0]["message"].text.contains("was deleted"))
        let dangling = try await test.get(query("{subject{resource{id}}}", "/fhir/Observation/o5/$graphql"))
        #expect(dangling.status == .ok && dangling.json["errors"].array.count == 1)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `searches take the parameters of the type`() async throws {
        let test = try await test()
        func ids(_ query: String, _ field: String = "ObservationList") async throws -> [String] {
            let answer = try await test.get(self.query(query))
            #expect(!answer.json["errors"].isThere, "\(answer.text)")
            return answer.json["data"][field].array.map { $0["id"].text }
        }
        #expect(try await ids(#"{ObservationList(value_quantity:["1.10","1.50"]){id}}"#) == ["o5", "o1"])
        #expect(
            try await ids(#"{ObservationList(patient:"Patient/a",value_quantity:"gt1.1",_sort:"-value_quantity"){id}}"#)
                == ["o4", "o3", "o2"])
        #expect(try await ids("{ObservationList(code:\"http://loinc.org|8302-2\",_count:2){id}}") == ["o6", "o5"])
        #expect(
            try await ids("{PatientList(name:[\"abel\",\"bauer\"],gender:female){id}}", "PatientList") == ["b", "a"])
        #expect(try await ids("{ObservationList(fhirpath:\"value.value > 1.5\"){id}}") == ["o6"])
        #expect(try await ids("{ObservationList(_id:[o1,o2,nothing]){id}}") == ["o2", "o1"])
        let bad = try await test.get(query("{ObservationList(date:\"nonsense\"){id}}"))
        #expect(bad.status == .ok && bad.json["errors"][0]["path"][0].text == "ObservationList")
        #expect(bad.json["errors"][0]["message"].text.contains("date"))
        #expect(test.failures.all.isEmpty)
    }

    @Test(arguments: ["", "_sort:\"_id\"", "_sort:\"-date\""]) func `a connection pages forth and back at one moment`(
        _ sort: String
    ) async throws {
        let test = try await test()
        try await test.put((10..<25).map { Samples.observation("x\($0)", patient: "a", date: "2001-01-\($0)") })
        func page(_ arguments: String) async throws -> (ids: [String], page: JSON) {
            let answer = try await test.get(
                query(
                    "{ObservationConnection\(arguments.isEmpty ? "" : "(\(arguments))"){count offset pagesize first "
                        + "previous next last edges{mode resource{id}}}}"))
            #expect(!answer.json["errors"].isThere, "\(answer.text)")
            let page = answer.json["data"]["ObservationConnection"]
            return (page["edges"].array.map { $0["resource"]["id"].text }, page)
        }
        let whole = try await page("_count:1000" + (sort.isEmpty ? "" : "," + sort)).ids
        #expect(whole.count == 22)
        let first = try await page("_count:5" + (sort.isEmpty ? "" : "," + sort))
        try await test.put(Samples.observation("late", patient: "a"))
        var pages = [first]
        while let next = pages.last.map({ $0.page["next"].text }), !next.isEmpty {
            pages.append(try await page("cursor:\"\(next)\""))
        }
        #expect(pages.flatMap(\.ids) == whole && pages.count == 5)
        #expect(pages.map { $0.page["offset"].number } == [0, 5, 10, 15, 20])
        #expect(pages.allSatisfy { $0.page["count"].number == 22 && $0.page["pagesize"].number == 5 })
        #expect(try await page("_cursor:\"\(pages[0].page["last"].text)\"").ids == pages[4].ids)
        #expect(try await page("_cursor:\"\(pages[3].page["last"].text)\"").ids == pages[4].ids)
        #expect(try await page("_cursor:\"\(pages[3].page["first"].text)\"").ids == pages[0].ids)
        for place in 1..<5 {
            #expect(try await page("cursor:\"\(pages[place].page["previous"].text)\"").ids == pages[place - 1].ids)
        }
        #expect(pages[0].page["previous"].isNull)
        let last = try await page("cursor:\"\(pages[0].page["last"].text)\"")
        #expect(try await page("cursor:\"\(last.page["previous"].text)\"").ids == pages[3].ids)

        let cursor = pages[0].page["next"].text
        let tail = cursor.dropFirst(10)
        let changed = cursor.prefix(10) + (tail.first == "A" ? "B" : "A") + tail.dropFirst()
        for forged in ["x", String(changed), String(cursor.dropLast(4)), ""] {
            let answer = try await test.get(query("{ObservationConnection(cursor:\"\(forged)\"){count}}"))
            #expect(answer.json["errors"][0]["message"].text.contains("cursor"))
        }
        let elsewhere = try await test.get(query("{PatientConnection(cursor:\"\(cursor)\"){count}}"))
        #expect(elsewhere.json["errors"].array.count == 1)
        let both = try await test.get(query("{ObservationConnection(cursor:\"\(cursor)\",_count:3){count}}"))
        #expect(both.status == .badRequest)
        let tenant = try await test.send(
            .get, query("{ObservationConnection(cursor:\"\(cursor)\"){count}}"), token: TestAPI.otherToken)
        #expect(tenant.json["errors"].array.count == 1 && !tenant.text.contains("o1"))
        #expect(test.failures.all.isEmpty)
    }

    @Test func `another tenant's records are not there`() async throws {
        let test = try await test()
        let text = query("{Patient(id:a){id} PatientList{id} ObservationConnection{count}}")
        let answer = try await test.send(.get, text, token: TestAPI.otherToken)
        #expect(answer.json["data"]["Patient"].isNull && answer.json["data"]["PatientList"].array.isEmpty)
        #expect(answer.json["data"]["ObservationConnection"]["count"].number == 0)
        for target in ["/fhir/$graphql", "/graphql"] {
            #expect(try await test.send(.get, query("{__typename}", target), token: "wrong").status == .unauthorized)
        }
        #expect(try await test.get(query("{__typename}", "/t/other/fhir/$graphql")).status == .forbidden)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `what is no request is refused with a document of errors`() async throws {
        let test = try await test()
        func check(_ answer: Answer, _ status: HTTPStatus, _ text: String) {
            #expect(answer.status == status && answer.headers["Content-Type"] == "application/json")
            let error = answer.json["errors"][0]
            #expect(error["message"].text.contains(text), "\(answer.text)")
            #expect(error["extensions"]["resource"]["resourceType"].text == "OperationOutcome")
            #expect(!answer.json["data"].isThere)
        }
        check(try await test.get("/fhir/$graphql"), .badRequest, "no GraphQL document")
        check(try await test.get(query("{")), .badRequest, "Expected a name")
        check(
            try await test.get(query("{Patient(id:a){nothing}}")), .badRequest, "The type Patient has no field nothing")
        check(try await test.get(query("{__typename}") + "&variables=x"), .badRequest, "variables is no JSON")
        check(try await test.get(query("{__typename}") + "&variables=1"), .badRequest, "variables are no object")
        check(try await post(test, "[]"), .badRequest, "no JSON object")
        check(try await post(test, "{"), .badRequest, "no JSON")
        check(try await post(test, "{}"), .badRequest, "no GraphQL document")
        check(try await post(test, #"{"query":1}"#), .badRequest, "no GraphQL document")
        check(try await post(test, #"{"query":"{__typename}","operationName":1}"#), .badRequest, "operationName")
        check(try await post(test, #"{"resourceType":"Parameters"}"#), .badRequest, "no GraphQL document")
        check(try await post(test, "{a}", type: "text/plain"), .unsupportedMediaType, "text/plain")
        check(
            try await post(test, "{a}", type: "application/graphql; charset=latin1"), .unsupportedMediaType, "latin1")
        #expect(try await test.get("/fhir/$graphql?nothing=1").status == .badRequest)
        #expect(try await test.send(.put, "/fhir/$graphql", body: "{}").status == .methodNotAllowed)
        let bomb = "{" + (0..<3_000).map { "a\($0):PatientList{id}" }.joined(separator: " ") + "}"
        check(try await post(test, bomb, type: "application/graphql"), .badRequest, "selections")
        let values = (0..<1_000).map { "\"\(String(repeating: "x", count: 30))\($0)\"" }.joined(separator: ",")
        let many = try await post(test, "{PatientList(name:[\(values)]){id}}", type: "application/graphql")
        check(many, .badRequest, "16384 bytes")
        #expect(test.failures.all.isEmpty)
    }

    @Test func `the capability statement tells of the operation`() async throws {
        let test = try TestAPI()
        let statement = try await test.get("/fhir/metadata").json
        let operations = statement["rest"][0]["operation"].array.map { $0["name"].text }
        #expect(operations.contains("graphql"))
    }
}
