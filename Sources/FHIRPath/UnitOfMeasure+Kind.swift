extension UnitOfMeasure {
    /// Names what it measures: the same text for units that can be converted into each other by a factor, and for no
    /// others; `nil` for one that cannot be converted so.
    package var kind: String? {
        guard !isSpecial else { return nil }
        let powers = (0..<8).map { String(measure.powers[$0]) }.joined(separator: " ")
        let others = measure.arbitrary.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return ([powers] + others).joined(separator: ",")
    }
}
