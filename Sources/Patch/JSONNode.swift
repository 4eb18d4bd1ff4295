internal import Base
internal import JSONTape

/// A JSON value that can be changed. Numbers keep their text, members their order.
final class JSONNode {
    let kind: JSONKind
    /// A string's unescaped UTF-8; the text of a number.
    let text: [UInt8]
    /// The names of an object's members; as many as `children`.
    var names: [[UInt8]] = []
    /// An object's or array's values.
    var children: [JSONNode] = []

    init(kind: JSONKind, text: [UInt8] = []) {
        self.kind = kind
        self.text = text
    }

    /// A copy of a value on a tape.
    /// - Parameter valuesLeft: how many values may still be made.
    init(_ value: JSONValue, valuesLeft: inout Int) throws(PatchError) {
        kind = value.kind
        valuesLeft -= 1
        guard valuesLeft >= 0 else { throw PatchError(code: .limit, detail: "the document has too many values") }
        switch value.kind {
        case .object:
            text = []
            for member in value.members {
                names.append(Array(member.name))
                children.append(try JSONNode(member.value, valuesLeft: &valuesLeft))
            }
        case .array:
            text = []
            for element in value.elements { children.append(try JSONNode(element, valuesLeft: &valuesLeft)) }
        case .string, .number: text = Array(value.utf8)
        case .null, .true, .false: text = []
        }
    }

    /// A deep copy.
    func copy() -> JSONNode {
        let made = JSONNode(kind: kind, text: text)
        made.names = names
        made.children = children.map { $0.copy() }
        return made
    }

    /// How many values there are, this one included, how many bytes they take as JSON at least, and how deep they nest.
    func measure() -> (values: Int, bytes: Int, depth: Int) {
        var sum = (values: 1, bytes: text.count + 2, depth: 1)
        for name in names { sum.bytes += name.count + 3 }
        for child in children {
            let part = child.measure()
            sum.values += part.values
            sum.bytes += part.bytes
            sum.depth = max(sum.depth, part.depth + 1)
        }
        return sum
    }

    /// The place of the member of that name.
    func place(of name: some Sequence<UInt8>) -> Int? {
        names.firstIndex { $0.elementsEqual(name) }
    }

    /// The member of that name.
    func member(_ name: some Sequence<UInt8>) -> JSONNode? {
        place(of: name).map { children[$0] }
    }

    /// Sets a member: in its place if there is one of that name, else as the last.
    func set(_ name: [UInt8], _ value: JSONNode) {
        if let place = place(of: name) {
            children[place] = value
        } else {
            names.append(name)
            children.append(value)
        }
    }

    /// Takes a member or element away.
    func remove(at place: Int) {
        if kind == .object { names.remove(at: place) }
        children.remove(at: place)
    }

    /// Takes the member of that name away, if there is one.
    func removeMember(_ name: some Sequence<UInt8>) {
        if let place = place(of: name) { remove(at: place) }
    }

    /// Writes the value as minified JSON.
    func write(to writer: ByteWriter) {
        switch kind {
        case .null: writer.write("null")
        case .true: writer.write("true")
        case .false: writer.write("false")
        case .number: text.withUnsafeBytes { writer.write($0) }
        case .string: text.withUnsafeBytes { writeJSONString($0, to: writer) }
        case .array:
            writer.write(UInt8(ascii: "["))
            for (place, child) in children.enumerated() {
                if place > 0 { writer.write(UInt8(ascii: ",")) }
                child.write(to: writer)
            }
            writer.write(UInt8(ascii: "]"))
        case .object:
            writer.write(UInt8(ascii: "{"))
            for (place, child) in children.enumerated() {
                if place > 0 { writer.write(UInt8(ascii: ",")) }
                names[place].withUnsafeBytes { writeJSONString($0, to: writer) }
                writer.write(UInt8(ascii: ":"))
                child.write(to: writer)
            }
            writer.write(UInt8(ascii: "}"))
        }
    }
}
