/// The syntax tree of a regular expression.
indirect enum PatternSyntax {
    case empty
    case scalar(UInt32, ignoresCase: Bool)
    /// Any scalar; line ends only where `includesLineEnds`.
    case any(includesLineEnds: Bool)
    /// A place in `PatternParser.sets`.
    case set(Int, isNegated: Bool, ignoresCase: Bool)
    case assertion(Assertion)
    /// A capturing group by its number from 1.
    case group(Int, PatternSyntax)
    case sequence([PatternSyntax])
    case choice([PatternSyntax])
    case repetition(PatternSyntax, min: Int, max: Int?, isLazy: Bool)
    /// What must, or must not, follow here.
    case lookAhead(PatternSyntax, isNegated: Bool)

    /// What holds at a place of the text without taking a scalar of it.
    enum Assertion: UInt8, Sendable {
        case textStart, textEnd, lineStart, lineEnd, wordEdge, noWordEdge
        /// The end, or before a line end that is the last scalar.
        case lastLineEnd
    }
}
