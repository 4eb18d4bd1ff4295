import Base
import FHIR
import Foundation
import Intake
import JSONTape
import RecordStore
import Testing

/// References that are searches: resolved, listed, or resolved when their target arrives.
@Suite struct ConditionalReferenceTests {
    private func observation(_ id: String, performer: String) -> String {
        #"{"resourceType":"Observation","id":"\#(id)","status":"final","code":{"text":"x"},"#
            + #""performer":[{"reference":"\#(performer)","display":"Dr. \#(id)"}],"valueQuantity":{"value":1.50}}"#
    }

    private func practitioner(_ id: String, number: String) -> String {
        #"{"resourceType":"Practitioner","id":"\#(id)","identifier":[{"system":"http://npi","value":"\#(number)"}]}"#
    }

    private static func query(_ number: String) -> String { "Practitioner?identifier=http://npi|\(number)" }

    private func performer(_ bench: IngestBench, _ id: String) throws -> String? {
        let text = try #require(try bench.json("Observation", id))
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return ((object?["performer"] as? [[String: Any]])?.first?["reference"]) as? String
    }

    private func version(_ bench: IngestBench, _ id: String) throws -> UInt64? {
        try bench.store.read(bench.scope, type: "Observation", id: id)?.sequence
    }

    @Test func `what nothing answers is listed, stays as it came, and is resolved when its target arrives`() throws {
        let bench = try IngestBench()
        let lines = [
            observation("a", performer: Self.query("1")), observation("b", performer: Self.query("2")),
            observation("c", performer: Self.query("1")), practitioner("p2", number: "2"),
        ]
        let source = try bench.file("first.ndjson", lines.joined(separator: "\n"))
        let first = try bench.ingest(source)
        #expect(first.created == 4)
        #expect(first.rejected == 0)
        #expect(first.unresolvedCount == 2)
        #expect(
            Set(first.unresolved.map { "\($0.resource) \($0.reference)" }) == [
                "Observation/a " + Self.query("1"), "Observation/c " + Self.query("1"),
            ])
        #expect(first.unresolved.allSatisfy { !$0.reason.isEmpty })
        #expect(try performer(bench, "a") == Self.query("1"))
        #expect(try performer(bench, "b") == "Practitioner/p2")

        let again = try bench.ingest(source)
        #expect(again.unchanged == 4)
        #expect(again.created + again.updated == 0)
        #expect(again.unresolvedCount == 2)

        let before = try version(bench, "a")
        let target = try bench.file("second.ndjson", practitioner("p1", number: "1"))
        let second = try bench.ingest(target)
        #expect(second.created == 1)
        #expect(second.unresolvedCount == 0)
        #expect(try performer(bench, "a") == "Practitioner/p1")
        #expect(try performer(bench, "c") == "Practitioner/p1")
        #expect(try version(bench, "a") != before)
        let history = try bench.store.history(bench.scope, type: "Observation", id: "a")
        #expect(history.count == 2)
        #expect(try bench.ids("Observation", [(name: "performer", value: "Practitioner/p1")]).sorted() == ["a", "c"])
        #expect(try bench.json("Observation", "a")?.contains(#""valueQuantity":{"value":1.50}"#) == true)
        #expect(try bench.store.awaiting(bench.scope).isEmpty)

        // The source still says what it said: nothing new.
        let end = try bench.store.now(bench.scope)
        let resent = try bench.ingest(source)
        #expect(resent.unchanged == 4)
        #expect(resent.created + resent.updated + resent.unresolvedCount == 0)
        #expect(try bench.store.now(bench.scope) == end)
    }

    @Test func `what waits is still known after the store was closed and opened again`() throws {
        let bench = try IngestBench()
        _ = try bench.ingest(bench.file("first.ndjson", observation("a", performer: Self.query("1"))))
        try bench.close()
        let opened = try IngestBench(folder: bench.folder)
        #expect(try opened.store.awaiting(opened.scope).count == 1)
        let report = try opened.ingest(opened.file("second.ndjson", practitioner("p1", number: "1")))
        #expect(report.created == 1)
        #expect(try performer(opened, "a") == "Practitioner/p1")
        #expect(try opened.store.awaiting(opened.scope).isEmpty)
        try opened.close()
    }

    @Test func `a query that two resources answer is listed and resolves to neither`() throws {
        let bench = try IngestBench()
        let lines = [
            practitioner("p1", number: "1"), practitioner("p2", number: "1"),
            observation("a", performer: Self.query("1")),
        ]
        let report = try bench.ingest(bench.file("all.ndjson", lines.joined(separator: "\n")))
        #expect(report.created == 3)
        #expect(report.unresolved.map(\.reference) == [Self.query("1")])
        #expect(report.unresolved.first?.reason.contains("several") == true)
        #expect(try performer(bench, "a") == Self.query("1"))
    }

    @Test func `a newer version is never replaced by an older one whose reference was resolved`() throws {
        let bench = try IngestBench()
        _ = try bench.ingest(bench.file("target.ndjson", practitioner("p1", number: "1")))
        let (store, scope) = (bench.store, bench.scope)
        let type = try #require(store.definitions.type(named: "Observation"))
        let rounds = 300
        let written = Written()
        let writer = WorkerThread(name: "writer") {
            guard let batch = try? store.makeBatch(scope), let parser = try? JSONParser(names: store.definitions.names)
            else { return }
            for round in 0..<rounds {
                let text = observation("a", performer: Self.query("1")).replacing("1.50", with: "\(round)")
                let sequence = try? Array(text.utf8).withUnsafeBytes { bytes in
                    Array("a".utf8).withUnsafeBytes { id in
                        if let resource = try? parser.parse(bytes) { batch.put(resource, type: type, id: id) }
                    }
                    defer { batch.removeAll() }
                    return try store.commit(batch).outcomes.first?.sequence
                }
                if let sequence { written.add(sequence) }
            }
            written.end()
        }
        let repair = try ReferenceRepair(store: store, scope: scope)
        while let sequence = written.next() { _ = try repair.run([sequence]) }
        writer.join()
        var last = rounds
        var repaired = 0
        for version in try store.history(scope, type: "Observation", id: "a") {
            let object = try JSONSerialization.jsonObject(with: Data(version.json)) as? [String: Any]
            let round = try #require((object?["valueQuantity"] as? [String: Any])?["value"] as? Int)
            #expect(round <= last, "version \(version.sequence) brings back round \(round)")
            last = round
            if String(decoding: version.json, as: UTF8.self).contains("Practitioner/p1") { repaired += 1 }
        }
        #expect(last == 0)
        #expect(repaired > 0)
    }

    @Test func `an address of no entry of its Bundle is listed and stays as it came`() throws {
        let bench = try IngestBench()
        let bundle =
            #"{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:aaaa","resource":"#
            + observation("a", performer: "urn:uuid:bbbb") + "}]}"
        let report = try bench.ingest(bench.file("bundle.json", bundle))
        #expect(report.created == 1)
        #expect(try performer(bench, "a") == "urn:uuid:bbbb")
        #expect(report.unresolved.map(\.reference) == ["urn:uuid:bbbb"])
    }
}

/// Versions on their way from the writer to the repair.
private final class Written: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var sequences: [UInt64] = []
    private var isEnded = false

    func add(_ sequence: UInt64) {
        lock.withLock {
            sequences.append(sequence)
            lock.signalAll()
        }
    }

    func end() {
        lock.withLock {
            isEnded = true
            lock.signalAll()
        }
    }

    /// The newest version that is not yet taken; `nil` at the end.
    func next() -> UInt64? {
        lock.withLock {
            while sequences.isEmpty && !isEnded { lock.wait() }
            defer { sequences = [] }
            return sequences.last
        }
    }
}
