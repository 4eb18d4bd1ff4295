/// Some of the concepts of a code system, by their numbers.
struct ConceptSet: Sendable {
    private var words: [UInt64]
    private let capacity: Int

    init(capacity: Int, isFull: Bool = false) {
        self.capacity = capacity
        words = [UInt64](repeating: isFull ? .max : 0, count: (capacity + 63) / 64)
        trim()
    }

    private mutating func trim() {
        if capacity % 64 != 0, !words.isEmpty { words[words.count - 1] &= (1 << UInt64(capacity % 64)) - 1 }
    }

    /// How many there are.
    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// How much memory it takes, in bytes.
    var byteCount: Int { words.count * 8 }

    func contains(_ number: Int) -> Bool {
        words[number / 64] & (1 << UInt64(number % 64)) != 0
    }

    /// Whether the number is new in the set.
    @discardableResult
    mutating func insert(_ number: Int) -> Bool {
        let bit: UInt64 = 1 << UInt64(number % 64)
        guard words[number / 64] & bit == 0 else { return false }
        words[number / 64] |= bit
        return true
    }

    mutating func remove(_ number: Int) {
        words[number / 64] &= ~(1 << UInt64(number % 64))
    }

    mutating func formIntersection(_ other: ConceptSet) {
        for place in words.indices { words[place] &= other.words[place] }
    }

    /// Those that are not in the set.
    var complement: ConceptSet {
        var result = self
        for place in words.indices { result.words[place] = ~words[place] }
        result.trim()
        return result
    }

    /// The numbers in order.
    var numbers: [Int] {
        var result: [Int] = []
        result.reserveCapacity(count)
        for (place, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                result.append(place * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return result
    }
}
