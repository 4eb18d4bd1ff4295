/// Header fields in order, duplicates kept, looked up without regard to case.
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
    /// One field line; the name as it was given.
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: String
    }

    package private(set) var fields: [Field]

    package init() {
        fields = []
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value of `name`. Setting replaces all of that name; `nil` removes them.
    package subscript(name: String) -> String? {
        get {
            for field in fields where Self.sameName(field.name, name) { return field.value }
            return nil
        }
        set {
            guard let newValue else { return fields.removeAll { Self.sameName($0.name, name) } }
            guard let first = fields.firstIndex(where: { Self.sameName($0.name, name) }) else {
                return add(name, newValue)
            }
            fields[first].value = newValue
            let after = fields[(first + 1)...].filter { !Self.sameName($0.name, name) }
            fields.replaceSubrange((first + 1)..., with: after)
        }
    }

    /// Appends a field; others of the same name stay.
    package mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Appends all fields of `other`, each replacing those of its name.
    package mutating func merge(_ other: HTTPHeaders) {
        for field in other.fields { self[field.name] = field.value }
    }

    /// Appends those fields whose names are not there yet.
    package mutating func addMissing(_ defaults: [Field]) {
        let present = fields.count
        for field in defaults where !isPresent(field.name, among: present) { fields.append(field) }
    }

    /// Appends a field if its name is not there yet.
    package mutating func addMissing(_ field: Field) {
        if !isPresent(field.name, among: fields.count) { fields.append(field) }
    }

    private func isPresent(_ name: String, among count: Int) -> Bool {
        for index in 0..<count where Self.sameName(fields[index].name, name) { return true }
        return false
    }

    /// Makes room for `count` more fields.
    package mutating func reserve(_ count: Int) {
        fields.reserveCapacity(fields.count + count)
    }

    /// Says that the answer depends on the request's field `name`, beside what it says already.
    package mutating func addToVary(_ name: String) {
        guard let present = self["Vary"] else { return add("Vary", name) }
        let names = present.split { $0 == "," || $0 == " " }
        guard !names.contains(where: { $0 == "*" || Self.sameName(String($0), name) }) else { return }
        self["Vary"] = present + ", " + name
    }

    /// All values of `name`, in order.
    package func values(_ name: String) -> [String] {
        fields.compactMap { Self.sameName($0.name, name) ? $0.value : nil }
    }

    /// All values of a list-valued field as one, joined by commas; `nil` if there is none.
    package func list(_ name: String) -> String? {
        let all = values(name)
        return all.isEmpty ? nil : all.joined(separator: ", ")
    }

    /// The name of the first field that may not be sent: a name that is no token, or a value with CR, LF, NUL or
    /// another control character. Such a value would let its author write header lines of their own.
    package var unsendableName: String? {
        for field in fields where !Self.isToken(field.name) || !Self.isFieldValue(field.value) { return field.name }
        return nil
    }

    /// Whether `text` is a token of RFC 9110 section 5.6.2.
    package static func isToken(_ text: String) -> Bool {
        var count = 0
        for byte in text.utf8 {
            guard isTokenByte(byte) else { return false }
            count += 1
        }
        return count > 0
    }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    static func isFieldValue(_ text: String) -> Bool {
        for byte in text.utf8 where byte < 0x20 || byte == 0x7F { return false }
        return true
    }

    /// Whether two field names are the same but for ASCII case.
    package static func sameName(_ left: String, _ right: String) -> Bool {
        let left = left.utf8
        let right = right.utf8
        guard left.count == right.count else { return false }
        var index = right.startIndex
        for byte in left {
            let other = right[index]
            if byte != other {
                let folded = byte | 0x20
                guard folded == other | 0x20, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(folded) else {
                    return false
                }
            }
            index = right.index(after: index)
        }
        return true
    }
}
