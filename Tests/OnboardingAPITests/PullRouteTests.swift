import Audit
import Base
import HTTP
import JSONTape
import Testing

@Suite struct PullRouteTests {
    private func begin(_ test: TestOnboarding, _ json: String, as token: String = "admin") async throws -> HTTPResponse
    {
        try await test.post("/pulls", json, as: token)
    }

    private func member(_ response: HTTPResponse, _ name: String) throws -> String? {
        try JSONDocument(response.body.collect()).withRoot { $0.member(named: name)?.text }
    }

    @Test func `a pull is begun, looked at and stopped`() async throws {
        let test = try TestOnboarding()
        let made = try await begin(
            test, #"{"base":"https://fhir.example/r4","types":"Patient,Observation","group":"g1"}"#)
        #expect(made.status == .created)
        let id = try #require(try member(made, "id"))
        #expect(made.headers["Location"] == "/api/v1/pulls/\(id)")
        #expect(test.started.contains("start \(id)"))
        #expect(try member(made, "state") == "waiting")
        #expect(try member(made, "level") == "group")
        let read = try await test.send(.get, "/pulls/\(id)", as: "whole")
        #expect(try member(read, "types") == "Patient,Observation")
        let list = try TestOnboarding.body(try await test.send(.get, "/pulls", as: "admin"))
        #expect(list.contains(id))
        #expect(try await test.send(.delete, "/pulls/\(id)", as: "admin").status == .noContent)
        #expect(try member(try await test.send(.get, "/pulls/\(id)", as: "admin"), "state") == "cancelled")
        #expect(test.trail.entries.contains { $0.resources == ["pull/\(id)"] && $0.action == .delete })
    }

    @Test func `a plan is kept with its times, and ended`() async throws {
        let test = try TestOnboarding()
        let made = try await begin(
            test, #"{"base":"https://fhir.example/r4","schedule":"0 3 * * *","timeZone":"Europe/Berlin"}"#)
        let id = try #require(try member(made, "id"))
        #expect(test.started.contains("schedule \(id)"))
        #expect(try member(made, "timeZone") == "Europe/Berlin")
        #expect(try await test.send(.delete, "/pulls/\(id)", as: "admin").status == .noContent)
        #expect(test.started.contains("unschedule \(id)"))
        #expect(try await test.send(.get, "/pulls/\(id)", as: "admin").status == .notFound)
        #expect(try await begin(test, #"{"base":"https://fhir.example/r4","schedule":"never"}"#).status == .badRequest)
        #expect(try !TestOnboarding.body(try await test.send(.get, "/pulls", as: "admin")).contains("never"))
    }

    @Test(arguments: [
        #"{}"#, #"{"base":"fhir.example"}"#, #"{"base":"https://u@fhir.example/"}"#, #"{"base":"https://a/?x"}"#,
        #"{"base":"https://a/","level":"all"}"#, #"{"base":"https://a/","level":"patients","group":"g"}"#,
        #"{"base":"https://a/","group":"../x"}"#, #"{"base":"https://a/","since":"yesterday"}"#,
        #"{"base":"https://a/","types":"patient"}"#, #"{"base":"https://a/","typeFilter":"status"}"#,
        #"{"base":"https://a/","clientKey":"{}"}"#, #"{"base":"https://a/","tokenOrigins":"https://b/x"}"#,
        #"{"base":"https://a/","timeZone":"UTC"}"#, #"{"base":"https://a/","other":1}"#,
    ])
    func `an order that is wrong is refused, and nothing begins`(_ json: String) async throws {
        let test = try TestOnboarding()
        #expect(try await begin(test, json).status == .badRequest)
        let list = try TestOnboarding.body(try await test.send(.get, "/pulls", as: "admin"))
        #expect(list == #"{"pulls":[],"plans":[],"next":null}"#)
    }

    @Test func `another tenant's pull is as none`() async throws {
        let test = try TestOnboarding()
        let id = try #require(try member(try await begin(test, #"{"base":"https://a.example/"}"#), "id"))
        #expect(try await test.send(.get, "/pulls/\(id)", as: "stranger").status == .notFound)
        #expect(try await test.send(.delete, "/pulls/\(id)", as: "stranger").status == .notFound)
        #expect(try member(try await test.send(.get, "/pulls/\(id)", as: "admin"), "state") == "waiting")
    }
}
