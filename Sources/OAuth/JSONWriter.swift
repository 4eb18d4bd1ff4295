internal import Base

/// Writes one JSON object, member by member.
package struct JSONWriter: ~Copyable {
    private let writer: ByteWriter
    private var isEmpty = true

    package init() {
        writer = ByteWriter(capacity: 512)
        writer.write("{")
    }

    private mutating func begin(_ name: StaticString) {
        if !isEmpty { writer.write(",") }
        isEmpty = false
        writeJSONString(name, to: writer)
        writer.write(":")
    }

    /// Adds a text; nothing where there is none.
    package mutating func add(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        begin(name)
        writeJSONString(text, to: writer)
    }

    package mutating func add(_ name: StaticString, _ number: Int64) {
        begin(name)
        writer.writeDecimal(Int(number))
    }

    package mutating func add(_ name: StaticString, _ flag: Bool) {
        begin(name)
        writer.write(flag ? "true" : "false")
    }

    package mutating func add(_ name: StaticString, _ texts: [String]) {
        begin(name)
        writer.write("[")
        for (index, text) in texts.enumerated() {
            if index > 0 { writer.write(",") }
            writeJSONString(text, to: writer)
        }
        writer.write("]")
    }

    /// Adds what is JSON already.
    package mutating func add(_ name: StaticString, json: [UInt8]) {
        begin(name)
        json.withUnsafeBytes { writer.write($0) }
    }

    /// Adds an array of what is JSON already.
    package mutating func add(_ name: StaticString, json items: [[UInt8]]) {
        begin(name)
        writer.write("[")
        for (index, item) in items.enumerated() {
            if index > 0 { writer.write(",") }
            item.withUnsafeBytes { writer.write($0) }
        }
        writer.write("]")
    }

    /// The whole object.
    package consuming func finish() -> [UInt8] {
        writer.write("}")
        defer { writer.wipe() }
        return writer.copy()
    }
}
