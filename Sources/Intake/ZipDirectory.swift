internal import Base

/// A zip's list of contents, read by this program itself, so that a part of a zip can be read without passing over what
/// lies before it.
///
/// It is only given out where it is sound: as many entries as stated, none overlapping another, each leading to a member's
/// header. Anything else is for `Walk.readZip`, which knows what to do with damage.
/// - Source: PKWARE APPNOTE.TXT, sections 4.3.7 and 4.3.12, 4.5.3.
struct ZipDirectory {
    /// A member by the list of contents.
    struct Member {
        /// Where its entry of the list lies, and how long that is.
        var recordOffset: UInt64
        var recordBytes: UInt32
        /// Where its header lies.
        var headerOffset: UInt64
        var packedBytes: UInt64
        /// As stated; not to be trusted.
        var unpackedBytes: UInt64
    }

    /// Where the list begins: behind all members.
    let start: UInt64
    /// In stored order, as libarchive numbers them, from 1.
    let members: [Member]

    /// - Returns: `nil` where the list is missing, empty or not sound.
    /// - Throws: what reading `access` throws.
    init?(_ access: any RandomAccess, membersMax: Int) throws {
        guard let stated = try ZipTail.directory(access), stated.members > 0, stated.members <= UInt64(membersMax),
            stated.start < stated.end, stated.byteCount == stated.end - stated.start, stated.end <= access.byteCount
        else { return nil }
        var cursor = AccessCursor(access, from: stated.start, to: stated.end)
        var found: [Member] = []
        // What is stated may be a lie: room is made as entries come.
        found.reserveCapacity(Int(min(stated.members, stated.byteCount / 46)))
        while cursor.offset < stated.end {
            guard let member = try Self.readEntry(&cursor, end: stated.end) else { return nil }
            found.append(member)
            guard found.count <= stated.members else { return nil }
        }
        guard found.count == stated.members else { return nil }
        found.sort { $0.headerOffset < $1.headerOffset }
        start = stated.start
        members = found
        guard try isSound(access) else { return nil }
    }

    private static func readEntry(_ cursor: inout AccessCursor, end: UInt64) throws -> Member? {
        let offset = cursor.offset
        let head = try cursor.take(46) { bytes -> (Member, names: Int, extra: Int, comment: Int)? in
            guard bytes.starts(with: [0x50, 0x4B, 1, 2]) else { return nil }
            func number<Number: FixedWidthInteger>(_ place: Int, _: Number.Type) -> Number {
                Number(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Number.self))
            }
            // Members of other disks are not here.
            guard number(34, UInt16.self) == 0 else { return nil }
            let member = Member(
                recordOffset: offset, recordBytes: 0, headerOffset: UInt64(number(42, UInt32.self)),
                packedBytes: UInt64(number(20, UInt32.self)), unpackedBytes: UInt64(number(24, UInt32.self)))
            return (
                member, Int(number(28, UInt16.self)), Int(number(30, UInt16.self)), Int(number(32, UInt16.self))
            )
        }
        guard case .some(.some((var member, let names, let extra, let comment))) = head else { return nil }
        cursor.skip(UInt64(names))
        guard try cursor.take(extra, { member.read64($0) }) == true else { return nil }
        cursor.skip(UInt64(comment))
        member.recordBytes = UInt32(46 + names + extra + comment)
        return offset + UInt64(member.recordBytes) <= end ? member : nil
    }

    /// Whether the members lie one behind the other, each where its entry says.
    private func isSound(_ access: any RandomAccess) throws -> Bool {
        var last: UInt64 = 0
        var header = [UInt8](repeating: 0, count: 30)
        for member in members {
            let (headerEnd, isOver) = member.headerOffset.addingReportingOverflow(30)
            guard !isOver, member.headerOffset >= last, headerEnd <= start else { return false }
            let read = try header.withUnsafeMutableBytes { try access.read(into: $0, at: member.headerOffset) }
            guard read == 30, header.starts(with: [0x50, 0x4B, 3, 4]) else { return false }
            let names = UInt64(header[26]) | UInt64(header[27]) << 8
            let extra = UInt64(header[28]) | UInt64(header[29]) << 8
            let (end, isTooLong) = (headerEnd + names + extra).addingReportingOverflow(member.packedBytes)
            guard !isTooLong, end <= start else { return false }
            last = end
        }
        return true
    }
}

extension ZipDirectory.Member {
    /// Takes the numbers that don't fit into 32 bits from an entry's extra fields. Returns false where they are missing.
    fileprivate mutating func read64(_ extra: UnsafeRawBufferPointer) -> Bool {
        var wanted = [unpackedBytes, packedBytes, headerOffset].map { $0 == UInt64(UInt32.max) }
        guard wanted.contains(true) else { return true }
        var reader = ByteReader(extra)
        while let kind = reader.readLittleEndian(UInt16.self), let length = reader.readLittleEndian(UInt16.self),
            let field = reader.readBytes(Int(length))
        {
            guard kind == 1 else { continue }
            var numbers = ByteReader(field)
            for index in wanted.indices where wanted[index] {
                guard let number = numbers.readLittleEndian(UInt64.self) else { return false }
                wanted[index] = false
                switch index {
                case 0: unpackedBytes = number
                case 1: packedBytes = number
                default: headerOffset = number
                }
            }
            return true
        }
        return false
    }
}
