import Access
import Audit
import HTTP
import Testing

@Suite struct AuditingTests {
    private static let observation = """
        {"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"}}
        """

    @Test func `every answer leaves its entry, with who, whose and what`() async throws {
        let test = try TestAPI()
        let version = try await test.put(Samples.patient("a"), Self.observation)
        _ = try await test.get("/fhir/Observation/o")
        _ = try await test.get("/fhir/Observation?patient=a")
        _ = try await test.get("/fhir/Patient/a/_history")
        _ = try await test.get("/fhir/Patient/nobody")
        _ = try await test.send(.delete, "/fhir/Observation/o")
        let entries = test.trail.entries()
        #expect(version.count == 2)
        #expect(
            entries.map(\.event) == [
                "update", "update", "read", "search-type", "history-instance", "read", "delete",
            ])
        #expect(
            entries.map(\.category) == [.change, .change, .access, .access, .access, .access, .change])
        #expect(entries.map(\.patients) == [["a"], ["a"], ["a"], ["a"], ["a"], [], ["a"]])
        #expect(entries.map(\.status) == [201, 201, 200, 200, 200, 404, 204])
        #expect(entries.map(\.outcome) == [.success, .success, .success, .success, .success, .minorFailure, .success])
        #expect(entries.allSatisfy { $0.agent == "test" })
        #expect(entries[2].request == "GET /fhir/Observation/o")
        #expect(entries[2].resources == ["Observation/o/_history/2"])
        #expect(entries[3].action == .execute && entries[2].action == .read && entries[6].action == .delete)
    }

    @Test func `a search tells the patients of what it found, includes and counts alike`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"), Samples.patient("b"), Self.observation)
        _ = try await test.get("/fhir/Observation?_include=Observation:subject&_elements=status")
        #expect(test.trail.entries().last?.patients == ["a"])
        _ = try await test.get("/fhir/Patient")
        #expect(test.trail.entries().last?.patients.sorted() == ["a", "b"])
        _ = try await test.get("/fhir/Patient?_summary=count")
        #expect(test.trail.entries().last?.patients == [])
        _ = try await test.get("/fhir/$graphql?query=%7BObservationList%7Bstatus%7D%7D")
        #expect(test.trail.entries().last?.patients == ["a"])
        _ = try await test.get("/fhir/Patient/a/$everything")
        #expect(test.trail.entries().last?.patients == ["a"])
        #expect(test.trail.entries().last?.event == "everything")
        let form: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
        _ = try await test.send(.post, "/fhir/Patient/_search", headers: form, body: "family=Doe")
        #expect(test.trail.entries().last?.request == "POST /fhir/Patient/_search?family=Doe")
    }

    @Test func `a batch leaves an entry for each of its parts and one for the whole`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"), Self.observation)
        let body = """
            {"resourceType":"Bundle","type":"batch","entry":[
              {"request":{"method":"GET","url":"Observation/o"}},{"request":{"method":"GET","url":"Patient/none"}}]}
            """
        _ = try await test.send(.post, "/fhir", body: body)
        let entries = test.trail.entries().suffix(3)
        #expect(entries.map(\.event).sorted() == ["batch", "read", "read"])
        #expect(entries.last?.event == "batch")
        #expect(Set(entries.map(\.status)) == [200, 404])
    }

    @Test func `a transaction names all whose records it changes`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("b"))
        let body = """
            {"resourceType":"Bundle","type":"transaction","entry":[
              {"resource":\(Self.observation),"request":{"method":"PUT","url":"Observation/o"}},
              {"request":{"method":"DELETE","url":"Patient/b"}}]}
            """
        _ = try await test.send(.post, "/fhir", body: body)
        let entry = try #require(test.trail.entries().last)
        #expect(entry.event == "transaction" && entry.category == .change)
        #expect(entry.patients.sorted() == ["a", "b"])
        #expect(Set(entry.resources).isSuperset(of: ["Observation/o", "Patient/b"]))
    }

    @Test func `what is refused is in the trail`() async throws {
        let test = try TestAPI()
        _ = try await test.client.get("/fhir/Patient/a", headers: ["Authorization": "Bearer wrong"])
        _ = try await test.client.get("/fhir/Patient/a")
        let strangers = test.trail.entries(of: .platform)
        #expect(strangers.map(\.category) == [.denial, .denial])
        #expect(strangers.map(\.status) == [401, 401])
        #expect(strangers.allSatisfy { $0.agent == "anonymous" && $0.outcome == .minorFailure })
        _ = try await test.get("/t/other/fhir/Patient/a")
        #expect(test.trail.entries().map(\.category) == [.denial])
    }

    @Test(arguments: ["/fhir/Patient/a", "/fhir/Patient", "/fhir/Patient/a/_history", "/fhir/Patient/a/$everything"])
    func `nothing leaves when the trail cannot be written`(_ target: String) async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"))
        test.trail.refuses = true
        let refused = try await test.get(target)
        #expect(refused.status == .serviceUnavailable && !refused.text.contains("Doe"))
        #expect(refused.headers["Retry-After"] != nil)
        test.trail.refuses = false
        #expect(try await test.get(target).status == .ok)
    }
}
