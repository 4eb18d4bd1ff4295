/// Entries of one part of the index, to be asked for one by one: a bit each, or a list where they are few.
enum OffsetBits: Sendable {
    case none
    /// Ascending.
    case few([UInt32])
    /// A bit for each entry of the part.
    case many([UInt64])

    /// - Parameters:
    ///   - offsets: in any order, repetitions allowed.
    ///   - count: how many entries the part has.
    init(_ offsets: [UInt32], of count: Int) {
        if offsets.isEmpty {
            self = .none
        } else if offsets.count * 32 < count {
            self = .few(OffsetSet.sorted(offsets))
        } else {
            var words = [UInt64](repeating: 0, count: count / 64 + 1)
            for offset in offsets { words[Int(offset >> 6)] |= 1 << UInt64(offset & 63) }
            self = .many(words)
        }
    }

    @inline(__always)
    func contains(_ offset: UInt32) -> Bool {
        switch self {
        case .none: return false
        case .many(let words): return words[Int(offset >> 6)] & (1 << UInt64(offset & 63)) != 0
        case .few(let offsets):
            let place = lowerBound(offsets, offset)
            return place < offsets.count && offsets[place] == offset
        }
    }

    /// Bytes of memory, about.
    var memoryBytes: Int {
        switch self {
        case .none: 0
        case .few(let offsets): offsets.count * 4
        case .many(let words): words.count * 8
        }
    }
}

extension IndexPart {
    /// How many entries of the log it covers.
    var entryCount: Int { Int(lastSequence - firstSequence) + 1 }

    /// The entries that have one of many tokens.
    /// - Parameter tokens: ascending.
    func bits(ofAny tokens: [UInt64], _ set: Set<UInt64>) throws -> OffsetBits {
        guard !tokens.isEmpty else { return .none }
        var offsets: [UInt32] = []
        if case .run(let run) = self, run.postings.count < tokens.count * 16 {
            for posting in run.postings where set.contains(posting.token) { offsets.append(posting.offset) }
        } else {
            let window = OffsetWindow(0...UInt32(entryCount - 1))
            for token in tokens { try appendOffsets(token, in: window, into: &offsets) }
        }
        return OffsetBits(offsets, of: entryCount)
    }
}
