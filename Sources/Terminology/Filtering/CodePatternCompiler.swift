/// Turns the text of a regular expression into the steps of `CodePattern`.
struct CodePatternCompiler {
    private typealias Step = CodePattern.Step

    private static let depthMax = 32
    private static let repeatMax = 1_000

    private let scalars: [Unicode.Scalar]
    private var place = 0

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    mutating func compile() throws(TerminologyError) -> [CodePattern.Step] {
        let steps = try alternatives(depth: 0)
        guard place == scalars.count else { throw malformed("a bracket that nothing opened") }
        return steps + [.match]
    }

    private var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        place += 1
        return true
    }

    private func malformed(_ what: String) -> TerminologyError {
        TerminologyError(.invalid, "the regular expression has \(what) at character \(place)")
    }

    private func checked(_ steps: [Step]) throws(TerminologyError) -> [Step] {
        guard steps.count <= CodePattern.stepsMax else {
            throw TerminologyError(.tooCostly, "the regular expression is too large")
        }
        return steps
    }

    private mutating func alternatives(depth: Int) throws(TerminologyError) -> [Step] {
        guard depth <= Self.depthMax else {
            throw TerminologyError(.tooCostly, "the regular expression nests too deep")
        }
        var steps = try sequence(depth: depth)
        while take("|") {
            let other = try sequence(depth: depth)
            steps = try checked(
                [.fork(1, steps.count + 2)] + Self.moved(steps, by: 1) + [.jump(steps.count + 2 + other.count)]
                    + Self.moved(other, by: steps.count + 2))
        }
        return steps
    }

    private mutating func sequence(depth: Int) throws(TerminologyError) -> [Step] {
        var steps: [Step] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let atom = try repeated(atom(depth: depth))
            steps = try checked(steps + Self.moved(atom, by: steps.count))
        }
        return steps
    }

    private mutating func atom(depth: Int) throws(TerminologyError) -> [Step] {
        let scalar = scalars[place]
        place += 1
        switch scalar {
        case ".": return [.any]
        case "^": return [.start]
        case "$": return [.end]
        case "[": return [.characterClass(try characterClass())]
        case "\\": return [try escape()]
        case "(":
            if take("?"), !take(":") {
                throw TerminologyError(.notSupported, "the regular expression looks ahead or behind, or names a group")
            }
            let inner = try alternatives(depth: depth + 1)
            guard take(")") else { throw malformed("a group that is not closed") }
            return inner
        case "*", "+", "?", "{": throw malformed("a repetition of nothing")
        default: return [.scalar(scalar)]
        }
    }

    private mutating func escape() throws(TerminologyError) -> Step {
        guard let scalar = next else { throw malformed("nothing behind a backslash") }
        if let known = CharacterClass(escape: scalar) {
            place += 1
            return .characterClass(known)
        }
        return .scalar(try escapedScalar())
    }

    private mutating func escapedScalar() throws(TerminologyError) -> Unicode.Scalar {
        guard let scalar = next else { throw malformed("nothing behind a backslash") }
        place += 1
        switch scalar {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            let digits = String(String.UnicodeScalarView(scalars[place..<min(place + 4, scalars.count)]))
            guard digits.utf8.count == 4, let value = UInt32(digits, radix: 16), let result = Unicode.Scalar(value)
            else {
                throw malformed("a malformed \\u")
            }
            place += 4
            return result
        case "0"..."9", "A"..."Z", "a"..."z":
            throw TerminologyError(.notSupported, "the regular expression has \\\(scalar)")
        default: return scalar
        }
    }

    private mutating func characterClass() throws(TerminologyError) -> CharacterClass {
        var result = CharacterClass()
        result.isNegated = take("^")
        var isFirst = true
        while let scalar = next, scalar != "]" || isFirst {
            isFirst = false
            place += 1
            var low = scalar
            if scalar == "\\" {
                if let letter = next, let known = CharacterClass(escape: letter) {
                    place += 1
                    result.nested.append(known)
                    continue
                }
                low = try escapedScalar()
            } else if scalar == "[" {
                throw TerminologyError(.notSupported, "the regular expression has a class within a class")
            }
            var high = low
            if next == "-", place + 1 < scalars.count, scalars[place + 1] != "]" {
                place += 1
                high = scalars[place]
                place += 1
                if high == "\\" { high = try escapedScalar() }
            }
            guard low <= high else { throw malformed("a range that runs backwards") }
            result.ranges.append(low...high)
        }
        guard take("]") else { throw malformed("a class that is not closed") }
        return result
    }

    private mutating func repeated(_ atom: [Step]) throws(TerminologyError) -> [Step] {
        var steps = atom
        while let scalar = next {
            let bounds: (low: Int, high: Int?)
            switch scalar {
            case "*": bounds = (0, nil)
            case "+": bounds = (1, nil)
            case "?": bounds = (0, 1)
            case "{": bounds = try counts()
            default: return steps
            }
            if scalar != "{" { place += 1 }
            // Whether as much or as little as possible is taken makes no difference to a whole match.
            _ = take("?")
            steps = try Self.repeating(steps, bounds.low, bounds.high, check: checked)
        }
        return steps
    }

    private mutating func counts() throws(TerminologyError) -> (Int, Int?) {
        place += 1
        guard let low = number() else { throw malformed("a repetition without number") }
        var high: Int? = low
        if take(",") { high = number() }
        guard take("}") else { throw malformed("a repetition that is not closed") }
        if let high, high < low { throw malformed("a repetition that runs backwards") }
        guard max(low, high ?? 0) <= Self.repeatMax else {
            throw TerminologyError(.tooCostly, "the regular expression repeats too often")
        }
        return (low, high)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            place += 1
            value = min((value ?? 0) * 10 + Int(scalar.value - 48), Self.repeatMax + 1)
        }
        return value
    }

    private static func repeating(
        _ atom: [Step], _ low: Int, _ high: Int?, check: ([Step]) throws(TerminologyError) -> [Step]
    ) throws(TerminologyError) -> [Step] {
        var steps: [Step] = []
        for _ in 0..<low { steps = try check(steps + moved(atom, by: steps.count)) }
        if let high {
            for _ in low..<high {
                steps = try check(
                    steps + [.fork(steps.count + 1, steps.count + 1 + atom.count)] + moved(atom, by: steps.count + 1))
            }
        } else {
            let loop = steps.count
            steps = try check(
                steps + [.fork(loop + 1, loop + 2 + atom.count)] + moved(atom, by: loop + 1) + [.jump(loop)])
        }
        return steps
    }

    /// The same steps further on.
    private static func moved(_ steps: [Step], by offset: Int) -> [Step] {
        steps.map { step in
            switch step {
            case .jump(let target): .jump(target + offset)
            case .fork(let one, let other): .fork(one + offset, other + offset)
            default: step
            }
        }
    }
}
