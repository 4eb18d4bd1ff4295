/// Entries of one part of the index, to be asked for one by one: a bit each, or a list where they are few.
enum OffsetBits: Sendable {
    case none
    case all
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
        case .all: return true
        case .many(let words): return words[Int(offset >> 6)] & (1 << UInt64(offset & 63)) != 0
        case .few(let offsets):
            let place = lowerBound(offsets, offset)
            return place < offsets.count && offsets[place] == offset
        }
    }

    var isNone: Bool {
        if case .none = self { return true }
        return false
    }

    /// The only entries, where they are few.
    var list: [UInt32]? {
        if case .few(let offsets) = self { return offsets }
        return nil
    }

    /// Those of ascending offsets that are in the set.
    func narrowed(_ offsets: [UInt32]) -> [UInt32] {
        switch self {
        case .none: return []
        case .all: return offsets
        case .few(let few):
            guard few.count * 16 < offsets.count else { return OffsetSet.intersection(few, offsets) }
            return few.filter { offset in
                let place = lowerBound(offsets, offset)
                return place < offsets.count && offsets[place] == offset
            }
        case .many(let words):
            return words.withUnsafeBufferPointer { words in
                offsets.withUnsafeBufferPointer { offsets in
                    [UInt32](unsafeUninitializedCapacity: offsets.count) { target, count in
                        // Without a branch: which entries are seen is as good as random.
                        for offset in offsets {
                            target[count] = offset
                            count += Int(words[Int(offset >> 6)] >> UInt64(offset & 63) & 1)
                        }
                    }
                }
            }
        }
    }

    /// The set as a bit for each of `count` entries.
    func words(of count: Int) -> [UInt64] {
        switch self {
        case .none: return [UInt64](repeating: 0, count: count / 64 + 1)
        case .all: return [UInt64](repeating: .max, count: count / 64 + 1)
        case .many(let words): return words
        case .few(let offsets):
            var words = [UInt64](repeating: 0, count: count / 64 + 1)
            for offset in offsets { words[Int(offset >> 6)] |= 1 << UInt64(offset & 63) }
            return words
        }
    }

    /// Both sets together, in a part of `count` entries.
    func union(_ other: OffsetBits, of count: Int) -> OffsetBits {
        switch (self, other) {
        case (.none, let some), (let some, .none): return some
        case (.all, _), (_, .all): return .all
        case (.few(let left), .few(let right)): return OffsetBits(left + right, of: count)
        default:
            var words = words(of: count)
            let others = other.words(of: count)
            for place in words.indices { words[place] |= others[place] }
            return .many(words)
        }
    }

    /// What is in both sets, in a part of `count` entries.
    func intersection(_ other: OffsetBits, of count: Int) -> OffsetBits {
        switch (self, other) {
        case (.none, _), (_, .none): return .none
        case (.all, let some), (let some, .all): return some
        case (.few(let offsets), let set), (let set, .few(let offsets)):
            return OffsetBits(offsets.filter { set.contains($0) }, of: count)
        case (.many(var words), .many(let others)):
            for place in words.indices { words[place] &= others[place] }
            return .many(words)
        }
    }

    /// What is in this set and not in the other, in a part of `count` entries.
    func subtracting(_ other: OffsetBits, of count: Int) -> OffsetBits {
        switch (self, other) {
        case (.none, _), (_, .all): return .none
        case (let some, .none): return some
        case (.few(let offsets), let other): return OffsetBits(offsets.filter { !other.contains($0) }, of: count)
        default:
            var words = words(of: count)
            let others = other.words(of: count)
            for place in words.indices { words[place] &= ~others[place] }
            return .many(words)
        }
    }

    /// Hands out the entries of a part of `count` entries, ascending.
    func forEach(of count: Int, _ body: (UInt32) -> Void) {
        switch self {
        case .none: return
        case .few(let offsets): offsets.forEach(body)
        case .all, .many:
            for (place, word) in words(of: count).enumerated() where word != 0 {
                var rest = word
                while rest != 0 {
                    let offset = place * 64 + rest.trailingZeroBitCount
                    if offset < count { body(UInt32(offset)) }
                    rest &= rest - 1
                }
            }
        }
    }

    /// Bytes of memory, about.
    var memoryBytes: Int {
        switch self {
        case .none, .all: 0
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
