/// How a test is named, measured and judged. All levels are whole numbers of the last digit that is reported.
package struct AnalyteFacts: Sendable {
    /// The LOINC code of the test.
    package let concept: Concept
    /// The name that clinicians say, for notes.
    let shortName: StaticString
    /// The unit as printed and its UCUM code.
    let unit: (text: StaticString, code: StaticString)
    /// Digits after the point.
    let digits: Int
    /// The level of healthy people.
    let level: Int
    /// How far healthy people differ from each other, and one from the same another day (standard deviations).
    let spread: (between: Int, within: Int)
    /// Reference range; an open side is nil. `female` where the sexes differ.
    let range: (low: Int?, high: Int?)
    let female: (low: Int?, high: Int?)?

    init(
        _ loinc: StaticString, _ display: StaticString, _ shortName: StaticString, _ unit: StaticString,
        code: StaticString? = nil, digits: Int = 0, level: Int, between: Int, within: Int, low: Int? = nil,
        high: Int? = nil, female: (low: Int?, high: Int?)? = nil
    ) {
        concept = Concept(.loinc, loinc, display)
        self.shortName = shortName
        self.unit = (unit, code ?? unit)
        self.digits = digits
        self.level = level
        spread = (between, within)
        range = (low, high)
        self.female = female
    }

    /// The reference range for one sex.
    func range(for sex: Sex) -> (low: Int?, high: Int?) {
        sex == .female ? female ?? range : range
    }
}
