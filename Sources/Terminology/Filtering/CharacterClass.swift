/// A set of characters in a regular expression: `[A-Z0-9]`, `\d`, `[^\s]`.
struct CharacterClass: Sendable {
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    /// Classes within: `[\d.]`.
    var nested: [CharacterClass] = []
    var isNegated = false

    static let digits = CharacterClass(ranges: ["0"..."9"])
    static let words = CharacterClass(ranges: ["0"..."9", "A"..."Z", "_"..."_", "a"..."z"])
    static let spaces = CharacterClass(ranges: ["\t"..."\r", " "..." "])

    /// The class of an escape's letter; `nil` if it stands for none.
    init?(escape: Unicode.Scalar) {
        switch escape {
        case "d": self = .digits
        case "D": self = .digits.opposite
        case "w": self = .words
        case "W": self = .words.opposite
        case "s": self = .spaces
        case "S": self = .spaces.opposite
        default: return nil
        }
    }

    init(ranges: [ClosedRange<Unicode.Scalar>] = []) {
        self.ranges = ranges
    }

    private var opposite: CharacterClass {
        var result = self
        result.isNegated.toggle()
        return result
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let isIn = ranges.contains { $0.contains(scalar) } || nested.contains { $0.contains(scalar) }
        return isIn != isNegated
    }
}
