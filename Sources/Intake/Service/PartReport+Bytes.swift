internal import Base

/// How reports are written into the tables.
extension PartReport {
    private static let format: UInt8 = 1
    /// Of each list of a part; what lies beyond is counted.
    private static let listedMax = 1_000

    func encoded() -> [UInt8] {
        let writer = ByteWriter()
        writer.write(Self.format)
        for number in [
            report.files, report.created, report.updated, report.unchanged, report.deleted, report.rejected,
            report.skippedCount, Int(report.seconds * 1e6),
        ] {
            writer.writeVarint(UInt64(max(number, 0)))
        }
        writer.write(report.resourcesByType) { $0.write(text: $1) }
        writer.write(findings) { writer, finding in
            writer.write(text: finding.code)
            writer.write(text: finding.path ?? "")
        }
        writer.write(list: report.skipped.prefix(Self.listedMax)) { writer, file in
            writer.write(text: file.file)
            writer.write(text: file.reason.rawValue)
        }
        writer.write(list: indexFailures.prefix(Self.listedMax)) { writer, failure in
            writer.write(text: failure.resource)
            writer.write(text: failure.reason)
        }
        var last: UInt64 = 0
        writer.write(list: awaiting[...]) { writer, sequence in
            writer.writeVarint(sequence - last)
            last = sequence
        }
        return writer.copy()
    }

    /// - Throws: `IntakeError.damaged`.
    init(bytes: [UInt8]) throws {
        self = try bytes.withUnsafeBytes { raw in
            guard let report = Self.read(raw) else { throw IntakeError(.damaged, "a part's report can't be read") }
            return report
        }
    }

    private static func read(_ bytes: UnsafeRawBufferPointer) -> PartReport? {
        var reader = ByteReader(bytes)
        var part = PartReport()
        guard reader.readByte() == format, let numbers = reader.readNumbers(8) else { return nil }
        part.report.files = numbers[0]
        part.report.created = numbers[1]
        part.report.updated = numbers[2]
        part.report.unchanged = numbers[3]
        part.report.deleted = numbers[4]
        part.report.rejected = numbers[5]
        part.report.skippedCount = numbers[6]
        part.report.seconds = Double(numbers[7]) / 1e6
        guard let types = reader.readCounts({ $0.readText() }), let findings = reader.readCounts({ $0.readFinding() }),
            let skipped = reader.readList({ $0.readSkipped() }), let failures = reader.readList({ $0.readFailure() })
        else { return nil }
        var last: UInt64 = 0
        let awaiting = reader.readList { reader -> UInt64? in
            guard let step = reader.readVarint() else { return nil }
            last &+= step
            return last
        }
        guard let awaiting else { return nil }
        part.report.resourcesByType = types
        part.findings = findings
        part.report.skipped = skipped
        part.indexFailures = failures
        part.awaiting = awaiting
        return part
    }
}

extension IngestTotals {
    func encoded() -> [UInt8] {
        let writer = ByteWriter()
        for number in [files, created, updated, unchanged, deleted, rejected, skipped, unresolved] {
            writer.writeVarint(UInt64(max(number, 0)))
        }
        writer.write(resourcesByType) { $0.write(text: $1) }
        writer.write(findings) { writer, finding in
            writer.write(text: finding.code)
            writer.write(text: finding.path ?? "")
        }
        return writer.copy()
    }

    /// - Throws: `IntakeError.damaged`.
    init(bytes: [UInt8]) throws {
        self = try bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            guard let numbers = reader.readNumbers(8), let types = reader.readCounts({ $0.readText() }),
                let findings = reader.readCounts({ $0.readFinding() })
            else { throw IntakeError(.damaged, "an ingest's sums can't be read") }
            var totals = IngestTotals()
            totals.files = numbers[0]
            totals.created = numbers[1]
            totals.updated = numbers[2]
            totals.unchanged = numbers[3]
            totals.deleted = numbers[4]
            totals.rejected = numbers[5]
            totals.skipped = numbers[6]
            totals.unresolved = numbers[7]
            totals.resourcesByType = types
            totals.findings = findings
            return totals
        }
    }
}

/// References that stay unresolved, in an ingest's row.
enum UnresolvedList {
    static func encoded(_ list: [UnresolvedReference]) -> [UInt8] {
        let writer = ByteWriter()
        writer.write(list: list[...]) { writer, left in
            writer.write(text: left.resource)
            writer.write(text: left.reference)
            writer.write(text: left.reason)
        }
        return writer.copy()
    }

    /// - Throws: `IntakeError.damaged`.
    static func decoded(_ bytes: [UInt8]) throws -> [UnresolvedReference] {
        try bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            let list = reader.readList { reader -> UnresolvedReference? in
                guard let resource = reader.readText(), let reference = reader.readText(),
                    let reason = reader.readText()
                else { return nil }
                return UnresolvedReference(resource: resource, reference: reference, reason: reason)
            }
            guard let list else { throw IntakeError(.damaged, "a list of references can't be read") }
            return list
        }
    }
}

extension ByteWriter {
    func write(text: String) {
        writeVarint(UInt64(text.utf8.count))
        write(text)
    }

    /// Counts by what they count, in any order.
    fileprivate func write<Key: Hashable>(_ counts: [Key: Int], _ key: (ByteWriter, Key) -> Void) {
        writeVarint(UInt64(counts.count))
        for (name, count) in counts {
            key(self, name)
            writeVarint(UInt64(max(count, 0)))
        }
    }

    fileprivate func write<Element>(list: ArraySlice<Element>, _ element: (ByteWriter, Element) -> Void) {
        writeVarint(UInt64(list.count))
        for item in list { element(self, item) }
    }
}

extension ByteReader {
    mutating func readText() -> String? {
        guard let count = readInt(), let bytes = readBytes(count) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    fileprivate mutating func readNumbers(_ count: Int) -> [Int]? {
        var numbers: [Int] = []
        for _ in 0..<count {
            guard let number = readInt() else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    fileprivate mutating func readCounts<Key: Hashable>(_ key: (inout ByteReader) -> Key?) -> [Key: Int]? {
        guard let count = readInt(), count <= remaining else { return nil }
        var counts: [Key: Int] = [:]
        for _ in 0..<count {
            guard let name = key(&self), let number = readInt() else { return nil }
            counts[name] = number
        }
        return counts
    }

    fileprivate mutating func readList<Element>(_ element: (inout ByteReader) -> Element?) -> [Element]? {
        guard let count = readInt(), count <= remaining else { return nil }
        var list: [Element] = []
        list.reserveCapacity(count)
        for _ in 0..<count {
            guard let item = element(&self) else { return nil }
            list.append(item)
        }
        return list
    }

    fileprivate mutating func readFinding() -> RejectFinding? {
        guard let code = readText(), let path = readText() else { return nil }
        return RejectFinding(code: code, path: path.isEmpty ? nil : path)
    }

    fileprivate mutating func readSkipped() -> SkippedFile? {
        guard let file = readText(), let text = readText(), let reason = SkippedFile.Reason(rawValue: text) else {
            return nil
        }
        return SkippedFile(file: file, reason: reason)
    }

    fileprivate mutating func readFailure() -> SearchGap? {
        guard let resource = readText(), let reason = readText() else { return nil }
        return SearchGap(resource: resource, reason: reason)
    }
}
