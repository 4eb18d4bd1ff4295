internal import Base
internal import Glibc

/// Which resource each `fullUrl` of a Bundle stands for: 24 bytes an entry, plus the id where it isn't the UUID itself.
///
/// Filled by one thread, then frozen and only read: hence unchecked sendable.
package final class BundleIndex: @unchecked Sendable {
    /// What a `fullUrl` stands for.
    package enum Match: Sendable, Hashable {
        case none
        /// Type and id as the entry's resource states them. The id is `nil` where the resource has none.
        case resource(type: String, id: String?)
        /// Two entries with different resources claim it.
        case ambiguous
    }

    private struct Row {
        var high: UInt64
        var low: UInt64
        /// Type number (16 bits), then the place of the id in `ids` (48 bits); see `ownUUID` and `noID`.
        var value: UInt64
    }

    private static let ownUUID: UInt64 = (1 << 48) - 1
    private static let noID: UInt64 = (1 << 48) - 2

    private var rows: UnsafeMutablePointer<Row>?
    private var capacity = 0
    /// Entries with a `fullUrl` and a resource.
    package private(set) var count = 0
    private var types: [String] = []
    private var typeNumbers: [String: UInt64] = [:]
    private let ids = ByteWriter(capacity: 64)
    private let key: SipKey

    package init() {
        var random = SystemRandomNumberGenerator()
        key = SipKey(low: random.next(), high: random.next())
    }

    deinit {
        free(rows)
    }

    /// The resource that `url` (`urn:uuid:…` or any other `fullUrl`) stands for.
    package func resource(at url: String) -> Match {
        guard let rows else { return .none }
        let (high, low, _) = rowKey(url)
        var first = 0
        var end = count
        while first < end {
            let middle = (first + end) / 2
            if (rows[middle].high, rows[middle].low) < (high, low) { first = middle + 1 } else { end = middle }
        }
        var match = Match.none
        while first < count, rows[first].high == high, rows[first].low == low {
            let found = resource(rows[first])
            if match != .none && match != found { return .ambiguous }
            match = found
            first += 1
        }
        return match
    }

    /// Notes what an entry says of itself; entries without `fullUrl` or resource leave no trace.
    package func add(_ facts: EntryFacts) {
        guard let url = facts.fullURL, let type = facts.resourceType, let number = typeNumber(type) else { return }
        let (high, low, isCanonical) = rowKey(url)
        var place = Self.noID
        if let id = facts.id {
            if isCanonical && url.utf8.count - 9 == id.utf8.count && url.hasSuffix(id) {
                place = Self.ownUUID
            } else {
                place = UInt64(ids.count)
                ids.writeVarint(UInt64(id.utf8.count))
                ids.write(id)
            }
        }
        guard reserve() else { return }
        rows?[count] = Row(high: high, low: low, value: number << 48 | place)
        count += 1
    }

    /// Sorts; nothing is added afterwards.
    package func freeze() {
        guard let rows else { return }
        var sorted = UnsafeMutableBufferPointer(start: rows, count: count)
        sorted.sort { ($0.high, $0.low) < ($1.high, $1.low) }
    }

    private func resource(_ row: Row) -> Match {
        let type = types[Int(row.value >> 48)]
        let place = row.value & 0xFFFF_FFFF_FFFF
        if place == Self.noID { return .resource(type: type, id: nil) }
        if place == Self.ownUUID { return .resource(type: type, id: UUIDText.format(high: row.high, low: row.low)) }
        var reader = ByteReader(ids.bytes, offset: Int(place))
        guard let length = reader.readVarint(), let bytes = reader.readBytes(Int(length)) else { return .none }
        return .resource(type: type, id: String(decoding: bytes, as: UTF8.self))
    }

    /// A UUID in its usual spelling stands for itself; anything else for its keyed hash.
    private func rowKey(_ url: String) -> (high: UInt64, low: UInt64, isCanonical: Bool) {
        var url = url
        return url.withUTF8 { text in
            let bytes = UnsafeRawBufferPointer(text)
            if bytes.count == 45, bytes.prefix(9).elementsEqual("urn:uuid:".utf8),
                let uuid = UUIDText.parse(UnsafeRawBufferPointer(rebasing: bytes[9...]))
            {
                return (uuid.high, uuid.low, true)
            }
            let hash = SipHash.hash128(bytes, key: key)
            return (hash.high, hash.low, false)
        }
    }

    private func typeNumber(_ type: String) -> UInt64? {
        if let number = typeNumbers[type] { return number }
        // FHIR R4 has 148 types. A hostile Bundle may invent more: those beyond are not followed.
        guard types.count < 1024, type.utf8.count <= 64 else { return nil }
        let number = UInt64(types.count)
        types.append(type)
        typeNumbers[type] = number
        return number
    }

    /// Makes room for a row; false where there is no memory for it, and the `fullUrl` stays unknown.
    private func reserve() -> Bool {
        guard count == capacity else { return true }
        let larger = max(capacity * 2, 256)
        // `realloc` moves large blocks by remapping their pages: growing copies nothing and needs no second block.
        guard let moved = realloc(rows, larger * MemoryLayout<Row>.stride) else { return false }
        rows = moved.bindMemory(to: Row.self, capacity: larger)
        capacity = larger
        return true
    }
}

/// UUIDs as text, lower case with hyphens.
package enum UUIDText {
    /// The two halves of a UUID of 36 lower-case characters; `nil` for any other spelling.
    package static func parse(_ text: UnsafeRawBufferPointer) -> (high: UInt64, low: UInt64)? {
        guard text.count == 36 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, byte) in text.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == 0x2D else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x57
            default: return nil
            }
            if index < 18 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
        }
        return (high, low)
    }

    /// The lower-case text of a UUID, 36 characters.
    package static func format(high: UInt64, low: UInt64) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for nibble in 0..<32 {
            if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 { text.append(0x2D) }
            let word = nibble < 16 ? high : low
            let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - (nibble & 15) * 4)) & 15
            text.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
