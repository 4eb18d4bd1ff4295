internal import Base

/// Writes a Parameters resource, or the parts of one of its parameters.
struct ParametersWriter {
    private let writer: ByteWriter
    private let isResource: Bool
    private var count = 0

    /// Begins a Parameters resource.
    init(_ writer: ByteWriter) {
        self.writer = writer
        isResource = true
        writer.write("{\"resourceType\":\"Parameters\"")
    }

    private init(parts writer: ByteWriter) {
        self.writer = writer
        isResource = false
    }

    private mutating func begin(_ name: StaticString) -> ObjectWriter {
        if count > 0 {
            writer.write(",")
        } else {
            writer.write(isResource ? ",\"parameter\":[" : ",\"part\":[")
        }
        count += 1
        var json = ObjectWriter(writer)
        json.name("name")
        writeJSONString(name, to: writer)
        return json
    }

    /// Adds a parameter of which `value` writes the members behind its name.
    mutating func add(_ name: StaticString, _ value: (inout ObjectWriter) -> Void) {
        var json = begin(name)
        value(&json)
        json.end()
    }

    /// Adds a text under a member such as `valueString`; nothing for `nil`.
    mutating func add(_ name: StaticString, _ member: StaticString, _ value: String?) {
        guard let value else { return }
        add(name) { $0.text(member, value) }
    }

    mutating func add(_ name: StaticString, _ value: Bool) {
        add(name) { $0.bool("valueBoolean", value) }
    }

    /// Adds a parameter with parts.
    mutating func add(_ name: StaticString, parts: (inout ParametersWriter) -> Void) {
        let json = begin(name)
        var inner = ParametersWriter(parts: writer)
        parts(&inner)
        if inner.count > 0 { writer.write("]") }
        json.end()
    }

    func end() {
        writer.write(count > 0 ? "]}" : "}")
    }
}
