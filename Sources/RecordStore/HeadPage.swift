internal import Base

/// A page of heads, sorted by identity token.
///
/// Layout as `PostingPage`: entries, restarts (upper half of the token, place), their number. An entry is the distance
/// of the token's upper half from the one before (0 at a restart), its lower half, the content hash (8 bytes each),
/// and the offset of the newest version, doubled, plus 1 where it is a deletion.
enum HeadPage {
    static let entriesPerRestart = 16
}

/// Writes pages of heads. Tokens come in ascending order.
struct HeadPageWriter {
    private let page = ByteWriter(capacity: 12_000)
    private var restarts: [(token: UInt64, place: UInt16)] = []
    private var entriesSinceRestart = 0
    private var previous: UInt64 = 0
    private(set) var first: UInt64 = 0

    mutating func add(
        _ token: IdentityToken, offset: UInt32, contentHash: UInt64, isDeleted: Bool,
        emit: (inout HeadPageWriter) throws -> Void
    ) rethrows {
        if page.count + restarts.count * PostingPage.restartBytes > PostingPage.targetBytes - 40 { try emit(&self) }
        if page.count == 0 { first = token.high }
        if restarts.isEmpty || entriesSinceRestart >= HeadPage.entriesPerRestart {
            restarts.append((token.high, UInt16(page.count)))
            entriesSinceRestart = 0
            previous = token.high
        }
        page.writeVarint(token.high - previous)
        page.writeLittleEndian(token.low)
        page.writeLittleEndian(contentHash)
        page.writeVarint(UInt64(offset) << 1 | (isDeleted ? 1 : 0))
        previous = token.high
        entriesSinceRestart += 1
    }

    var isEmpty: Bool { page.count == 0 }

    mutating func finishPage<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        for restart in restarts {
            page.writeLittleEndian(restart.token)
            page.writeLittleEndian(restart.place)
        }
        page.writeLittleEndian(UInt16(restarts.count))
        defer {
            page.removeAll()
            restarts.removeAll(keepingCapacity: true)
            entriesSinceRestart = 0
        }
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
    private let restarts: UnsafeRawBufferPointer
    private var nextRestart = 0
    private var high: UInt64 = 0
    private(set) var isDamaged = false

    init(_ page: UnsafeRawBufferPointer) {
        let count = page.count >= 2 ? Int(page.loadUnaligned(fromByteOffset: page.count - 2, as: UInt16.self)) : 0
        let entryBytes = page.count - 2 - count * PostingPage.restartBytes
        guard entryBytes >= 0 else {
            reader = ByteReader(UnsafeRawBufferPointer(start: nil, count: 0))
            restarts = UnsafeRawBufferPointer(start: nil, count: 0)
            isDamaged = true
            return
        }
        reader = ByteReader(UnsafeRawBufferPointer(rebasing: page[..<entryBytes]))
        restarts = UnsafeRawBufferPointer(rebasing: page[entryBytes..<(page.count - 2)])
    }

    private var restartCount: Int { restarts.count / PostingPage.restartBytes }

    private func restart(_ index: Int) -> (token: UInt64, place: Int) {
        let base = index * PostingPage.restartBytes
        return (
            restarts.loadUnaligned(fromByteOffset: base, as: UInt64.self),
            Int(restarts.loadUnaligned(fromByteOffset: base + 8, as: UInt16.self))
        )
    }

    /// The head of a token, if the page has it.
    mutating func find(_ token: IdentityToken) -> HeadEntry? {
        var low = 0
        var high = restartCount
        while low < high {
            let middle = (low + high) / 2
            if restart(middle).token < token.high { low = middle + 1 } else { high = middle }
        }
        nextRestart = max(0, low - 1)
        guard nextRestart < restartCount else { return nil }
        reader.offset = restart(nextRestart).place
        while let entry = next(), entry.token <= token {
            if entry.token == token { return entry }
        }
        return nil
    }

    /// The next entry; `nil` at the page's end.
    mutating func next() -> HeadEntry? {
        guard reader.remaining > 0 else { return nil }
        if nextRestart < restartCount, restart(nextRestart).place == reader.offset {
            high = restart(nextRestart).token
            nextRestart += 1
        }
        guard let distance = reader.readVarint(), let low = reader.readLittleEndian(UInt64.self),
            let contentHash = reader.readLittleEndian(UInt64.self), let place = reader.readVarint()
        else {
            isDamaged = true
            return nil
        }
        high &+= distance
        return HeadEntry(
            token: IdentityToken(high: high, low: low), offset: UInt32(truncatingIfNeeded: place >> 1),
            contentHash: contentHash, isDeleted: place & 1 == 1)
    }
}
