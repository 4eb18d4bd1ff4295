/// The units of time that are words of the language.
/// - Source: FHIRPath N1, time-valued quantities, http://hl7.org/fhirpath/N1/#time-valued-quantities.
package enum CalendarUnit: String, Sendable, CaseIterable {
    case year, month, week, day, hour, minute, second, millisecond

    /// - Parameter word: the unit in singular or plural.
    package init?(word: some StringProtocol) {
        if let unit = CalendarUnit(rawValue: String(word)) {
            self = unit
        } else if word.last == "s", let unit = CalendarUnit(rawValue: String(word.dropLast())) {
            self = unit
        } else {
            return nil
        }
    }

    /// The UCUM code for this unit. A year and a month are only like, not equal to, UCUM's.
    package var ucum: StaticString {
        switch self {
        case .year: "a"
        case .month: "mo"
        case .week: "wk"
        case .day: "d"
        case .hour: "h"
        case .minute: "min"
        case .second: "s"
        case .millisecond: "ms"
        }
    }

    /// The length in microseconds; `nil` where it depends on the calendar.
    package var microseconds: Int64? {
        switch self {
        case .year, .month: nil
        case .week: 604_800_000_000
        case .day: 86_400_000_000
        case .hour: 3_600_000_000
        case .minute: 60_000_000
        case .second: 1_000_000
        case .millisecond: 1000
        }
    }
}
