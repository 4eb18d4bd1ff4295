import Access
import Base
import FHIR
import Foundation
import Martlet
import RecordStore
import Search
import Synchronization
import Testing

/// The program, killed at random moments: nothing that it acknowledged is missing afterwards, index and log agree, and
/// what was broken off can be repeated.
@Suite(.serialized) struct CrashTests {
    private let home: TemporaryFolder

    init() throws {
        home = try TemporaryFolder()
    }

    // MARK: Ingest

    @Test func `an ingest that is killed again and again ends as one that is not`() throws {
        var random = SeededRandom(seed: 20_261_121)
        let input = home.path("patients.zip")
        #expect(try ProgramProcess.run(["synth", "--patients", "4", "--seed", "7", "--out", input]).code == 0)
        let start = monotonicNanoseconds()
        let undisturbed = try ingest(input, "undisturbed")
        var lastingMicroseconds = Int((monotonicNanoseconds() - start) / 1000)
        let resources = try undisturbed.numbers["created"] ?? 0
        #expect(resources > 1000)
        let expected = try contents("undisturbed")
        #expect(expected.count == resources)

        var kills = 0
        var stored: [Int] = []
        var hasPart: Bool { stored.contains { $0 > 0 && $0 < resources } }
        // Eight rounds, and more where the machine's speed varies so that most kills came too late or too early.
        for round in 0..<24 where round < 8 || kills < 20 || !hasPart {
            let data = "killed-\(round)"
            var seen: [String: String] = [:]
            for _ in 0..<4 {
                let process = try ProgramProcess(["ingest", input, "--data", home.path(data), "--json"])
                usleep(UInt32(Int.random(in: 0...lastingMicroseconds * 9 / 10, using: &random)))
                process.signal(SIGKILL)
                let outcome = process.finish()
                let wasKilled = outcome.code == SIGKILL
                if wasKilled {
                    kills += 1
                } else {
                    #expect(outcome.code == 0, "\(outcome.errors)")
                    // It was over sooner than the first: the next kills come earlier.
                    lastingMicroseconds = lastingMicroseconds * 4 / 5
                }
                guard DataFolder(home.path(data)).holdsStore else { continue }
                try expectSound(data)
                let now = try contents(data)
                for (name, content) in seen {
                    #expect(now[name] == content, "\(name) was there before the kill and is not now")
                }
                if !wasKilled { #expect(now.count == resources) }
                seen = now
                stored.append(now.count)
            }
            let repeated = try ingest(input, data).numbers
            let created = repeated["created"] ?? -1
            #expect(created + seen.count == resources)
            #expect(repeated["updated"] == 0)
            #expect(repeated["rejected"] == 0)
            #expect(try contents(data) == expected)
            try expectSound(data)
            let again = try ingest(input, data).numbers
            #expect(again["created"] == 0)
            #expect(again["updated"] == 0)
        }
        print("\(kills) kills; resources stored after each: \(stored)")
        #expect(kills >= 20)
        #expect(hasPart, "every kill came too early or too late to tell anything")
    }

    private func ingest(_ input: String, _ data: String) throws -> ProgramProcess.Outcome {
        let outcome = try ProgramProcess.run(["ingest", input, "--data", home.path(data), "--json"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        return outcome
    }

    /// Has the program compare index and log.
    private func expectSound(_ data: String) throws {
        let outcome = try ProgramProcess.run(["check", "--data", home.path(data)])
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    }

    /// Everything in a store by `Type/id`, without what differs from run to run: version and time.
    private func contents(_ data: String) throws -> [String: String] {
        let store = try MartletStore.open(DataFolder(home.path(data)), absence: .refuse, holder: "test")
        let records = store.records
        let scope = AccessScope(tenant: .standard, actor: "test")
        var contents: [String: String] = [:]
        for type in records.definitions.types where type.kind == .resource {
            let query = try SearchQuery.parse(
                type: type.id, parameters: [], plans: records.plans, now: SystemClock().now())
            var cursor: SearchCursor?
            repeat {
                let page = try records.search(scope, query, SearchWindow(count: 1000, cursor: cursor))
                for found in page.matches {
                    let read = try #require(try records.read(scope, type: found.type, id: found.id))
                    contents["\(found.type)/\(found.id)"] = Self.content(read)
                }
                cursor = page.next
            } while cursor != nil
        }
        try store.close()
        return contents
    }

    private static func content(_ resource: StoredResource) -> String {
        String(decoding: resource.json, as: UTF8.self)
            .replacing("\"versionId\":\"\(resource.versionID)\"", with: "", maxReplacements: 1)
            .replacing(/"lastUpdated":"[^"]*"/, with: "", maxReplacements: 1)
    }

    // MARK: Concurrent writes

    @Test func `a server that is killed 30 times keeps every write that it answered`() throws {
        var random = SeededRandom(seed: 42)
        let data = home.path("served")
        let answered = AnsweredWrites()
        for round in 0..<30 {
            let server = try Serving(data)
            let isKilled = Atomic(false)
            let writers = (0..<4).map { writer in
                WorkerThread(name: "writer \(writer)") { [port = server.port, token = server.token] in
                    var number = 0
                    while !isKilled.load(ordering: .relaxed) {
                        // Each writer has records of its own; one in four is written again and again.
                        let id = number % 4 == 0 ? "shared-\(writer)" : "w\(writer)-\(round)-\(number)"
                        answered.write(id, "\(round)-\(number)", port: port, token: token)
                        number += 1
                    }
                }
            }
            usleep(UInt32.random(in: 1_000...250_000, using: &random))
            server.process.signal(SIGKILL)
            isKilled.store(true, ordering: .relaxed)
            for writer in writers { writer.join() }
            #expect(server.process.finish().code == SIGKILL)
            if round % 5 == 4 {
                try expectSound("served")
                try expectKept(answered, data)
            }
        }
        print("\(answered.count) writes were answered")
        #expect(answered.count > 30)
    }

    @Test func `a transaction is there whole or not at all, however the server ends`() throws {
        var random = SeededRandom(seed: 43)
        let data = home.path("transactions")
        let answered = Mutex<Set<String>>([])
        for round in 0..<12 {
            let server = try Serving(data)
            let isKilled = Atomic(false)
            let writers = (0..<3).map { writer in
                WorkerThread(name: "writer \(writer)") { [port = server.port, token = server.token] in
                    var number = 0
                    while !isKilled.load(ordering: .relaxed) {
                        let name = "t\(writer)-\(round)-\(number)"
                        if Self.sendTransaction(name, port: port, token: token) {
                            _ = answered.withLock { $0.insert(name) }
                        }
                        number += 1
                    }
                }
            }
            usleep(UInt32.random(in: 1_000...250_000, using: &random))
            server.process.signal(SIGKILL)
            isKilled.store(true, ordering: .relaxed)
            for writer in writers { writer.join() }
            #expect(server.process.finish().code == SIGKILL)
        }
        try expectSound("transactions")
        let counts = try contents("transactions").keys.reduce(into: [String: Int]()) { counts, name in
            counts[String(name.split(separator: ".")[0]), default: 0] += 1
        }
        for (name, count) in counts { #expect(count == Self.transactionEntries, "\(name) is there in part") }
        for name in answered.withLock({ $0 }) { #expect(counts["Patient/" + name] != nil, "\(name) was answered") }
        print("\(answered.withLock { $0.count }) transactions were answered, \(counts.count) are there")
        #expect(counts.count > 5)
    }

    private static let transactionEntries = 20

    /// Sends patients in one transaction, each under a key of its own, so that they lie in blocks of their own.
    /// - Returns: whether it was answered.
    private static func sendTransaction(_ name: String, port: Int, token: String) -> Bool {
        let entries = (0..<transactionEntries).map { number in
            let id = "\(name).\(number)"
            return
                #"{"resource":{"resourceType":"Patient","id":"\#(id)"},"request":{"method":"PUT","url":"Patient/\#(id)"}}"#
        }
        let body =
            #"{"resourceType":"Bundle","type":"transaction","entry":["# + entries.joined(separator: ",") + "]}"
        guard let client = try? WireClient(port: port),
            (try? client.send(
                WireClient.head("POST", "/fhir", token: token)
                    + "Content-Type: application/fhir+json\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body))
                != nil,
            let answer = try? client.receive()
        else { return false }
        return answer.status == 200
    }

    private func expectKept(_ answered: AnsweredWrites, _ data: String) throws {
        let store = try MartletStore.open(DataFolder(data), absence: .refuse, holder: "test")
        let scope = AccessScope(tenant: .standard, actor: "test")
        for (id, texts) in answered.lastOfEach {
            let stored = try store.records.read(scope, type: "Basic", id: id)
            let text = stored.map { String(decoding: $0.json, as: UTF8.self) } ?? "nothing"
            // The write that the kill cut off before its answer may have been kept as well.
            let isKept = texts.contains { text.contains("\"text\":\"\($0)\"") }
            #expect(isKept, "\(id) was answered with \(texts), but the store has \(text)")
        }
        try store.close()
    }
}

/// What a server answered to writers.
private final class AnsweredWrites: Sendable {
    /// By id: the last write that was answered, and those that were sent after it.
    private let last = Mutex<[String: (answered: String?, sent: [String])]>([:])
    private let total = Atomic(0)

    var count: Int { total.load(ordering: .sequentiallyConsistent) }

    /// For every record with an answered write, the texts that it may have now.
    var lastOfEach: [(id: String, texts: [String])] {
        last.withLock { last in
            last.compactMap { id, writes in
                writes.answered.map { (id: id, texts: [$0] + writes.sent) }
            }
        }
    }

    /// Sends one write and notes whether it was answered.
    func write(_ id: String, _ text: String, port: Int, token: String) {
        last.withLock { $0[id, default: (nil, [])].sent.append(text) }
        let body = #"{"resourceType":"Basic","id":"\#(id)","code":{"text":"\#(text)"}}"#
        guard let client = try? WireClient(port: port),
            (try? client.send(
                WireClient.head("PUT", "/fhir/Basic/\(id)", token: token)
                    + "Content-Type: application/fhir+json\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body))
                != nil,
            let answer = try? client.receive(), answer.status == 200 || answer.status == 201
        else { return }
        total.add(1, ordering: .sequentiallyConsistent)
        last.withLock { $0[id] = (answered: text, sent: []) }
    }
}
