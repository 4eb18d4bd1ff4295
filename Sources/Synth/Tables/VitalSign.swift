/// A vital sign of one number.
struct VitalSign: Sendable {
    let concept: Concept
    /// Digits after the point.
    let digits: Int
    /// The unit, which is its own UCUM code.
    let unit: StaticString
    /// Reference range for those over twelve years; an open side is nil.
    let range: (low: Int?, high: Int?)

    private init(
        _ loinc: StaticString, _ display: StaticString, digits: Int = 0, unit: StaticString, low: Int? = nil,
        high: Int? = nil
    ) {
        concept = Concept(.loinc, loinc, display)
        self.digits = digits
        self.unit = unit
        range = (low, high)
    }

    static let height = VitalSign("8302-2", "Body height", digits: 1, unit: "cm")
    static let weight = VitalSign("29463-7", "Body weight", digits: 1, unit: "kg")
    static let massIndex = VitalSign("39156-5", "Body mass index (BMI) [Ratio]", digits: 2, unit: "kg/m2")
    static let headCircumference = VitalSign("9843-4", "Head Occipital-frontal circumference", digits: 1, unit: "cm")
    static let pulse = VitalSign("8867-4", "Heart rate", unit: "/min", low: 50, high: 100)
    static let breaths = VitalSign("9279-1", "Respiratory rate", unit: "/min", low: 10, high: 22)
    static let temperature = VitalSign("8310-5", "Body temperature", digits: 1, unit: "Cel", low: 361, high: 378)
    static let oxygen = VitalSign("2708-6", "Oxygen saturation in Arterial blood", unit: "%", low: 94)
}
