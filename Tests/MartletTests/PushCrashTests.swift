import Base
import Foundation
import Glibc
import Testing

/// Records are pushed by four clients at once over a line that breaks, while clients and server are killed: what is there
/// in the end is what a plain ingest of the same file makes.
///
/// `MARTLET_PUSH_ARCHIVE` names a zip to push in place of some synthetic patients, in parts of 5 MiB.
@Suite struct PushCrashTests {
    private let home: TemporaryFolder

    init() throws {
        home = try TemporaryFolder()
    }

    private static let kills = 10
    private static let clients = 4
    private static let minutesMax = 30.0

    private static var givenArchive: String? {
        ProcessInfo.processInfo.environment["MARTLET_PUSH_ARCHIVE"].flatMap { $0.isEmpty ? nil : $0 }
    }

    private func archive() throws -> String {
        if let given = Self.givenArchive { return given }
        let path = home.path("patients.zip")
        #expect(try ProgramProcess.run(["synth", "--patients", "12", "--seed", "5", "--out", path]).code == 0)
        return path
    }

    /// What a plain ingest makes of the file.
    private func plain(_ archive: String) throws -> StoreContent {
        let data = home.path("plain")
        let ingested = try ProgramProcess.run(["ingest", archive, "--data", data, "--json"])
        #expect(ingested.code == 0, "\(ingested.errors)")
        let serving = try Serving(data)
        defer { _ = serving.stop() }
        return try StoreContent(serving)
    }

    private func serve(_ data: String, _ proxy: CuttingProxy) throws -> Serving {
        // Clients know it by the proxy's address, whatever port it has after a restart.
        let serving = try Serving(data, "--origin", "http://127.0.0.1:\(proxy.port)")
        proxy.lead(to: serving.port)
        return serving
    }

    private func push(_ archive: String) throws -> ProgramProcess {
        try ProgramProcess([
            "push", archive, "--client-key", home.path("client.key"), "--json", "--patience", "10", "--part-size",
            Self.givenArchive == nil ? "64k" : "5M",
        ])
    }

    @Test func `what four clients push over a bad line, killed as is the server, is there once and whole`() throws {
        let archive = try archive()
        let expected = try plain(archive)
        #expect(expected.lines.count > 100)
        let proxy = try CuttingProxy(bytesMost: Self.givenArchive == nil ? 400_000 : 12_000_000, seed: 11)
        let data = home.path("data")
        var serving = try serve(data, proxy)
        let client = try ProgramProcess.run([
            "client", "add", "--data", data, "--name", "Northern Hospital", "--key-file", home.path("client.key"),
        ])
        #expect(client.code == 0, "\(client.errors)")
        #expect(try home.mode("client.key") == 0o600)

        var pushing = try (0..<Self.clients).map { _ in try push(archive) }
        var random = SeededRandom(seed: 23)
        for kill in 0..<Self.kills {
            usleep(UInt32.random(in: 50_000...900_000, using: &random))
            if kill % 2 == 0 {
                let victim = Int.random(in: 0..<Self.clients, using: &random)
                pushing[victim].signal(SIGKILL)
                _ = pushing[victim].finish()
                pushing[victim] = try push(archive)
            } else {
                proxy.lead(to: nil)
                serving.process.signal(SIGKILL)
                _ = serving.process.finish()
                serving = try serve(data, proxy)
            }
        }
        let deadline = monotonicNanoseconds() + UInt64(Self.minutesMax * 60e9)
        while pushing.contains(where: \.isRunning), monotonicNanoseconds() < deadline { usleep(50_000) }
        for process in pushing {
            #expect(!process.isRunning, "a client is not done after \(Self.minutesMax) minutes")
            process.signal(SIGKILL)
            let outcome = process.finish()
            #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
        }
        #expect(proxy.cuts > 0)

        let found = try StoreContent(serving)
        #expect(found.counts == expected.counts)
        #expect(found.lines == expected.lines)
        let again = try ProgramProcess.run([
            "push", archive, "--client-key", home.path("client.key"), "--json", "--patience", "5",
        ])
        #expect(again.code == 0, "\(again.errors)")
        #expect(again.output.contains(#""sentBytes":0"#))
        #expect(serving.stop().code == 0)
        #expect(try ProgramProcess.run(["check", "--data", data]).code == 0)
    }
}
