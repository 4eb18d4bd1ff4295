import Access
import Audit
import Base
import Compression
import Foundation
import Vault

/// A log file taken apart, for tests that alter it.
struct LogFrames {
    let path: String
    let first: UInt64
    let head: [UInt8]
    var frames: [[UInt8]]

    init(_ folder: TrailFolder, file: Int) throws {
        let starts = try folder.logStarts()
        first = starts[file < 0 ? starts.count + file : file]
        path = folder.log(from: first)
        let bytes = try TestTrails.bytes(path)
        head = Array(bytes[..<40])
        frames = []
        var offset = 40
        while let header = Self.header(bytes[offset...]) {
            frames.append(Array(bytes[offset..<offset + Int(header.frameBytes)]))
            offset += Int(header.frameBytes)
        }
    }

    static func header(_ bytes: ArraySlice<UInt8>) -> BatchHeader? {
        bytes.withUnsafeBytes { BatchHeader(UnsafeRawBufferPointer(rebasing: $0.prefix(BatchHeader.byteCount))) }
    }

    func header(_ index: Int) -> BatchHeader? { Self.header(frames[index][...]) }

    func write() throws { try TestTrails.write(head + frames.joined(), path) }

    /// Where a frame begins in the file.
    func offset(_ index: Int) -> UInt64 { UInt64(40 + frames[..<index].map(\.count).reduce(0, +)) }

    /// Seals a batch anew with other entries, as only a holder of the keys can.
    mutating func reseal(_ index: Int, _ keys: TrailKeys, _ change: (inout [AuditEntry]) -> Void) throws {
        guard let header = header(index) else { return }
        let coder = try BatchCoder(keys, Dictionaries(dictionary: []))
        let batch = try frames[index].withUnsafeBytes { raw in
            try coder.open(header, sealed: UnsafeRawBufferPointer(rebasing: raw[24...]), file: first)
        }
        var entries = (0..<batch.count).compactMap(batch.entry)
        let nonces = (0..<batch.count).flatMap(batch.nonce)
        change(&entries)
        let encoded = ByteWriter()
        let text = ByteWriter()
        for entry in entries {
            text.removeAll()
            entry.encode(to: text)
            encoded.writeVarint(UInt64(text.count))
            encoded.write(text.bytes)
        }
        let output = ByteWriter()
        try nonces.withUnsafeBytes { nonces in
            try coder.write(
                first: header.first, count: entries.count,
                nonces: UnsafeRawBufferPointer(rebasing: nonces[..<(entries.count * 16)]), encoded: encoded.bytes,
                file: first, to: output)
        }
        frames[index] = output.copy()
    }
}
