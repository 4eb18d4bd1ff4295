internal import Search

/// A stretch of the index, on disk or in memory, that covers neighbouring entries of the log.
enum IndexPart {
    case segment(Segment)
    case run(PostingRun)

    var firstSequence: UInt64 {
        switch self {
        case .segment(let segment): segment.firstSequence
        case .run(let run): run.firstSequence
        }
    }

    var lastSequence: UInt64 {
        switch self {
        case .segment(let segment): segment.lastSequence
        case .run(let run): run.lastSequence
        }
    }

    /// Lists are not counted beyond this: whichever is read first, it is narrowed by the others.
    private static let countedMax = 16_384

    /// Roughly how many entries have a token, `countedMax` or more where there are many; 0 only if none has.
    private func estimate(_ token: UInt64) throws -> Int {
        switch self {
        case .segment(let segment):
            var sum = 0
            try segment.forEachList(token) { list in
                sum += list.roughCount
                return sum < Self.countedMax
            }
            return sum
        case .run(let run):
            let start = run.lowerBound(token)
            var end = start
            while end < run.postings.count, run.postings[end].token == token { end += 1 }
            return end - start
        }
    }

    /// Appends the ascending offsets of the entries that have a token, all of those that a window asks about.
    func appendOffsets(_ token: UInt64, in window: OffsetWindow, into offsets: inout [UInt32]) throws {
        switch self {
        case .segment(let segment):
            try segment.appendOffsets(token, in: window, into: &offsets)
        case .run(let run):
            var index = run.lowerBound(token)
            while index < run.postings.count, run.postings[index].token == token {
                let offset = run.postings[index].offset
                if offset >= window.first, offset <= window.last, offsets.last != offset { offsets.append(offset) }
                index += 1
            }
        }
    }

    /// The entries of this part that a set holds, ascending.
    func evaluate(_ set: TokenSet, to last: UInt32) throws -> [UInt32] {
        try evaluate(set, within: nil, to: last)
    }

    /// The entries of this part that a set holds, ascending.
    /// - Parameter within: the only entries that matter, ascending; `nil` for all.
    func evaluate(_ set: TokenSet, within: [UInt32]?, to last: UInt32) throws -> [UInt32] {
        switch set {
        case .none:
            return []
        case .tokens(let tokens):
            return try union(of: tokens, within: within, to: last)
        case .or(let sets):
            var all: [UInt32] = []
            for set in sets { all += try evaluate(set, within: within, to: last) }
            return sets.count > 1 ? OffsetSet.sorted(all) : all
        case .and(let sets):
            return try intersection(of: sets, within: within, to: last)
        case .not(let set):
            guard let within else {
                throw StoreError(code: .invalid, detail: "a set difference has nothing to be taken from")
            }
            return OffsetSet.subtracting(within, try evaluate(set, within: within, to: last))
        }
    }

    private func union(of tokens: [UInt64], within: [UInt32]?, to last: UInt32) throws -> [UInt32] {
        guard within?.isEmpty != true else { return [] }
        var all: [UInt32] = []
        let window = OffsetWindow(within, to: last)
        for token in tokens { try appendOffsets(token, in: window, into: &all) }
        if tokens.count > 1 { all = OffsetSet.sorted(all) }
        guard let within else { return all }
        return OffsetSet.intersection(within, all)
    }

    /// The smallest set first, so that the others are read only where it has entries; what is taken away comes last.
    private func intersection(of sets: [TokenSet], within: [UInt32]?, to last: UInt32) throws -> [UInt32] {
        var present: [(size: Int, set: TokenSet)] = []
        var absent: [TokenSet] = []
        for set in sets {
            if case .not = set {
                absent.append(set)
            } else {
                let size = try estimate(set)
                if size == 0 { return [] }
                present.append((size, set))
            }
        }
        var result = within
        for (_, set) in present.sorted(by: { $0.size < $1.size }) {
            let narrowed = try evaluate(set, within: result, to: last)
            if narrowed.isEmpty { return [] }
            result = narrowed
        }
        for set in absent { result = try evaluate(set, within: result, to: last) }
        return result ?? []
    }

    /// Roughly how many entries a set holds; 0 only if it holds none.
    func estimate(_ set: TokenSet) throws -> Int {
        switch set {
        case .none: return 0
        case .tokens(let tokens): return try tokens.reduce(0) { try $0 + estimate($1) }
        case .or(let sets): return try sets.reduce(0) { try $0 + estimate($1) }
        case .not: return Int.max
        case .and(let sets):
            var least = Int.max
            for set in sets { least = min(least, try estimate(set)) }
            return least
        }
    }
}

extension TokenSet {
    /// How many lists there are to read.
    var tokenCount: Int {
        switch self {
        case .none: 0
        case .tokens(let tokens): tokens.count
        case .and(let sets), .or(let sets): sets.reduce(0) { $0 + $1.tokenCount }
        case .not(let set): set.tokenCount
        }
    }
}

/// Ascending lists of offsets as sets.
enum OffsetSet {
    /// A list in ascending order without repetitions.
    static func sorted(_ offsets: [UInt32]) -> [UInt32] {
        if let low = offsets.min(), let high = offsets.max(), Int(high - low) / 64 < offsets.count {
            return sorted(offsets, from: low, to: high)
        }
        var sorted = offsets
        sorted.sort()
        var kept = 0
        for index in sorted.indices where kept == 0 || sorted[index] != sorted[kept - 1] {
            sorted[kept] = sorted[index]
            kept += 1
        }
        sorted.removeLast(sorted.count - kept)
        return sorted
    }

    /// Sorts by marking a bit for each offset: for lists that are dense between the lowest and the highest.
    private static func sorted(_ offsets: [UInt32], from low: UInt32, to high: UInt32) -> [UInt32] {
        let words = Int(high - low) / 64 + 1
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: words) { bits in
            bits.initialize(repeating: 0)
            for offset in offsets { bits[Int((offset - low) >> 6)] |= 1 << UInt64((offset - low) & 63) }
            return [UInt32](unsafeUninitializedCapacity: offsets.count) { target, count in
                for place in 0..<words {
                    var rest = bits[place]
                    while rest != 0 {
                        target[count] = low + UInt32(place * 64 + rest.trailingZeroBitCount)
                        count += 1
                        rest &= rest - 1
                    }
                }
            }
        }
    }

    static func intersection(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        var common: [UInt32] = []
        common.reserveCapacity(min(left.count, right.count))
        var i = 0
        var j = 0
        while i < left.count, j < right.count {
            if left[i] == right[j] {
                common.append(left[i])
                i += 1
                j += 1
            } else if left[i] < right[j] {
                i += 1
            } else {
                j += 1
            }
        }
        return common
    }

    static func subtracting(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        var rest: [UInt32] = []
        rest.reserveCapacity(left.count)
        var j = 0
        for offset in left {
            while j < right.count, right[j] < offset { j += 1 }
            if j == right.count || right[j] != offset { rest.append(offset) }
        }
        return rest
    }
}
