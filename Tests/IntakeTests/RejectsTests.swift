import Base
import Foundation
import Testing

import Intake

@Suite struct RejectsTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    @Test func `any bytes come back from the rejects file`() throws {
        let path = scratch.file("r.ndjson")
        let writer = RejectsWriter(path: path)
        let originals: [[UInt8]] = [
            Array("plain \"quoted\" \\ back\n\r\t\u{1} \u{7F} é 🦅 </script>".utf8), [0xFF, 0xFE, 0], [], [0xC3],
            Array(repeating: 0x61, count: 3 << 20), (0..<256).map { UInt8($0) },
        ]
        for (line, original) in originals.enumerated() {
            let place = Place(file: "a \"b\".zip!/ü\n.ndjson", line: line + 1, offset: 5)
            try original.withUnsafeBytes {
                try writer.reject(Rejection(place, .invalidJSON, "why", path: "Patient.name"), original: $0)
            }
        }
        let read = try Reading.rejects(path)
        #expect(read.map { Array($0.data ?? Data()) } == originals)
        #expect(read.map(\.line) == [1, 2, 3, 4, 5, 6])
        #expect(read[0].file == "a \"b\".zip!/ü\n.ndjson")
        #expect(writer.count == 6)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `pieces of any size make one original, cut at the limit`() throws {
        let path = scratch.file("r.ndjson")
        for limit in [UInt64(0), 1, 1000, 1 << 30] {
            try? FileManager.default.removeItem(atPath: path)
            let writer = RejectsWriter(path: path, originalBytesMax: limit)
            let stream = try writer.begin(Rejection(Place(file: "f"), .tooLarge, "long"))
            var whole: [UInt8] = []
            for size in [1, 1, 5, 0, 100_000, 2, 4] {
                let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                whole += piece
                try piece.withUnsafeBytes { try stream.append($0) }
            }
            try stream.finish()
            let read = try #require(try Reading.rejects(path).first)
            #expect(Array(read.data ?? Data()) == Array(whole.prefix(Int(limit))))
            #expect(read.isTruncated == (limit < 100_013))
        }
    }

    @Test func `threads that write at once, and one that streams, never mix lines`() throws {
        let path = scratch.file("r.ndjson")
        let writer = RejectsWriter(path: path)
        let threads = (0..<4).map { number in
            WorkerThread(name: "test") {
                for line in 0..<200 {
                    let rejection = Rejection(Place(file: "f\(number)", line: line), .invalidJSON, "why")
                    if line % 20 == 0, let stream = try? writer.begin(rejection) {
                        for _ in 0..<50 { try? stream.append(UnsafeRawBufferPointer(start: nil, count: 0)) }
                        try? stream.finish()
                    } else {
                        try? writer.reject(rejection)
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(try Reading.rejects(path).count == 800)
        #expect(writer.count == 800)
    }

    @Test func `half a line of a run that was killed spoils no other`() throws {
        try scratch.write("r.ndjson", "{\"file\":\"half")
        let writer = RejectsWriter(path: scratch.file("r.ndjson"))
        try writer.reject(Rejection(Place(file: "f"), .empty, "why"))
        let lines = try String(contentsOfFile: scratch.file("r.ndjson"), encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2 && lines[1].hasPrefix(#"{"file":"f""#))
    }

    @Test func `rejects that can't be written stop the run`() throws {
        try scratch.write("a.json", "")
        let walker = SourceWalker(
            paths: [scratch.file("a.json")], rejects: RejectsWriter(path: scratch.file("no/such/folder")),
            makeSpool: { MemorySpool() })
        #expect(throws: IntakeError.self) { try walker.run { _ in } }
    }
}
