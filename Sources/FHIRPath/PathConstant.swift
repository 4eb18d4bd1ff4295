package import FHIR

/// What a name behind `%` stands for that the caller gives to an expression.
package enum PathConstant: Sendable {
    case boolean(Bool)
    /// Within 32 bits.
    case integer(Int64)
    case decimal(ExactDecimal)
    case string(String)
    case date(DateTimeValue)
    case dateTime(DateTimeValue)
    case time(TimeOfDay)
    /// With the UCUM code of the unit.
    case quantity(ExactDecimal, unit: String)
    /// Nothing.
    case empty
    /// Items that `PathEvaluator.variables` holds when the expression is evaluated: elements or resources of these types,
    /// or, where that is empty, values of the language.
    case variable(types: [TypeID])
}
