/// Which entries of the log have been replaced or deleted: a bit each, in chunks that are shared until they change.
struct DeadSet: Sendable {
    /// Entries per chunk.
    static let chunkEntries = 1 << 16

    /// A chunk's bits; never changed once it is in a set that is shared.
    final class Chunk: Sendable {
        let words: [UInt64]

        init(words: [UInt64]) {
            self.words = words
        }

        /// How many bits are set.
        var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
    }

    /// By chunk number; `nil` where nothing is dead.
    private(set) var chunks: [Chunk?] = []

    /// Whether an entry is dead.
    @inline(__always)
    func contains(_ sequence: UInt64) -> Bool {
        let number = Int(sequence >> 16)
        guard number < chunks.count, let chunk = chunks[number] else { return false }
        let bit = sequence & 0xFFFF
        return chunk.words[Int(bit >> 6)] & (1 << (bit & 63)) != 0
    }

    /// How many entries are dead.
    var count: Int { chunks.reduce(0) { $0 + ($1?.count ?? 0) } }

    /// Marks entries as dead.
    mutating func insert(_ sequences: [UInt64]) {
        var changed: [Int: [UInt64]] = [:]
        for sequence in sequences {
            let number = Int(sequence >> 16)
            let bit = sequence & 0xFFFF
            changed[number, default: words(of: number)][Int(bit >> 6)] |= 1 << (bit & 63)
        }
        for (number, words) in changed { set(Chunk(words: words), at: number) }
    }

    /// Marks what another set marks.
    mutating func formUnion(_ other: DeadSet) {
        for (number, chunk) in other.chunks.enumerated() {
            guard let chunk else { continue }
            set(Chunk(words: zip(words(of: number), chunk.words).map { $0 | $1 }), at: number)
        }
    }

    /// Puts a stored chunk in its place.
    mutating func set(_ chunk: Chunk, at number: Int) {
        while chunks.count <= number { chunks.append(nil) }
        chunks[number] = chunk
    }

    private func words(of number: Int) -> [UInt64] {
        if number < chunks.count, let chunk = chunks[number] { return chunk.words }
        return [UInt64](repeating: 0, count: Self.chunkEntries / 64)
    }
}
