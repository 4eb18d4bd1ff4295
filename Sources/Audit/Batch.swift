internal import Access
package import Base
package import Compression
package import Vault

/// What stands before each batch of a log file, in clear and bound to what is sealed behind it.
package struct BatchHeader: Hashable, Sendable {
    /// Bytes of the sealed text behind the header.
    package var sealedBytes: UInt32
    /// Entries in it, at least 1.
    package var count: UInt32
    /// The number of the first of them.
    package var first: UInt64
    /// Bytes of the encoded entries before they were compressed.
    package var openedBytes: UInt32
    package var coding: Coding

    /// How the entries lie in the sealed text; the number is the one in the header.
    package enum Coding: UInt32, Hashable, Sendable {
        case plain = 0
        case zstd = 1
    }

    package static let byteCount = 24
    /// No batch is larger, sealed or opened, in bytes.
    package static let batchBytesMax = 32 << 20

    package init(sealedBytes: UInt32, count: UInt32, first: UInt64, openedBytes: UInt32, coding: Coding) {
        self.sealedBytes = sealedBytes
        self.count = count
        self.first = first
        self.openedBytes = openedBytes
        self.coding = coding
    }

    /// - Returns: `nil` for bytes that no batch begins with.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        guard let sealedBytes = reader.readLittleEndian(UInt32.self), let count = reader.readLittleEndian(UInt32.self),
            let first = reader.readLittleEndian(UInt64.self), let openedBytes = reader.readLittleEndian(UInt32.self),
            let coding = reader.readLittleEndian(UInt32.self).flatMap(Coding.init), count > 0,
            sealedBytes > Sealer.overheadBytes, sealedBytes <= Self.batchBytesMax, openedBytes <= Self.batchBytesMax,
            UInt64(sealedBytes) >= UInt64(count) * UInt64(Batch.nonceBytes), first <= UInt64.max / 4
        else { return nil }
        self.init(sealedBytes: sealedBytes, count: count, first: first, openedBytes: openedBytes, coding: coding)
    }

    /// Appends the header as it stands in a log file.
    package func write(to writer: ByteWriter) {
        writer.writeLittleEndian(sealedBytes)
        writer.writeLittleEndian(count)
        writer.writeLittleEndian(first)
        writer.writeLittleEndian(openedBytes)
        writer.writeLittleEndian(coding.rawValue)
    }

    /// The number behind the last entry.
    package var end: UInt64 { first + UInt64(count) }
    /// Bytes with the header.
    package var frameBytes: UInt64 { UInt64(Self.byteCount) + UInt64(sealedBytes) }
}

/// Entries that were written together, opened.
package final class Batch: Sendable {
    package let first: UInt64
    /// Nonces of all entries, then their encodings, each behind its length.
    private let bytes: [UInt8]
    /// Where each entry's encoding lies in `bytes`.
    private let places: [Range<Int>]

    /// The random bytes before an entry in its leaf: without them a leaf's hash would tell a guesser that the guess is
    /// right.
    package static let nonceBytes = 16

    package var count: Int { places.count }

    /// - Returns: `nil` if the opened bytes are not `count` entries.
    init?(first: UInt64, count: Int, opened bytes: [UInt8]) {
        var places: [Range<Int>] = []
        places.reserveCapacity(count)
        let isWhole = bytes.withUnsafeBytes { raw -> Bool in
            guard raw.count >= count * Self.nonceBytes else { return false }
            var reader = ByteReader(raw, offset: count * Self.nonceBytes)
            for _ in 0..<count {
                guard let length = reader.readVarint(), let size = Int(exactly: length), size <= reader.remaining else {
                    return false
                }
                places.append(reader.offset..<reader.offset + size)
                reader.offset += size
            }
            return reader.remaining == 0
        }
        guard isWhole else { return nil }
        self.first = first
        self.bytes = bytes
        self.places = places
    }

    /// The random bytes of the entry at a place in the batch.
    package func nonce(_ index: Int) -> [UInt8] {
        Array(bytes[index * Self.nonceBytes..<(index + 1) * Self.nonceBytes])
    }

    /// The entry at a place in the batch; `nil` if its encoding is none.
    package func entry(_ index: Int) -> AuditEntry? {
        bytes.withUnsafeBytes { AuditEntry(encoded: UnsafeRawBufferPointer(rebasing: $0[places[index]])) }
    }

    /// The leaf of the entry at a place in the batch: nonce and encoding.
    package func leaf(_ index: Int, _ hasher: SHA256Hasher) throws(VaultError) -> TreeHash {
        let outcome = bytes.withUnsafeBytes { raw in
            Result { () throws(VaultError) in
                let nonce = raw[index * Self.nonceBytes..<(index + 1) * Self.nonceBytes]
                return try TreeHash.leaf(
                    UnsafeRawBufferPointer(rebasing: nonce), UnsafeRawBufferPointer(rebasing: raw[places[index]]),
                    hasher)
            }
        }
        return try outcome.get()
    }
}

/// Packs entries into batches and opens them. One a thread.
package final class BatchCoder {
    private let keys: TrailKeys
    private let sealer: Sealer
    private let compressor: BlockCompressor
    private let context = ByteWriter(capacity: 160)
    private let plain = ByteWriter(capacity: 1 << 16)
    private let contextStart: Int
    private var fileKey: (first: UInt64, key: SecretKey)?

    /// Below this the compressor's frame costs more than it saves, in bytes.
    private static let compressedBytesMin = 256

    package init(_ keys: TrailKeys, _ dictionaries: Dictionaries) throws {
        self.keys = keys
        sealer = try Sealer()
        compressor = try BlockCompressor(dictionaries: dictionaries)
        context.write("martlet audit batch of \(keys.tenant) \(keys.id) ")
        contextStart = context.count
    }

    deinit {
        plain.wipe()
    }

    /// Appends a batch with its header.
    /// - Parameters:
    ///   - nonces: 16 bytes for each entry.
    ///   - encoded: the encodings, each behind its length as a varint.
    ///   - file: the first number of the log file it goes to.
    package func write(
        first: UInt64, count: Int, nonces: UnsafeRawBufferPointer, encoded: UnsafeRawBufferPointer, file: UInt64,
        to output: ByteWriter
    ) throws {
        plain.removeAll()
        plain.write(nonces)
        var coding = BatchHeader.Coding.plain
        if encoded.count >= Self.compressedBytesMin {
            let bound = BlockCompressor.boundBytes(encoded.count)
            plain.reserve(bound)
            let target = UnsafeMutableRawBufferPointer(start: plain.base + plain.count, count: bound)
            let size = try compressor.compress(encoded, into: target)
            if size < encoded.count {
                plain.count += size
                coding = .zstd
            }
        }
        if coding == .plain { plain.write(encoded) }
        let sealedBytes = plain.count + Sealer.overheadBytes
        guard sealedBytes <= BatchHeader.batchBytesMax, encoded.count <= BatchHeader.batchBytesMax else {
            throw AuditError(.tooLarge, "a batch is larger than \(BatchHeader.batchBytesMax >> 20) MiB")
        }
        let header = BatchHeader(
            sealedBytes: UInt32(sealedBytes), count: UInt32(count), first: first, openedBytes: UInt32(encoded.count),
            coding: coding)
        header.write(to: output)
        try sealer.seal(plain.bytes, key: key(file), context: bound(header), into: output)
    }

    /// Opens a batch.
    /// - Throws: `AuditError.damaged` if it was altered or moved.
    package func open(
        _ header: BatchHeader, sealed: UnsafeRawBufferPointer, file: UInt64
    ) throws(AuditError) -> Batch {
        plain.removeAll()
        do {
            try sealer.open(sealed, key: key(file), context: bound(header), into: plain)
            let nonces = Int(header.count) * Batch.nonceBytes
            guard plain.count >= nonces else { throw AuditError(.damaged, "a batch is cut short") }
            var bytes = [UInt8](repeating: 0, count: nonces + Int(header.openedBytes))
            try fill(&bytes, header, nonces)
            if let batch = Batch(first: header.first, count: Int(header.count), opened: bytes) { return batch }
        } catch {
            throw AuditError(.damaged, "a batch was altered, moved or sealed with another key", cause: error)
        }
        throw AuditError(.damaged, "a batch does not hold what its header says")
    }

    private func fill(_ bytes: inout [UInt8], _ header: BatchHeader, _ nonces: Int) throws {
        let rest = UnsafeRawBufferPointer(rebasing: plain.bytes[nonces...])
        let compressor = compressor
        let count = try bytes.withUnsafeMutableBytes { target -> Int in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: plain.bytes[..<nonces]))
            let room = UnsafeMutableRawBufferPointer(rebasing: target[nonces...])
            if header.coding == .zstd { return try compressor.decompress(rest, into: room) }
            guard rest.count <= room.count else { return -1 }
            room.copyMemory(from: rest)
            return rest.count
        }
        guard count == Int(header.openedBytes) else {
            throw AuditError(.damaged, "a batch does not open to the size that its header says")
        }
    }

    private func bound(_ header: BatchHeader) -> UnsafeRawBufferPointer {
        context.count = contextStart
        header.write(to: context)
        return context.bytes
    }

    private func key(_ file: UInt64) throws(VaultError) -> SecretKey {
        if let fileKey, fileKey.first == file { return fileKey.key }
        let key = try keys.logKey(from: file)
        fileKey = (file, key)
        return key
    }
}
