package import Base

/// A date, or a date and time, of any precision, as FHIR and FHIRPath write it.
///
/// It stands for a span of time: `2015-02` is the whole month. A time without a zone is taken as UTC and marked.
/// - Source: FHIR R4 date, dateTime and instant, https://hl7.org/fhir/R4/datatypes.html#dateTime.
package struct DateTimeValue: Sendable {
    /// How much of the value is given. Digits behind the second are `fraction`.
    package enum Precision: UInt8, Comparable, Sendable {
        case year, month, day, hour, minute, second, fraction

        /// Coarser is smaller.
        package static func < (left: Precision, right: Precision) -> Bool { left.rawValue < right.rawValue }
    }

    /// Microseconds since 1970-01-01T00:00:00 of the same clock face in UTC, at the start of the span.
    package let localMicroseconds: Int64
    /// How much is given.
    package let precision: Precision
    /// Whether a time zone was given.
    package let hasZone: Bool
    /// Minutes east of UTC; 0 without a zone.
    package let zoneMinutes: Int16
    /// Digits behind the second, as written.
    package let fractionDigits: UInt8

    /// `localMicroseconds` must be the start of the span that `precision` makes.
    package init(
        localMicroseconds: Int64, precision: Precision, hasZone: Bool = false, zoneMinutes: Int16 = 0,
        fractionDigits: UInt8 = 0
    ) {
        self.localMicroseconds = localMicroseconds
        self.precision = precision
        self.hasZone = hasZone
        self.zoneMinutes = zoneMinutes
        self.fractionDigits = fractionDigits
    }

    /// The first moment of the span.
    package var lowerBound: Instant {
        Instant(microseconds: localMicroseconds - Int64(zoneMinutes) * 60_000_000)
    }

    /// The first moment behind the span.
    package var upperBound: Instant {
        Instant(microseconds: localEnd - Int64(zoneMinutes) * 60_000_000)
    }

    /// The first moment behind the span on the same clock face.
    var localEnd: Int64 {
        switch precision {
        case .year:
            Self.microseconds(ofDay: CalendarDate(year: date.year + 1, month: 1, day: 1))
        case .month:
            Self.microseconds(
                ofDay: date.month == 12
                    ? CalendarDate(year: date.year + 1, month: 1, day: 1)
                    : CalendarDate(year: date.year, month: date.month + 1, day: 1))
        case .day: localMicroseconds + 86_400_000_000
        case .hour: localMicroseconds + 3_600_000_000
        case .minute: localMicroseconds + 60_000_000
        case .second: localMicroseconds + 1_000_000
        case .fraction: localMicroseconds + fractionLength(digits: fractionDigits)
        }
    }

    /// The day on the value's own clock face.
    package var date: CalendarDate {
        CalendarDate(daysSinceEpoch: Int(floorDivide(localMicroseconds, 86_400_000_000).quotient))
    }

    /// Microseconds since midnight on the value's own clock face.
    package var microsecondsOfDay: Int64 {
        floorDivide(localMicroseconds, 86_400_000_000).rest
    }

    static func microseconds(ofDay date: CalendarDate) -> Int64 {
        Int64(date.daysSinceEpoch) * 86_400_000_000
    }
}

/// The length in microseconds of the last of `digits` decimal places of a second; at least one microsecond.
func fractionLength(digits: UInt8) -> Int64 {
    var length: Int64 = 1_000_000
    for _ in 0..<min(digits, 6) { length /= 10 }
    return length
}

func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, rest: Int64) {
    let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
    return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
}
