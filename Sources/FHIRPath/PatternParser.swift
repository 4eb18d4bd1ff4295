/// Reads a regular expression in the syntax that PCRE, Java and ECMAScript share, as far as it can be matched in linear
/// time.
/// - Source: FHIRPath, matches, http://hl7.org/fhirpath/N1/#matchesregex--string--boolean.
struct PatternParser {
    /// The flags that may change within a group.
    struct Flags {
        var ignoresCase = false
        var isMultiLine = false
        /// FHIRPath's default: a dot takes line ends, too.
        var dotTakesAll = true
        var ignoresSpace = false
    }

    /// How long a regular expression may be, in bytes, and how deep it may nest.
    static let textBytesMax = 4096
    static let depthMax = 50
    /// The largest number in a repetition.
    static let countMax = 1000

    let scalars: [UInt32]
    var offset = 0
    var flags: Flags
    var sets: [ScalarSet] = []
    var groupCount = 0
    var names: [String: Int] = [:]
    private var depth = 0

    init(_ text: String, flags: Flags) throws(PatternError) {
        guard text.utf8.count <= Self.textBytesMax else {
            throw PatternError(.tooLarge, "a regular expression longer than \(Self.textBytesMax) bytes", at: 0)
        }
        scalars = text.unicodeScalars.map(\.value)
        self.flags = flags
    }

    var current: UInt32? { offset < scalars.count ? scalars[offset] : nil }

    func isNext(_ character: Unicode.Scalar) -> Bool { current == character.value }

    mutating func skip(_ text: StaticString) -> Bool {
        let wanted = "\(text)".unicodeScalars.map(\.value)
        guard scalars[offset...].starts(with: wanted) else { return false }
        offset += wanted.count
        return true
    }

    func fail(_ code: PatternError.Code, _ detail: String) -> PatternError {
        let before = scalars[..<min(offset, scalars.count)].reduce(0) {
            $0 + (Unicode.Scalar($1).map { UTF8.width($0) } ?? 1)
        }
        return PatternError(code, detail, at: before)
    }

    /// The whole expression.
    mutating func parse() throws(PatternError) -> PatternSyntax {
        let whole = try choice()
        guard offset == scalars.count else { throw fail(.syntax, "')' without '('") }
        return whole
    }

    private mutating func choice() throws(PatternError) -> PatternSyntax {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { throw fail(.tooLarge, "groups nested deeper than \(Self.depthMax)") }
        // Flags set in the middle of a group end with it.
        let outer = flags
        defer { flags = outer }
        var branches = [try sequence()]
        while skip("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(PatternError) -> PatternSyntax {
        var parts: [PatternSyntax] = []
        while let scalar = current, scalar != Unicode.Scalar("|").value, scalar != Unicode.Scalar(")").value {
            if flags.ignoresSpace, ScalarSet.spaces.ranges.contains(where: { $0.contains(scalar) }) {
                offset += 1
                continue
            }
            guard let part = try atom() else { continue }
            parts.append(try repeated(part))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func repeated(_ part: PatternSyntax) throws(PatternError) -> PatternSyntax {
        guard let bounds = try repetition() else { return part }
        if case .assertion = part { throw fail(.syntax, "a repetition of what takes nothing") }
        if isNext("+") { throw fail(.unsupported, "possessive repetition") }
        let isLazy = skip("?")
        if try repetition() != nil { throw fail(.syntax, "a repetition of a repetition") }
        return .repetition(part, min: bounds.min, max: bounds.max, isLazy: isLazy)
    }

    /// `*`, `+`, `?`, `{n}`, `{n,}` or `{n,m}`, if one stands here.
    private mutating func repetition() throws(PatternError) -> (min: Int, max: Int?)? {
        if skip("*") { return (0, nil) }
        if skip("+") { return (1, nil) }
        if skip("?") { return (0, 1) }
        let start = offset
        guard skip("{") else { return nil }
        guard let min = try number() else {
            // A brace that opens no repetition stands for itself.
            offset = start
            return nil
        }
        if skip("}") { return (min, min) }
        guard skip(",") else {
            offset = start
            return nil
        }
        let max = try number()
        guard skip("}") else {
            offset = start
            return nil
        }
        guard (max ?? min) >= min else { throw fail(.syntax, "a repetition whose bounds are turned around") }
        return (min, max)
    }

    private mutating func number() throws(PatternError) -> Int? {
        var value: Int?
        while let scalar = current, scalar &- 0x30 < 10 {
            value = (value ?? 0) * 10 + Int(scalar - 0x30)
            guard let value, value <= Self.countMax else {
                throw fail(.tooLarge, "a repetition of more than \(Self.countMax) times")
            }
            offset += 1
        }
        return value
    }

    /// One atom; `nil` for what only sets flags.
    private mutating func atom() throws(PatternError) -> PatternSyntax? {
        guard let scalar = current else { throw fail(.syntax, "the regular expression ends too early") }
        switch Unicode.Scalar(scalar) {
        case "(": return try group()
        case "[":
            offset += 1
            return try bracketed()
        case "\\":
            offset += 1
            return try escaped()
        case ".":
            offset += 1
            return .any(includesLineEnds: flags.dotTakesAll)
        case "^":
            offset += 1
            return .assertion(flags.isMultiLine ? .lineStart : .textStart)
        case "$":
            offset += 1
            return .assertion(flags.isMultiLine ? .lineEnd : .textEnd)
        case "*", "+", "?": throw fail(.syntax, "a repetition of nothing")
        default:
            let start = offset
            if scalar == Unicode.Scalar("{").value, try repetition() != nil {
                offset = start
                throw fail(.syntax, "a repetition of nothing")
            }
            offset = start + 1
            return .scalar(scalar, ignoresCase: flags.ignoresCase)
        }
    }

    private mutating func group() throws(PatternError) -> PatternSyntax? {
        offset += 1
        guard skip("?") else { return try closed(capturing()) }
        if skip(":") { return try closed(try choice()) }
        if skip("=") { return try closed(.lookAhead(try choice(), isNegated: false)) }
        if skip("!") { return try closed(.lookAhead(try choice(), isNegated: true)) }
        if skip("<=") || skip("<!") { throw fail(.unsupported, "a look behind") }
        if skip(">") { throw fail(.unsupported, "an atomic group") }
        if skip("#") {
            while let scalar = current, scalar != Unicode.Scalar(")").value { offset += 1 }
            return try closed(.empty)
        }
        if skip("P<") || skip("<") { return try closed(try capturing(named: try name())) }
        let outer = flags
        try readFlags()
        if skip(")") { return nil }
        guard skip(":") else { throw fail(.syntax, "an unknown kind of group") }
        let inner = try choice()
        flags = outer
        return try closed(inner)
    }

    private mutating func closed(_ inner: PatternSyntax) throws(PatternError) -> PatternSyntax {
        guard skip(")") else { throw fail(.syntax, "'(' without ')'") }
        return inner
    }

    private mutating func capturing(named name: String? = nil) throws(PatternError) -> PatternSyntax {
        groupCount += 1
        let number = groupCount
        if let name {
            guard names.updateValue(number, forKey: name) == nil else {
                throw fail(.syntax, "two groups of the same name")
            }
        }
        return .group(number, try choice())
    }

    private mutating func name() throws(PatternError) -> String {
        var name = ""
        while let scalar = current, isWordScalar(scalar), let character = Unicode.Scalar(scalar) {
            name.unicodeScalars.append(character)
            offset += 1
        }
        guard !name.isEmpty, skip(">") else { throw fail(.syntax, "a malformed name of a group") }
        return name
    }

    private mutating func readFlags() throws(PatternError) {
        var isSet = true
        while let scalar = current {
            switch Unicode.Scalar(scalar) {
            case "-": isSet = false
            case "i": flags.ignoresCase = isSet
            case "m": flags.isMultiLine = isSet
            case "s": flags.dotTakesAll = isSet
            case "x": flags.ignoresSpace = isSet
            case ")", ":": return
            default: throw fail(.syntax, "an unknown kind of group")
            }
            offset += 1
        }
    }
}
