internal import Base

/// A JSON object that is written member by member.
struct JSONOutput {
    private let writer = ByteWriter(capacity: 256)

    func add(_ name: String, _ value: String?) {
        begin(name)
        if let value { writeJSONString(value, to: writer) } else { writer.write("null") }
    }

    func add(_ name: String, _ value: Bool) {
        add(name, json: value ? "true" : "false")
    }

    func add(_ name: String, _ value: UInt64) {
        add(name, json: String(value))
    }

    func add(_ name: String, _ value: Int) {
        add(name, json: String(value))
    }

    /// A moment to the millisecond, in UTC.
    func add(_ name: String, _ value: Instant) {
        add(name, InstantText.of(value))
    }

    func add(_ name: String, _ value: JSONOutput) {
        add(name, json: value.text)
    }

    func add(_ name: String, _ values: [JSONOutput]) {
        add(name, json: "[" + values.map(\.text).joined(separator: ",") + "]")
    }

    /// A value that is JSON already.
    func add(_ name: String, json: String) {
        begin(name)
        writer.write(json)
    }

    /// The whole object.
    var text: String { "{" + String(decoding: writer.bytes, as: UTF8.self) + "}" }

    private func begin(_ name: String) {
        if writer.count > 0 { writer.write(",") }
        writeJSONString(name, to: writer)
        writer.write(":")
    }
}

/// Moments as texts.
enum InstantText {
    /// `2026-11-21T20:06:53.123Z`
    static func of(_ instant: Instant) -> String {
        let milliseconds = Int(max(0, instant.microseconds) / 1000)
        let date = CalendarDate(daysSinceEpoch: milliseconds / 86_400_000)
        let seconds = milliseconds / 1000 % 86_400
        let day = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
        let time = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        return "\(day)T\(time).\(padded(milliseconds % 1000, 3))Z"
    }

    private static func padded(_ value: Int, _ count: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}
