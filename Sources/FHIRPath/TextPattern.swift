/// A regular expression that is matched in time that grows with the text's length times its own, whatever it is: all
/// ways to match are followed at once, none is tried again.
/// - Source: K. Thompson, Regular expression search algorithm, CACM 11(6), 1968; R. Cox, https://swtch.com/~rsc/regexp.
package struct TextPattern: Sendable {
    enum Instruction: Sendable {
        case scalar(UInt32)
        /// A scalar of which this is the lower case.
        case folded(UInt32)
        case any, anyInLine
        case set(Int32, isNegated: Bool)
        case foldedSet(Int32, isNegated: Bool)
        case assertion(PatternSyntax.Assertion)
        case jump(Int32)
        /// Two ways, the first preferred.
        case split(Int32, Int32)
        /// Notes the place in a slot.
        case save(Int32)
        /// What runs from the next instruction to a `match` must, or must not, match here; then on at `next`.
        case lookAhead(next: Int32, isNegated: Bool)
        case match
    }

    /// How many instructions one may have once its repetitions are written out.
    static let instructionsMax = 20_000

    let program: [Instruction]
    let sets: [ScalarSet]
    /// How many groups capture.
    package let groupCount: Int
    /// The numbers of the groups that have names.
    package let groupNames: [String: Int]

    /// Compiles a regular expression, in which a dot stands for every character, and `^` and `$` for the whole text's
    /// ends.
    /// - Parameters:
    ///   - text: the expression.
    ///   - flags: of `i`, to ignore case, and `m`, for `^` and `$` at each line.
    /// - Throws: `PatternError`.
    package init(_ text: String, flags: String = "") throws(PatternError) {
        var given = PatternParser.Flags()
        for flag in flags {
            switch flag {
            case "i": given.ignoresCase = true
            case "m": given.isMultiLine = true
            default: throw PatternError(.syntax, "a flag that is neither i nor m", at: 0)
            }
        }
        var parser = try PatternParser(text, flags: given)
        let syntax = try parser.parse()
        var emitter = PatternEmitter()
        try emitter.emit(.group(0, syntax))
        try emitter.append(.match)
        program = emitter.program
        sets = parser.sets
        groupCount = parser.groupCount
        groupNames = parser.names
    }
}

/// Writes a program for a syntax tree.
struct PatternEmitter {
    private(set) var program: [TextPattern.Instruction] = []
    /// How many parts were written; nested repetitions of nothing write no instruction.
    private var work = 0

    mutating func append(_ instruction: TextPattern.Instruction) throws(PatternError) {
        guard program.count < TextPattern.instructionsMax else {
            throw PatternError(.tooLarge, "repetitions that are too large", at: 0)
        }
        program.append(instruction)
    }

    private var next: Int32 { Int32(program.count) }

    mutating func emit(_ syntax: PatternSyntax) throws(PatternError) {
        work += 1
        guard work <= TextPattern.instructionsMax * 4 else {
            throw PatternError(.tooLarge, "repetitions that are too large", at: 0)
        }
        switch syntax {
        case .empty: return
        case .scalar(let scalar, let ignoresCase):
            try append(ignoresCase ? .folded(foldedCase(scalar)) : .scalar(scalar))
        case .any(let includesLineEnds): try append(includesLineEnds ? .any : .anyInLine)
        case .set(let place, let isNegated, let ignoresCase):
            try append(
                ignoresCase
                    ? .foldedSet(Int32(place), isNegated: isNegated) : .set(Int32(place), isNegated: isNegated))
        case .assertion(let assertion): try append(.assertion(assertion))
        case .group(let number, let inner):
            try append(.save(Int32(2 * number)))
            try emit(inner)
            try append(.save(Int32(2 * number + 1)))
        case .sequence(let parts): for part in parts { try emit(part) }
        case .choice(let branches): try choice(branches)
        case .repetition(let inner, let min, let max, let isLazy):
            for _ in 0..<min { try emit(inner) }
            if let max { try optional(inner, max - min, isLazy) } else { try loop(inner, isLazy) }
        case .lookAhead(let inner, let isNegated):
            let place = program.count
            try append(.lookAhead(next: 0, isNegated: isNegated))
            try emit(inner)
            try append(.match)
            program[place] = .lookAhead(next: next, isNegated: isNegated)
        }
    }

    private mutating func choice(_ branches: [PatternSyntax]) throws(PatternError) {
        var ends: [Int] = []
        for branch in branches.dropLast() {
            let split = program.count
            try append(.split(next + 1, 0))
            try emit(branch)
            ends.append(program.count)
            try append(.jump(0))
            program[split] = .split(Int32(split + 1), next)
        }
        if let last = branches.last { try emit(last) }
        for end in ends { program[end] = .jump(next) }
    }

    private mutating func optional(_ inner: PatternSyntax, _ count: Int, _ isLazy: Bool) throws(PatternError) {
        var splits: [Int] = []
        for _ in 0..<count {
            splits.append(program.count)
            try append(.split(0, 0))
            try emit(inner)
        }
        for split in splits {
            let body = Int32(split + 1)
            program[split] = isLazy ? .split(next, body) : .split(body, next)
        }
    }

    private mutating func loop(_ inner: PatternSyntax, _ isLazy: Bool) throws(PatternError) {
        let split = program.count
        try append(.split(0, 0))
        try emit(inner)
        try append(.jump(Int32(split)))
        let body = Int32(split + 1)
        program[split] = isLazy ? .split(next, body) : .split(body, next)
    }
}
