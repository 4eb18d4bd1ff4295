internal import Base

/// Reads one kind of a segment's pages, entry by entry, in ascending order of a key.
protocol PageEntryReader {
    associatedtype Key: Comparable
    /// The key of the entry that was last read.
    var key: Key { get }
    /// Whether the page ended early because its bytes are malformed.
    var isDamaged: Bool { get }

    init(page: UnsafeRawBufferPointer, of segment: Segment)
    /// Reads the next entry; `false` at the page's end.
    mutating func advance() -> Bool
    /// The numbers of the pages of this kind within a segment.
    static func pages(of segment: Segment) -> Range<Int>
}

/// Walks all entries of one kind of a segment, past the cache: a merge reads each page once.
struct SegmentCursor<Reader: PageEntryReader> {
    let segment: Segment
    /// The present entry; of no meaning at the end.
    private(set) var reader: Reader
    private(set) var isAtEnd = false
    private var rest: Range<Int>
    private let page = ByteWriter(capacity: PostingPage.targetBytes * 2)

    /// Begins with the first entry.
    init(_ segment: Segment) throws {
        self.segment = segment
        rest = Reader.pages(of: segment)
        reader = Reader(page: UnsafeRawBufferPointer(start: nil, count: 0), of: segment)
        try advanceToNextPage()
    }

    /// Moves to the next entry.
    mutating func advance() throws {
        if reader.advance() { return }
        try segment.check(reader.isDamaged)
        try advanceToNextPage()
    }

    private mutating func advanceToNextPage() throws {
        while let number = rest.popFirst() {
            try segment.load(number, into: page)
            reader = Reader(page: page.bytes, of: segment)
            if reader.advance() { return }
            try segment.check(reader.isDamaged)
        }
        isAtEnd = true
    }
}

/// The cursors of neighbouring segments, oldest first, that are read as one.
struct SegmentCursors<Reader: PageEntryReader> {
    private var cursors: [SegmentCursor<Reader>]

    init(_ segments: [Segment]) throws {
        cursors = try segments.map { try SegmentCursor($0) }
    }

    /// The lowest key of which something is left.
    var leastKey: Reader.Key? {
        var least: Reader.Key?
        for index in cursors.indices where !cursors[index].isAtEnd {
            let key = cursors[index].reader.key
            if let known = least, known <= key { continue }
            least = key
        }
        return least
    }

    /// Hands out every entry with a key, those of older segments first, and moves past them.
    mutating func take(_ key: Reader.Key, _ body: (Reader, Segment) throws -> Void) throws {
        for index in cursors.indices {
            while !cursors[index].isAtEnd, cursors[index].reader.key == key {
                try body(cursors[index].reader, cursors[index].segment)
                try cursors[index].advance()
            }
        }
    }
}
