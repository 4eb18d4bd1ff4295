import Access
import Base
import FHIRAPI
import Foundation
import HTTP
import RecordStore
import Testing

/// Requests that are answered later, as `Prefer: respond-async` asks.
@Suite struct DeferredTests {
    private static let later: HTTPHeaders = ["Prefer": "respond-async"]

    /// Asks for something later and waits for the answer.
    private func answer(
        _ test: TestAPI, _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = later, body: String? = nil
    ) async throws -> Answer {
        let taken = try await test.send(method, target, headers: headers, body: body)
        guard taken.status == .accepted, let place = taken.headers["Content-Location"] else {
            throw Unexpected(text: "\(taken.status.code) \(taken.text)")
        }
        #expect(taken.headers["Preference-Applied"] == "respond-async")
        let status = try #require(place.range(of: "/fhir/").map { String(place[$0.lowerBound...]) })
        while true {
            let told = try await test.get(status)
            guard told.status == .accepted else { return told }
            #expect(told.headers["Retry-After"] != nil && told.headers["X-Progress"] != nil)
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `a read, a search and a write are answered later with what they answer at once`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"), Samples.observation("o", patient: "a"))
        let read = try await answer(test, .get, "/fhir/Patient/a")
        #expect(read.status == .ok && read.headers["Content-Type"]?.hasPrefix("application/fhir+json") == true)
        #expect(read.json["resourceType"].text == "Bundle" && read.json["type"].text == "batch-response")
        #expect(read.json["entry"].array.count == 1)
        let entry = read.json["entry"][0]
        #expect(entry["response"]["status"].text == "200 OK" && entry["response"]["etag"].text == "W/\"1\"")
        let whole = try await test.get("/fhir/Patient/a")
        #expect(read.text.contains("\"resource\":" + whole.text))

        let found = try await answer(test, .get, "/fhir/Observation?subject=Patient/a&_include=Observation:subject")
        #expect(found.json["entry"][0]["resource"]["entry"].array.count == 2)
        let form: HTTPHeaders = [
            "Prefer": "respond-async", "Content-Type": "application/x-www-form-urlencoded",
        ]
        let posted = try await answer(
            test, .post, "/fhir/Observation/_search", headers: form, body: "subject=Patient/a")
        #expect(posted.json["entry"][0]["resource"]["entry"].array.count == 1)

        let written = try await answer(test, .put, "/fhir/Patient/b", body: Samples.patient("b"))
        #expect(written.json["entry"][0]["response"]["status"].text == "201 Created")
        #expect(written.json["entry"][0]["response"]["location"].text.contains("Patient/b/_history/"))
        #expect(try await test.get("/fhir/Patient/b").status == .ok)
    }

    @Test func `a transaction and a batch are answered later`() async throws {
        let test = try TestAPI()
        for type in ["transaction", "batch"] {
            let bundle =
                #"{"resourceType":"Bundle","type":"\#(type)","entry":[{"resource":\#(Samples.patient(type)),"#
                + #""request":{"method":"PUT","url":"Patient/\#(type)"}},"#
                + #"{"request":{"method":"GET","url":"Patient?_summary=count"}}]}"#
            let told = try await answer(test, .post, "/fhir", body: bundle)
            let inner = told.json["entry"][0]["resource"]
            #expect(inner["type"].text == type + "-response", "\(told.text)")
            #expect(inner["entry"][0]["response"]["status"].text == "201 Created")
            #expect(try await test.get("/fhir/Patient/\(type)").status == .ok)
        }
    }

    @Test func `what is refused is told in the entry`() async throws {
        let test = try TestAPI()
        let missing = try await answer(test, .get, "/fhir/Patient/nobody")
        #expect(missing.status == .ok)
        #expect(missing.json["entry"][0]["response"]["status"].text.hasPrefix("404"))
        let outcome = missing.json["entry"][0]["response"]["outcome"]
        #expect(outcome["resourceType"].text == "OperationOutcome")
        let unknown = try await answer(test, .get, "/fhir/Patient?famly=x")
        #expect(unknown.json["entry"][0]["response"]["outcome"]["issue"][0]["location"][0].text == "http.famly")
        let bad = try await answer(test, .put, "/fhir/Patient/a", body: "{")
        #expect(bad.json["entry"][0]["response"]["status"].text.hasPrefix("400"))
    }

    @Test func `an answer is its tenant's alone, can be removed, and is nothing in a Bundle`() async throws {
        let test = try TestAPI()
        let taken = try await test.send(.get, "/fhir/Patient", headers: Self.later)
        let place = try #require(taken.headers["Content-Location"])
        let status = try #require(place.range(of: "/fhir/").map { String(place[$0.lowerBound...]) })
        #expect(try await test.send(.get, status, token: TestAPI.otherToken).status == .notFound)
        #expect(try await test.send(.delete, status).status == .accepted)
        #expect(try await test.get(status).status == .notFound)
        let bundle =
            #"{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient"}}]}"#
        let told = try await answer(test, .post, "/fhir", body: bundle)
        #expect(told.json["entry"][0]["resource"]["entry"][0]["response"]["status"].text == "200 OK")
        // Where it stands is told at once, whatever is preferred.
        #expect(try await test.send(.get, status, headers: Self.later).status == .notFound)
    }

    @Test func `what waits when the server stops is answered after its next start`() async throws {
        let test = try TestAPI { $0.asyncRunningMax = 0 }
        let taken = try await test.send(.put, "/fhir/Patient/late", headers: Self.later, body: Samples.patient("late"))
        let place = try #require(taken.headers["Content-Location"])
        let status = try #require(place.range(of: "/fhir/").map { String(place[$0.lowerBound...]) })
        #expect(try await test.get(status).headers["X-Progress"] == "waiting for others")
        test.api.stop()
        #expect(try test.store.read(.init(tenant: .standard, actor: "test"), type: "Patient", id: "late") == nil)

        let restarted = try test.restarted()
        defer { restarted.api.stop() }
        var told: Answer
        repeat {
            try await Task.sleep(for: .milliseconds(5))
            told = try Answer(await restarted.client.send(.get, status, headers: TestAPI.authorization))
        } while told.status == .accepted
        #expect(told.json["entry"][0]["response"]["status"].text == "201 Created", "\(told.text)")
        #expect(try test.store.read(.init(tenant: .standard, actor: "test"), type: "Patient", id: "late") != nil)
    }
}
