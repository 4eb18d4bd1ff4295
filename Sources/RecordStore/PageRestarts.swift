internal import Base

/// The places of a page at which reading can begin, because the entry there does not build on the one before it.
///
/// Layout, behind the page's entries: of each restart its entry's key (8 bytes) and place (2 bytes), then the number of
/// restarts (2 bytes).
struct PageRestarts {
    static let bytesEach = 10

    private let table: UnsafeRawBufferPointer
    private let count: Int
    private var next = 0

    /// Takes a page apart; `nil` if it is shorter than its number of restarts says.
    static func split(_ page: UnsafeRawBufferPointer) -> (entries: UnsafeRawBufferPointer, restarts: PageRestarts)? {
        guard page.count >= 2 else { return nil }
        let count = Int(page.loadUnaligned(fromByteOffset: page.count - 2, as: UInt16.self))
        let entryBytes = page.count - 2 - count * bytesEach
        guard entryBytes >= 0 else { return nil }
        let table = UnsafeRawBufferPointer(rebasing: page[entryBytes..<(page.count - 2)])
        return (UnsafeRawBufferPointer(rebasing: page[..<entryBytes]), PageRestarts(table: table, count: count))
    }

    /// The restarts of a page without any.
    static var none: PageRestarts { PageRestarts(table: UnsafeRawBufferPointer(start: nil, count: 0), count: 0) }

    private init(table: UnsafeRawBufferPointer, count: Int) {
        self.table = table
        self.count = count
    }

    /// The place of the last restart before the first entry whose key may be `wanted`; `nil` if there is none.
    mutating func seek(_ wanted: UInt64) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if key(middle) < wanted { low = middle + 1 } else { high = middle }
        }
        next = max(0, low - 1)
        return next < count ? place(next) : nil
    }

    /// The key of the entry at a place if it is the next restart, which is then passed.
    @inline(__always)
    mutating func key(at offset: Int) -> UInt64? {
        guard next < count, place(next) == offset else { return nil }
        defer { next += 1 }
        return key(next)
    }

    @inline(__always)
    private func key(_ index: Int) -> UInt64 {
        table.loadUnaligned(fromByteOffset: index * Self.bytesEach, as: UInt64.self)
    }

    @inline(__always)
    private func place(_ index: Int) -> Int {
        Int(table.loadUnaligned(fromByteOffset: index * Self.bytesEach + 8, as: UInt16.self))
    }
}

/// Gathers the restarts of a page that is being written.
struct PageRestartWriter {
    private let interval: Int
    private var restarts: [(key: UInt64, place: UInt16)] = []
    private var entriesSinceRestart = 0

    /// - Parameter interval: entries from one restart to the next.
    init(interval: Int) {
        self.interval = interval
    }

    /// What the restarts will take on the page, without their number.
    var byteCount: Int { restarts.count * PageRestarts.bytesEach }

    /// Whether the next entry must be a restart.
    var isDue: Bool { restarts.isEmpty || entriesSinceRestart >= interval }

    /// Makes the next entry a restart.
    mutating func begin(_ key: UInt64, at place: Int) {
        restarts.append((key, UInt16(place)))
        entriesSinceRestart = 0
    }

    mutating func countEntry() {
        entriesSinceRestart += 1
    }

    /// Writes the restarts behind the entries of the page, and begins with the next page's.
    mutating func finish(_ page: ByteWriter) {
        for restart in restarts {
            page.writeLittleEndian(restart.key)
            page.writeLittleEndian(restart.place)
        }
        page.writeLittleEndian(UInt16(restarts.count))
        restarts.removeAll(keepingCapacity: true)
        entriesSinceRestart = 0
    }
}
