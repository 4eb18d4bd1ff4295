internal import WebApp

/// How far a piece of work is, as one line of text.
package struct ProgressLine: Sendable {
    package var label: String
    /// What is counted: `resources`.
    package var unit: String
    package var count: Int
    /// From 0 to 1; `nil` where the end is not known.
    package var fraction: Double?
    /// Counted things a second; `nil` where it is too early to tell.
    package var rate: Double?
    package var secondsLeft: Double?

    package init(
        label: String, unit: String, count: Int, fraction: Double? = nil, rate: Double? = nil,
        secondsLeft: Double? = nil
    ) {
        self.label = label
        self.unit = unit
        self.count = count
        self.fraction = fraction
        self.rate = rate
        self.secondsLeft = secondsLeft
    }

    /// For a log: `Ingesting: 42 %, 1,234,567 resources, 31,204/s, 0:35 left`.
    package var plain: String {
        label + ": " + [percent, counted, pace, left].compactMap { $0 }.joined(separator: ", ")
    }

    /// For a terminal: as `plain`, with a bar, in at most `columns` columns. What does not fit goes, the bar first.
    package func drawn(columns: Int, isUnicode: Bool) -> String {
        let barColumnsMin = 10
        let barColumnsMax = 40
        let optional = [counted, pace, left].compactMap { $0 }
        var parts = ([percent].compactMap { $0 } + optional)[...]
        var line = Self.joined(label, nil, parts)
        let room = columns - line.count - 2
        if let fraction, room >= barColumnsMin {
            let bar = Self.bar(fraction, columns: min(room, barColumnsMax), isUnicode: isUnicode)
            return Self.joined(label, bar, parts)
        }
        while line.count > columns, parts.count > 1 {
            parts = parts.dropLast()
            line = Self.joined(label, nil, parts)
        }
        return String(line.prefix(max(columns, 0)))
    }

    private static func joined(_ label: String, _ bar: String?, _ parts: ArraySlice<String>) -> String {
        ([label] + (bar.map { [$0] } ?? []) + parts).joined(separator: "  ")
    }

    private static func bar(_ fraction: Double, columns: Int, isUnicode: Bool) -> String {
        let full = Int((min(max(fraction, 0), 1) * Double(columns)).rounded(.down))
        let marks = isUnicode ? ("━", "─") : ("#", "-")
        return String(repeating: marks.0, count: full) + String(repeating: marks.1, count: columns - full)
    }

    private var percent: String? {
        // The last percent is the caller's to claim, not the rounding's.
        fraction.map { value in
            let whole = Int((min(max(value, 0), 1) * 100).rounded(.down))
            return "\(whole) %"
        }
    }

    private var counted: String { "\(Figures.count(count)) \(unit)" }

    private var pace: String? { rate.map { "\(Figures.count(Int($0.rounded())))/s" } }

    private var left: String? {
        guard let secondsLeft, secondsLeft.isFinite, secondsLeft < 360_000 else { return nil }
        let whole = Int(max(secondsLeft, 0).rounded(.up))
        let minutes = whole / 60 % 60
        let clock =
            whole >= 3600
            ? "\(whole / 3600):\(Self.twoDigits(minutes)):\(Self.twoDigits(whole % 60))"
            : "\(minutes):\(Self.twoDigits(whole % 60))"
        return clock + " left"
    }

    private static func twoDigits(_ value: Int) -> String {
        value < 10 ? "0\(value)" : "\(value)"
    }
}
