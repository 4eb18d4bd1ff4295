internal import Base

/// Some members of a zip, as a zip of their own: the same bytes at the same places, with a list of contents that names
/// these members alone.
///
/// Whatever reads zips reads it, and comes straight to the members.
final class ZipSlice: RandomAccess {
    /// Members that lie one after the other, in the zip and in its list of contents.
    struct Run: Sendable, Hashable {
        /// Number of the first member in the whole zip, from 1.
        var first: Int
        var count: Int
        /// Where their entries of the list lie.
        var recordOffset: UInt64
        var recordBytes: UInt64
    }

    private let access: any RandomAccess
    /// Where the list of contents begins, in the whole zip and here.
    private let start: UInt64
    /// The list of contents and the records that end it.
    private let tail: [UInt8]
    private let runs: [Run]
    /// How many members come before each run.
    private let before: [Int]
    let byteCount: UInt64
    /// How many members it has.
    let count: Int

    /// - Parameters:
    ///   - access: the whole zip.
    ///   - start: where its list of contents begins.
    ///   - runs: in stored order.
    /// - Throws: `IntakeError.source` where the zip is not the one that the runs are of.
    init(_ access: any RandomAccess, start: UInt64, runs: [Run]) throws {
        let list = ByteWriter()
        for run in runs {
            try Self.copy(access, run.recordOffset, run.recordBytes, to: list)
        }
        var members = 0
        before = runs.map { run in
            defer { members += run.count }
            return members
        }
        Self.end(list, start: start, members: members)
        self.access = access
        self.start = start
        self.runs = runs
        count = members
        tail = list.copy()
        byteCount = start + UInt64(tail.count)
    }

    /// The number in the whole zip of the `number`th member here, from 1.
    func number(_ number: Int) -> Int {
        var first = 0
        var end = runs.count
        while end - first > 1 {
            let middle = (first + end) / 2
            if before[middle] < number { first = middle } else { end = middle }
        }
        guard first < runs.count else { return number }
        return runs[first].first + number - before[first] - 1
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int {
        guard offset < byteCount else { return 0 }
        if offset < start {
            let count = min(buffer.count, Int(clamping: start - offset))
            return try access.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: offset)
        }
        let place = Int(offset - start)
        let count = min(buffer.count, tail.count - place)
        tail.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[place..<place + count]))
        }
        return count
    }

    private static func copy(
        _ access: any RandomAccess, _ offset: UInt64, _ count: UInt64, to list: ByteWriter
    ) throws {
        guard offset <= access.byteCount, count <= access.byteCount - offset else { throw changed }
        var cursor = AccessCursor(access, from: offset, to: offset + count)
        var left = count
        while left > 0 {
            let piece = Int(min(left, 64 << 10))
            guard try cursor.take(piece, { list.write($0) }) != nil else { throw changed }
            left -= UInt64(piece)
        }
    }

    private static var changed: IntakeError {
        IntakeError(.source, "the zip is not the one any more that was looked into")
    }

    /// Writes the records that end the list, those of ZIP64 where a number asks for them.
    private static func end(_ list: ByteWriter, start: UInt64, members: Int) {
        let bytes = UInt64(list.count)
        let isLarge = start >= UInt32.max || bytes >= UInt32.max || members >= UInt16.max
        if isLarge {
            let place = start + bytes
            list.write("PK\u{6}\u{6}")
            list.writeLittleEndian(UInt64(44))
            list.writeLittleEndian(UInt16(45))
            list.writeLittleEndian(UInt16(45))
            list.writeLittleEndian(UInt32(0))
            list.writeLittleEndian(UInt32(0))
            list.writeLittleEndian(UInt64(members))
            list.writeLittleEndian(UInt64(members))
            list.writeLittleEndian(bytes)
            list.writeLittleEndian(start)
            list.write("PK\u{6}\u{7}")
            list.writeLittleEndian(UInt32(0))
            list.writeLittleEndian(place)
            list.writeLittleEndian(UInt32(1))
        }
        list.write("PK\u{5}\u{6}")
        list.writeLittleEndian(UInt32(0))
        let count = isLarge ? UInt16.max : UInt16(members)
        list.writeLittleEndian(count)
        list.writeLittleEndian(count)
        list.writeLittleEndian(isLarge ? UInt32.max : UInt32(bytes))
        list.writeLittleEndian(isLarge ? UInt32.max : UInt32(start))
        list.writeLittleEndian(UInt16(0))
    }
}
