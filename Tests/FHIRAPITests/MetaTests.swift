import FHIRAPI
import HTTP
import Testing

@Suite struct MetaTests {
    private func body(_ meta: String) -> String {
        #"{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":\#(meta)}]}"#
    }

    private func codes(_ answer: Answer, _ name: String = "tag") -> [String] {
        answer.json["parameter"][0]["valueMeta"][name].array.map { $0["code"].text }
    }

    @Test func `labels are added once and taken away`() async throws {
        let test = try TestAPI()
        try await test.put(
            #"{"resourceType":"Patient","id":"a","meta":{"source":"urn:x","tag":[{"system":"s","code":"one"}]},"active":true}"#
        )
        let added = try await test.send(
            .post, "/fhir/Patient/a/$meta-add",
            body: body(
                #"{"profile":["http://p"],"security":[{"system":"c","code":"R"}],"#
                    + #""tag":[{"system":"s","code":"one"},{"system":"s","code":"two"}]}"#))
        #expect(
            added.status == .ok && codes(added) == ["one", "two"] && codes(added, "security") == ["R"], "\(added.text)")
        #expect(added.json["parameter"][0]["valueMeta"]["versionId"].text == "2")
        let again = try await test.send(
            .post, "/fhir/Patient/a/$meta-add", body: body(#"{"tag":[{"system":"s","code":"two"}]}"#))
        #expect(again.headers["ETag"] == "W/\"2\"")
        let removed = try await test.send(
            .post, "/fhir/Patient/a/$meta-delete",
            body: body(#"{"profile":["http://p"],"tag":[{"system":"s","code":"one","display":"x"}]}"#))
        #expect(codes(removed) == ["two"] && removed.headers["ETag"] == "W/\"3\"")
        let patient = try await test.get("/fhir/Patient/a").json
        #expect(patient["meta"]["source"].text == "urn:x" && patient["active"].isThere)
        #expect(!patient["meta"]["profile"].isThere && patient["meta"]["tag"].array.count == 1)
        #expect(codes(try await test.get("/fhir/Patient/a/$meta")) == ["two"])
    }

    @Test func `the labels of a type and of the system are gathered`() async throws {
        let test = try TestAPI()
        try await test.put(
            #"{"resourceType":"Patient","id":"a","meta":{"tag":[{"system":"s","code":"one"}]}}"#,
            #"{"resourceType":"Patient","id":"b","meta":{"tag":[{"system":"s","code":"one"}],"profile":["http://p"]}}"#,
            #"{"resourceType":"Practitioner","id":"c","meta":{"tag":[{"system":"s","code":"two"}]}}"#,
            Samples.patient("d"))
        #expect(codes(try await test.get("/fhir/Patient/$meta")) == ["one"])
        #expect(Set(codes(try await test.get("/fhir/$meta"))) == ["one", "two"])
        let none = try await test.get("/fhir/Encounter/$meta")
        #expect(none.status == .ok && !none.json["parameter"][0]["valueMeta"].isThere)
    }

    @Test func `what the operations cannot do is refused`() async throws {
        let test = try TestAPI { $0.metaResourcesMax = 1 }
        try await test.put(
            #"{"resourceType":"Patient","id":"a","meta":{"tag":[{"code":"x"}]}}"#,
            #"{"resourceType":"Patient","id":"b","meta":{"tag":[{"code":"x"}]}}"#)
        #expect(try await test.get("/fhir/Patient/$meta").issue.hasPrefix("too-costly"))
        #expect(try await test.get("/fhir/Patient/nobody/$meta").status == .notFound)
        #expect(try await test.get("/fhir/Patent/$meta").status == .notFound)
        let meta = body(#"{"tag":[{"code":"y"}]}"#)
        #expect(try await test.send(.post, "/fhir/Patient/nobody/$meta-add", body: meta).status == .notFound)
        #expect(
            try await test.send(.post, "/fhir/Patient/a/$meta-add", headers: ["If-Match": "W/\"9\""], body: meta).status
                == .preconditionFailed)
        #expect(
            try await test.send(.post, "/fhir/Patient/a/$meta-add", body: #"{"resourceType":"Parameters"}"#).status
                == .badRequest)
        #expect(
            try await test.send(.post, "/fhir/Patient/a/$meta-add", body: body("5")).status == .unprocessableContent)
    }
}
