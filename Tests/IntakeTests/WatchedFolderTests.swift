import Access
import Base
import Foundation
import RecordStore
import Synchronization
import Testing

import Intake

@Suite struct WatchedFolderTests {
    private let scratch: Scratch
    private let folder: String

    init() throws {
        scratch = try Scratch()
        folder = scratch.file("in")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func bench(_ after: AfterIngest) throws -> (ServiceBench, WatchedFolder) {
        let bench = try ServiceBench(folder: scratch.file("service"))
        let watched = WatchedFolder(path: folder, tenant: .standard, after: after, clock: FixedClock()) { _ in }
        bench.source.watched.withLock { $0 = watched }
        try bench.start()
        watched.start(bench.ingests)
        return (bench, watched)
    }

    private struct FixedClock: Clock {
        func now() -> Instant { Instant(microseconds: 1_795_219_200_000_000) }
    }

    private func wait(_ condition: () throws -> Bool) throws {
        for _ in 0..<4_000 {
            if try condition() { return }
            usleep(5_000)
        }
        Issue.record("it did not come to that in time")
    }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }

    private func patient(_ id: String) -> String { #"{"resourceType":"Patient","id":"\#(id)"}"# + "\n" }

    @Test func `files are taken once they are whole, and move to the archive or into quarantine`() throws {
        let (bench, watched) = try bench(.archive)
        try scratch.write("in/Patient.1.ndjson", patient("a"))
        try scratch.write("in/Patient.2.ndjson.part", patient("never"))
        try scratch.write("in/.Patient.3.ndjson", patient("never"))
        try scratch.write("in/poison.zip", "PK\u{3}\u{4} Muellerskind is no zip")
        let growing = try scratch.write("in/Patient.4.ndjson", "")
        for number in 0..<30 {
            let file = try #require(FileHandle(forWritingAtPath: growing))
            try file.seekToEnd()
            try file.write(contentsOf: Data(patient("g\(number)").utf8))
            try file.close()
            usleep(100_000)
        }
        try wait { exists("done/2026-11-21/Patient.1.ndjson") && exists("done/2026-11-21/Patient.4.ndjson") }
        try wait { exists("quarantine/poison.zip.reason") }
        #expect(exists("quarantine/poison.zip") && !exists("poison.zip"))
        let reason = try String(contentsOfFile: folder + "/quarantine/poison.zip.reason", encoding: .utf8)
        #expect(reason.hasPrefix("nothing of it could be taken: 1 × "))
        #expect(!reason.contains("Muellerskind"))
        #expect(exists("Patient.2.ndjson.part") && exists(".Patient.3.ndjson"))
        #expect(try bench.store.count(bench.scope, type: "Patient") == 31)
        let ingests = try bench.ingests.list(tenant: .standard, count: 10).ingests
        #expect(ingests.count == 3)
        #expect(ingests.filter { $0.source.name == "Patient.4.ndjson" }.map(\.progress.resources) == [30])
        watched.stop()
        try bench.stop()
    }

    @Test func `a file that stays is taken once, also after a restart, and again when it changes`() throws {
        let path = try scratch.write("in/Patient.1.ndjson", patient("a"))
        for round in 1...2 {
            let (bench, watched) = try bench(.keep)
            try wait { try bench.ingests.list(tenant: .standard, count: 9).ingests.count { !$0.state.isLive } == round }
            usleep(1_500_000)
            #expect(try bench.ingests.list(tenant: .standard, count: 9).ingests.count == round)
            #expect(exists("Patient.1.ndjson"))
            watched.stop()
            try bench.stop()
            try Data((patient("a") + patient("b")).utf8).write(to: URL(filePath: path))
        }
    }

    @Test func `a file that is to be deleted is gone once it is taken`() throws {
        let (bench, watched) = try bench(.delete)
        try scratch.write("in/Patient.1.ndjson", patient("a"))
        try wait { !exists("Patient.1.ndjson") }
        #expect(try bench.store.count(bench.scope, type: "Patient") == 1)
        #expect(!exists("done") && !exists("quarantine"))
        watched.stop()
        try bench.stop()
    }
}
