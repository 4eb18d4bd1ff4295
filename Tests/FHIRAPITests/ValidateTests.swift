import FHIRAPI
import HTTP
import Testing
import Validation

@Suite struct ValidateTests {
    private static let good =
        #"{"resourceType":"Patient","text":{"status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}}"#
    /// Fine in structure, but the end comes before the start.
    private static let backwards =
        #"{"resourceType":"Patient","id":"a","name":[{"period":{"start":"2020-01-01","end":"2010-01-01"}}]}"#

    private func errors(_ answer: Answer) -> [String] {
        answer.json["issue"].array.filter { $0["severity"].text == "error" }.map { $0["expression"][0].text }
    }

    @Test func `a resource without fault is told to have none`() async throws {
        let test = try TestAPI()
        let answer = try await test.send(.post, "/fhir/Patient/$validate", body: Self.good)
        #expect(answer.status == .ok && answer.issue.hasPrefix("informational"), "\(answer.text)")
        #expect(try await test.ids("/fhir/Patient").isEmpty)
    }

    @Test func `findings have severity, place and line, and the answer is 200`() async throws {
        let test = try TestAPI()
        let answer = try await test.send(.post, "/fhir/Patient/$validate", body: Self.backwards)
        #expect(answer.status == .ok)
        #expect(errors(answer) == ["Patient.name[0].period"])
        #expect(answer.json["issue"].array.contains { $0["location"][0].text.hasPrefix("Line 1, Column ") })
    }

    @Test func `resource, mode and profile come in Parameters, too`() async throws {
        let test = try TestAPI()
        func send(_ more: String, _ path: String = "/fhir/Patient/$validate") async throws -> Answer {
            try await test.send(
                .post, path,
                body:
                    #"{"resourceType":"Parameters","parameter":[{"name":"resource","resource":\#(Self.good)}\#(more)]}"#
            )
        }
        #expect(errors(try await send("")) == [])
        #expect(errors(try await send(#",{"name":"mode","valueCode":"create"}"#)) == [])
        #expect(errors(try await send(#",{"name":"mode","valueCode":"update"}"#)) == ["Patient.id"])
        #expect(try await send(#",{"name":"mode","valueCode":"perhaps"}"#).status == .badRequest)
        #expect(try await send(#",{"name":"mode","valueCode":"profile"}"#).status == .badRequest)
        let unknown = try await send(#",{"name":"profile","valueUri":"http://example.org/none"}"#)
        #expect(unknown.status == .ok && errors(unknown) == ["Patient"])
        #expect(try await test.send(.post, "/fhir/Patient/$validate", body: nil).status == .badRequest)
        #expect(try await test.get("/fhir/Patient/$validate?profle=x").status.code >= 400)
        #expect(errors(try await test.send(.post, "/fhir/Observation/$validate", body: Self.good)) == ["Patient"])
    }

    @Test func `what is stored is validated by its address, also against a profile that is stored`() async throws {
        let test = try TestAPI()
        try await test.put(Self.backwards)
        #expect(errors(try await test.get("/fhir/Patient/a/$validate")) == ["Patient.name[0].period"])
        #expect(try await test.get("/fhir/Patient/none/$validate").status == .notFound)
        let path = "/fhir/Patient/a/$validate?profile=http://example.org/p"
        #expect(errors(try await test.get(path)).contains("Patient"))
        try await test.put(
            """
            {"resourceType":"StructureDefinition","id":"p","url":"http://example.org/p","name":"P","status":"active",
             "kind":"resource","abstract":false,"type":"Patient","derivation":"constraint",
             "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","differential":{"element":[
             {"id":"Patient.gender","path":"Patient.gender","min":1}]}}
            """)
        #expect(errors(try await test.get(path)) == ["Patient.name[0].period", "Patient.gender"])
    }

    @Test func `a server that validates in full refuses with 422 and all findings`() async throws {
        let test = try TestAPI { $0.validation = .full }
        let refused = try await test.send(.put, "/fhir/Patient/a", body: Self.backwards)
        #expect(refused.status == .unprocessableContent && errors(refused) == ["Patient.name[0].period"])
        #expect(try await test.send(.post, "/fhir/Patient", body: Self.good).status == .created)
    }

    @Test func `a server that does not validate takes what has a known type`() async throws {
        let wrong = #"{"resourceType":"Patient","id":"a","martlet":1}"#
        let test = try TestAPI { $0.validation = .off }
        #expect(try await test.send(.put, "/fhir/Patient/a", body: wrong).status == .created)
        let unknown = try await test.send(.put, "/fhir/Patient/a", body: #"{"resourceType":"Patent","id":"a"}"#)
        #expect(unknown.status == .unprocessableContent)
        let standard = try TestAPI()
        #expect(try await standard.send(.put, "/fhir/Patient/a", body: wrong).status == .unprocessableContent)
    }
}
