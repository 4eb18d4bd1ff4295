/// A regular expression for codes, matched whole.
///
/// Compiled to a machine that walks a text once, whatever the expression: its time is bounded by the sizes of both, so
/// no hostile expression makes it hang. Known are alternatives, groups, classes, the escapes `\d \w \s` and their
/// opposites, `* + ? {n,m}`, and the anchors `^` and `$`, which change nothing in a whole match.
/// - Source: XML Schema Part 2, appendix F, https://www.w3.org/TR/xmlschema-2/#regexs, as far as FHIR's filters use it.
struct CodePattern: Sendable {
    /// How many steps an expression may have.
    static let stepsMax = 4_000

    enum Step: Sendable {
        case scalar(Unicode.Scalar)
        case any
        case characterClass(CharacterClass)
        case jump(Int)
        case fork(Int, Int)
        case start
        case end
        case match
    }

    private let steps: [Step]

    /// - Throws: `TerminologyError.invalid` for a malformed expression, `.notSupported` for one with what is not known
    ///   here, `.tooCostly` for one that is too large.
    init(_ text: String) throws(TerminologyError) {
        var compiler = CodePatternCompiler(text)
        steps = try compiler.compile()
    }

    /// Whether the whole text matches.
    /// - Parameter budget: how many steps may be taken; those taken are subtracted.
    /// - Throws: `TerminologyError.tooCostly` when the budget is used up.
    func matches(_ text: UnsafeRawBufferPointer, budget: inout Int) throws(TerminologyError) -> Bool {
        let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
        var current = StepSet(capacity: steps.count)
        var next = StepSet(capacity: steps.count)
        follow(0, at: 0, of: scalars.count, into: &current)
        for (place, scalar) in scalars.enumerated() {
            if current.isEmpty { return false }
            budget -= current.numbers.count
            guard budget > 0 else {
                throw TerminologyError(.tooCostly, "a regular expression that takes too long over these codes")
            }
            for number in current.numbers where steps[number].takes(scalar) {
                follow(number + 1, at: place + 1, of: scalars.count, into: &next)
            }
            swap(&current, &next)
            next.removeAll()
        }
        return current.numbers.contains { if case .match = steps[$0] { true } else { false } }
    }

    /// Adds a step and all that are reached from it without a character.
    private func follow(_ start: Int, at place: Int, of count: Int, into set: inout StepSet) {
        var waiting = [start]
        while let number = waiting.popLast() {
            guard set.insert(number) else { continue }
            switch steps[number] {
            case .jump(let target): waiting.append(target)
            case .fork(let one, let other):
                waiting.append(other)
                waiting.append(one)
            case .start: if place == 0 { waiting.append(number + 1) }
            case .end: if place == count { waiting.append(number + 1) }
            default: break
            }
        }
    }
}

extension CodePattern {
    /// Some steps of the machine.
    private struct StepSet {
        private(set) var numbers: [Int] = []
        private var marks: [Bool]

        init(capacity: Int) { marks = [Bool](repeating: false, count: capacity) }

        var isEmpty: Bool { numbers.isEmpty }

        mutating func insert(_ number: Int) -> Bool {
            guard !marks[number] else { return false }
            marks[number] = true
            numbers.append(number)
            return true
        }

        mutating func removeAll() {
            for number in numbers { marks[number] = false }
            numbers.removeAll(keepingCapacity: true)
        }
    }
}

extension CodePattern.Step {
    fileprivate func takes(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .scalar(let wanted): wanted == scalar
        case .any: scalar != "\n" && scalar != "\r"
        case .characterClass(let wanted): wanted.contains(scalar)
        default: false
        }
    }
}
