/// The entries of the log that were erased: they have no content any more, and nothing in the index leads to them.
struct ErasedEntries: Sendable {
    /// A bit for each.
    private(set) var entries = DeadSet()
    /// Where a chain of versions leads from an erased one to one that was not erased with it: its newest version before.
    private(set) var before: [UInt64: UInt64] = [:]
    /// Of resources of which some versions were erased and older ones not: no version up to this one is the newest.
    private(set) var trails: [IdentityToken: UInt64] = [:]

    var isEmpty: Bool { entries.chunks.isEmpty }

    @inline(__always)
    func contains(_ sequence: UInt64) -> Bool {
        entries.contains(sequence)
    }

    /// Whether any entry from the first to the last is erased.
    func holdsAny(from first: UInt64, to last: UInt64) -> Bool {
        var sequence = first
        while sequence <= last {
            let chunk = Int(sequence >> 16)
            guard chunk < entries.chunks.count else { return false }
            if entries.chunks[chunk] == nil {
                sequence = UInt64(chunk + 1) << 16
            } else {
                if contains(sequence) { return true }
                sequence += 1
            }
        }
        return false
    }

    /// An entry of a chain of versions, or the newest before it that was not erased; `nil` if there is none.
    func readable(upTo sequence: UInt64) -> UInt64? {
        var sequence = sequence
        while contains(sequence) {
            guard let next = before[sequence], next < sequence else { return nil }
            sequence = next
        }
        return sequence
    }

    /// Versions that were not erased, each with the erased one that replaced it.
    var replaced: [(old: UInt64, by: UInt64)] {
        var first: [UInt64: UInt64] = [:]
        for (erased, old) in before where !contains(old) { first[old] = min(erased, first[old] ?? .max) }
        return first.map { (old: $0.key, by: $0.value) }
    }

    /// Whether a version is no head: nothing of the index may lead to it.
    func isNoHead(_ token: IdentityToken, _ sequence: UInt64) -> Bool {
        contains(sequence) || (trails[token].map { sequence <= $0 } ?? false)
    }

    mutating func insert(_ erasure: Erasure) {
        entries.insert(erasure.sequences)
        before.merge(erasure.before) { $1 }
        trails.merge(erasure.trails) { max($0, $1) }
    }
}
