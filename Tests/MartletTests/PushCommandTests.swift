import Foundation
import Testing

/// `martlet push` against a server of the same program.
@Suite struct PushCommandTests {
    private let home: TemporaryFolder

    init() throws {
        home = try TemporaryFolder()
    }

    private var data: String { home.path("data") }

    private func push(_ words: String...) throws -> ProgramProcess.Outcome {
        try ProgramProcess.run(["push"] + words, environment: ["TMPDIR": home.path("spool")])
    }

    private func makeFolder(_ name: String, _ files: [String: String]) throws {
        for (path, text) in files {
            let folder = URL(filePath: home.path(name + "/" + path)).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try home.write(name + "/" + path, text)
        }
    }

    private static func patient(_ id: String) -> String {
        #"{"resourceType":"Patient","id":"\#(id)","birthDate":"1970-01-01"}"#
    }

    @Test func `a folder and a file are pushed with a key file, rejects are told, and nothing is sent twice`() throws {
        try makeFolder("spool", ["x": ""])
        try makeFolder(
            "records",
            [
                "a.json": Self.patient("a"),
                "below/b.ndjson": Self.patient("b") + "\n{broken\n" + Self.patient("c") + "\n",
                ".hidden": "no",
            ])
        let serving = try Serving(data)
        let key = home.path("client.key")
        let made = try ProgramProcess.run(["client", "add", "--data", data, "--name", "Ward", "--key-file", key])
        #expect(made.code == 0, "\(made.errors)")
        #expect(made.output.contains(key))
        #expect(
            try ProgramProcess.run(["client", "add", "--data", data, "--name", "Ward", "--key-file", key]).code == 1)

        let rejects = home.path("rejects")
        let first = try push(home.path("records"), "--client-key", key, "--json", "--rejects", rejects)
        #expect(first.code == 3, "\(first.output)\(first.errors)")
        #expect(first.output.contains(#""state":"finishedWithRejects""#) && first.output.contains(#""rejected":1"#))
        #expect(try String(contentsOfFile: rejects, encoding: .utf8).contains("broken"))
        #expect(try home.mode("rejects") == 0o600)
        for id in ["a", "b", "c"] { #expect(try serving.get("/fhir/Patient/\(id)").status == 200, "\(id)") }

        let second = try push(home.path("records"), "--client-key", key)
        #expect(second.code == 3, "\(second.errors)")
        #expect(second.output.contains("the server had it"))
        #expect(second.output.contains("1 rejected") && second.output.contains("b.ndjson"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path("spool")) == ["x"])
        #expect(serving.stop().code == 0)
    }

    @Test func `a token that does not let records in is refused, and so is what leads nowhere`() throws {
        try makeFolder("spool", ["x": ""])
        try home.write("p.ndjson", Self.patient("p") + "\n")
        let serving = try Serving(data)
        let server = "http://127.0.0.1:\(serving.port)"
        let file = home.path("p.ndjson")
        let reading = try Serving.token(data, "--scope", "system/*.rs")
        for (words, code) in [
            (["--to", server, "--token", reading], 1), (["--to", server, "--token", "nonsense"], 1),
            (["--to", server], 2), (["--token", "x"], 2), (["--to", "http://192.0.2.1", "--token", "x"], 2),
            (["--to", "ftp://x", "--token", "x"], 2), (["--to", server, "--token", "x", "--part-size", "1"], 2),
            (["--to", server, "--client-key", home.path("nowhere")], 1),
        ] as [([String], Int32)] {
            let outcome = try ProgramProcess.run(["push", file] + words)
            #expect(outcome.code == code, "\(words): \(outcome.errors)")
        }
        #expect(try ProgramProcess.run(["push", home.path("none"), "--to", server, "--token", "x"]).code == 1)
        let good = try ProgramProcess.run(
            ["push", file, "--to", server, "--json"], environment: ["MARTLET_TOKEN": serving.token])
        #expect(good.code == 0, "\(good.errors)")
        try home.write("open.key", "{}")
        try home.setMode("open.key", 0o644)
        let open = try push(file, "--to", server, "--client-key", home.path("open.key"))
        #expect(open.code == 1 && open.errors.contains("0600"))
        #expect(serving.stop().code == 0)
    }
}
