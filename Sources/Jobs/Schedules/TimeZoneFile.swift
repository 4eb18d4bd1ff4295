internal import Base
internal import Glibc

/// Reads the compiled files of the IANA time zone database.
/// - Source: RFC 8536, The Time Zone Information Format (TZif).
package enum TimeZoneFile {
    /// Where Debian and nearly all others keep them.
    package static let standardFolder = "/usr/share/zoneinfo"

    private static let bytesMax = 1 << 20

    /// The rules of a zone by its name, such as `Europe/Berlin`; `UTC` is known without a file.
    /// - Throws: `JobsError.invalid` if there is no such zone, `.damaged` if its file is none.
    package static func rules(of name: String, in folder: String = standardFolder) throws(JobsError) -> TimeZoneRules {
        if name == "UTC" || name == "Etc/UTC" { return TimeZoneRules(firstOffset: 0, changes: [], rule: nil) }
        guard isName(name), let bytes = contents(folder + "/" + name) else {
            throw JobsError(.invalid, "there is no such time zone on this machine")
        }
        guard let rules = bytes.withUnsafeBytes({ rules($0) }) else {
            throw JobsError(.damaged, "the file of a time zone is damaged")
        }
        return rules
    }

    /// The rules that a file's bytes say; `nil` if they are malformed, older than version 2, or count leap seconds.
    package static func rules(_ bytes: UnsafeRawBufferPointer) -> TimeZoneRules? {
        var reader = ByteReader(bytes)
        guard let first = Header(&reader), first.version >= 2, reader.readBytes(first.bodyBytes(timeBytes: 4)) != nil,
            let header = Header(&reader), header.version >= 2, header.leapCount == 0, header.typeCount > 0,
            let times = reader.readBytes(header.timeCount * 8), let kinds = reader.readBytes(header.timeCount),
            let types = reader.readBytes(header.typeCount * 6),
            reader.readBytes(header.nameBytes + header.standardCount + header.universalCount) != nil,
            let rule = footer(&reader)
        else { return nil }
        func offset(_ type: Int) -> Int64? {
            guard type < header.typeCount else { return nil }
            let offset = Int64(Int32(bigEndian: types.loadUnaligned(fromByteOffset: type * 6, as: Int32.self)))
            // What RFC 8536 recommends, and far more than there is.
            return (-90_000...94_000).contains(offset) ? offset : nil
        }
        guard let firstOffset = offset(0) else { return nil }
        var changes: [TimeZoneRules.Change] = []
        for place in 0..<header.timeCount {
            let time = Int64(bigEndian: times.loadUnaligned(fromByteOffset: place * 8, as: Int64.self))
            guard let offset = offset(Int(kinds[place])), time > changes.last?.time ?? .min else { return nil }
            changes.append(TimeZoneRules.Change(time: time, offset: offset))
        }
        switch rule {
        case .none: return TimeZoneRules(firstOffset: firstOffset, changes: changes, rule: nil)
        case .some(let rule): return TimeZoneRules(firstOffset: firstOffset, changes: changes, rule: rule)
        }
    }

    private struct Header {
        var version: Int
        var universalCount: Int
        var standardCount: Int
        var leapCount: Int
        var timeCount: Int
        var typeCount: Int
        var nameBytes: Int

        init?(_ reader: inout ByteReader) {
            guard let magic = reader.readBytes(4), magic.elementsEqual("TZif".utf8), let version = reader.readByte(),
                reader.readBytes(15) != nil
            else { return nil }
            // '2' and later; a zero byte is version 1.
            self.version = version >= UInt8(ascii: "2") ? Int(version - UInt8(ascii: "0")) : 1
            var counts: [Int] = []
            for _ in 0..<6 {
                guard let count = reader.readLittleEndian(UInt32.self)?.byteSwapped, count <= 1 << 20 else {
                    return nil
                }
                counts.append(Int(count))
            }
            (universalCount, standardCount, leapCount) = (counts[0], counts[1], counts[2])
            (timeCount, typeCount, nameBytes) = (counts[3], counts[4], counts[5])
        }

        func bodyBytes(timeBytes: Int) -> Int {
            timeCount * (timeBytes + 1) + typeCount * 6 + nameBytes + leapCount * (timeBytes + 4) + standardCount
                + universalCount
        }
    }

    /// The rule between two line feeds at the end: a rule, none, or `nil` if it is malformed.
    private static func footer(_ reader: inout ByteReader) -> PosixTimeRule?? {
        guard reader.readByte() == 0x0A, let rest = reader.readBytes(reader.remaining),
            let end = rest.firstIndex(of: 0x0A)
        else { return nil }
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: rest[..<end]), as: UTF8.self)
        if text.isEmpty { return .some(nil) }
        return PosixTimeRule(text).map { .some($0) }
    }

    /// No way out of the folder.
    private static func isName(_ text: String) -> Bool {
        let isAllowed = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "/_+-".utf8.contains(byte)
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return isAllowed && (1...64).contains(text.utf8.count) && parts.allSatisfy { !$0.isEmpty }
    }

    private static func contents(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size <= bytesMax else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes { raw in
                read(descriptor, raw.baseAddress.map { $0 + done }, raw.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return nil }
            done += count
        }
        return bytes
    }
}
