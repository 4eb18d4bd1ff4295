package import Base
package import JSONTape

/// An entry as a JSON object of its own members: for proofs and for machines at the command line. What is `nil` or empty
/// is left out.
extension AuditEntry {
    /// Appends the object.
    package func writeJSON(to writer: ByteWriter) {
        writer.write("{\"time\":")
        writeJSONString(time.text, to: writer)
        writer.write(",\"timeMicroseconds\":")
        writer.writeDecimal(Int(time.microseconds))
        write("category", category.name, to: writer)
        write("action", action.code, to: writer)
        write("event", event, to: writer)
        writer.write(",\"outcome\":")
        writer.writeDecimal(Int(outcome.rawValue))
        write("agent", agent, to: writer)
        for (name, text) in Self.optionalTexts {
            if let value = self[keyPath: text] { write(name, value, to: writer) }
        }
        if !address.isEmpty { write("address", address, to: writer) }
        if !requestID.isEmpty { write("requestID", requestID, to: writer) }
        if status != 0 {
            writer.write(",\"status\":")
            writer.writeDecimal(Int(status))
        }
        write("patients", patients, to: writer)
        write("resources", resources, to: writer)
        writer.write("}")
    }

    /// When it was asked for, as `2026-11-21T20:06:53.000123Z`.
    package var timeText: String { time.text }

    /// Reads what `writeJSON` writes.
    /// - Returns: `nil` for anything else, an object with a member more included.
    package init?(json: JSONValue) {
        guard json.isObject, let time = json.member("timeMicroseconds").flatMap({ Int64($0.text) }),
            let category = json.member("category")?.string.flatMap(Category.init(name:)),
            let action = json.member("action")?.string.flatMap(Action.init(code:)),
            let event = json.member("event")?.string, let agent = json.member("agent")?.string,
            let outcome = json.member("outcome").flatMap({ UInt8($0.text) }).flatMap(Outcome.init)
        else { return nil }
        self.init(
            category, action, event, outcome: outcome, time: Instant(microseconds: time), agent: agent)
        for (name, text) in Self.optionalTexts { self[keyPath: text] = json.member(named: name)?.string }
        address = json.member("address")?.string ?? ""
        requestID = json.member("requestID")?.string ?? ""
        if let value = json.member("status") {
            guard let status = UInt16(value.text) else { return nil }
            self.status = status
        }
        patients = json.member("patients").map { $0.elements.compactMap(\.string) } ?? []
        resources = json.member("resources").map { $0.elements.compactMap(\.string) } ?? []
        // What is shown must be what is hashed: a member that says something else is no reading of this entry.
        let (given, own) = (ByteWriter(), ByteWriter())
        json.write(to: given)
        writeJSON(to: own)
        guard given.bytes.elementsEqual(own.bytes) else { return nil }
    }

    private static var optionalTexts: [(String, WritableKeyPath<AuditEntry, String?>)] {
        [
            ("onBehalfOf", \.onBehalfOf), ("role", \.role), ("purposeOfUse", \.purposeOfUse), ("request", \.request),
            ("detail", \.detail),
        ]
    }

    private func write(_ name: StaticString, _ value: String, to writer: ByteWriter) {
        write("\(name)", value, to: writer)
    }

    private func write(_ name: String, _ value: String, to writer: ByteWriter) {
        writer.write(",")
        writeJSONString(name, to: writer)
        writer.write(":")
        writeJSONString(value, to: writer)
    }

    private func write(_ name: StaticString, _ values: [String], to writer: ByteWriter) {
        guard !values.isEmpty else { return }
        writer.write(",\"")
        writer.write(name)
        writer.write("\":[")
        for (index, value) in values.enumerated() {
            if index > 0 { writer.write(",") }
            writeJSONString(value, to: writer)
        }
        writer.write("]")
    }
}

extension AuditEntry.Category {
    /// The word for it: `access`, `change` …
    package var name: String { "\(self)" }

    /// - Returns: `nil` if no category has this name.
    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

extension AuditEntry.Action {
    /// The code of `AuditEvent.action`: C, R, U, D or E.
    package var code: String { String(UnicodeScalar(rawValue)) }

    /// - Returns: `nil` if it is none of the five codes.
    package init?(code: String) {
        guard code.utf8.count == 1, let found = code.utf8.first.flatMap(Self.init) else { return nil }
        self = found
    }
}

extension Instant {
    /// As `2026-11-21T20:06:53.000123Z`; years beyond 9999 or before 0 take more digits or a sign.
    var text: String {
        let day: Int64 = 86_400_000_000
        let days = microseconds.quotientAndRemainder(dividingBy: day)
        let date = CalendarDate(daysSinceEpoch: Int(days.remainder < 0 ? days.quotient - 1 : days.quotient))
        let rest = days.remainder < 0 ? days.remainder + day : days.remainder
        func padded(_ value: Int64, _ count: Int) -> String {
            let digits = String(value.magnitude)
            let zeros = String(repeating: "0", count: max(0, count - digits.count))
            return (value < 0 ? "-" : "") + zeros + digits
        }
        let seconds = rest / 1_000_000
        return "\(padded(Int64(date.year), 4))-\(padded(Int64(date.month), 2))-\(padded(Int64(date.day), 2))T"
            + "\(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))."
            + "\(padded(rest % 1_000_000, 6))Z"
    }
}
