internal import Base
internal import Vault

/// What stands at the start of a log file.
struct LogFileHeader {
    /// The number of the first entry.
    var first: UInt64
    /// When the file was begun.
    var created: Instant

    static let byteCount = 40
    private static let magic: [UInt8] = Array("MTLALOG1".utf8)

    func bytes(_ id: TrailID) -> [UInt8] {
        let writer = ByteWriter(capacity: Self.byteCount)
        Self.magic.withUnsafeBytes { writer.write($0) }
        id.bytes.withUnsafeBytes { writer.write($0) }
        writer.writeLittleEndian(first)
        writer.writeLittleEndian(created.microseconds)
        return writer.copy()
    }

    init(first: UInt64, created: Instant) {
        self.first = first
        self.created = created
    }

    /// - Returns: `nil` if a file of the trail does not start so.
    init?(_ bytes: UnsafeRawBufferPointer, _ id: TrailID) {
        guard bytes.count == Self.byteCount, bytes.starts(with: Self.magic),
            bytes[8..<8 + TrailID.byteCount].elementsEqual(id.bytes)
        else { return nil }
        first = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
        created = Instant(
            microseconds: Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 32, as: Int64.self)))
    }
}

/// Reads the batches of one log file.
final class LogReader {
    /// What stands at an offset of a log file.
    enum Frame {
        case batch(BatchHeader)
        case end
        /// Bytes that are no whole batch.
        case broken
    }

    let first: UInt64
    let created: Instant
    let file: TrailFile
    private let coder: BatchCoder
    private let buffer = ByteWriter(capacity: 1 << 16)

    /// - Throws: `AuditError.missing`, `.storage`; `.damaged` if the file is not of this trail or name.
    init(_ folder: TrailFolder, _ keys: TrailKeys, first: UInt64, _ coder: BatchCoder) throws(AuditError) {
        file = try TrailFile(folder.log(from: first))
        self.coder = coder
        self.first = first
        try file.read(LogFileHeader.byteCount, at: 0, into: buffer)
        guard let header = LogFileHeader(buffer.bytes, keys.id), header.first == first else {
            throw AuditError(.damaged, "\(file.path) does not begin as a file of this trail does")
        }
        created = header.created
    }

    /// Where the first batch stands.
    static let start = UInt64(LogFileHeader.byteCount)

    /// - Parameter end: where the file ends, or is taken to end.
    func frame(at offset: UInt64, end: UInt64) throws(AuditError) -> Frame {
        guard offset < end else { return .end }
        guard end - offset >= UInt64(BatchHeader.byteCount) else { return .broken }
        buffer.removeAll()
        try file.read(BatchHeader.byteCount, at: offset, into: buffer)
        guard let header = BatchHeader(buffer.bytes), header.frameBytes <= end - offset else { return .broken }
        return .batch(header)
    }

    /// Opens the batch at an offset.
    /// - Throws: `AuditError.damaged` if it was altered or moved.
    func batch(_ header: BatchHeader, at offset: UInt64) throws(AuditError) -> Batch {
        buffer.removeAll()
        let size = Int(header.sealedBytes)
        let count = try file.read(size, at: offset + UInt64(BatchHeader.byteCount), into: buffer)
        guard count == size else { throw AuditError(.damaged, "\(file.path) is too short") }
        return try coder.open(header, sealed: buffer.bytes, file: first)
    }

    /// Whether what stands at the end of the file is what a crash leaves of a write that was under way: a beginning of
    /// the batch that was to come, or the whole of it with holes.
    /// - Parameter expected: the number that the batch's first entry would have.
    func isTorn(at offset: UInt64, end: UInt64, expected: UInt64) throws(AuditError) -> Bool {
        guard end - offset <= UInt64(BatchHeader.byteCount + BatchHeader.batchBytesMax) else { return false }
        buffer.removeAll()
        try file.read(Int(end - offset), at: offset, into: buffer)
        let bytes = buffer.bytes
        guard bytes.contains(where: { $0 != 0 }) else { return true }
        let wanted = withUnsafeBytes(of: expected.littleEndian) { Array($0) }
        guard bytes.dropFirst(8).prefix(8).elementsEqual(wanted.prefix(max(0, bytes.count - 8))) else {
            return Self.hasHole(bytes)
        }
        guard bytes.count >= BatchHeader.byteCount else { return true }
        guard let header = BatchHeader(UnsafeRawBufferPointer(rebasing: bytes.prefix(BatchHeader.byteCount))) else {
            return Self.hasHole(bytes)
        }
        if header.frameBytes > UInt64(bytes.count) { return true }
        return header.frameBytes == UInt64(bytes.count) && Self.hasHole(bytes)
    }

    /// Whether there is a run of zeros that no sealed text has: a sector that a loss of power kept from the disk.
    private static func hasHole(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var run = 0
        for byte in bytes {
            run = byte == 0 ? run + 1 : 0
            if run >= 256 { return true }
        }
        return false
    }
}
