internal import Base

/// The record that ends a zip's list of contents.
/// - Source: PKWARE APPNOTE.TXT, sections 4.3.14 to 4.3.16.
enum ZipTail {
    /// How many members the list of contents has by its own word; `nil` where the record is missing.
    ///
    /// libarchive stops at the first entry of the list that it can't read as if the list were over: only this number
    /// tells that members are missing.
    static func statedMembers(_ access: any RandomAccess) throws -> UInt64? {
        try directory(access)?.members
    }

    /// Where a zip's list of contents lies, by its own word.
    struct Directory {
        var members: UInt64
        var start: UInt64
        var byteCount: UInt64
        /// Where the records begin that end the list.
        var end: UInt64
    }

    /// What the records at the end say of the list of contents; `nil` where they are missing.
    static func directory(_ access: any RandomAccess) throws -> Directory? {
        // The record takes 22 bytes, and a comment of up to 65,535 may follow.
        let length = min(access.byteCount, 22 + 65_535)
        let start = access.byteCount - length
        let tail = try bytes(access, start, Int(length))
        var index = tail.count - 22
        while index >= 0 {
            if tail[index...].starts(with: [0x50, 0x4B, 5, 6]) {
                let found = Directory(
                    members: UInt64(number(tail, index + 10, UInt16.self) ?? 0),
                    start: UInt64(number(tail, index + 16, UInt32.self) ?? 0),
                    byteCount: UInt64(number(tail, index + 12, UInt32.self) ?? 0), end: start + UInt64(index))
                // All ones mean that the true number lies in the record of ZIP64.
                let isWhole =
                    found.members < UInt16.max && found.start < UInt32.max && found.byteCount < UInt32.max
                return isWhole ? found : try directory64(access, found.end) ?? found
            }
            index -= 1
        }
        return nil
    }

    /// True where the zip begins with the record that ends it, as an empty one does.
    static func isAll(_ access: any RandomAccess) throws -> Bool {
        try bytes(access, 0, 4) == [0x50, 0x4B, 5, 6]
    }

    private static func directory64(_ access: any RandomAccess, _ end: UInt64) throws -> Directory? {
        guard end >= 20 else { return nil }
        let locator = try bytes(access, end - 20, 20)
        guard locator.starts(with: [0x50, 0x4B, 6, 7]), let place = number(locator, 8, UInt64.self) else { return nil }
        guard place < access.byteCount else { return nil }
        let record = try bytes(access, place, 56)
        guard record.starts(with: [0x50, 0x4B, 6, 6]), let members = number(record, 32, UInt64.self),
            let byteCount = number(record, 40, UInt64.self), let start = number(record, 48, UInt64.self)
        else { return nil }
        return Directory(members: members, start: start, byteCount: byteCount, end: place)
    }

    private static func number<Number: FixedWidthInteger>(_ bytes: [UInt8], _ offset: Int, _: Number.Type) -> Number? {
        bytes.withUnsafeBytes {
            var reader = ByteReader($0, offset: offset)
            return reader.readLittleEndian(Number.self)
        }
    }

    /// Up to `count` bytes from `offset`; fewer at the end.
    private static func bytes(_ access: any RandomAccess, _ offset: UInt64, _ count: Int) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        var filled = 0
        try buffer.withUnsafeMutableBytes { whole in
            while filled < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: whole[filled...])
                let read = try access.read(into: rest, at: offset + UInt64(filled))
                if read == 0 { break }
                filled += read
            }
        }
        buffer.removeLast(count - filled)
        return buffer
    }
}
