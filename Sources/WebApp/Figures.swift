internal import Base

/// Numbers as people read them.
package enum Figures {
    /// `1234567` as `1,234,567`.
    package static func count(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return text
    }

    /// A number of bytes in the unit that keeps it short: `999 B`, `1.5 kB`, `23.4 GB`; units of a thousand.
    package static func bytes(_ value: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
        var amount = Double(value)
        var unit = 0
        // 999.95 would round to 1000.0.
        while abs(amount) >= 999.95 && unit < units.count - 1 {
            amount /= 1000
            unit += 1
        }
        return (unit == 0 ? String(value) : tenths(amount)) + " " + units[unit]
    }

    /// A span in seconds: `0.4 s`, `12.3 s`, `5 min 20 s`, `3 h 7 min`.
    package static func duration(seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e15 else { return "–" }
        if seconds < 60 { return tenths(seconds) + " s" }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(count(whole / 3600)) h \(whole / 60 % 60) min"
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(count(tenths / 10)).\(abs(tenths % 10))"
    }
}
