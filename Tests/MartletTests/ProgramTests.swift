import Foundation
import Testing

/// The built program, run as a person or a script runs it.
@Suite struct ProgramTests {
    private let home: TemporaryFolder

    init() throws {
        home = try TemporaryFolder()
    }

    private func run(_ words: String..., input: String? = nil) throws -> ProgramProcess.Outcome {
        try ProgramProcess.run(words, input: input)
    }

    // MARK: Usage

    @Test func `without a command it says what there is`() throws {
        let outcome = try run()
        #expect(outcome.code == 2)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains("usage: martlet COMMAND"))
    }

    @Test(arguments: [["--help"], ["-h"], ["help"], ["help", "ingest"], ["ingest", "--help"], ["serve", "-h"]])
    func `help goes to standard output`(_ words: [String]) throws {
        let outcome = try ProgramProcess.run(words)
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("usage: martlet"))
        #expect(outcome.errors.isEmpty)
    }

    @Test func `the version is one line`() throws {
        #expect(try run("--version").output.wholeMatch(of: /martlet \d+\.\d+\.\d+\n/) != nil)
    }

    @Test(arguments: [
        (["ingset", "x"], "there is no command ingset; did you mean ingest?"),
        (["help", "x"], "there is no command x"),
        (["--verison"], "there is no option --verison; did you mean --version?"),
        (["ingest"], "PATH… is missing"),
        (["ingest", "--jsn", "x"], "did you mean --json?"),
        (["ingest", "x", "--tenant", "No Tenant"], "--tenant takes"),
        (["ingest", "x", "--workers", "0"], "--workers takes a whole number"),
        (["ingest", "-", "-"], "only once"),
        (["synth", "--patients", "1"], "--out PATH is missing"),
        (["synth", "--patients", "1", "--out", "-", "--json"], "standard output"),
        (["serve", "--listen", "8080"], "--listen takes HOST:PORT"),
        (["serve", "--tls-cert", "x"], "go together"),
        (["serve", "--origin", "ftp://x"], "--origin takes"),
        (["serve", "--listen", "0.0.0.0:0"], "--behind-tls"),
        (["serve", "--listen", "[::]:0"], "--behind-tls"),
        (["serve", "--rate-limit", "-1"], "--rate-limit takes"),
        (["serve", "x"], "one argument too many"),
    ])
    func `bad usage is told with exit code 2`(_ words: [String], _ reason: String) throws {
        let outcome = try ProgramProcess.run(words)
        #expect(outcome.code == 2)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("martlet"))
        #expect(outcome.errors.contains(reason), "\(outcome.errors)")
    }

    // MARK: Failures

    @Test func `a path that is not there stops an ingest before it begins`() throws {
        let outcome = try run("ingest", home.path("none.zip"), "--data", home.path("data"))
        #expect(outcome.code == 1)
        #expect(outcome.errors == "martlet ingest: cannot read \(home.path("none.zip")): No such file or directory\n")
        #expect(!FileManager.default.fileExists(atPath: home.path("data")))
    }

    @Test func `a folder without files is nothing to ingest`() throws {
        try FileManager.default.createDirectory(atPath: home.path("empty"), withIntermediateDirectories: true)
        let outcome = try run("ingest", home.path("empty"), "--data", home.path("data"))
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("there is nothing to ingest in \(home.path("empty"))"))
    }

    @Test func `an empty file is rejected, with exit code 3`() throws {
        try home.write("empty.ndjson", "")
        let outcome = try run("ingest", home.path("empty.ndjson"), "--data", home.path("data"), "--json")
        #expect(outcome.code == 3)
        #expect(try outcome.numbers["rejected"] == 1)
        let rejects = try String(contentsOfFile: home.path("data/rejects.ndjson"), encoding: .utf8)
        #expect(rejects.contains("empty.ndjson"))
        #expect(try home.mode("data/rejects.ndjson") == 0o600)
    }

    @Test func `a bad line is rejected alone, where the user wants it`() throws {
        let lines = """
            {"resourceType":"Patient","id":"a","birthDate":"1970-01-01"}
            {"resourceType":"Patient","id":"b","birthDate":
            {"resourceType":"Patient","id":"c"}

            """
        let outcome = try run(
            "ingest", "-", "--data", home.path("data"), "--rejects", home.path("bad.ndjson"), "--json", input: lines)
        #expect(outcome.code == 3, "\(outcome.errors)")
        #expect(outcome.errors.isEmpty)
        #expect(try outcome.numbers["created"] == 2)
        #expect(try outcome.numbers["rejected"] == 1)
        #expect(try String(contentsOfFile: home.path("bad.ndjson"), encoding: .utf8).contains("\"line\":2"))
        #expect(!FileManager.default.fileExists(atPath: home.path("data/rejects.ndjson")))
    }

    @Test func `rejects that could not be kept stop an ingest before it begins`() throws {
        try home.write("x.ndjson", "{}\n")
        let outcome = try run(
            "ingest", home.path("x.ndjson"), "--data", home.path("data"), "--rejects", home.path("none/r.ndjson"))
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("cannot write \(home.path("none/r.ndjson"))"))
        #expect(!FileManager.default.fileExists(atPath: home.path("data")))
    }

    @Test func `results that do not arrive are a failure`() throws {
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", "\"$0\" help > /dev/full", ProgramProcess.executable.path]
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 1)
    }

    @Test func `a folder that cannot be made is named`() throws {
        try home.write("file", "x")
        let outcome = try run("ingest", home.path("file"), "--data", home.path("file/data"))
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("martlet ingest: cannot make the folder \(home.path("file/data"))"))
        let synth = try run("synth", "--patients", "1", "--out", home.path("none/x.zip"))
        #expect(synth.code == 1)
        #expect(synth.errors.contains("cannot write \(home.path("none/x.zip"))"))
    }

    @Test func `a port in use is named, and the store is closed`() throws {
        let first = try Serving(home.path("one"))
        let second = try run("serve", "--data", home.path("two"), "--listen", "127.0.0.1:\(first.port)")
        #expect(second.code == 1)
        #expect(second.errors.contains("Cannot listen on 127.0.0.1 port \(first.port)"))
        #expect(first.stop().code == 0)
    }

    // MARK: Check

    @Test func `a store that was just filled is found well`() throws {
        try home.write("x.ndjson", "{\"resourceType\":\"Patient\",\"id\":\"a\"}\n")
        #expect(try run("ingest", home.path("x.ndjson"), "--data", home.path("data")).code == 0)
        let outcome = try run("check", "--data", home.path("data"))
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.output.hasSuffix("log and index agree.\n"))
        let numbers = try run("check", "--data", home.path("data"), "--json").numbers
        #expect(numbers["entries"] == 1)
        #expect(numbers["findingCount"] == 0)
    }

    @Test func `a check makes no store where there is none`() throws {
        let outcome = try run("check", "--data", home.path("data"))
        #expect(outcome.code == 1)
        #expect(outcome.errors == "martlet check: there is no store in \(home.path("data"))\n")
        #expect(!FileManager.default.fileExists(atPath: home.path("data")))
    }

    // MARK: Synthetic patients

    @Test func `the same seed gives the same zip, wherever and whenever`() throws {
        for (name, seed) in [("a", "1"), ("b", "1"), ("c", "8")] {
            let outcome = try run(
                "synth", "--patients", "2", "--seed", seed, "--out", home.path("\(name).zip"), "--json")
            #expect(outcome.code == 0)
            #expect(try outcome.numbers["patients"] == 2)
        }
        let bytes = try ["a", "b", "c"].map { try Data(contentsOf: URL(filePath: home.path("\($0).zip"))) }
        #expect(bytes[0] == bytes[1])
        #expect(bytes[0] != bytes[2])
    }

    @Test func `a zip says that its names are UTF-8 and no more of time than the format's first day`() throws {
        let path = home.path("x.zip")
        #expect(try run("synth", "--patients", "2", "--seed", "1", "--out", path).code == 0)
        let bytes = Array(try Data(contentsOf: URL(filePath: path)))
        let entries = bytes.indices.dropLast(46).filter { bytes[$0..<$0 + 4].elementsEqual([0x50, 0x4B, 1, 2]) }
        #expect(entries.count == 3)
        var namesBeyondASCII = 0
        for entry in entries {
            #expect(bytes[entry + 12..<entry + 16].elementsEqual([0, 0, 0x21, 0]))
            let length = Int(bytes[entry + 28]) | Int(bytes[entry + 29]) << 8
            let name = bytes[entry + 46..<entry + 46 + length]
            #expect(String(validating: name, as: UTF8.self) != nil)
            guard name.contains(where: { $0 >= 0x80 }) else { continue }
            namesBeyondASCII += 1
            #expect(bytes[entry + 9] & 0x08 != 0)
        }
        #expect(namesBeyondASCII > 0)
    }

    @Test func `zip, folder and lines hold the same resources`() throws {
        var counts: [Int?] = []
        for name in ["x.zip", "x", "x.ndjson"] {
            let out = home.path(name)
            #expect(try run("synth", "--patients", "1", "--seed", "3", "--out", out).code == 0)
            let outcome = try run("ingest", out, "--data", home.path("data"), "--json")
            #expect(outcome.code == 0, "\(outcome.errors)")
            let numbers = try outcome.numbers
            #expect(numbers["unresolvedReferences"] == 0)
            counts.append((numbers["created"] ?? 0) + (numbers["unchanged"] ?? 0))
            if name != "x.zip" { #expect(numbers["created"] == 0) }
        }
        #expect(counts[0] == counts[1])
        #expect(counts[0] == counts[2])
    }

    @Test func `a folder that holds something is not written into`() throws {
        try FileManager.default.createDirectory(atPath: home.path("out"), withIntermediateDirectories: true)
        try home.write("out/mine", "x")
        let outcome = try run("synth", "--patients", "1", "--out", home.path("out"))
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("it holds something already"))
    }

    @Test func `lines go to standard output and remarks do not`() throws {
        let outcome = try run("synth", "--patients", "1", "--out", "-")
        #expect(outcome.code == 0)
        #expect(outcome.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{\"resourceType\":") })
        #expect(outcome.errors.hasPrefix("Wrote 1 patient, "))
    }
}
