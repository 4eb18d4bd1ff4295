internal import Base

/// Writes a JSON object member by member.
struct ObjectWriter {
    private let writer: ByteWriter
    private var isEmpty = true

    init(_ writer: ByteWriter) {
        self.writer = writer
        writer.write(UInt8(ascii: "{"))
    }

    /// Writes a member's name; its value follows.
    mutating func name(_ name: StaticString) {
        if !isEmpty { writer.write(UInt8(ascii: ",")) }
        isEmpty = false
        writeJSONString(name, to: writer)
        writer.write(UInt8(ascii: ":"))
    }

    /// Writes a member that is a text; none for `nil`.
    mutating func text(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        self.name(name)
        writeJSONString(value, to: writer)
    }

    mutating func bool(_ name: StaticString, _ value: Bool) {
        self.name(name)
        writer.write(value ? "true" : "false")
    }

    mutating func number(_ name: StaticString, _ value: Int) {
        self.name(name)
        writer.writeDecimal(value)
    }

    /// Writes a member whose text is JSON already: a number.
    mutating func raw(_ name: StaticString, _ value: String) {
        self.name(name)
        writer.write(value)
    }

    /// Writes a member that is an array; none if there is nothing in it, as FHIR wants it.
    mutating func array<Value>(_ name: StaticString, _ values: [Value], _ write: (Value) -> Void) {
        if values.isEmpty { return }
        self.name(name)
        writer.write(UInt8(ascii: "["))
        for (place, value) in values.enumerated() {
            if place > 0 { writer.write(UInt8(ascii: ",")) }
            write(value)
        }
        writer.write(UInt8(ascii: "]"))
    }

    func end() {
        writer.write(UInt8(ascii: "}"))
    }
}

extension SystemCode {
    /// Writes it as a Coding.
    func write(to writer: ByteWriter) {
        var json = ObjectWriter(writer)
        if !system.isEmpty { json.text("system", system) }
        json.text("code", code)
        json.end()
    }
}
