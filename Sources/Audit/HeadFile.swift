internal import Base

/// The file `heads`: all signed heads, one record each.
final class HeadFile: Sendable {
    private let file: TrailFile
    private let storage: any TrailStorage
    private let origin: String

    private static let magic: [UInt8] = Array("MTLAHEA1".utf8)
    private static let headerBytes = 32

    init(
        _ folder: TrailFolder, _ keys: TrailKeys, _ mode: TrailFile.Mode, _ storage: any TrailStorage
    ) throws(AuditError) {
        file = try TrailFile(folder.heads, mode, creates: mode == .write)
        self.storage = storage
        origin = TreeHead.origin(keys.tenant, keys.id)
        let header = Self.magic + keys.id.bytes + [UInt8](repeating: 0, count: 8)
        var found = [UInt8](repeating: 0, count: Self.headerBytes)
        let count = try Self.read(&found, file)
        if count == found.count && found == header { return }
        // A crash while the file was made leaves a beginning of it or zeros.
        let isUnfinished =
            try file.byteCount() <= UInt64(Self.headerBytes) && found.prefix(count).allSatisfy { $0 == 0 }
        guard mode == .write, isUnfinished || header.starts(with: found.prefix(count)) else {
            if mode == .read && count == 0 { return }
            throw AuditError(.damaged, "\(file.path) holds no heads of this trail")
        }
        let failure = header.withUnsafeBytes { storage.write($0, to: file.descriptor, at: 0) }
        guard failure == 0 else { throw TrailFile.failure(file.path, "cannot be written", failure) }
    }

    private static func read(_ found: inout [UInt8], _ file: TrailFile) throws(AuditError) -> Int {
        let outcome = found.withUnsafeMutableBytes { raw in
            Result { () throws(AuditError) in try file.read(into: raw, at: 0) }
        }
        return try outcome.get()
    }

    /// How many whole records there are.
    func count() throws(AuditError) -> Int {
        let bytes = try file.byteCount()
        return bytes < UInt64(Self.headerBytes) ? 0 : Int(bytes - UInt64(Self.headerBytes)) / TreeHead.recordBytes
    }

    /// Bytes behind the last whole record.
    func looseBytes() throws(AuditError) -> Int {
        let bytes = try file.byteCount()
        return bytes < UInt64(Self.headerBytes) ? 0 : Int(bytes - UInt64(Self.headerBytes)) % TreeHead.recordBytes
    }

    /// The head at a place, from 0. Its signature is not checked.
    /// - Throws: `AuditError.missing` if there is none; `.storage`.
    func head(_ index: Int) throws(AuditError) -> TreeHead {
        guard let head = try record(index) else { throw AuditError(.missing, "there is no head \(index)") }
        return head
    }

    /// What stands at a place, from 0. Its signature is not checked.
    /// - Returns: `nil` if that is no head.
    /// - Throws: `AuditError.storage` if it cannot be read.
    func record(_ index: Int) throws(AuditError) -> TreeHead? {
        var bytes = [UInt8](repeating: 0, count: TreeHead.recordBytes)
        let offset = UInt64(Self.headerBytes + index * TreeHead.recordBytes)
        let outcome = bytes.withUnsafeMutableBytes { raw in
            Result { () throws(AuditError) in try file.read(into: raw, at: offset, by: storage) }
        }
        guard try outcome.get() == bytes.count else { return nil }
        return bytes.withUnsafeBytes { TreeHead(record: $0, origin: origin) }
    }

    /// Adds a head at a place; durable when this returns.
    func write(_ head: TreeHead, at index: Int) throws(AuditError) {
        let record = ByteWriter(capacity: TreeHead.recordBytes)
        head.write(to: record)
        let offset = UInt64(Self.headerBytes + index * TreeHead.recordBytes)
        let failure = storage.write(record.bytes, to: file.descriptor, at: offset)
        guard failure == 0 else { throw TrailFile.failure(file.path, "cannot be written", failure) }
        let unsynced = storage.sync(file.descriptor)
        guard unsynced == 0 else { throw TrailFile.failure(file.path, "cannot be made durable", unsynced) }
    }

    /// Cuts all but the first heads.
    func cut(_ count: Int) throws(AuditError) {
        let failure = storage.truncate(
            file.descriptor, to: UInt64(Self.headerBytes + count * TreeHead.recordBytes))
        guard failure == 0 else { throw TrailFile.failure(file.path, "cannot be cut", failure) }
    }

    /// The first head that covers `size` entries or more.
    /// - Returns: its place; `nil` if none does.
    func firstCovering(_ size: UInt64, count: Int) throws(AuditError) -> Int? {
        var range = 0..<count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if try head(middle).size >= size {
                range = range.lowerBound..<middle
            } else {
                range = middle + 1..<range.upperBound
            }
        }
        return range.lowerBound < count ? range.lowerBound : nil
    }
}
