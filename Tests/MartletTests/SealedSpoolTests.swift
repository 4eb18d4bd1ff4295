import Base
import Foundation
import Intake
import Martlet
import Testing

@Suite struct SealedSpoolTests {
    private let home: TemporaryFolder

    init() throws {
        home = try TemporaryFolder()
    }

    @Test func `what was spooled is read back at any place`() throws {
        var random = SeededRandom(seed: 11)
        let bytes = (0..<1_500_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let spool = try SealedSpool.factory(in: DataFolder(home.path))()
        var written = 0
        while written < bytes.count {
            let count = min(Int.random(in: 1...200_000, using: &random), bytes.count - written)
            try bytes[written..<written + count].withUnsafeBytes { try spool.append($0) }
            written += count
            #expect(spool.byteCount == UInt64(written))
        }
        for _ in 0..<200 {
            let offset = Int.random(in: 0...bytes.count, using: &random)
            let wanted = Int.random(in: 0...600_000, using: &random)
            var buffer = [UInt8](repeating: 0, count: wanted)
            let count = try buffer.withUnsafeMutableBytes { try spool.read(into: $0, at: UInt64(offset)) }
            #expect(count == min(wanted, bytes.count - offset))
            #expect(buffer.prefix(count).elementsEqual(bytes[offset..<offset + count]))
        }
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(try buffer.withUnsafeMutableBytes { try spool.read(into: $0, at: .max) } == 0)
    }

    @Test func `the folder shows no file, and the file no content`() throws {
        let spool = try SealedSpool.factory(in: DataFolder(home.path))()
        let line = Array("Patient Marianne Musterfrau ".utf8)
        for _ in 0..<40_000 { try line.withUnsafeBytes { try spool.append($0) } }
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path).isEmpty)
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")).map { (name, $0) }
        }
        let name = try #require(open.first { $0.1.hasPrefix(home.path + "/spool") }?.0)
        let content = try Data(contentsOf: URL(filePath: "/proc/self/fd/\(name)"))
        #expect(content.count > 500_000)
        #expect(content.range(of: Data("Musterfrau".utf8)) == nil)
        #expect(spool.byteCount == UInt64(40_000 * line.count))
    }
}
