internal import JSONTape

/// A unit as a multiple of its dimension's base.
struct UnitFactor {
    enum Dimension { case one, mass, length, volume, time, pressure, amount, energy }

    var dimension: Dimension
    /// How many of the base: gram, metre, litre, second, pascal, mole, joule.
    var factor: ExactDecimal
}

extension UnitFactor {
    /// The units that can be converted into each other, by their UCUM codes.
    /// - Source: The Unified Code for Units of Measure, https://ucum.org/ucum.
    private static let units: [String: (Dimension, Int128, Int)] = [
        "1": (.one, 1, 0), "%": (.one, 1, 2),
        "kg": (.mass, 1000, 0), "g": (.mass, 1, 0), "mg": (.mass, 1, 3), "ug": (.mass, 1, 6), "ng": (.mass, 1, 9),
        "[lb_av]": (.mass, 45_359_237, 5), "[oz_av]": (.mass, 28_349_523_125, 9),
        "km": (.length, 1000, 0), "m": (.length, 1, 0), "dm": (.length, 1, 1), "cm": (.length, 1, 2),
        "mm": (.length, 1, 3), "um": (.length, 1, 6), "nm": (.length, 1, 9), "[in_i]": (.length, 254, 4),
        "[ft_i]": (.length, 3048, 4),
        "L": (.volume, 1, 0), "l": (.volume, 1, 0), "dL": (.volume, 1, 1), "dl": (.volume, 1, 1),
        "cL": (.volume, 1, 2), "mL": (.volume, 1, 3), "ml": (.volume, 1, 3), "uL": (.volume, 1, 6),
        "wk": (.time, 604_800, 0), "d": (.time, 86_400, 0), "h": (.time, 3600, 0), "min": (.time, 60, 0),
        "s": (.time, 1, 0), "ms": (.time, 1, 3),
        "Pa": (.pressure, 1, 0), "kPa": (.pressure, 1000, 0), "mm[Hg]": (.pressure, 133_322_387, 6),
        "mol": (.amount, 1, 0), "mmol": (.amount, 1, 3), "umol": (.amount, 1, 6), "nmol": (.amount, 1, 9),
        "J": (.energy, 1, 0), "kJ": (.energy, 1000, 0), "cal": (.energy, 4184, 3), "kcal": (.energy, 4184, 0),
    ]

    init?(code: UnsafeRawBufferPointer) {
        guard let (dimension, mantissa, scale) = Self.units[String(decoding: code, as: UTF8.self)],
            let factor = ExactDecimal(mantissa: mantissa, scale: scale)
        else { return nil }
        self.dimension = dimension
        self.factor = factor
    }
}

extension QuantityValue {
    /// The UCUM code of the unit; `nil` for calendar years and months, which are none.
    private var code: UnsafeRawBufferPointer? {
        guard isCalendar else { return unit }
        guard let calendar = CalendarUnit(word: String(decoding: unit, as: UTF8.self)), calendar.microseconds != nil
        else { return nil }
        return UnsafeRawBufferPointer(start: calendar.ucum.utf8Start, count: calendar.ucum.utf8CodeUnitCount)
    }

    /// -1, 0 or 1 as this amount is smaller than, equal to or larger than `other`; `nil` where the units cannot be
    /// converted into each other.
    package func compare(_ other: QuantityValue) -> Int? {
        if isCalendar == other.isCalendar, bytesEqual(unit, other.unit) { return value.compare(other.value) }
        guard let code, let otherCode = other.code else { return nil }
        if bytesEqual(code, otherCode) { return value.compare(other.value) }
        guard let mine = UnitFactor(code: code), let theirs = UnitFactor(code: otherCode),
            mine.dimension == theirs.dimension, let left = value.multiplied(by: mine.factor),
            let right = other.value.multiplied(by: theirs.factor)
        else { return nil }
        return left.compare(right)
    }
}
