import Foundation
import Testing

/// `martlet keys`, run as a person or a script runs it.
@Suite struct KeysCommandTests {
    private let home: TemporaryFolder

    init() throws {
        home = try TemporaryFolder()
        let records = """
            {"resourceType":"Patient","id":"a","name":[{"family":"Alpha"}]}
            {"resourceType":"Patient","id":"b","name":[{"family":"Beta"}]}
            {"resourceType":"Observation","id":"o","status":"final","code":{"text":"c"},"subject":{"reference":"Patient/b"}}
            """
        let outcome = try ProgramProcess.run(["ingest", "-", "--data", home.path("data")], input: records)
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    private func keys(_ words: String...) throws -> ProgramProcess.Outcome {
        try ProgramProcess.run(["keys"] + words + ["--data", home.path("data")])
    }

    private func isSound() throws -> Bool {
        try ProgramProcess.run(["check", "--data", home.path("data")]).code == 0
    }

    @Test func `every key is rotated, and the records stay`() throws {
        let before = try keys("list").output
        #expect(before.contains("default: 3 keys under wrapping key 1, 0 being replaced, 0 destroyed"))
        #expect(try keys("rotate", "--tenant", "default", "--json").numbers["keys"] == 3)
        #expect(try keys("rotate", "--patient", "b", "--json").numbers["blocks"] == 1)
        #expect(try keys("rotate", "--master", "--json").numbers["keys"] == 2)
        let after = try keys("list").output
        #expect(after.contains("default: 3 keys under wrapping key 2, 0 being replaced, 1 destroyed"))
        #expect(before.prefix(30) != after.prefix(30))
        #expect(try isSound())
        #expect(try keys("rotate", "--patient", "nobody").code == 1)
    }

    @Test func `the master key may come from a program, and another is named`() throws {
        try FileManager.default.moveItem(atPath: home.path("data/keys/master.key"), toPath: home.path("k"))
        let command = "cat '\(home.path("k"))'"
        #expect(try keys("list").code != 0)
        #expect(try keys("list", "--master-key-command", command).code == 0)
        let wrong = "echo " + String(repeating: "0", count: 64)
        let refused = try keys("list", "--master-key-command", wrong)
        #expect(refused.code != 0 && refused.errors.contains("not the master key of this key store"))
        let rotated = try keys(
            "rotate", "--master", "--master-key-command", command, "--new-master-key-command", wrong)
        #expect(rotated.code == 0, "\(rotated.errors)")
        #expect(try keys("list", "--master-key-command", command).code != 0)
        #expect(try keys("list", "--master-key-command", wrong).code == 0)
    }

    @Test func `a patient is erased only by who says so, and says why`() throws {
        let preview = try keys("shred", "--patient", "b", "--json")
        #expect(try preview.code == 1 && preview.numbers["entries"] == 2)
        #expect(try keys("shred", "--patient", "b", "--yes").code == 2)
        #expect(try keys("shred", "--patient", "nobody", "--yes", "--reason", "r").code == 1)
        let kept = home.path("data/async/default/kept")
        try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: true)
        try Data("an export".utf8).write(to: URL(fileURLWithPath: kept + "/job"))
        let done = try keys("shred", "--patient", "b", "--yes", "--reason", "asked for", "--json")
        #expect(try done.code == 0 && done.numbers["entries"] == 2)
        #expect(!FileManager.default.fileExists(atPath: kept), "what was made of the records before goes too")
        #expect(try keys("shred", "--patient", "b", "--yes", "--reason", "asked for").code == 1)
        #expect(try keys("list").output.contains("default: 2 keys"))
        #expect(try isSound())
    }

    @Test(arguments: [
        ["keys"], ["keys", "lost"], ["keys", "rotate"], ["keys", "rotate", "--master", "--patient", "a"],
        ["keys", "shred"],
        ["keys", "rotate", "--tenant", "nobody"], ["keys", "shred", "--patient", "a", "--tenant", "nobody"],
    ])
    func `what is not said clearly is refused`(_ words: [String]) throws {
        let outcome = try ProgramProcess.run(words + ["--data", home.path("data")])
        #expect(outcome.code == 2 && !outcome.errors.isEmpty)
    }
}
