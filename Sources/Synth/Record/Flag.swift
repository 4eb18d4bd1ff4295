internal import Base

/// How a result lies against its reference range.
enum Flag: Sendable {
    case normal, low, high, criticallyLow, criticallyHigh

    /// Judges `value`; critical is beyond the range by more than its own width or, one-sided, by more than the limit.
    init(_ value: Int, range: (low: Int?, high: Int?)) {
        let width = range.high.flatMap { high in range.low.map { high - $0 } } ?? range.high ?? range.low ?? 0
        if let low = range.low, value < low {
            self = value < low - width ? .criticallyLow : .low
        } else if let high = range.high, value > high {
            self = value > high + width * 2 ? .criticallyHigh : .high
        } else {
            self = .normal
        }
    }

    /// The code of v3-ObservationInterpretation.
    var concept: Concept {
        switch self {
        case .normal: Concept(.observationInterpretation, "N", "Normal")
        case .low: Concept(.observationInterpretation, "L", "Low")
        case .high: Concept(.observationInterpretation, "H", "High")
        case .criticallyLow: Concept(.observationInterpretation, "LL", "Critical low")
        case .criticallyHigh: Concept(.observationInterpretation, "HH", "Critical high")
        }
    }

    /// The mark in a note.
    var mark: StaticString {
        switch self {
        case .normal: ""
        case .low: " (low)"
        case .high: " (high)"
        case .criticallyLow: " (CRITICAL LOW)"
        case .criticallyHigh: " (CRITICAL HIGH)"
        }
    }
}
