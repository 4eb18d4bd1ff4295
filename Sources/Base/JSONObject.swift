/// A JSON object that is written member by member, in the order in which they are added. Not thread-safe.
/// - Source: RFC 8259.
package final class JSONObject {
    private let writer = ByteWriter(capacity: 512)

    package init() {}

    /// Adds a member with a text; `null` for none.
    package func add(_ name: String, _ value: String?) {
        begin(name)
        if let value { writeJSONString(value, to: writer) } else { writer.write("null") }
    }

    /// Adds a member with a truth value.
    package func add(_ name: String, _ value: Bool) {
        begin(name)
        if value { writer.write("true") } else { writer.write("false") }
    }

    /// Adds a number.
    package func add(_ name: String, _ value: UInt64) {
        add(name, json: String(value))
    }

    /// Adds a member with a whole number.
    package func add(_ name: String, _ value: Int) {
        begin(name)
        writer.writeDecimal(value)
    }

    /// Adds a member with a number, to three decimals; `null` for what is no number.
    package func add(_ name: String, _ value: Double) {
        begin(name)
        guard value.isFinite, abs(value) < 1e15 else { return writer.write("null") }
        let thousandths = Int((abs(value) * 1000).rounded())
        let digits = String(thousandths % 1000)
        let zeros = String(repeating: "0", count: 3 - digits.count)
        writer.write("\(value < 0 ? "-" : "")\(thousandths / 1000).\(zeros)\(digits)")
    }

    /// Adds a member with a list of texts.
    package func add(_ name: String, _ values: [String]) {
        begin(name)
        writeList(values) { writeJSONString($0, to: writer) }
    }

    /// Adds a member with what another object has by now.
    package func add(_ name: String, _ value: JSONObject) {
        begin(name)
        value.write(to: writer)
    }

    /// Adds a member with a list of objects.
    package func add(_ name: String, _ values: [JSONObject]) {
        begin(name)
        writeList(values) { $0.write(to: writer) }
    }

    /// Adds a member with a value that is JSON already.
    package func add(_ name: String, json: String) {
        begin(name)
        writer.write(json)
    }

    /// The object as one line of text.
    package var text: String {
        let whole = ByteWriter(capacity: writer.count + 2)
        write(to: whole)
        return String(decoding: whole.bytes, as: UTF8.self)
    }

    private func begin(_ name: String) {
        if writer.count > 0 { writer.write(",") }
        writeJSONString(name, to: writer)
        writer.write(":")
    }

    private func writeList<Value>(_ values: [Value], _ write: (Value) -> Void) {
        writer.write("[")
        for (index, value) in values.enumerated() {
            if index > 0 { writer.write(",") }
            write(value)
        }
        writer.write("]")
    }

    private func write(to target: ByteWriter) {
        target.write("{")
        target.write(writer.bytes)
        target.write("}")
    }
}
