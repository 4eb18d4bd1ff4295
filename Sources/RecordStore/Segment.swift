internal import Base

/// The index of a long row of consecutive entries of the log, in sealed pages in the database.
final class Segment: @unchecked Sendable {
    // Safe to share: nothing changes after `init`; `onRelease` is called once, by `deinit`.
    /// The most entries of the log that a segment covers.
    static let entriesMax = 1 << 26

    let id: Int64
    let firstSequence: UInt64
    let lastSequence: UInt64
    let directory: SegmentDirectory
    let filter: BloomFilter
    private let pages: SegmentPageSource
    private let onRelease: Lock
    private var releaseAction: (@Sendable () -> Void)?

    init(
        id: Int64, firstSequence: UInt64, lastSequence: UInt64, directory: SegmentDirectory,
        filter: BloomFilter, pages: SegmentPageSource
    ) {
        self.id = id
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.directory = directory
        self.filter = filter
        self.pages = pages
        onRelease = Lock()
    }

    deinit {
        releaseAction?()
    }

    /// Has `action` run once nobody uses the segment any more.
    func whenReleased(_ action: @escaping @Sendable () -> Void) {
        onRelease.withLock { releaseAction = action }
    }

    /// The offset of a sequence number within the segment.
    func sequence(_ offset: UInt32) -> UInt64 { firstSequence + UInt64(offset) }

    /// Hands out every entry of a token's list in order; `body` returns whether to go on.
    func forEachList(_ token: UInt64, _ body: (PostingPageReader) throws -> Bool) throws {
        let tokens = directory.postingTokens
        var index = max(0, lowerBound(tokens, token) - 1)
        while index < tokens.count, tokens[index] <= token {
            let page = try page(directory.postingPage + index)
            var reader = PostingPageReader(page.bytes)
            reader.seek(token)
            while reader.advance(), reader.token <= token {
                if reader.token == token, try !body(reader) { return }
            }
            try check(reader.isDamaged)
            withExtendedLifetime(page) {}
            index += 1
        }
    }

    /// Appends the offsets of a token's list from the first to the last of a window; what lies between those that it asks
    /// about may be left out.
    func appendOffsets(_ token: UInt64, in window: OffsetWindow, into offsets: inout [UInt32]) throws {
        let tokens = directory.postingTokens
        let firstOffsets = directory.postingOffsets
        var index = max(0, lowerBound(tokens, token) - 1)
        while index < tokens.count, tokens[index] <= token {
            // The page holds the list's middle alone where both it and the next begin with the token.
            let begin = tokens[index] == token ? firstOffsets[index] : 0
            let end = index + 1 < tokens.count && tokens[index + 1] == token ? firstOffsets[index + 1] : nil
            if begin > window.last { return }
            if window.holdsAny(from: begin, below: end) {
                try appendOffsets(token, onPage: index, in: window, into: &offsets)
            }
            index += 1
        }
    }

    private func appendOffsets(
        _ token: UInt64, onPage index: Int, in window: OffsetWindow, into offsets: inout [UInt32]
    ) throws {
        let page = try page(directory.postingPage + index)
        var reader = PostingPageReader(page.bytes)
        reader.seek(token)
        // A long list stands in several entries: one is read only if something is asked about before the next begins.
        var held: (begin: UInt32, list: PostingPageReader)?
        while reader.advance(), reader.token <= token {
            guard reader.token == token else { continue }
            let begin = reader.firstOffset
            if let held, window.holdsAny(from: held.begin, below: begin) {
                held.list.appendOffsets(from: window.first, to: window.last, into: &offsets)
            }
            held = (begin, reader)
            if begin > window.last { break }
        }
        if let held, window.holdsAny(from: held.begin, below: nil) {
            held.list.appendOffsets(from: window.first, to: window.last, into: &offsets)
        }
        try check(reader.isDamaged)
        withExtendedLifetime(page) {}
    }

    /// The head of a resource, if its newest version within the segment's reach lies here.
    func head(_ token: IdentityToken) throws -> Head? {
        guard filter.mayContain(token) else { return nil }
        let firsts = directory.headTokens
        var index = max(0, lowerBound(firsts, token.high) - 1)
        while index < firsts.count, firsts[index] <= token.high {
            let page = try page(directory.headPage + index)
            var reader = HeadPageReader(page.bytes)
            if let entry = reader.find(token) {
                return Head(
                    sequence: sequence(entry.offset), contentHash: entry.contentHash, isDeleted: entry.isDeleted)
            }
            try check(reader.isDamaged)
            withExtendedLifetime(page) {}
            index += 1
        }
        return nil
    }

    /// What replaced an entry, if the replacement lies here.
    func successor(of sequence: UInt64) throws -> UInt64? {
        let firsts = directory.successorSequences
        let index = lowerBound(firsts, sequence + 1) - 1
        guard index >= 0 else { return nil }
        let page = try page(directory.successorPage + index)
        var reader = SuccessorPageReader(page.bytes, firstSequence: firstSequence)
        while reader.advance(), reader.successor.replaced <= sequence {
            if reader.successor.replaced == sequence { return reader.successor.replacement }
        }
        try check(reader.isDamaged)
        return nil
    }

    /// A page's plain bytes, by its number within the segment.
    func page(_ number: Int) throws -> CachedBytes {
        try pages.page(segment: id, number: number)
    }

    /// Reads a page's plain bytes past the cache.
    func load(_ number: Int, into page: ByteWriter) throws {
        try pages.load(segment: id, number: number, into: page)
    }

    /// - Throws: `StoreError.damaged` if a page turned out to be malformed.
    func check(_ isDamaged: Bool) throws {
        if isDamaged { throw StoreError(code: .damaged, detail: "a page of the index segment \(id) is malformed") }
    }
}

/// The place of the first value that is not below `wanted` in an ascending list.
func lowerBound<Value: FixedWidthInteger>(_ values: [Value], _ wanted: Value) -> Int {
    var low = 0
    var high = values.count
    while low < high {
        let middle = (low + high) / 2
        if values[middle] < wanted { low = middle + 1 } else { high = middle }
    }
    return low
}
