internal import Base
internal import HTTP
internal import RecordStore

/// What a paging link carries: the search and where it goes on, so that the server keeps nothing between pages.
///
/// A token holds for one tenant and one path, and carries a keyed hash: what this server did not write itself is refused.
struct PageToken: Equatable {
    /// The parameters of the search, in order.
    var parameters: [QueryParameters.Item]
    var cursor: SearchCursor
    /// When the search began: what `ap` in a date counts from.
    var began: Instant
    var isLenient: Bool
    /// The total of all pages, if it was told.
    var total: Int?

    private static let tagBytes = 16

    /// - Parameter place: the tenant and path for which the token holds.
    func sealed(for place: String, key: SipKey) -> String {
        let writer = ByteWriter(capacity: 512)
        writer.writeVarint(cursor.point.sequence)
        writer.writeVarint(cursor.after)
        writer.writeVarint(UInt64(max(cursor.offset, 0)))
        writer.writeLittleEndian(began.microseconds)
        writer.write(isLenient ? 1 : 0)
        writer.writeVarint(total.map { UInt64($0) + 1 } ?? 0)
        writer.writeVarint(UInt64(parameters.count))
        for item in parameters {
            for text in [item.name, item.value] {
                writer.writeVarint(UInt64(text.utf8.count))
                writer.write(text)
            }
        }
        let tag = Self.tag(of: writer.bytes, place: place, key: key)
        writer.writeLittleEndian(tag.low)
        writer.writeLittleEndian(tag.high)
        return Base64URL.encode(writer.bytes)
    }

    /// - Returns: `nil` unless `sealed` made the text for the same place with the same key.
    init?(_ text: String, for place: String, key: SipKey) {
        guard let bytes = Base64URL.decode(text), bytes.count > Self.tagBytes else { return nil }
        let read = bytes.withUnsafeBytes { all -> PageToken? in
            let end = all.count - Self.tagBytes
            let content = UnsafeRawBufferPointer(rebasing: all[..<end])
            let tag = Self.tag(of: content, place: place, key: key)
            let low = UInt64(littleEndian: all.loadUnaligned(fromByteOffset: end, as: UInt64.self))
            let high = UInt64(littleEndian: all.loadUnaligned(fromByteOffset: end + 8, as: UInt64.self))
            // Both halves are compared whatever the first tells: the time taken says nothing of the tag.
            guard (low ^ tag.low) | (high ^ tag.high) == 0 else { return nil }
            var reader = ByteReader(content)
            return PageToken(&reader)
        }
        guard let read else { return nil }
        self = read
    }

    init(parameters: [QueryParameters.Item], cursor: SearchCursor, began: Instant, isLenient: Bool, total: Int?) {
        self.parameters = parameters
        self.cursor = cursor
        self.began = began
        self.isLenient = isLenient
        self.total = total
    }

    private init?(_ reader: inout ByteReader) {
        guard let sequence = reader.readVarint(), let after = reader.readVarint(), let offset = reader.readVarint(),
            let microseconds = reader.readLittleEndian(Int64.self), let lenient = reader.readByte(),
            let total = reader.readVarint(), let count = reader.readVarint(), count <= 4_096
        else { return nil }
        cursor = SearchCursor(
            point: LogPoint(sequence: sequence), after: after, offset: Int(truncatingIfNeeded: offset))
        began = Instant(microseconds: microseconds)
        isLenient = lenient == 1
        self.total = total == 0 ? nil : Int(truncatingIfNeeded: total - 1)
        parameters = []
        for _ in 0..<count {
            guard let name = Self.text(&reader), let value = Self.text(&reader) else { return nil }
            parameters.append(QueryParameters.Item(name, value))
        }
    }

    private static func text(_ reader: inout ByteReader) -> String? {
        guard let count = reader.readVarint(), let bytes = reader.readBytes(Int(clamping: count)) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func tag(
        of content: UnsafeRawBufferPointer, place: String, key: SipKey
    ) -> (low: UInt64, high: UInt64) {
        let writer = ByteWriter(capacity: content.count + place.utf8.count + 1)
        writer.write(place)
        writer.write(UInt8(0))
        writer.write(content)
        return SipHash.hash128(writer.bytes, key: key)
    }
}
