extension PatternParser {
    /// What a backslash outside of brackets means; it has been read.
    mutating func escaped() throws(PatternError) -> PatternSyntax {
        guard let scalar = current else { throw fail(.syntax, "a backslash at the end") }
        switch Unicode.Scalar(scalar) {
        case "b": return assertion(.wordEdge)
        case "B": return assertion(.noWordEdge)
        case "A": return assertion(.textStart)
        case "z": return assertion(.textEnd)
        case "Z": return assertion(.lastLineEnd)
        case "1", "2", "3", "4", "5", "6", "7", "8", "9", "k", "g":
            throw fail(.unsupported, "a back reference")
        case "Q":
            offset += 1
            var parts: [PatternSyntax] = []
            while let scalar = current, !skip("\\E") {
                parts.append(.scalar(scalar, ignoresCase: flags.ignoresCase))
                offset += 1
            }
            return .sequence(parts)
        default: break
        }
        var set = ScalarSet()
        if try insertClass(into: &set) {
            return add(set, isNegated: false)
        }
        return .scalar(try character(), ignoresCase: flags.ignoresCase)
    }

    private mutating func assertion(_ assertion: PatternSyntax.Assertion) -> PatternSyntax {
        offset += 1
        return .assertion(assertion)
    }

    private mutating func add(_ set: ScalarSet, isNegated: Bool) -> PatternSyntax {
        var closed = set
        closed.close()
        sets.append(closed)
        return .set(sets.count - 1, isNegated: isNegated, ignoresCase: flags.ignoresCase)
    }

    /// A set between brackets, the first of which has been read.
    mutating func bracketed() throws(PatternError) -> PatternSyntax {
        var set = ScalarSet()
        let isNegated = skip("^")
        var isFirst = true
        while true {
            guard let scalar = current else { throw fail(.syntax, "'[' without ']'") }
            if scalar == Unicode.Scalar("]").value, !isFirst {
                offset += 1
                return add(set, isNegated: isNegated)
            }
            isFirst = false
            if scalar == Unicode.Scalar("[").value, try insertNamedClass(into: &set) { continue }
            if scalar == Unicode.Scalar("&").value, skip("&&") { throw fail(.unsupported, "an intersection of sets") }
            offset += 1
            var low = scalar
            if scalar == Unicode.Scalar("\\").value {
                if try insertClass(into: &set) { continue }
                low = try isNext("b") ? backspace() : character()
            }
            try insertRange(from: low, into: &set)
        }
    }

    private mutating func backspace() -> UInt32 {
        offset += 1
        return 8
    }

    private mutating func insertRange(from low: UInt32, into set: inout ScalarSet) throws(PatternError) {
        let start = offset
        guard skip("-"), let end = current, end != Unicode.Scalar("]").value else {
            offset = start
            set.insert(low...low)
            return
        }
        offset += 1
        var high = end
        if end == Unicode.Scalar("\\").value {
            var other = ScalarSet()
            if try insertClass(into: &other) {
                // `a-\d`: the sign stands for itself.
                set.insert(low...low)
                set.insert(0x2D...0x2D)
                set.insert(other, isNegated: false)
                return
            }
            high = try character()
        }
        guard low <= high else { throw fail(.syntax, "a range whose bounds are turned around") }
        set.insert(low...high)
    }

    /// `[:alpha:]` within brackets.
    private mutating func insertNamedClass(into set: inout ScalarSet) throws(PatternError) -> Bool {
        let ranges: [ClosedRange<UInt32>]
        if skip("[:alpha:]") {
            ranges = [0x41...0x5A, 0x61...0x7A]
        } else if skip("[:digit:]") {
            ranges = [0x30...0x39]
        } else if skip("[:alnum:]") {
            ranges = [0x30...0x39, 0x41...0x5A, 0x61...0x7A]
        } else if skip("[:upper:]") {
            ranges = [0x41...0x5A]
        } else if skip("[:lower:]") {
            ranges = [0x61...0x7A]
        } else if skip("[:space:]") {
            ranges = [0x09...0x0D, 0x20...0x20]
        } else if skip("[:punct:]") {
            ranges = [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]
        } else if skip("[:xdigit:]") {
            ranges = [0x30...0x39, 0x41...0x46, 0x61...0x66]
        } else {
            return false
        }
        for range in ranges { set.insert(range) }
        return true
    }

    /// `\d \w \s \h \p{…}` and their complements behind a backslash, if one of them stands here.
    private mutating func insertClass(into set: inout ScalarSet) throws(PatternError) -> Bool {
        guard let scalar = current else { throw fail(.syntax, "a backslash at the end") }
        switch Unicode.Scalar(scalar) {
        case "d", "D": set.insert(.digits, isNegated: scalar == 0x44)
        case "w", "W": set.insert(.wordScalars, isNegated: scalar == 0x57)
        case "s", "S": set.insert(.spaces, isNegated: scalar == 0x53)
        case "R":
            set.insert(0x0A...0x0D)
            set.insert(0x85...0x85)
            set.insert(0x2028...0x2029)
        case "p", "P":
            offset += 1
            try insertProperty(into: &set, isNegated: scalar == 0x50)
            return true
        default: return false
        }
        offset += 1
        return true
    }

    private mutating func insertProperty(into set: inout ScalarSet, isNegated: Bool) throws(PatternError) {
        var name = ""
        if skip("{") {
            while let scalar = current, isWordScalar(scalar), let character = Unicode.Scalar(scalar) {
                name.unicodeScalars.append(character)
                offset += 1
            }
            guard skip("}") else { throw fail(.syntax, "a malformed property") }
        } else if let character = current.flatMap({ Unicode.Scalar($0) }) {
            name.unicodeScalars.append(character)
            offset += 1
        }
        switch name {
        case "L", "Letter", "IsL", "IsAlphabetic", "Alphabetic": set.insert(.letter, isNegated: isNegated)
        case "Lu", "IsLu", "Uppercase", "Upper": set.insert(.upper, isNegated: isNegated)
        case "Ll", "IsLl", "Lowercase", "Lower": set.insert(.lower, isNegated: isNegated)
        case "N", "Nd", "IsN", "IsNd", "Number": set.insert(.number, isNegated: isNegated)
        case "P", "IsP", "Punctuation", "Punct": set.insert(.punctuation, isNegated: isNegated)
        case "S", "IsS", "Symbol": set.insert(.symbol, isNegated: isNegated)
        case "M", "IsM", "Mark": set.insert(.mark, isNegated: isNegated)
        case "Z", "Zs", "IsZ", "Separator": set.insert(.separator, isNegated: isNegated)
        default: throw fail(.unsupported, "the property \(name)")
        }
    }

    /// One scalar behind a backslash.
    private mutating func character() throws(PatternError) -> UInt32 {
        guard let scalar = current, let letter = Unicode.Scalar(scalar) else {
            throw fail(.syntax, "a backslash at the end")
        }
        offset += 1
        switch letter {
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "f": return 0x0C
        case "v": return 0x0B
        case "a": return 0x07
        case "e": return 0x1B
        case "0": return 0
        case "x": return try hexadecimal(2)
        case "u": return try hexadecimal(4)
        default:
            guard !isWordScalar(scalar) || scalar == 0x5F else {
                offset -= 1
                throw fail(.syntax, "an unknown escape")
            }
            return scalar
        }
    }

    private mutating func hexadecimal(_ count: Int) throws(PatternError) -> UInt32 {
        var value: UInt32 = 0
        let isBraced = skip("{")
        var digits = 0
        while digits < (isBraced ? 6 : count), let digit = current.flatMap({ UInt8(exactly: $0) }).flatMap(hexDigit) {
            value = value << 4 | UInt32(digit)
            digits += 1
            offset += 1
        }
        guard isBraced ? digits > 0 && skip("}") : digits == count, Unicode.Scalar(value) != nil else {
            throw fail(.syntax, "a malformed character code")
        }
        return value
    }
}
