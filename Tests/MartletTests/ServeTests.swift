import Foundation
import Testing

/// The built program as a server.
@Suite struct ServeTests {
    private let home: TemporaryFolder

    init() throws {
        home = try TemporaryFolder()
    }

    private var data: String { home.path("data") }

    private func ingest(_ lines: String) throws -> ProgramProcess.Outcome {
        try ProgramProcess.run(["ingest", "-", "--data", data, "--json"], input: lines)
    }

    private static let patient = #"{"resourceType":"Patient","id":"p1","birthDate":"1970-01-01"}"# + "\n"

    @Test func `synthetic patients go in and come out, for holders of a token`() throws {
        let zip = home.path("x.zip")
        #expect(try ProgramProcess.run(["synth", "--patients", "2", "--out", zip]).code == 0)
        let ingested = try ProgramProcess.run(["ingest", zip, "--data", data])
        #expect(ingested.code == 0)
        #expect(ingested.output.hasPrefix("Took in "))
        #expect(ingested.output.contains("By type:"))

        let serving = try Serving(data)
        let found = try serving.get("/fhir/Patient?_count=3")
        #expect(found.status == 200)
        #expect(found.text.components(separatedBy: #""resource":{"resourceType":"Patient""#).count == 3)
        for target in ["/fhir/Patient?_count=3", "/fhir/Nothing", "/t/default/fhir/Patient", "/t/none/fhir/Patient"] {
            let refused = try serving.get(target, withToken: false)
            #expect(refused.status == 401, "\(target)")
            #expect(refused.text.contains(#""resourceType":"OperationOutcome""#))
            #expect(refused.text.contains("WWW-Authenticate: Bearer"))
        }
        for target in ["/fhir/metadata", "/.well-known/smart-configuration", "/api/openapi.json"] {
            #expect(try serving.get(target, withToken: false).status == 200, "\(target)")
        }
        let wrong = try WireClient.get("/fhir/Patient", port: serving.port, token: serving.token + "x")
        #expect(wrong.status == 401)

        let status = try serving.get("/", withToken: false)
        #expect(status.status == 200)
        #expect(status.text.contains("<dt>Patients</dt><dd>2</dd>"))
        #expect(try serving.get("/livez", withToken: false).status == 200)
        #expect(try serving.get("/readyz", withToken: false).text.contains(#""status":"ready""#))

        let outcome = serving.stop()
        #expect(outcome.code == 0)
        #expect(outcome.errors.hasSuffix("Stopped.\n"))
    }

    @Test func `errors read as the part of the server asks`() throws {
        let serving = try Serving(data)
        let unknown = try serving.get("/fhir/NoSuchType/1")
        #expect(unknown.status == 404)
        #expect(unknown.text.contains("application/fhir+json"))
        let elsewhere = try serving.get("/nowhere")
        #expect(elsewhere.status == 404)
        #expect(elsewhere.text.contains("application/problem+json"))
        #expect(serving.stop().code == 0)
    }

    @Test func `whoever lacks a token is refused before the upload`() throws {
        let serving = try Serving(data)
        let client = try WireClient(port: serving.port)
        let head = WireClient.head("POST", "/fhir/Patient", token: nil)
        try client.send(head + "Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n")
        let answer = try client.receive()
        #expect(answer.status == 401)
        #expect(serving.stop().code == 0)
    }

    @Test func `a body that is too large is refused by its header, with an outcome that tells the limit`() throws {
        let serving = try Serving(data)
        let client = try WireClient(port: serving.port)
        let head = WireClient.head("POST", "/fhir/Patient", token: serving.token)
        try client.send(
            head + "Content-Type: application/fhir+json\r\nContent-Length: 100000000000\r\n"
                + "Expect: 100-continue\r\n\r\n")
        let answer = try client.receive()
        #expect(answer.status == 413)
        #expect(answer.text.contains(#""resourceType":"OperationOutcome""#))
        #expect(answer.text.contains("bytes"))
        #expect(serving.stop().code == 0)
    }

    @Test func `a second process is told who has the store`() throws {
        let serving = try Serving(data)
        let ingested = try ingest(Self.patient)
        #expect(ingested.code == 1)
        #expect(ingested.output.isEmpty)
        #expect(
            ingested.errors
                == "martlet ingest: the store in \(data) is in use by 'martlet serve', process "
                + "\(serving.process.identifier); stop that one first\n")
        #expect(serving.stop().code == 0)
        #expect(try ingest(Self.patient).code == 0)
    }

    @Test func `tokens stay good and records the same over a restart`() throws {
        #expect(try ingest(Self.patient).code == 0)
        let first = try Serving(data)
        let before = try first.get("/fhir/Patient/p1")
        #expect(first.stop().code == 0)
        let second = try Serving(data)
        #expect(try WireClient.get("/fhir/Patient/p1", port: second.port, token: first.token).status == 200)
        #expect(try second.get("/fhir/Patient/p1").text.hasSuffix(before.text.suffix(60)))
        second.process.signal(SIGINT)
        #expect(second.process.finish().code == 0)
    }

    @Test func `a request under way finishes before a stop`() throws {
        let serving = try Serving(data)
        let body = #"{"resourceType":"Patient","id":"late"}"#
        let client = try beginUpload(to: serving, byteCount: body.utf8.count)
        serving.process.signal(SIGTERM)
        #expect(serving.process.waitForError("Stopping"))
        usleep(200_000)
        #expect(serving.process.isRunning)
        try client.send(body)
        #expect(try client.receive().status == 201)
        #expect(serving.process.finish().code == 0)
        let again = try Serving(data)
        #expect(try again.get("/fhir/Patient/late").status == 200)
        #expect(again.stop().code == 0)
    }

    @Test func `a second signal ends it at once, and the store opens again`() throws {
        let serving = try Serving(data)
        let client = try beginUpload(to: serving, byteCount: 1_000)
        serving.process.signal(SIGTERM)
        #expect(serving.process.waitForError("Stopping"))
        serving.process.signal(SIGTERM)
        #expect(serving.process.finish().code == 128 + SIGTERM)
        withExtendedLifetime(client) {}
        #expect(try ingest(Self.patient).code == 0)
    }

    /// Sends the header of an update, and waits until the server has it.
    private func beginUpload(to serving: Serving, byteCount: Int) throws -> WireClient {
        let client = try WireClient(port: serving.port)
        let head = WireClient.head("PUT", "/fhir/Patient/late", token: serving.token)
        try client.send(
            head + "Content-Type: application/fhir+json\r\nContent-Length: \(byteCount)\r\n"
                + "Expect: 100-continue\r\n\r\n")
        try client.receive("HTTP/1.1 100 Continue\r\n\r\n")
        return client
    }
}
