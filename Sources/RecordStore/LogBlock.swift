internal import Base

/// What an entry of the log did.
package enum LogOperation: UInt8, Sendable {
    case put = 1
    case delete = 2
}

/// The plain form of a block: consecutive entries of the log of one patient and one commit.
///
/// Layout: format (1 byte), actor (size, text), number of entries, the size of each, the entries. An entry is the
/// distance back to the entry that it replaces (0 for none), then its body: operation (1 byte), type (size, text),
/// id (size, text), `meta` without version and time (size, members), and the other members as they follow `meta`.
/// Sizes, distances and numbers are variable-length integers.
enum LogBlock {
    static let format: UInt8 = 1
    /// A block is closed when its entries reach this size.
    static let targetBytes = 16 << 10
    /// The largest block that is opened.
    static let bytesMax = 128 << 20
    static let entriesMax = 4096
    /// Stands in the place of an erased entry's operation.
    static let erasedOperation: UInt8 = 3

    /// Writes the block's head; the entries follow.
    static func writeHead(actor: String, entrySizes: ArraySlice<Int>, to writer: ByteWriter) {
        writer.write(format)
        writer.writeVarint(UInt64(actor.utf8.count))
        writer.write(actor)
        writer.writeVarint(UInt64(entrySizes.count))
        for size in entrySizes { writer.writeVarint(UInt64(size)) }
    }
}

/// An opened block.
final class OpenedBlock: Sendable {
    let firstSequence: UInt64
    /// When the block was committed.
    let committedAt: Instant
    let actor: String
    private let bytes: CachedBytes
    /// Where the entries begin, and where the last ends.
    private let places: [UInt32]

    /// - Throws: `StoreError.damaged` if the bytes are no block.
    init(_ bytes: CachedBytes, firstSequence: UInt64, committedAt: Instant) throws(StoreError) {
        self.bytes = bytes
        self.firstSequence = firstSequence
        self.committedAt = committedAt
        let damaged = StoreError(code: .damaged, detail: "the block at \(firstSequence) is malformed")
        var reader = ByteReader(bytes.bytes)
        guard reader.readByte() == LogBlock.format, let actorBytes = reader.readVarint(),
            let actor = reader.readBytes(Int(truncatingIfNeeded: actorBytes)), let count = reader.readVarint(),
            count <= LogBlock.entriesMax
        else { throw damaged }
        self.actor = String(decoding: actor, as: UTF8.self)
        var places: [UInt32] = []
        places.reserveCapacity(Int(count) + 1)
        var end = 0
        places.append(0)
        for _ in 0..<count {
            guard let size = reader.readVarint(), size <= LogBlock.bytesMax else { throw damaged }
            end += Int(size)
            guard end <= LogBlock.bytesMax else { throw damaged }
            places.append(UInt32(end))
        }
        guard reader.offset + end == bytes.count else { throw damaged }
        let start = UInt32(reader.offset)
        for index in places.indices { places[index] += start }
        self.places = places
    }

    var entryCount: Int { places.count - 1 }
    var memoryBytes: Int { bytes.count + places.count * 4 }

    /// Whether an entry lies in the block.
    func holds(_ sequence: UInt64) -> Bool {
        sequence >= firstSequence && sequence - firstSequence < UInt64(entryCount)
    }

    /// The entry with a sequence number.
    /// - Throws: `StoreError.damaged` if the block does not hold it or it is malformed.
    func entry(_ sequence: UInt64) throws(StoreError) -> StoredResource {
        let damaged = StoreError(code: .damaged, detail: "the entry \(sequence) is malformed")
        guard holds(sequence) else { throw damaged }
        let index = Int(sequence - firstSequence)
        var reader = ByteReader(
            UnsafeRawBufferPointer(rebasing: bytes.bytes[Int(places[index])..<Int(places[index + 1])]))
        guard let distance = reader.readVarint(), distance <= sequence, let code = reader.readByte() else {
            throw damaged
        }
        if code == LogBlock.erasedOperation {
            throw StoreError(code: .shredded, detail: "the entry \(sequence) was erased")
        }
        guard let operation = LogOperation(rawValue: code),
            let type = reader.readText(), let id = reader.readText(), let metaBytes = reader.readVarint(),
            let meta = reader.readBytes(Int(truncatingIfNeeded: metaBytes)),
            let rest = reader.readBytes(reader.remaining)
        else { throw damaged }
        return StoredResource(
            sequence: sequence, replaces: distance == 0 ? nil : sequence - distance, operation: operation,
            lastUpdated: committedAt, actor: actor, typeText: type, idText: id, meta: meta, rest: rest, owner: bytes)
    }

    /// The plain form of the block with some entries erased.
    func erasing(_ sequences: Set<UInt64>) -> ByteWriter {
        let entries = ByteWriter(capacity: bytes.count)
        var sizes: [Int] = []
        for place in 0..<entryCount {
            let start = entries.count
            if sequences.contains(firstSequence + UInt64(place)) {
                entries.writeVarint(0)
                entries.write(LogBlock.erasedOperation)
            } else {
                entries.write(
                    UnsafeRawBufferPointer(rebasing: bytes.bytes[Int(places[place])..<Int(places[place + 1])]))
            }
            sizes.append(entries.count - start)
        }
        defer { entries.wipe() }
        let plain = ByteWriter(capacity: bytes.count)
        LogBlock.writeHead(actor: actor, entrySizes: sizes[...], to: plain)
        plain.write(entries.bytes)
        return plain
    }
}

extension ByteReader {
    /// A text behind its size.
    mutating func readText() -> UnsafeRawBufferPointer? {
        readVarint().flatMap { readBytes(Int(truncatingIfNeeded: $0)) }
    }
}
