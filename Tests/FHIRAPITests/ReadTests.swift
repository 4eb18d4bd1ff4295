import Base
import HTTP
import Testing

@Suite struct ReadTests {
    @Test func `a read answers the resource with its version in the header`() async throws {
        let test = try TestAPI()
        let tag = try await test.put(Samples.patient("a"))[0]
        let answer = try await test.get("/fhir/Patient/a")
        #expect(answer.status == .ok)
        #expect(answer.headers["Content-Type"] == "application/fhir+json")
        #expect(answer.headers["Cache-Control"] == "no-store")
        #expect(answer.headers["ETag"] == tag && tag == "W/\"1\"")
        let date = try #require(answer.headers["Last-Modified"])
        #expect(HTTPDate.parse(date).map { HTTPDate.format($0) } == date)
        #expect(answer.json["id"].text == "a")
        #expect(answer.json["meta"]["versionId"].text == "1")
        #expect(answer.text.hasSuffix(#""gender":"female","birthDate":"1970-01-31"}"#))
    }

    @Test func `digits of a decimal come back as they were sent`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.observation("o", patient: "a", value: "1.5000"))
        #expect(try await test.get("/fhir/Observation/o").text.contains(#""value":1.5000,"#))
        #expect(try await test.get("/fhir/Observation/o?_pretty=true").text.contains(#""value": 1.5000,"#))
    }

    @Test func `what a client has already is not sent again`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"))
        let first = try await test.get("/fhir/Patient/a")
        for tags in ["W/\"1\"", "\"1\"", "\"0\", W/\"1\"", "*"] {
            let answer = try await test.get("/fhir/Patient/a", headers: ["If-None-Match": tags])
            #expect(answer.status == .notModified && answer.bytes.isEmpty)
            #expect(answer.headers["ETag"] == "W/\"1\"")
        }
        let date = try #require(first.headers["Last-Modified"])
        #expect(try await test.get("/fhir/Patient/a", headers: ["If-Modified-Since": date]).status == .notModified)
        let early = "Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(try await test.get("/fhir/Patient/a", headers: ["If-Modified-Since": early]).status == .ok)
        #expect(try await test.get("/fhir/Patient/a", headers: ["If-None-Match": "W/\"2\""]).status == .ok)
        // The tag decides where both are sent.
        let both: HTTPHeaders = ["If-None-Match": "W/\"2\"", "If-Modified-Since": date]
        #expect(try await test.get("/fhir/Patient/a", headers: both).status == .ok)
    }

    @Test func `what is not there is 404 and what was deleted is 410`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"))
        let missing = try await test.get("/fhir/Patient/b")
        #expect(missing.status == .notFound && missing.issue == "not-found: There is no Patient/b.")
        let unknown = try await test.get("/fhir/Patent/b")
        #expect(unknown.status == .notFound && unknown.issue.contains("no resource type \"Patent\""))
        #expect(try await test.get("/fhir/Patient/a%2Fb").status == .notFound)
        #expect(try await test.get("/fhir/DomainResource/a").status == .notFound)
        #expect(try await test.send(.delete, "/fhir/Patient/a").status == .noContent)
        let gone = try await test.get("/fhir/Patient/a")
        #expect(gone.status == .gone && gone.issue.hasPrefix("deleted:"))
        #expect(gone.headers["ETag"] == "W/\"2\"")
    }

    @Test func `each version can be read for itself`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a", family: "One"), Samples.patient("a", family: "Two"))
        try await test.put(Samples.patient("b"))
        #expect(try await test.get("/fhir/Patient/a/_history/1").text.contains("One"))
        let second = try await test.get("/fhir/Patient/a/_history/2")
        #expect(second.text.contains("Two") && second.headers["ETag"] == "W/\"2\"")
        for version in ["0", "3", "99", "01", "x", "18446744073709551616", "-1"] {
            let answer = try await test.get("/fhir/Patient/a/_history/\(version)")
            #expect(answer.status == .notFound, "\(version)")
        }
        _ = try await test.send(.delete, "/fhir/Patient/a")
        #expect(try await test.get("/fhir/Patient/a/_history/4").status == .gone)
        #expect(try await test.get("/fhir/Patient/a/_history/2").status == .ok)
    }

    @Test func `a read at a moment shows what held then`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a", family: "One"))
        let first = try await test.get("/fhir/Patient/a").json["meta"]["lastUpdated"].text
        try await test.put(Samples.patient("a", family: "Two"))
        #expect(try await test.get("/fhir/Patient/a?_at=\(first)").text.contains("One"))
        #expect(try await test.get("/fhir/Patient/a?_at=2000-01-01").status == .notFound)
        #expect(try await test.get("/fhir/Patient/a?_at=yesterday").status == .badRequest)
        let found = try await test.get("/fhir/Patient?_at=\(first)")
        #expect(found.json["entry"][0]["resource"]["name"][0]["family"].text == "One")
    }

    @Test func `a part of a resource has its modifiers and is tagged`() async throws {
        let test = try TestAPI()
        let withText =
            #"{"resourceType":"Patient","id":"a","meta":{"profile":["http://p"]},"implicitRules":"http://r","#
            + #""text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"#
            + #""active":true,"name":[{"family":"Doe"}],"maritalStatus":{"text":"M"},"#
            + #""contact":[{"name":{"family":"X"}}]}"#
        try await test.put(withText)
        let elements = try await test.get("/fhir/Patient/a?_elements=name").json
        #expect(elements.keys == ["resourceType", "id", "meta", "implicitRules", "active", "name"])
        #expect(elements["meta"]["tag"][0]["code"].text == "SUBSETTED")
        #expect(elements["meta"]["profile"][0].text == "http://p")
        let text = try await test.get("/fhir/Patient/a?_summary=text").json
        #expect(text.keys == ["resourceType", "id", "meta", "implicitRules", "text", "active"])
        let data = try await test.get("/fhir/Patient/a?_summary=data").json
        #expect(!data["text"].isThere && data["contact"].isThere)
        let summary = try await test.get("/fhir/Patient/a?_summary=true").json
        #expect(summary.keys == ["resourceType", "id", "meta", "implicitRules", "active", "name"])
        #expect(!(try await test.get("/fhir/Patient/a?_summary=false").json["meta"]["tag"].isThere))
        #expect(try await test.get("/fhir/Patient/a?_summary=count").status == .badRequest)
        let unknown = try await test.get("/fhir/Patient/a?_elements=nam")
        #expect(unknown.status == .badRequest && unknown.issue.contains("no element \"nam\""))
    }

    @Test func `a parameter that a read does not know is refused by name`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"))
        let answer = try await test.get("/fhir/Patient/a?_since=2020")
        #expect(answer.status == .badRequest && answer.issue.contains("\"_since\""))
        #expect(answer.json["issue"][0]["location"][0].text == "http._since")
    }

    @Test func `a pretty answer says the same`() async throws {
        let test = try TestAPI()
        let tricky =
            #"{"resourceType":"Patient","id":"a","name":[{"family":"{\"[,]:\\\"}","text":"","given":[]}]}"#
            .replacing(#","text":"","given":[]"#, with: "")
        try await test.put(tricky)
        let plain = try await test.get("/fhir/Patient/a")
        let pretty = try await test.get("/fhir/Patient/a?_pretty=true")
        #expect(pretty.text.contains("\n  \"id\": \"a\",\n"))
        #expect(pretty.json["name"][0]["family"].text == plain.json["name"][0]["family"].text)
        #expect(pretty.json["name"][0]["family"].text == #"{"[,]:\"}"#)
    }

    @Test func `HEAD tells the header alone`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"))
        let answer = try await test.send(.head, "/fhir/Patient/a")
        #expect(answer.status == .ok && answer.bytes.isEmpty && answer.headers["ETag"] == "W/\"1\"")
        #expect(try await test.send(.head, "/fhir/Patient/b").status == .notFound)
    }
}
