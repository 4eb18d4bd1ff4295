internal import Base

/// A small JSON object for the program's own answers, members in the order in which they were added.
struct JSONObject {
    private let writer = ByteWriter(capacity: 512)

    /// Adds a member with a text.
    func add(_ name: String, _ value: String) {
        begin(name)
        writeJSONString(value, to: writer)
    }

    /// Adds a member with a whole number.
    func add(_ name: String, _ value: Int) {
        begin(name)
        writer.writeDecimal(value)
    }

    /// Adds a member with a number, to three decimals; `null` for what is no number.
    func add(_ name: String, _ value: Double) {
        begin(name)
        guard value.isFinite, abs(value) < 1e15 else { return writer.write("null") }
        let thousandths = Int((abs(value) * 1000).rounded())
        let digits = String(thousandths % 1000)
        let zeros = String(repeating: "0", count: 3 - digits.count)
        writer.write("\(value < 0 ? "-" : "")\(thousandths / 1000).\(zeros)\(digits)")
    }

    /// Adds a member with another object.
    func add(_ name: String, _ value: JSONObject) {
        begin(name)
        writer.write(value.text)
    }

    /// Adds a member with a value that is JSON already.
    func add(_ name: String, json: String) {
        begin(name)
        writer.write(json)
    }

    /// Adds a member with a list of texts.
    func add(_ name: String, _ values: [String]) {
        begin(name)
        writer.write("[")
        for (index, value) in values.enumerated() {
            if index > 0 { writer.write(",") }
            writeJSONString(value, to: writer)
        }
        writer.write("]")
    }

    /// Adds a member with a list of objects.
    func add(_ name: String, _ values: [JSONObject]) {
        begin(name)
        writer.write("[")
        for (index, value) in values.enumerated() {
            if index > 0 { writer.write(",") }
            writer.write(value.text)
        }
        writer.write("]")
    }

    /// The object as one line of text.
    var text: String {
        "{" + String(decoding: writer.bytes, as: UTF8.self) + "}"
    }

    private func begin(_ name: String) {
        if writer.count > 0 { writer.write(",") }
        writeJSONString(name, to: writer)
        writer.write(":")
    }
}
