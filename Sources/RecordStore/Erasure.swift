internal import Base

/// What was, or is to be, erased, and why. It tells nothing of what the entries held, and of whom only a keyed hash.
struct Erasure: Sendable {
    enum Kind: UInt8 {
        /// A patient was purged.
        case purge = 1
        /// A patient's key was replaced: nothing was erased.
        case rotation = 2
    }

    enum State: Int64 {
        /// The keys are to be shredded.
        case intended = 1
        /// The keys are shredded; blocks and index still hold what they sealed, or what leads to it.
        case shredded = 2
        case done = 3
    }

    var kind: Kind
    var state: State
    /// A hash of the patient's token: the same patient is recognised, by whoever knows who it is.
    var patient: UInt64 = 0
    var at: Instant
    var actor = ""
    var reason = ""
    /// The numbers of the keys in the key store.
    var keys: [Int64] = []
    /// Ascending.
    var sequences: [UInt64] = []
    /// Entries that are not erased and replaced some that are; ascending.
    var after: [UInt64] = []
    /// See `ErasedEntries`.
    var before: [UInt64: UInt64] = [:]
    var trails: [IdentityToken: UInt64] = [:]
    /// Entries that lay in other patients' compartments as well.
    var shared = 0

    private static let format: UInt8 = 1

    init(kind: Kind, state: State, at: Instant) {
        self.kind = kind
        self.state = state
        self.at = at
    }

    /// The stored form, without the state.
    func encoded() -> ByteWriter {
        let writer = ByteWriter(capacity: 256 + sequences.count * 2)
        writer.write(Self.format)
        writer.write(kind.rawValue)
        writer.writeLittleEndian(patient)
        writer.writeLittleEndian(at.microseconds)
        for text in [actor, reason] {
            writer.writeVarint(UInt64(text.utf8.count))
            writer.write(text)
        }
        writer.writeVarint(UInt64(shared))
        writer.writeVarint(UInt64(keys.count))
        for key in keys { writer.writeVarint(UInt64(key)) }
        for list in [sequences, after] {
            writer.writeVarint(UInt64(list.count))
            var last: UInt64 = 0
            for sequence in list {
                writer.writeVarint(sequence - last)
                last = sequence
            }
        }
        writer.writeVarint(UInt64(before.count))
        for (erased, old) in before.sorted(by: { $0.key < $1.key }) {
            writer.writeVarint(erased)
            writer.writeVarint(old)
        }
        writer.writeVarint(UInt64(trails.count))
        for (token, last) in trails.sorted(by: { $0.key < $1.key }) {
            writer.writeLittleEndian(token.high)
            writer.writeLittleEndian(token.low)
            writer.writeVarint(last)
        }
        return writer
    }

    /// Reads the stored form; `nil` if it is malformed.
    init?(_ bytes: UnsafeRawBufferPointer, state: State) {
        var reader = ByteReader(bytes)
        guard reader.readByte() == Self.format, let kind = reader.readByte().flatMap(Kind.init(rawValue:)),
            let patient = reader.readLittleEndian(UInt64.self), let at = reader.readLittleEndian(Int64.self),
            let actor = reader.readText(), let reason = reader.readText(), let shared = reader.readVarint(),
            let keys = reader.readList({ $0.readVarint() }), let sequences = reader.readList({ $0.readVarint() }),
            let after = reader.readList({ $0.readVarint() }),
            let before = reader.readList({ reader -> (UInt64, UInt64)? in
                guard let erased = reader.readVarint(), let old = reader.readVarint() else { return nil }
                return (erased, old)
            }),
            let trails = reader.readList({ reader -> (IdentityToken, UInt64)? in
                guard let high = reader.readLittleEndian(UInt64.self), let low = reader.readLittleEndian(UInt64.self),
                    let last = reader.readVarint()
                else { return nil }
                return (IdentityToken(high: high, low: low), last)
            }), reader.remaining == 0
        else { return nil }
        self.init(kind: kind, state: state, at: Instant(microseconds: at))
        self.patient = patient
        self.actor = String(decoding: actor, as: UTF8.self)
        self.reason = String(decoding: reason, as: UTF8.self)
        self.shared = Int(truncatingIfNeeded: shared)
        self.keys = keys.map { Int64(truncatingIfNeeded: $0) }
        self.sequences = Self.sums(sequences)
        self.after = Self.sums(after)
        self.before = Dictionary(before) { $1 }
        self.trails = Dictionary(trails) { $1 }
    }

    private static func sums(_ distances: [UInt64]) -> [UInt64] {
        var last: UInt64 = 0
        return distances.map { distance in
            last &+= distance
            return last
        }
    }
}

extension ByteReader {
    /// A number of items behind how many they are.
    fileprivate mutating func readList<Item>(_ item: (inout ByteReader) -> Item?) -> [Item]? {
        guard let count = readVarint(), count <= UInt64(remaining) else { return nil }
        var items: [Item] = []
        items.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let next = item(&self) else { return nil }
            items.append(next)
        }
        return items
    }
}
