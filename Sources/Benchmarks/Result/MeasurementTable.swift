/// Measurements as a table for people: a line for each figure, and one below it for each of its floors.
package enum MeasurementTable {
    private static let headings = ["work", "value", "target", "", "floor", "ratio"]
    /// Columns of text; figures stand at the right.
    private static let textColumns: Set<Int> = [0, 3]

    /// The table, without a line break at its end.
    package static func text(_ measurements: [Measurement]) -> String {
        var rows = [headings]
        for measurement in measurements { rows += self.rows(measurement) }
        let widths = headings.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { line($0, widths) }.joined(separator: "\n")
    }

    private static func rows(_ measurement: Measurement) -> [[String]] {
        let value = figure(measurement.value) + " " + measurement.unit
        var target = ""
        var verdict = ""
        if let wanted = measurement.target {
            switch wanted {
            case .atLeast(let bound): target = "≥ " + figure(bound)
            case .atMost(let bound): target = "≤ " + figure(bound)
            }
            verdict = wanted.isMet(by: measurement.value) ? "met" : "MISSED"
        }
        let seen = measurement.details.map { "  " + $0.name + " " + figure($0.value) }
        return [[measurement.work, value, target, verdict, "", ""]]
            + measurement.floors.map { floor in
                let ratio = measurement.ratio(to: floor).map(figure) ?? ""
                return ["  floor: " + floor.name, "", "", "", figure(floor.value), ratio]
            }
            + seen.map { [$0, "", "", "", "", ""] }
    }

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { column in
            let filling = String(repeating: " ", count: widths[column] - cells[column].count)
            return textColumns.contains(column) ? cells[column] + filling : filling + cells[column]
        }
        var line = padded.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }

    /// A number to three digits, or whole with thousands apart: `0.0123`, `4.57`, `31,400`.
    package static func figure(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let size = abs(value)
        if size >= 100 || value == value.rounded() { return grouped(value) }
        let decimals = size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4
        return fixed(value, decimals)
    }

    private static func grouped(_ value: Double) -> String {
        guard abs(value) < 1e18 else { return String(value) }
        let digits = String(abs(Int(value.rounded())))
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + text
    }

    private static func fixed(_ value: Double, _ decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int((abs(value) * scale).rounded())
        let rest = String(scaled % Int(scale))
        let zeros = String(repeating: "0", count: decimals - rest.count)
        return (value < 0 ? "-" : "") + String(scaled / Int(scale)) + "." + zeros + rest
    }
}
