internal import WebApp

/// Names at the left, figures at the right.
enum TextTable {
    /// The rows, indented and aligned.
    static func lines(_ rows: [(String, Int)]) -> [String] {
        let figures = rows.map { Figures.count($0.1) }
        let names = rows.map(\.0.count).max() ?? 0
        let width = figures.map(\.count).max() ?? 0
        return zip(rows, figures).map { row, figure in
            "  " + row.0 + String(repeating: " ", count: names - row.0.count + 2 + width - figure.count) + figure
        }
    }
}
