internal import Search

/// A set of entries of the log, told by tokens, by sequence numbers, or both.
indirect enum EntrySet {
    case none
    case tokens(TokenSet)
    /// Ascending sequence numbers.
    case entries([UInt64])
    case sequences([ClosedRange<UInt64>])
    case all([EntrySet])
    case any([EntrySet])
    /// What is not in the set; stands only in an `all` behind a set that is none of these.
    case except(EntrySet)

    static func of(_ tokens: TokenSet) -> EntrySet { tokens == .none ? .none : .tokens(tokens) }

    var isNone: Bool {
        if case .none = self { return true }
        return false
    }

    /// How many lists of the index there are to read.
    var listCount: Int {
        switch self {
        case .none, .entries, .sequences: 0
        case .tokens(let set): set.tokenCount
        case .all(let sets), .any(let sets): sets.reduce(0) { $0 + $1.listCount }
        case .except(let set): set.listCount
        }
    }
}

extension IndexPart {
    /// The places of sequence numbers in this part.
    private func range(_ entries: [UInt64], to last: UInt32) -> Range<Int> {
        let start = lowerBound(entries, firstSequence)
        return start..<max(start, lowerBound(entries, firstSequence + UInt64(last) + 1))
    }

    /// Roughly how many entries a set holds in this part; 0 only if it holds none.
    func estimate(_ set: EntrySet, to last: UInt32) throws -> Int {
        try size(of: set, to: last) { try estimate($0) }
    }

    /// How many entries of this part a set may hold: what its lists hold together, up to `countedMax` each.
    func count(_ set: EntrySet, to last: UInt32) throws -> Int {
        try size(of: set, to: last) { try count($0) }
    }

    /// How many entries of this part a set may hold, given how many lists hold.
    private func size(of set: EntrySet, to last: UInt32, lists: (TokenSet) throws -> Int) throws -> Int {
        switch set {
        case .none: return 0
        case .tokens(let tokens): return try lists(tokens)
        case .entries(let entries): return range(entries, to: last).count
        case .sequences(let ranges): return offsets(ranges, to: last).reduce(0) { $0 + $1.count }
        case .all(let sets): return try sets.reduce(Int.max) { try min($0, size(of: $1, to: last, lists: lists)) }
        case .any(let sets): return try sets.reduce(0) { try Self.sum($0, size(of: $1, to: last, lists: lists)) }
        case .except: return Int.max
        }
    }

    /// Longer lists are not counted to their end.
    private static let countedMax = 1 << 20

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflows) = left.addingReportingOverflow(right)
        return overflows ? .max : sum
    }

    private func count(_ set: TokenSet) throws -> Int {
        switch set {
        case .none: return 0
        case .tokens(let tokens): return try tokens.reduce(0) { try Self.sum($0, count($1)) }
        case .or(let sets): return try sets.reduce(0) { try Self.sum($0, count($1)) }
        case .not: return Int.max
        case .and(let sets):
            var least = Int.max
            for set in sets { least = min(least, try count(set)) }
            return least
        }
    }

    private func count(_ token: UInt64) throws -> Int {
        guard case .segment(let segment) = self else { return try estimate(.tokens([token])) }
        var sum = 0
        try segment.forEachList(token) { list in
            sum += list.count
            return sum < Self.countedMax
        }
        return sum
    }

    private func offsets(_ ranges: [ClosedRange<UInt64>], to last: UInt32) -> [ClosedRange<UInt32>] {
        let whole = firstSequence...(firstSequence + UInt64(last))
        return ranges.filter { $0.overlaps(whole) }.map { range in
            let part = range.clamped(to: whole)
            return UInt32(part.lowerBound - firstSequence)...UInt32(part.upperBound - firstSequence)
        }
    }

    /// The entries of this part that a set holds, ascending.
    /// - Parameter within: the only entries that matter, ascending; `nil` for all.
    func evaluate(_ set: EntrySet, within: [UInt32]?, to last: UInt32) throws -> [UInt32] {
        if let within, within.isEmpty { return [] }
        switch set {
        case .none: return []
        case .tokens(let tokens): return try evaluate(tokens, within: within, to: last)
        case .entries(let entries):
            let own = entries[range(entries, to: last)].map { UInt32($0 - firstSequence) }
            return within.map { OffsetSet.intersection($0, own) } ?? own
        case .sequences(let ranges):
            let own = offsets(ranges, to: last)
            guard let within else { return own.flatMap { Array($0) } }
            return within.filter { offset in own.contains { $0.contains(offset) } }
        case .any(let sets):
            var all: [UInt32] = []
            for set in sets { all += try evaluate(set, within: within, to: last) }
            return sets.count > 1 ? OffsetSet.sorted(all) : all
        case .all(let sets):
            var ordered: [(size: Int, set: EntrySet)] = []
            for set in sets {
                let size = try estimate(set, to: last)
                if size == 0 { return [] }
                ordered.append((size, set))
            }
            var result = within
            for (_, set) in ordered.sorted(by: { $0.size < $1.size }) {
                result = try evaluate(set, within: result, to: last)
                if result?.isEmpty == true { return [] }
            }
            return result ?? []
        case .except(let set):
            guard let within else {
                throw StoreError(code: .invalid, detail: "a set difference has nothing to be taken from")
            }
            return OffsetSet.subtracting(within, try evaluate(set, within: within, to: last))
        }
    }
}

/// What the index tells of a condition: the entries that may satisfy it, and those that do for certain.
struct EntryCover {
    var candidates: EntrySet
    var certain: EntrySet
    /// Whether both are the same.
    var isExact: Bool

    init(candidates: EntrySet, certain: EntrySet, isExact: Bool) {
        self.candidates = candidates
        self.certain = certain
        self.isExact = isExact
    }

    init(exact set: EntrySet) {
        self.init(candidates: set, certain: set, isExact: true)
    }

    init(_ cover: Cover) {
        self.init(
            candidates: .of(cover.candidates), certain: .of(cover.certain), isExact: !cover.needsVerification)
    }

    static func all(_ covers: [EntryCover]) -> EntryCover {
        EntryCover(
            candidates: .all(covers.map(\.candidates)), certain: .all(covers.map(\.certain)),
            isExact: covers.allSatisfy(\.isExact))
    }

    static func any(_ covers: [EntryCover]) -> EntryCover {
        EntryCover(
            candidates: .any(covers.map(\.candidates)), certain: .any(covers.map(\.certain)),
            isExact: covers.allSatisfy(\.isExact))
    }

    /// Everything in `whole` that this does not cover.
    func complement(in whole: EntrySet) -> EntryCover {
        EntryCover(
            candidates: .all([whole, .except(certain)]), certain: .all([whole, .except(candidates)]), isExact: isExact)
    }
}
