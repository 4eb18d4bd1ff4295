import Access
import HTTP
import Testing

@Suite struct AdmissionTests {
    @Test(arguments: [
        "/fhir/Patient/a", "/fhir/Patient", "/fhir/Observation", "/fhir/Patient/a/_history",
        "/fhir/Patient/a/_history/1",
        "/t/default/fhir/Patient/a",
    ])
    func `without a valid token nothing is answered`(_ target: String) async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"))
        let bare = try Answer(await test.client.get(target))
        #expect(bare.status == .unauthorized)
        #expect(bare.headers["WWW-Authenticate"] == "Bearer realm=\"FHIR\"")
        #expect(bare.issue.hasPrefix("login:") && !bare.text.contains("Doe"))
        for value in [
            "Bearer wrong", "Basic \(TestAPI.token)", "Bearer", "Bearer ", TestAPI.token, "Bearer\(TestAPI.token)",
        ] {
            let answer = try Answer(await test.client.get(target, headers: ["Authorization": value]))
            #expect(answer.status == .unauthorized, "\(value)")
        }
        let lowercase: HTTPHeaders = ["authorization": "bearer  \(TestAPI.token)"]
        #expect(try await test.client.get(target, headers: lowercase).status == .ok)
    }

    @Test func `what the server can do is told to everybody, and nothing of any tenant with it`() async throws {
        let test = try TestAPI()
        let bare = try Answer(await test.client.get("/fhir/metadata"))
        #expect(bare.status == .ok && bare.json["resourceType"].text == "CapabilityStatement")
        let unknown = try Answer(
            await test.client.get("/t/nobody/fhir/metadata", headers: ["Authorization": "Bearer x"]))
        #expect(unknown.status == .ok && unknown.text == bare.text)
        #expect(test.trail.entries(of: .platform).isEmpty)
    }

    @Test func `a write without a valid token changes nothing`() async throws {
        let test = try TestAPI()
        let body = Array(Samples.patient("a").utf8)
        let headers: HTTPHeaders = ["Content-Type": "application/fhir+json"]
        #expect(try await test.client.put("/fhir/Patient/a", headers: headers, body: body).status == .unauthorized)
        #expect(try await test.client.post("/fhir/Patient", headers: headers, body: body).status == .unauthorized)
        #expect(try await test.client.delete("/fhir/Patient/a").status == .unauthorized)
        #expect(try await test.get("/fhir/Patient?_summary=count").json["total"].number == 0)
    }

    @Test func `tenants see nothing of each other`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"))
        let other = TestAPI.otherToken
        #expect(try await test.send(.get, "/fhir/Patient/a", token: other).status == .notFound)
        #expect(try await test.send(.get, "/fhir/Patient", token: other).json["total"].number == 0)
        #expect(try await test.send(.get, "/t/default/fhir/Patient/a", token: other).status == .forbidden)
        #expect(try await test.send(.get, "/t/nobody/fhir/Patient/a", token: other).status == .forbidden)
        #expect(try await test.send(.get, "/t/other/fhir/Patient/a", token: other).status == .notFound)
        let own = try await test.get("/t/default/fhir/Patient?_id=a")
        #expect(own.json["entry"][0]["fullUrl"].text == "http://fhir.test/t/default/fhir/Patient/a")
        #expect(own.link("self") == "/t/default/fhir/Patient?_id=a")
    }

    @Test func `formats other than JSON of R4 are refused`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"))
        for accept in [
            "application/fhir+xml", "text/html", "application/fhir+json;fhirVersion=5.0", "application/json;q=0",
        ] {
            let answer = try await test.get("/fhir/Patient/a", headers: ["Accept": accept])
            #expect(answer.status == .notAcceptable, "\(accept)")
            #expect(answer.headers["Content-Type"] == "application/fhir+json")
        }
        for accept in [
            "application/fhir+json", "application/json", "*/*", "text/html, application/*;q=0.5",
            "application/fhir+json; fhirVersion=4.0", "application/fhir+json;charset=utf-8", "application/json+fhir",
        ] {
            #expect(try await test.get("/fhir/Patient/a", headers: ["Accept": accept]).status == .ok, "\(accept)")
        }
        let xml: HTTPHeaders = ["Accept": "application/fhir+xml"]
        for format in ["json", "application/json", "application/fhir+json", "application%2Ffhir%2Bjson"] {
            #expect(try await test.get("/fhir/Patient/a?_format=\(format)", headers: xml).status == .ok, "\(format)")
        }
        for format in ["xml", "application/fhir%2Bxml", "ttl", "html", ""] {
            #expect(try await test.get("/fhir/Patient/a?_format=\(format)").status == .notAcceptable, "\(format)")
        }
    }

    @Test func `what no route takes is an OperationOutcome, too`() async throws {
        let test = try TestAPI()
        let none = try await test.get("/fhir/Patient/a/b/c/d")
        #expect(none.status == .notFound && none.json["resourceType"].text == "OperationOutcome")
        let patch = try await test.send(.post, "/fhir/Patient/a", body: "{}")
        #expect(patch.status == .methodNotAllowed && patch.json["resourceType"].text == "OperationOutcome")
        let allowed = Set((patch.headers["Allow"] ?? "").split(separator: ", ").map(String.init))
        #expect(allowed == ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
        let options = try await test.send(.options, "/fhir/Patient")
        #expect(options.status == .noContent && options.headers["Allow"]?.contains("POST") == true)
        let malformed = try await test.get("/fhir/Patient/%zz")
        #expect(malformed.status == .badRequest && malformed.json["resourceType"].text == "OperationOutcome")
        let elsewhere = try await test.client.get("/elsewhere")
        #expect(elsewhere.headers["Content-Type"] == "application/problem+json")
    }
}
