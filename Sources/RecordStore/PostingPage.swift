internal import Base

/// A page of postings: sorted tokens, each with a list of offsets.
///
/// Layout: entries, then `PageRestarts` with the token as key. An entry is the token's distance from the one before (0 at
/// a restart), a header, and the list. The header's lower two bits say how the list is written: alone (the rest of the
/// header is the only offset), as distances, or as runs (distance, length - 1); for the latter two the rest of the header
/// is the list's size in bytes. A long list stands in several entries of the same token.
enum PostingPage {
    static let targetBytes = 8000
    static let entriesPerRestart = 8

    /// How a list is written.
    enum Form: UInt64 {
        case alone = 0
        case distances = 1
        case runs = 2
    }
}

/// Writes pages of postings. Tokens come in ascending order, each with its whole list.
struct PostingPageWriter {
    private let page = ByteWriter(capacity: 12_000)
    private let list = ByteWriter(capacity: 8192)
    private var restarts = PageRestartWriter(interval: PostingPage.entriesPerRestart)
    private var previousToken: UInt64 = 0
    private(set) var firstToken: UInt64 = 0
    private(set) var firstOffset: UInt32 = 0

    /// Offsets per entry of a long list.
    private static let offsetsPerEntry = 1024

    /// Adds a token with its ascending offsets; `emit` takes each page that is full.
    mutating func add(
        token: UInt64, offsets: UnsafeBufferPointer<UInt32>, emit: (inout PostingPageWriter) throws -> Void
    ) rethrows {
        var start = 0
        while start < offsets.count {
            let end = min(start + Self.offsetsPerEntry, offsets.count)
            let header = encode(UnsafeBufferPointer(rebasing: offsets[start..<end]))
            if page.count > 0, page.count + restarts.byteCount + list.count > PostingPage.targetBytes {
                try emit(&self)
            }
            if page.count == 0 {
                firstToken = token
                firstOffset = offsets[start]
            }
            if restarts.isDue || start > 0 {
                restarts.begin(token, at: page.count)
                previousToken = token
            }
            page.writeVarint(token - previousToken)
            page.writeVarint(header)
            page.write(list.bytes)
            previousToken = token
            restarts.countEntry()
            start = end
        }
    }

    /// Whether anything waits to be emitted.
    var isEmpty: Bool { page.count == 0 }

    /// Ends the page, hands out its bytes, and begins the next.
    mutating func finishPage<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        restarts.finish(page)
        defer { page.removeAll() }
        return try body(page.bytes)
    }

    /// Writes a list into `list` in the shorter form and returns its header.
    private func encode(_ offsets: UnsafeBufferPointer<UInt32>) -> UInt64 {
        list.removeAll()
        if offsets.count == 1 { return UInt64(offsets[0]) << 2 | PostingPage.Form.alone.rawValue }
        var runs = 1
        for index in 1..<offsets.count where offsets[index] != offsets[index - 1] + 1 { runs += 1 }
        if runs * 2 < offsets.count {
            writeRuns(offsets)
            return UInt64(list.count) << 2 | PostingPage.Form.runs.rawValue
        }
        list.writeVarint(UInt64(offsets[0]))
        for index in 1..<offsets.count { list.writeVarint(UInt64(offsets[index] - offsets[index - 1] - 1)) }
        return UInt64(list.count) << 2 | PostingPage.Form.distances.rawValue
    }

    private func writeRuns(_ offsets: UnsafeBufferPointer<UInt32>) {
        var start = 0
        var next: UInt32 = 0
        while start < offsets.count {
            var end = start + 1
            while end < offsets.count, offsets[end] == offsets[end - 1] + 1 { end += 1 }
            list.writeVarint(UInt64(offsets[start] - next))
            list.writeVarint(UInt64(end - start - 1))
            next = offsets[end - 1] + 1
            start = end
        }
    }
}

/// Reads the entries of a page one after another. Malformed bytes end the page early with `isDamaged` set.
struct PostingPageReader {
    private var reader: ByteReader
    private var restarts: PageRestarts
    /// The token of the entry that was last read.
    private(set) var token: UInt64 = 0
    private(set) var isDamaged: Bool
    private var form = PostingPage.Form.alone
    private var onlyOffset: UInt32 = 0
    private var list = UnsafeRawBufferPointer(start: nil, count: 0)

    init(_ page: UnsafeRawBufferPointer) {
        let parts = PageRestarts.split(page)
        reader = ByteReader(parts?.entries ?? UnsafeRawBufferPointer(start: nil, count: 0))
        restarts = parts?.restarts ?? .none
        isDamaged = parts == nil
    }

    /// Moves before the first entry whose token may be `wanted`.
    mutating func seek(_ wanted: UInt64) {
        if let place = restarts.seek(wanted) { reader.offset = place }
    }

    /// Reads the next entry; `false` at the page's end.
    mutating func advance() -> Bool {
        guard reader.remaining > 0 else { return false }
        if let key = restarts.key(at: reader.offset) { token = key }
        guard let distance = reader.readVarint(), let header = reader.readVarint(),
            let form = PostingPage.Form(rawValue: header & 3)
        else { return fail() }
        token &+= distance
        self.form = form
        if form == .alone {
            onlyOffset = UInt32(truncatingIfNeeded: header >> 2)
            return true
        }
        guard let list = reader.readBytes(Int(truncatingIfNeeded: header >> 2)) else { return fail() }
        self.list = list
        return true
    }

    private mutating func fail() -> Bool {
        isDamaged = true
        return false
    }

    /// The first offset of the entry's list.
    var firstOffset: UInt32 {
        if form == .alone { return onlyOffset }
        var reader = ByteReader(list)
        return UInt32(truncatingIfNeeded: reader.readVarint() ?? 0)
    }

    /// Roughly how many offsets the entry has; at least 1.
    var roughCount: Int { form == .alone ? 1 : form == .distances ? list.count : list.count * 4 }

    /// How many offsets the entry has.
    var count: Int {
        switch form {
        case .alone: return 1
        case .distances: return list.reduce(0) { $0 + ($1 < 0x80 ? 1 : 0) }
        case .runs:
            var reader = ByteReader(list)
            var sum = 0
            while reader.readVarint() != nil, let extra = reader.readVarint() {
                sum += 1 + Int(min(extra, UInt64(Segment.entriesMax)))
            }
            return sum
        }
    }

    /// Appends the entry's offsets, each moved by `shift`.
    func appendOffsets(to offsets: inout [UInt32], shift: UInt32) {
        switch form {
        case .alone:
            offsets.append(onlyOffset &+ shift)
        case .distances:
            var reader = ByteReader(list)
            var next = shift
            while let distance = reader.readVarint() {
                next &+= UInt32(truncatingIfNeeded: distance)
                offsets.append(next)
                next &+= 1
            }
        case .runs:
            var reader = ByteReader(list)
            var next = shift
            while let distance = reader.readVarint(), let extra = reader.readVarint() {
                next &+= UInt32(truncatingIfNeeded: distance)
                let end = next &+ UInt32(truncatingIfNeeded: min(extra, UInt64(Segment.entriesMax)))
                while next <= end {
                    offsets.append(next)
                    next &+= 1
                }
            }
        }
    }

    /// Appends those of the entry's offsets that lie from `first` to `last`.
    func appendOffsets(from first: UInt32, to last: UInt32, into offsets: inout [UInt32]) {
        switch form {
        case .alone:
            if onlyOffset >= first, onlyOffset <= last { offsets.append(onlyOffset) }
        case .distances:
            var reader = ByteReader(list)
            var next: UInt32 = 0
            while let distance = reader.readVarint() {
                next &+= UInt32(truncatingIfNeeded: distance)
                if next > last { return }
                if next >= first { offsets.append(next) }
                next &+= 1
            }
        case .runs:
            var reader = ByteReader(list)
            var next: UInt32 = 0
            while let distance = reader.readVarint(), let extra = reader.readVarint() {
                next &+= UInt32(truncatingIfNeeded: distance)
                if next > last { return }
                let end = next &+ UInt32(truncatingIfNeeded: min(extra, UInt64(Segment.entriesMax)))
                let stop = min(end, last)
                next = max(next, first)
                while next <= stop {
                    offsets.append(next)
                    next &+= 1
                }
                next = end &+ 1
            }
        }
    }
}

extension PostingPageReader: PageEntryReader {
    var key: UInt64 { token }

    init(page: UnsafeRawBufferPointer, of segment: Segment) {
        self.init(page)
    }

    static func pages(of segment: Segment) -> Range<Int> {
        let first = segment.directory.postingPage
        return first..<first + segment.directory.postingTokens.count
    }
}
