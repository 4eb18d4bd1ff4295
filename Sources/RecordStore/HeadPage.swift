internal import Base

/// A page of heads, sorted by identity token.
///
/// Layout: entries, then `PageRestarts` with the upper half of the token as key. An entry is the distance of the token's
/// upper half from the one before (0 at a restart), its lower half, the content hash (8 bytes each), and the offset of
/// the newest version, doubled, plus 1 where it is a deletion.
enum HeadPage {
    static let entriesPerRestart = 16
}

/// Writes pages of heads. Tokens come in ascending order.
struct HeadPageWriter {
    private let page = ByteWriter(capacity: 12_000)
    private var restarts = PageRestartWriter(interval: HeadPage.entriesPerRestart)
    private var previous: UInt64 = 0
    private(set) var first: UInt64 = 0

    mutating func add(
        _ token: IdentityToken, offset: UInt32, contentHash: UInt64, isDeleted: Bool,
        emit: (inout HeadPageWriter) throws -> Void
    ) rethrows {
        if page.count + restarts.byteCount > PostingPage.targetBytes - 40 { try emit(&self) }
        if page.count == 0 { first = token.high }
        if restarts.isDue {
            restarts.begin(token.high, at: page.count)
            previous = token.high
        }
        page.writeVarint(token.high - previous)
        page.writeLittleEndian(token.low)
        page.writeLittleEndian(contentHash)
        page.writeVarint(UInt64(offset) << 1 | (isDeleted ? 1 : 0))
        previous = token.high
        restarts.countEntry()
    }

    var isEmpty: Bool { page.count == 0 }

    mutating func finishPage<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        restarts.finish(page)
        defer { page.removeAll() }
        return try body(page.bytes)
    }
}

/// One head as it stands on a page.
struct HeadEntry {
    var token: IdentityToken
    var offset: UInt32
    var contentHash: UInt64
    var isDeleted: Bool
}

/// Reads the entries of a page of heads.
struct HeadPageReader {
    private var reader: ByteReader
    private var restarts: PageRestarts
    /// The head that was last read.
    private(set) var entry = HeadEntry(
        token: IdentityToken(high: 0, low: 0), offset: 0, contentHash: 0, isDeleted: false)
    private(set) var isDamaged: Bool

    init(_ page: UnsafeRawBufferPointer) {
        let parts = PageRestarts.split(page)
        reader = ByteReader(parts?.entries ?? UnsafeRawBufferPointer(start: nil, count: 0))
        restarts = parts?.restarts ?? .none
        isDamaged = parts == nil
    }

    /// The head of a token, if the page has it.
    mutating func find(_ token: IdentityToken) -> HeadEntry? {
        guard let place = restarts.seek(token.high) else { return nil }
        reader.offset = place
        while advance(), entry.token <= token {
            if entry.token == token { return entry }
        }
        return nil
    }

    /// Reads the next head; `false` at the page's end.
    mutating func advance() -> Bool {
        guard reader.remaining > 0 else { return false }
        var high = entry.token.high
        if let key = restarts.key(at: reader.offset) { high = key }
        guard let distance = reader.readVarint(), let low = reader.readLittleEndian(UInt64.self),
            let contentHash = reader.readLittleEndian(UInt64.self), let place = reader.readVarint()
        else {
            isDamaged = true
            return false
        }
        high &+= distance
        entry = HeadEntry(
            token: IdentityToken(high: high, low: low), offset: UInt32(truncatingIfNeeded: place >> 1),
            contentHash: contentHash, isDeleted: place & 1 == 1)
        return true
    }
}

extension HeadPageReader: PageEntryReader {
    var key: IdentityToken { entry.token }

    init(page: UnsafeRawBufferPointer, of segment: Segment) {
        self.init(page)
    }

    static func pages(of segment: Segment) -> Range<Int> {
        let first = segment.directory.headPage
        return first..<first + segment.directory.headTokens.count
    }
}
