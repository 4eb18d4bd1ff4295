import Access
import Base
import Jobs
import Martlet
import SQLDatabase
import Testing
import Vault

/// `martlet jobs`, run as a person or a script runs it.
@Suite struct JobsCommandTests {
    private let home: TemporaryFolder
    private let ids: [String]

    init() throws {
        home = try TemporaryFolder()
        let patient = #"{"resourceType":"Patient","id":"a","name":[{"family":"Alpha"}]}"#
        let outcome = try ProgramProcess.run(["ingest", "-", "--data", home.path("data")], input: patient)
        #expect(outcome.code == 0, "\(outcome.errors)")
        ids = try Self.enqueue(DataFolder(home.path("data")))
    }

    /// Asks for three jobs, as a part of the program does.
    private static func enqueue(_ folder: DataFolder) throws -> [String] {
        let keys = try SQLiteDatabase(path: folder.keyStore)
        let vault = try MasterKeySource.file(folder.masterKey).open(keys, mayCreate: false)
        let database = try SQLiteDatabase(path: folder.platformDatabase)
        let queue = try JobQueue(database: database, vault: vault, clock: SystemClock())
        let job = NewJob(
            queue: "ingest-part", tenant: .standard, payload: Array("Alpha".utf8), group: "ingest/1")
        let ids = try queue.enqueue([job, job, job]).map(\.id.description)
        try queue.close()
        try database.close()
        try keys.close()
        return ids
    }

    private func jobs(_ words: String...) throws -> ProgramProcess.Outcome {
        try ProgramProcess.run(["jobs"] + words + ["--data", home.path("data")])
    }

    @Test func `jobs are listed by queue and state, without what they were given`() throws {
        let list = try jobs("list")
        #expect(list.code == 0)
        #expect(list.output.contains("ingest-part: 3 waiting, the oldest for"))
        #expect(ids.allSatisfy { list.output.contains($0) })
        #expect(list.output.contains("0/8  ingest/1"))
        #expect(!list.output.contains("Alpha"))
        let page = try jobs("list", "--count", "1", "--json").output
        #expect(page.contains(ids[2]) && !page.contains(ids[0]))
        #expect(page.contains(#""next":"\#(ids[2])""#))
        #expect(try jobs("list", "--after", ids[2], "--count", "1").output.contains(ids[1]))
        #expect(try jobs("list", "--state", "dead", "--json").output.contains(#""jobs":[]"#))
        #expect(try jobs("list", "--tenant", "nobody", "--json").output.contains(#""jobs":[]"#))
    }

    @Test func `jobs are buried, put back and cancelled, and the trail has it`() throws {
        #expect(try jobs("bury", ids[0], "--reason", "its file is gone", "--json").numbers["changed"] == 1)
        #expect(try jobs("list", "--state", "dead").output.contains("its file is gone"))
        let mixed = try jobs("cancel", ids[0], ids[1])
        #expect(mixed.code == 1)
        #expect(mixed.errors.contains("\(ids[0]) stays as it is: it is dead."))
        #expect(try jobs("retry", "--group", "ingest/1", "--json").numbers["changed"] == 2)
        #expect(try jobs("cancel", "--group", "ingest/1", "--json").numbers["changed"] == 3)
        let log = try ProgramProcess.run(["audit", "log", "--data", home.path("data"), "--json"])
        #expect(["job-bury", "job-cancel", "job-retry"].allSatisfy { log.output.contains($0) })
    }

    @Test func `what makes no sense is refused`() throws {
        let wrong = [
            ["list", "x"], ["list", "--state", "lost"], ["retry"], ["retry", "x"], ["bury", "--group", "g"],
            ["cancel", ids[0], "--group", "g"], ["explode"],
        ]
        for words in wrong {
            #expect(try ProgramProcess.run(["jobs"] + words + ["--data", home.path("data")]).code == 2, "\(words)")
        }
        #expect(try jobs("retry", String(repeating: "A", count: 22)).code == 1)
    }

    @Test func `a running server is reached by the command, and by the administrator's interface`() throws {
        let serving = try Serving(home.path("data"))
        #expect(try jobs("bury", ids[0], "--reason", "by hand").code == 0)
        let answer = try serving.get("/api/v1/jobs/\(ids[0])")
        #expect(answer.status == 200)
        #expect(answer.text.contains(#""state":"dead""#) && answer.text.contains("by hand"))
        #expect(try serving.get("/api/v1/jobs", withToken: false).status == 401)
        #expect(serving.stop().code == 0)
    }
}
