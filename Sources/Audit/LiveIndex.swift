internal import Base

/// Where a batch stands in the log.
struct BatchPlace {
    /// The first entry of the log file.
    var file: UInt64
    var offset: UInt64
}

/// The index of a run of entries that has no file yet.
struct IndexSegment {
    /// The first entry; a multiple of the entries of a part.
    var first: UInt64
    var count: UInt64 = 0
    var postings: [IndexPosting] = []
    /// The batch that holds each 64th entry.
    var places: [BatchPlace] = []
    var earliest = Instant(microseconds: .max)
    var latest = Instant(microseconds: .min)

    static let placeEvery: UInt64 = 64

    init(first: UInt64) {
        self.first = first
    }

    var end: UInt64 { first + count }

    /// Takes in a batch that begins at `end`.
    mutating func add(_ added: borrowing StagedPostings, place: BatchPlace) {
        postings.append(contentsOf: added.postings)
        earliest = min(earliest, added.earliest)
        latest = max(latest, added.latest)
        count += added.count
        while UInt64(places.count) * Self.placeEvery < count { places.append(place) }
    }
}

/// The index of a batch that is being written.
struct StagedPostings {
    var count: UInt64 = 0
    var postings: [IndexPosting] = []
    var earliest = Instant(microseconds: .max)
    var latest = Instant(microseconds: .min)

    mutating func removeAll() {
        self.count = 0
        postings.removeAll(keepingCapacity: true)
        earliest = Instant(microseconds: .max)
        latest = Instant(microseconds: .min)
    }
}

/// What readers need of a trail that grows: how far it goes, and the index of what has no index part yet.
final class LiveIndex: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var size: UInt64 = 0
    private var retainedFrom: UInt64 = 0
    private var parts: Set<UInt64> = []
    private var building: [IndexSegment] = []
    private var current: IndexSegment
    private var heads = 0
    let partEntries: UInt64

    init(partEntries: Int, first: UInt64, retainedFrom: UInt64, parts: Set<UInt64>) {
        self.partEntries = UInt64(max(partEntries, Int(IndexSegment.placeEvery)))
        self.retainedFrom = retainedFrom
        self.parts = parts
        current = IndexSegment(first: first)
        size = first
    }

    /// Leaves room for entries at the start of the first part whose content was retired.
    func skip(_ count: UInt64, place: BatchPlace) {
        lock.withLock {
            current.count += count
            size += count
            while UInt64(current.places.count) * IndexSegment.placeEvery < current.count {
                current.places.append(place)
            }
        }
    }

    /// What a reader works with while the trail goes on.
    struct Snapshot {
        var size: UInt64
        var retainedFrom: UInt64
        var parts: Set<UInt64>
        var heads: Int
    }

    func snapshot() -> Snapshot {
        lock.withLock { Snapshot(size: size, retainedFrom: retainedFrom, parts: parts, heads: heads) }
    }

    func setHeads(_ count: Int) {
        lock.withLock { heads = count }
    }

    /// Retired entries are no longer to be read, nor the parts that are about nothing else.
    func retire(upTo end: UInt64) -> [UInt64] {
        lock.withLock {
            retainedFrom = max(retainedFrom, end)
            let gone = parts.filter { $0 + partEntries <= retainedFrom }
            parts.subtract(gone)
            return gone.sorted()
        }
    }

    /// Entries that fit before the next part begins.
    func room() -> UInt64 {
        lock.withLock { partEntries - size % partEntries }
    }

    /// Takes in a durable batch, which never reaches into the next part.
    /// - Returns: whether a part is full.
    func add(_ staged: borrowing StagedPostings, place: BatchPlace) -> Bool {
        lock.withLock {
            current.add(staged, place: place)
            size += staged.count
            guard current.count == partEntries else { return false }
            // A part of which all is there already, as after a start, is not built again.
            if parts.contains(current.first) {
                current = IndexSegment(first: size)
                return false
            }
            building.append(current)
            current = IndexSegment(first: size)
            return true
        }
    }

    /// The oldest part that has no file yet.
    func nextToBuild() -> IndexSegment? {
        lock.withLock { building.first }
    }

    func isBuilt(_ first: UInt64) {
        lock.withLock {
            building.removeAll { $0.first == first }
            parts.insert(first)
        }
    }

    /// How many parts wait to be written.
    func buildingCount() -> Int {
        lock.withLock { building.count }
    }

    /// A run of entries that is held in memory, as a query sees it.
    struct Match {
        /// Ascending numbers of the entries that have all the tokens; `nil`: all of the run may match.
        var numbers: [UInt64]?
        var first: UInt64
        var end: UInt64
    }

    /// The runs in memory that may hold answers, newest first.
    func matches(_ tokens: [IndexToken], from: Instant?, to: Instant?) -> [Match] {
        let (older, newest): ([IndexSegment], Match?) = lock.withLock {
            // The newest run changes: it is searched under the lock, the others are not.
            (building, Self.match(current, tokens, from, to))
        }
        return [newest].compactMap { $0 } + older.reversed().compactMap { Self.match($0, tokens, from, to) }
    }

    private static func match(
        _ segment: IndexSegment, _ tokens: [IndexToken], _ from: Instant?, _ to: Instant?
    ) -> Match? {
        if segment.count == 0 { return nil }
        if let from, segment.latest < from { return nil }
        if let to, segment.earliest >= to { return nil }
        guard !tokens.isEmpty else { return Match(numbers: nil, first: segment.first, end: segment.end) }
        var hits: [UInt32: Int] = [:]
        for posting in segment.postings where tokens.contains(posting.token) { hits[posting.entry, default: 0] += 1 }
        let numbers = hits.filter { $0.value >= tokens.count }.keys.sorted().map { segment.first + UInt64($0) }
        return numbers.isEmpty ? nil : Match(numbers: numbers, first: segment.first, end: segment.end)
    }

    /// The batch from which on an entry of a run in memory is found; `nil` if it is in none.
    func place(of number: UInt64) -> BatchPlace? {
        lock.withLock {
            for segment in [current] + building where segment.first <= number && number < segment.end {
                return segment.places[Int((number - segment.first) / IndexSegment.placeEvery)]
            }
            return nil
        }
    }
}
