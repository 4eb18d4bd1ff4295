import Base
import Foundation
import Synchronization
import Testing

/// A server that is killed at random moments while many clients read, write and are refused: each request that was
/// answered stands in the audit trail, and the trail is sound.
@Suite(.serialized) struct AuditCrashTests {
    /// `MARTLET_AUDIT_KILLS` asks for more.
    private static let rounds = ProcessInfo.processInfo.environment["MARTLET_AUDIT_KILLS"].flatMap(Int.init) ?? 6
    private static let clients = 6

    @Test func `no request is answered without its entry, however the server ends`() throws {
        let home = try TemporaryFolder()
        let data = home.path("data")
        var random = SeededRandom(seed: 20_261_121)
        let answered = Mutex<Set<String>>([])
        var killed = 0
        for round in 0..<Self.rounds {
            let server = try Serving(data)
            let isKilled = Atomic(false)
            let workers = (0..<Self.clients).map { client in
                WorkerThread(name: "client \(client)") { [port = server.port, token = server.token] in
                    Self.work("\(round)-\(client)", port, token, until: isKilled, answered)
                }
            }
            usleep(UInt32.random(in: 20_000...600_000, using: &random))
            server.process.signal(SIGKILL)
            isKilled.store(true, ordering: .relaxed)
            for worker in workers { worker.join() }
            if server.process.finish().code == SIGKILL { killed += 1 }

            // The trail as the next start finds it, and as it is once a server works on it.
            let verified = try ProgramProcess.run(["audit", "verify", "--data", data, "--json"])
            #expect(verified.code == 0, "\(verified.output)\(verified.errors)")
            #expect(!verified.output.contains("\"sound\":false"))
            let missing = try answered.withLock { $0 }.subtracting(Self.written(data))
            #expect(missing == [], "\(missing.count) answered requests of \(round + 1) rounds have no entry")
        }
        let server = try Serving(data)
        #expect(try answered.withLock { $0 }.isSubset(of: Self.written(data)))
        #expect(server.stop().code == 0)
        #expect(try ProgramProcess.run(["audit", "verify", "--data", data]).code == 0)
        #expect(try ProgramProcess.run(["check", "--data", data]).code == 0)
        let count = answered.withLock { $0.count }
        print("\(killed) kills; \(count) answered requests, each with its entry")
        #expect(killed == Self.rounds && count > Self.rounds * 10)
    }

    /// Sends requests of all kinds, each with an id of its own, until the server is gone.
    private static func work(
        _ name: String, _ port: Int, _ token: String, until isKilled: borrowing Atomic<Bool>,
        _ answered: borrowing Mutex<Set<String>>
    ) {
        let browser = Browser(port: port, token: token)
        let stranger = Browser(port: port)
        var number = 0
        while !isKilled.load(ordering: .relaxed) {
            let id = "crash-\(name)-\(number)"
            let fields = ["X-Request-Id": id]
            let target = "/fhir/Patient/p\(name)-\(number % 7)"
            let json = #"{"resourceType":"Patient","id":"p\#(name)-\#(number % 7)","active":\#(number % 2 == 0)}"#
            let answer =
                switch number % 8 {
                case 0, 1, 2: try? browser.send("PUT", target, json, headers: fields)
                case 3: try? browser.get("/fhir/Patient?_count=2", headers: fields)
                case 4: try? stranger.get(target, headers: fields)
                case 5: try? browser.get("/fhir/Patient/nobody", headers: fields)
                case 6:
                    try? stranger.post(
                        "/api/v1/sessions", #"{"name":"x","password":"not the password"}"#, headers: fields)
                default: try? browser.get(target, headers: fields)
                }
            // What is refused to nobody has an entry each up to ten a minute, and is counted beyond.
            let isCounted = number % 8 == 4
            if let answer, !isCounted, answer.status != 429 && answer.status != 503 {
                // An answer that tells another id would be somebody else's.
                answered.withLock { _ = $0.insert(answer.header("x-request-id") == id ? id : "foreign \(id)") }
            }
            number += 1
        }
    }

    /// The ids of the requests that the trails tell of: the tenant's, and the one of those who are nobody's.
    private static func written(_ data: String) throws -> Set<String> {
        var found: Set<String> = []
        for tenant in ["default", "-platform"] {
            let outcome = try ProgramProcess.run(
                ["audit", "log", "--tenant", tenant, "--data", data, "--count", "1000000", "--json"])
            #expect(outcome.code == 0, "\(outcome.errors)")
            found.formUnion(outcome.output.matches(of: /"requestID":"([^"]*)"/).map { String($0.output.1) })
        }
        return found
    }
}
