package import Access
internal import Base
internal import SQLDatabase

/// Where in the rejects of an ingest something lies.
package struct RejectsCursor: Sendable, Hashable, CustomStringConvertible {
    var part: Int
    var offset: UInt64

    static let start = RejectsCursor(part: 0, offset: 0)

    init(part: Int, offset: UInt64) {
        self.part = part
        self.offset = offset
    }

    /// - Returns: `nil` if the text is not one that `description` gives.
    package init?(_ text: String) {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 2, let part = Int(numbers[0]), part >= 0, let offset = UInt64(numbers[1]) else {
            return nil
        }
        self.init(part: part, offset: offset)
    }

    package var description: String { "\(part).\(offset)" }
}

/// Some rejects: lines of NDJSON, as `RejectsWriter` writes them.
package struct RejectsPage: Sendable {
    /// The next bytes of the lines; `nil` at the end. For one thread at a time.
    package var next: @Sendable () throws -> [UInt8]?
    package var lines: Int
    /// Where the next page begins; `nil` where this is the last there is now.
    package var after: RejectsCursor?
}

extension Ingests {
    /// The rejects of the parts that are done, in the order of the parts.
    /// - Parameters:
    ///   - after: where the page before ended.
    ///   - count: how many at most.
    ///   - bytesMax: a page ends with the line that leads beyond this.
    /// - Throws: `IntakeError.notFound`; `.damaged` where they are not what was written.
    package func rejects(
        _ id: IngestID, tenant: TenantName, after: RejectsCursor? = nil, count: Int, bytesMax: Int = 16 << 20
    ) throws -> RejectsPage {
        let row = try row(id, tenant: tenant)
        let parts = try partsWithRejects(row)
        var scan = RejectsScan(linesLeft: count, bytesLeft: bytesMax)
        let start = after ?? .start
        for part in parts where part.number >= start.part {
            guard let kept = part.rejects else { continue }
            let place = try rejects(row, part: part.number, attempt: kept.attempt)
            let from = part.number == start.part ? start.offset : 0
            if try scan.take(place, part: part.number, from: from, byteCount: kept.byteCount) { break }
        }
        let isLast = scan.end.map { end in
            !parts.contains { part in
                (part.rejects?.byteCount ?? 0) > (part.number == end.part ? end.offset : 0) && part.number >= end.part
            }
        }
        let stream = RejectsStream(scan.ranges)
        return RejectsPage(
            next: { try stream.next() }, lines: scan.lines, after: isLast == false ? scan.end : nil)
    }

    private func partsWithRejects(_ row: IngestRow) throws -> [PartRow] {
        var parts: [PartRow] = []
        try database.read { connection in
            try connection.query(
                "SELECT \(PartRow.columns) FROM ingest_parts WHERE ingest = $1 AND rejects IS NOT NULL "
                    + "ORDER BY number", [.text(row.id.description)]
            ) { found in
                parts.append(try PartRow(found))
                return true
            }
        }
        return parts
    }
}

/// Finds where a page of rejects ends.
private struct RejectsScan {
    var linesLeft: Int
    var bytesLeft: Int
    var lines = 0
    var ranges: [RejectsStream.Range] = []
    /// Behind the last line.
    var end: RejectsCursor?

    /// Takes lines of one part. Returns true once the page is full.
    mutating func take(_ place: SealedRejects, part: Int, from: UInt64, byteCount: UInt64) throws -> Bool {
        guard from < byteCount else { return false }
        let reader = try SealedRejectsReader(place, byteCount: byteCount)
        var offset = from
        var lineEnd = from
        while linesLeft > 0 && bytesLeft > 0, offset < byteCount {
            let bytes = try reader.read(at: offset)
            for (index, byte) in bytes.enumerated() where byte == 0x0A {
                lines += 1
                linesLeft -= 1
                let end = offset + UInt64(index) + 1
                bytesLeft -= Int(clamping: end - lineEnd)
                lineEnd = end
                if linesLeft <= 0 || bytesLeft <= 0 { break }
            }
            offset += UInt64(bytes.count)
        }
        if lineEnd > from {
            ranges.append(RejectsStream.Range(place: place, byteCount: byteCount, bytes: from..<lineEnd))
            end = RejectsCursor(part: part, offset: lineEnd)
        }
        return linesLeft <= 0 || bytesLeft <= 0
    }
}

/// Reads ranges of rejects one after the other.
private final class RejectsStream: @unchecked Sendable {
    // Safe to share: used by one thread at a time, as `RejectsPage.next` says.
    struct Range {
        var place: SealedRejects
        var byteCount: UInt64
        var bytes: Swift.Range<UInt64>
    }

    private var ranges: ArraySlice<Range>
    private var reader: SealedRejectsReader?
    private var offset: UInt64 = 0

    init(_ ranges: [Range]) {
        self.ranges = ranges[...]
    }

    func next() throws -> [UInt8]? {
        guard let range = ranges.first else { return nil }
        if reader == nil {
            reader = try SealedRejectsReader(range.place, byteCount: range.byteCount)
            offset = range.bytes.lowerBound
        }
        guard let bytes = try reader?.read(at: offset).prefix(Int(clamping: range.bytes.upperBound - offset)) else {
            return nil
        }
        offset += UInt64(bytes.count)
        if offset >= range.bytes.upperBound {
            ranges.removeFirst()
            reader = nil
        }
        return Array(bytes)
    }
}
