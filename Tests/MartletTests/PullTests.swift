import Foundation
import JSONTape
import Testing

/// Two programs: one serves records, the other brings them in.
@Suite(.serialized) struct PullTests {
    private static let patient = #"{"resourceType":"Patient","id":"p1","name":[{"family":"Almsworth"}]}"#
    private static let observation =
        #"{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"pulse"},"#
        + #""subject":{"reference":"Patient/p1"}}"#
    private static let gone =
        #"{"resourceType":"Observation","id":"o2","status":"final","code":{"text":"pulse"},"#
        + #""subject":{"reference":"Patient/p1"}}"#

    /// A served store with a few records, and the file of a client that may export them.
    private struct Source {
        let serving: Serving
        let key: String
    }

    private func source(_ folder: TemporaryFolder) throws -> Source {
        let data = folder.path("a")
        try folder.write("records.ndjson", [Self.patient, Self.observation, Self.gone].joined(separator: "\n") + "\n")
        #expect(try ProgramProcess.run(["ingest", "--data", data, folder.path("records.ndjson")]).code == 0)
        let serving = try Serving(data)
        let key = folder.path("client.json")
        let made = try ProgramProcess.run([
            "client", "add", "--data", data, "--name", "b", "--scope", "system/*.rs", "--key-file", key, "--server",
            "http://127.0.0.1:\(serving.port)",
        ])
        #expect(made.code == 0, "\(made.errors)")
        return Source(serving: serving, key: key)
    }

    private func pull(_ source: Source, _ data: String, _ more: String...) throws -> ProgramProcess.Outcome {
        try ProgramProcess.run(
            [
                "pull", "http://127.0.0.1:\(source.serving.port)/fhir", "--client-key", source.key, "--data", data,
                "--json",
            ] + more)
    }

    private func send(_ method: String, _ target: String, _ body: String, to serving: Serving) throws -> Int {
        let client = try WireClient(port: serving.port)
        try client.send(
            WireClient.head(method, target, token: serving.token)
                + "Content-Type: application/fhir+json\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body)
        return try client.receive().status
    }

    @Test func `changes and deletes of one program follow into the other`() throws {
        let folder = try TemporaryFolder()
        let source = try source(folder)
        let data = folder.path("b")
        let first = try pull(source, data)
        #expect(first.code == 0, "\(first.errors)\(first.output)")
        #expect(try first.numbers["created"] == 3)
        let again = try pull(source, data)
        #expect(again.code == 0, "\(again.errors)")
        #expect(try again.numbers["created"] == 0)
        #expect(try again.numbers["updated"] == 0)
        let changed = #"{"resourceType":"Patient","id":"p1","name":[{"family":"Birkenhead"}]}"#
        #expect(try send("PUT", "/fhir/Patient/p1", changed, to: source.serving) == 200)
        #expect([200, 204].contains(try send("DELETE", "/fhir/Observation/o2", "", to: source.serving)))
        // The second program serves by now: the command has it pull.
        let other = try Serving(data)
        let followed = try pull(source, data)
        #expect(followed.code == 0, "\(followed.errors)\(followed.output)")
        #expect(try followed.numbers["updated"] == 1)
        #expect(try followed.numbers["deleted"] == 1)
        #expect(try other.get("/fhir/Patient/p1").text.contains("Birkenhead"))
        #expect(try other.get("/fhir/Observation/o2").status == 410)
        #expect(try other.get("/fhir/Observation/o1").status == 200)
        #expect(other.stop().code == 0)
        #expect(source.serving.stop().code == 0)
    }

    @Test func `a pull that is killed goes on when the command is given again`() throws {
        let folder = try TemporaryFolder()
        let source = try source(folder)
        let data = folder.path("b")
        for delay in stride(from: UInt32(100_000), through: 700_000, by: 200_000) {
            let process = try ProgramProcess([
                "pull", "http://127.0.0.1:\(source.serving.port)/fhir", "--client-key", source.key, "--data", data,
                "--json",
            ])
            usleep(delay)
            process.signal(SIGKILL)
            _ = process.finish()
        }
        let ended = try pull(source, data, "--full")
        #expect(ended.code == 0, "\(ended.errors)\(ended.output)")
        let check = try ProgramProcess.run(["check", "--data", data])
        #expect(check.code == 0, "\(check.errors)")
        let serving = try Serving(data)
        #expect(try serving.get("/fhir/Observation/o1").status == 200)
        #expect(serving.stop().code == 0)
    }

    @Test func `an address that is none, and a key that is none, are told before anything is begun`() throws {
        let folder = try TemporaryFolder()
        #expect(try ProgramProcess.run(["pull", "fhir.example", "--data", folder.path("b")]).code == 2)
        try folder.write("key.json", "{}")
        let outcome = try ProgramProcess.run([
            "pull", "http://127.0.0.1:9/fhir", "--client-key", folder.path("key.json"), "--data", folder.path("b"),
        ])
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("private key"))
    }
}
