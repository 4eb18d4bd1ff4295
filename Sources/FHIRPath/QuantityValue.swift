/// An amount with its unit.
package struct QuantityValue {
    /// How many of the unit.
    package let value: ExactDecimal
    /// The UCUM code, or a word of `CalendarUnit`; `1` for a bare number.
    package let unit: UnsafeRawBufferPointer
    /// Whether the unit is a word of the language, as in `4 days`.
    package let isCalendar: Bool
    /// Whether it is a FHIR Quantity, whose units of time may stand for those of the calendar, too.
    package let isElement: Bool

    /// Refers to the unit's bytes and does not copy them.
    package init(value: ExactDecimal, unit: UnsafeRawBufferPointer, isCalendar: Bool, isElement: Bool = false) {
        self.value = value
        self.unit = unit
        self.isCalendar = isCalendar
        self.isElement = isElement
    }
}
