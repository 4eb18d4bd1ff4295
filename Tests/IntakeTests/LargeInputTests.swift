import Base
import Foundation
import Glibc
import Intake
import TestSupport
import Testing

/// Real and large inputs. Serialized, because one of them measures memory.
@Suite(.serialized) struct LargeInputTests {
    @Test(.enabled(if: SharedData.has("data/synthea/synthea-r4.zip"), "needs shared/data/synthea/synthea-r4.zip"))
    func `the Synthea zip gives 217 documents and no reject`() throws {
        let path = try #require(SharedData.file("data/synthea/synthea-r4.zip")?.path)
        let scratch = try Scratch()
        let queue = UnitQueue(bytesMax: 8 << 20)
        let rejects = RejectsWriter(path: scratch.file("r"))
        let walker = SourceWalker(paths: [path], rejects: rejects, makeSpool: { MemorySpool() })
        let reader = WorkerThread(name: "test") { _ = try? walker.run(into: queue) }
        var documents = 0
        var bytes = 0
        while let unit = try queue.pop() {
            documents += unit.shape == .document ? 1 : 0
            bytes += unit.storage.count
        }
        reader.join()
        #expect(documents == 217)
        #expect(bytes == 245_332_822)
        #expect(rejects.count == 0)
    }

    @Test(.enabled(if: SharedData.has("data/bulk/bulk-10-patients.zip"), "needs shared/data/bulk/bulk-10-patients.zip"))
    func `every file of the bulk export has as many lines as Python counts`() throws {
        let path = try #require(SharedData.file("data/bulk/bulk-10-patients.zip")?.path)
        let scratch = try Scratch()
        try FileManager.default.copyItem(atPath: path, toPath: scratch.file("bulk.zip"))
        try scratch.python(
            """
            with zipfile.ZipFile('bulk.zip') as z:
                counts = {n: sum(1 for l in z.read(n).split(b'\\n') if l.strip()) for n in z.namelist()}
            json.dump(counts, open('counts.json', 'w'))
            """)
        let data = try #require(FileManager.default.contents(atPath: scratch.file("counts.json")))
        var expected = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Int])
        expected["log.ndjson"] = nil
        let reading = try scratch.read("bulk.zip")
        var counts: [String: Int] = [:]
        for slice in reading.slices {
            counts[String(slice.place.file.split(separator: "!/").last ?? ""), default: 0] += 1
        }
        #expect(counts == expected)
        #expect(reading.files.prefix(2) == ["bulk.zip!/Organization.000.ndjson", "bulk.zip!/Location.000.ndjson"])
        #expect(reading.summary.skipped.map(\.reason) == [.exportLog])
        #expect(reading.rejects.isEmpty)
    }

    /// In a process of its own: other tests take memory, too.
    @Test func `a Bundle of 300 MB takes no more than 150 MB of memory`() async {
        await #expect(processExitsWith: .success) { try LargeInputTests().splitLargeBundle() }
    }

    private func splitLargeBundle() throws {
        let scratch = try Scratch()
        let path = scratch.file("big.json")
        let count = try writeBundle(path, bytes: 300 << 20)
        resetPeak()
        let queue = UnitQueue(bytesMax: 16 << 20)
        let rejects = RejectsWriter(path: scratch.file("r"))
        let walker = SourceWalker(paths: [path], rejects: rejects, makeSpool: { MemorySpool() })
        let reader = WorkerThread(name: "test") { _ = try? walker.run(into: queue) }
        var entries = 0
        var known = 0
        while let unit = try queue.pop() {
            unit.forEachSlice { _ in entries += 1 }
            known = unit.bundle?.index.count ?? 0
        }
        reader.join()
        try #require(entries == count && known == count)
        try #require(rejects.count == 0)
        let peak = try status("VmHWM")
        try #require(peak < 150 << 10, "peak \(peak) kB")
    }

    private func writeBundle(_ path: String, bytes: Int) throws -> Int {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try #require(FileHandle(forWritingAtPath: path))
        var written = 0
        var count = 0
        var block = "{\n  \"resourceType\": \"Bundle\",\n  \"type\": \"transaction\",\n  \"entry\": [ "
        let pad = (0..<40).map { "{ \"system\": \"http://loinc.org\", \"code\": \"\($0)-4\" }" }.joined(
            separator: ",\n")
        while written < bytes {
            for _ in 0..<300 {
                let id = UUID().uuidString.lowercased()
                block += count == 0 ? "" : ", "
                block +=
                    "{\n \"fullUrl\": \"urn:uuid:\(id)\",\n \"resource\": {\n  \"resourceType\": \"Observation\",\n"
                block += "  \"id\": \"\(id)\",\n \"coding\": [\n\(pad) ] } }"
                count += 1
            }
            try file.write(contentsOf: Data(block.utf8))
            written += block.utf8.count
            block = ""
        }
        try file.write(contentsOf: Data("] }".utf8))
        try file.close()
        return count
    }

    private func resetPeak() {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
        try? file.write(contentsOf: Data("5".utf8))
        try? file.close()
    }

    /// A line of `/proc/self/status`, in kB.
    private func status(_ name: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + ":") })
        return try #require(Int(line.split(whereSeparator: \.isWhitespace)[1]))
    }
}
