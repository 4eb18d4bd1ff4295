import Access
import Base
import FHIRAPI
import HTTP
import JSONTape
import Synchronization
import Testing

/// Takes note of what is announced.
private final class NotedIntake: BulkIntake {
    let announced = Mutex<[BulkAnnouncement]>([])
    let submitted = Mutex<[BulkSubmission]>([])
    let isOver = Mutex(false)
    static let key = "k123456789012345678901"

    func begin(_ announcement: BulkAnnouncement, scope: AccessScope) throws -> String {
        if case .manifest(let url) = announcement.source, !url.hasPrefix("https://") {
            throw BulkIntakeRefusal("The manifest's url is no address of https.")
        }
        announced.withLock { $0.append(announcement) }
        return Self.key
    }

    private var status: BulkIntakeStatus {
        BulkIntakeStatus(
            isOver: isOver.withLock { $0 }, progress: "1 of 2 fetched", began: Instant(microseconds: 0),
            items: [
                .init(url: "https://p.example/m1", count: 7, rejected: 0, problem: nil),
                .init(url: "https://p.example/m2", count: 0, rejected: 2, problem: "p.example answers 404"),
            ])
    }

    func status(_ id: String, scope: AccessScope) throws -> BulkIntakeStatus? { id == Self.key ? status : nil }
    func cancel(_ id: String, scope: AccessScope) throws -> Bool { id == Self.key }
    func submit(_ submission: BulkSubmission, scope: AccessScope) throws {
        submitted.withLock { $0.append(submission) }
    }
    func submission(_ id: String, submitter: String, scope: AccessScope) throws -> String? {
        id == "s1" && submitter == "http://ids.example|lab" ? Self.key : nil
    }
    func submissionStatus(_ key: String, scope: AccessScope) throws -> (id: String, status: BulkIntakeStatus)? {
        key == Self.key ? ("s1", status) : nil
    }
}

@Suite struct BulkIntakeTests {
    private static let later: HTTPHeaders = ["Prefer": "respond-async", "Content-Type": "application/json"]
    private let intake = NotedIntake()

    private func send(
        _ test: TestAPI, _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = [:], body: String? = nil
    ) async throws -> HTTPResponse {
        var all = TestAPI.authorization
        if body != nil { all["Content-Type"] = "application/fhir+json" }
        all.merge(headers)
        return try await test.client.send(method, target, headers: all, body: Array((body ?? "").utf8))
    }

    private func parameters(_ items: String...) -> String {
        #"{"resourceType":"Parameters","parameter":[\#(items.joined(separator: ","))]}"#
    }

    private let submitter =
        #"{"name":"submitter","valueIdentifier":{"system":"http://ids.example","value":"lab"}}"#

    @Test func `an import of named files is begun, asked for and stopped`() async throws {
        let test = try TestAPI(bulkIntake: intake)
        let body = """
            {"inputFormat":"application/fhir+ndjson","inputSource":"https://p.example","storageDetail":{"type":"https"},
            "input":[{"type":"Patient","url":"https://p.example/1"},{"type":"Observation","url":"https://p.example/2"}]}
            """
        let begun = try await send(test, .post, "/fhir/$import", headers: Self.later, body: body)
        #expect(begun.status == .accepted)
        let place = try #require(begun.headers["Content-Location"])
        #expect(place == "http://fhir.test/fhir/$import/\(NotedIntake.key)")
        guard case .files(let files) = intake.announced.withLock({ $0.first?.source }) else {
            return #expect(Bool(false))
        }
        #expect(files.map(\.type) == ["Patient", "Observation"])
        let waiting = try await send(test, .get, "/fhir/$import/\(NotedIntake.key)")
        #expect(waiting.status == .accepted)
        #expect(waiting.headers["X-Progress"] == "1 of 2 fetched")
        #expect(waiting.headers["Retry-After"] != nil)
        intake.isOver.withLock { $0 = true }
        let done = try await send(test, .get, "/fhir/$import/\(NotedIntake.key)")
        #expect(done.status == .ok)
        let text = String(decoding: try done.body.collect(), as: UTF8.self)
        #expect(
            text.contains(#""error":[{"type":"OperationOutcome","inputUrl":"https://p.example/m2","count":2"#),
            "\(text)")
        try JSONDocument(Array(text.utf8)).withRoot { root in
            #expect(root.member("output")?.elements.map { $0.member("count")?.text ?? "" } == ["7", "0"])
        }
        #expect(try await send(test, .delete, "/fhir/$import/\(NotedIntake.key)").status == .accepted)
        #expect(try await send(test, .get, "/fhir/$import/other").status == .notFound)
    }

    @Test func `an import names an export with its parameters, or a manifest`() async throws {
        let test = try TestAPI(bulkIntake: intake)
        let export = parameters(
            #"{"name":"exportUrl","valueUrl":"https://p.example/fhir/Group/g1/$export?_type=Patient"}"#,
            #"{"name":"_since","valueInstant":"2026-01-01T00:00:00Z"}"#)
        #expect(try await send(test, .post, "/fhir/$import", headers: Self.later, body: export).status == .accepted)
        guard
            case .export(let base, let group, let isOfPatients, let items) = intake.announced.withLock({
                $0.last?.source
            })
        else { return #expect(Bool(false)) }
        #expect(base == "https://p.example/fhir")
        #expect(group == "g1" && !isOfPatients)
        #expect(items.map(\.name) == ["_type", "_since"])
        let manifest = parameters(
            #"{"name":"exportUrl","valueUrl":"https://p.example/m.json"}"#,
            #"{"name":"exportType","valueCode":"static"}"#)
        #expect(try await send(test, .post, "/fhir/$import", headers: Self.later, body: manifest).status == .accepted)
        guard case .manifest(let url) = intake.announced.withLock({ $0.last?.source }) else {
            return #expect(Bool(false))
        }
        #expect(url == "https://p.example/m.json")
    }

    @Test(arguments: [
        "{}", #"{"input":[]}"#,
        #"{"inputFormat":"application/fhir+xml","inputSource":"x","input":[{"type":"P","url":"u"}]}"#,
        #"{"inputFormat":"ndjson","inputSource":"x","storageDetail":{"type":"aws-s3"},"input":[{"type":"P","url":"u"}]}"#,
        #"{"inputFormat":"ndjson","inputSource":"x","input":[{"type":"Patient"}]}"#, #"{"resourceType":"Parameters"}"#,
        #"{"resourceType":"Parameters","parameter":[{"name":"exportUrl","valueUrl":"https://p.example/fhir"}]}"#,
        #"{"resourceType":"Parameters","parameter":[{"name":"other","valueUrl":"https://p.example/fhir"}]}"#,
        #"{"resourceType":"Parameters","parameter":[{"name":"exportUrl","valueUrl":"ftp://p"},{"name":"exportType","valueCode":"static"}]}"#,
    ])
    func `an import that is wrong is refused`(_ body: String) async throws {
        let test = try TestAPI(bulkIntake: intake)
        #expect(try await send(test, .post, "/fhir/$import", headers: Self.later, body: body).status == .badRequest)
        #expect(intake.announced.withLock { $0.isEmpty })
    }

    @Test func `a submission is announced, completed and reported on`() async throws {
        let test = try TestAPI(bulkIntake: intake)
        let first = parameters(
            submitter, #"{"name":"submissionId","valueString":"s1"}"#,
            #"{"name":"manifestUrl","valueUrl":"https://p.example/m1"}"#,
            #"{"name":"fhirBaseUrl","valueUrl":"https://p.example/fhir"}"#,
            #"{"name":"fileRequestHeader","part":[{"name":"headerName","valueString":"X-Key"},{"name":"headerValue","valueString":"v"}]}"#,
            #"{"name":"metadata","part":[{"name":"parameterUrl","valueUri":"http://x"}]}"#)
        #expect(try await send(test, .post, "/fhir/$bulk-submit", body: first).status == .ok)
        let last = parameters(
            submitter, #"{"name":"submissionId","valueString":"s1"}"#,
            #"{"name":"submissionStatus","valueCoding":{"system":"http://hl7.org/fhir/event-status","code":"completed"}}"#
        )
        #expect(try await send(test, .post, "/fhir/$bulk-submit", body: last).status == .ok)
        let calls = intake.submitted.withLock { $0 }
        #expect(calls.map(\.submitter) == ["http://ids.example|lab", "http://ids.example|lab"])
        #expect(calls[0].manifest?.headers.first?.name == "X-Key")
        #expect(calls[0].manifest?.base == "https://p.example/fhir")
        #expect(calls[1].status == .complete && calls[1].manifest == nil)
        let asked = try await send(
            test,
            .post, "/fhir/$bulk-submit-status",
            body: parameters(submitter, #"{"name":"submissionId","valueString":"s1"}"#))
        #expect(asked.status == .accepted)
        let place = try #require(asked.headers["Content-Location"])
        let path = String(place.dropFirst("http://fhir.test".count))
        #expect(try await send(test, .get, path).status == .accepted)
        intake.isOver.withLock { $0 = true }
        let report = try await send(test, .get, path)
        #expect(report.status == .ok)
        let file = try JSONDocument(report.body.collect()).withRoot { root in
            #expect(root.member("submissionId")?.string == "s1")
            let outcomes = root.member("outcome").map { Array($0.elements) } ?? []
            #expect(
                outcomes.map { $0.member("manifestUrl")?.string ?? "" } == [
                    "https://p.example/m1", "https://p.example/m2",
                ])
            return outcomes.last?.member("url")?.string
        }
        let outcome = try await send(test, .get, String(try #require(file).dropFirst("http://fhir.test".count)))
        #expect(outcome.headers["Content-Type"] == "application/fhir+ndjson")
        #expect(String(decoding: try outcome.body.collect(), as: UTF8.self).contains("p.example answers 404"))
        #expect(try await send(test, .get, path + "/9.ndjson").status == .notFound)
        let other = parameters(submitter, #"{"name":"submissionId","valueString":"s2"}"#)
        #expect(try await send(test, .post, "/fhir/$bulk-submit-status", body: other).status == .notFound)
    }

    @Test func `a submission that is wrong is refused`() async throws {
        let test = try TestAPI(bulkIntake: intake)
        let id = #"{"name":"submissionId","valueString":"s1"}"#
        for body in [
            parameters(id), parameters(submitter), parameters(submitter, id),
            parameters(submitter, id, #"{"name":"manifestUrl","valueUrl":"https://p.example/m1"}"#),
            parameters(submitter, id, #"{"name":"submissionStatus","valueCoding":{"code":"odd"}}"#),
            parameters(submitter, id, #"{"name":"fileEncryptionKey","part":[]}"#),
            parameters(submitter, submitter, id),
        ] {
            #expect(try await send(test, .post, "/fhir/$bulk-submit", body: body).status == .badRequest, "\(body)")
        }
        #expect(intake.submitted.withLock { $0.isEmpty })
    }

    @Test func `only who may write everything may announce anything`() async throws {
        func subject(_ role: Role, _ scopes: String?) -> AccessScope {
            var facts = Subject.Facts(account: "x", role: role)
            facts.scopes = scopes.flatMap { SMARTScopes($0) }
            return AccessScope(tenant: .standard, subject: Subject(facts))
        }
        let test = try TestAPI(
            subjects: [
                "admin": subject(.admin, nil), "writer": subject(.system, "system/*.cu"),
                "reader": subject(.system, "system/*.rs"), "narrow": subject(.system, "system/Patient.cu"),
                "clinician": subject(.clinician, nil), "app": subject(.admin, "user/*.cruds"),
            ], bulkIntake: intake)
        for (token, isLetIn) in [
            ("admin", true), ("writer", true), ("reader", false), ("narrow", false), ("clinician", false),
            ("app", false),
        ] {
            let headers: HTTPHeaders = ["Authorization": "Bearer " + token]
            let answer = try await test.client.send(.get, "/fhir/$import/none", headers: headers)
            #expect(answer.status == (isLetIn ? .notFound : .forbidden), "\(token)")
        }
        let without = try TestAPI()
        #expect(try await send(without, .get, "/fhir/$import/none").status == .badRequest)
    }
}
