internal import Base

/// Writes pages of successors: pairs of variable-length integers, the distance of the replaced sequence number from
/// the pair before (from 0 for a page's first), and the replacement counted from the segment's first.
struct SuccessorPageWriter {
    private let page = ByteWriter(capacity: 12_000)
    private var previous: UInt64 = 0
    private(set) var first: UInt64 = 0

    mutating func add(
        _ successor: Successor, firstSequence: UInt64, emit: (inout SuccessorPageWriter) throws -> Void
    ) rethrows {
        if page.count > PostingPage.targetBytes - 20 { try emit(&self) }
        if page.count == 0 {
            first = successor.replaced
            previous = 0
        }
        page.writeVarint(successor.replaced - previous)
        page.writeVarint(successor.replacement - firstSequence)
        previous = successor.replaced
    }

    var isEmpty: Bool { page.count == 0 }

    mutating func finishPage<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        defer { page.removeAll() }
        return try body(page.bytes)
    }
}

/// Reads a page of successors.
struct SuccessorPageReader {
    private var reader: ByteReader
    private let firstSequence: UInt64
    /// The pair that was last read.
    private(set) var successor = Successor(replaced: 0, replacement: 0)
    private(set) var isDamaged = false

    init(_ page: UnsafeRawBufferPointer, firstSequence: UInt64) {
        reader = ByteReader(page)
        self.firstSequence = firstSequence
    }

    /// Reads the next pair; `false` at the page's end.
    mutating func advance() -> Bool {
        guard reader.remaining > 0 else { return false }
        guard let distance = reader.readVarint(), let offset = reader.readVarint() else {
            isDamaged = true
            return false
        }
        successor = Successor(replaced: successor.replaced &+ distance, replacement: firstSequence &+ offset)
        return true
    }
}

extension SuccessorPageReader: PageEntryReader {
    var key: UInt64 { successor.replaced }

    init(page: UnsafeRawBufferPointer, of segment: Segment) {
        self.init(page, firstSequence: segment.firstSequence)
    }

    static func pages(of segment: Segment) -> Range<Int> {
        let first = segment.directory.successorPage
        return first..<first + segment.directory.successorSequences.count
    }
}
