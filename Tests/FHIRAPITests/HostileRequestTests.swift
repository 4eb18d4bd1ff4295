import Base
import FHIRAPI
import HTTP
import Testing

@Suite struct HostileRequestTests {
    @Test func `random requests are answered, and never by the server's own fault`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"), Samples.observation("o", patient: "a"))
        var random = SeededRandom(seed: 42)
        let pieces = [
            "Patient", "Observation", "a", "o", "_history", "_search", "metadata", "1", "%00", "%2F", "..",
            "$everything",
            "%F0%9F%A6%86", "'", String(repeating: "x", count: 300),
        ]
        let names = [
            "_id", "family", "_count", "_sort", "_include", "_revinclude", "_at", "_page", "_elements", "_summary",
            "date",
            "value-quantity", "code-value-quantity", "subject", "_lastUpdated", "_has:Observation:subject:code", "a.b",
            "", ":",
            "_total", "_format", "_pretty", "near",
        ]
        let values = [
            "a", "-1", "0", "1e400", "9999999999999999999999", "|", "||", "a|b|c|d", ",", "\\", "$", "%24%24", "%zz",
            "%FF",
            "Patient:link", "*", "*:*", "Observation:subject:Patient", "2020-02-30", "ge2020", "gt", "true", "json",
            "AAAA", "",
            "%F0%9F%A6%86", "Patient/a,Patient/a/_history/1,http://x/Patient/a,%23x", "0001-01-01",
            "9999-12-31T23:59:60Z",
        ]
        let methods: [HTTPMethod] = [.get, .get, .get, .head, .post, .put, .delete, .patch, .options]
        let bodies = [
            nil, "", "{}", "[]", "a=b&%", Samples.patient("a"), #"{"resourceType":"Observation","id":"a"}"#,
            #"{"resourceType":"Patient","id":"a","contained":[{"resourceType":"Patient"}],"extension":[{}]}"#,
            String(repeating: "[", count: 10_000), #"{"resourceType":"Patient","id":"a","name":[{"family":"\ud800"}]}"#,
        ]
        for _ in 0..<1_500 {
            var target = "/fhir"
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                target += "/" + (pieces.randomElement(using: &random) ?? "")
            }
            if Bool.random(using: &random) {
                let pairs = (0...Int.random(in: 0...3, using: &random)).map { _ in
                    (names.randomElement(using: &random) ?? "") + "=" + (values.randomElement(using: &random) ?? "")
                }
                target += "?" + pairs.joined(separator: "&")
            }
            var headers: HTTPHeaders = [:]
            for name in ["If-Match", "If-None-Match", "If-Modified-Since", "Prefer", "Accept", "Content-Type"]
            where Int.random(in: 0..<6, using: &random) == 0 {
                headers[name] = values.randomElement(using: &random) ?? ""
            }
            let method = methods.randomElement(using: &random) ?? .get
            let body = bodies.randomElement(using: &random) ?? nil
            let answer = try await test.send(method, target, headers: headers, body: body)
            #expect(answer.status.code < 500, "\(method) \(target): \(answer.text)")
            if answer.status.code >= 400, method != .head {
                #expect(answer.json["resourceType"].text == "OperationOutcome", "\(method) \(target)")
                #expect(!answer.issue.hasSuffix(": "))
            }
        }
        #expect(test.failures.all.isEmpty)
    }

    @Test func `with too much to do, work is refused and reads go on`() async throws {
        let busy = try TestAPI { $0.waitingMax = 0 }
        let refused = try await busy.send(.put, "/fhir/Patient/a", body: Samples.patient("a"))
        #expect(refused.status == .serviceUnavailable && refused.headers["Retry-After"] == "1")
        #expect(refused.issue.hasPrefix("transient:"))
        #expect(try await busy.get("/fhir/Patient").status == .serviceUnavailable)
        #expect(try await busy.get("/fhir/Patient/a").status == .notFound)
    }

    @Test func `what was taken is answered before the interface stops`() async throws {
        let test = try TestAPI()
        let answers = try await withThrowingTaskGroup(of: HTTPStatus.self) { group in
            for number in 0..<40 {
                group.addTask {
                    try await test.send(.put, "/fhir/Patient/p\(number)", body: Samples.patient("p\(number)")).status
                }
            }
            group.addTask {
                test.api.stop()
                return .ok
            }
            return try await group.reduce(into: [HTTPStatus]()) { $0.append($1) }
        }
        #expect(answers.count == 41)
        #expect(answers.allSatisfy { $0 == .created || $0 == .ok || $0 == .serviceUnavailable })
    }

    @Test func `a form and an address that ask for too much are refused`() async throws {
        let test = try TestAPI()
        let form: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
        let many = (0..<101).map { "family=f\($0)" }.joined(separator: "&")
        let parameters = try await test.send(.post, "/fhir/Patient/_search", headers: form, body: many)
        #expect(parameters.status == .badRequest && parameters.issue.hasPrefix("too-costly:"))
        let values = "_id=" + (0..<1_001).map { "f\($0)" }.joined(separator: ",")
        let lenient: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded", "Prefer": "handling=lenient"]
        let answer = try await test.send(.post, "/fhir/Patient/_search", headers: lenient, body: values)
        #expect(answer.status == .badRequest && answer.issue.hasPrefix("too-costly:"))
    }
}
