package import CSimdjson

/// The kind of a JSON value.
package enum JSONKind: UInt8, Sendable {
    case null, `false`, `true`, number, string, array, object
}

/// A value on a tape: two words, no copy. Valid while its document is.
package struct JSONValue {
    @usableFromInline package let tape: UnsafePointer<mjt_tape>
    /// The value's place on the tape; grows in document order.
    package let index: Int

    @inlinable
    package init(tape: UnsafePointer<mjt_tape>, index: Int) {
        self.tape = tape
        self.index = index
    }

    @inlinable
    package var node: mjt_node { tape.pointee.nodes[index] }

    @inlinable
    package var kind: JSONKind { JSONKind(rawValue: node.kind) ?? .null }

    @inlinable
    package var isObject: Bool { node.kind == UInt8(MJT_OBJECT) }

    @inlinable
    package var isArray: Bool { node.kind == UInt8(MJT_ARRAY) }

    @inlinable
    package var isString: Bool { node.kind == UInt8(MJT_STRING) }

    /// The index behind this value and all inside it.
    @inlinable
    package var endIndex: Int { Int(node.next) }

    /// The text of a scalar: a string's unescaped UTF-8, a number's digits as in the source, `true`, `false`, `null`.
    /// For an object or array the source between its brackets, brackets included, without any replaced string.
    @inlinable
    package var utf8: UnsafeRawBufferPointer {
        let node = node
        return UnsafeRawBufferPointer(start: tape.pointee.bytes + Int(node.offset), count: Int(node.length))
    }

    /// A copy of the text, see `utf8`.
    package var text: String { String(decoding: utf8, as: UTF8.self) }

    /// A copy of a string's text; `nil` for every other kind.
    package var string: String? { isString ? text : nil }

    /// `true` or `false`; `nil` for every other kind.
    package var bool: Bool? {
        switch kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// Where the value starts in the source, in bytes; 0 for a string that was unescaped or replaced.
    package var sourceOffset: Int {
        let node = node
        return node.moved == 0 ? Int(node.offset) : 0
    }

    /// Whether a scalar's text equals `other`.
    @inlinable
    package func equals(_ other: StaticString) -> Bool {
        bytesEqual(utf8, other)
    }

    /// The members of an object in order; nothing for every other kind.
    @inlinable
    package var members: JSONMembers {
        JSONMembers(tape: tape, position: index + 1, end: isObject ? endIndex : 0)
    }

    /// The elements of an array in order; nothing for every other kind.
    @inlinable
    package var elements: JSONElements {
        JSONElements(tape: tape, position: index + 1, end: isArray ? endIndex : 0)
    }

    /// The elements of an array, or the value itself if it is none: FHIR's way to see one or many.
    @inlinable
    package var elementsOrSelf: JSONElements {
        isArray ? elements : JSONElements(tape: tape, position: index, end: endIndex)
    }

    /// An object's first member of that name.
    @inlinable
    package func member(_ name: StaticString) -> JSONValue? {
        for member in members where bytesEqual(member.name, name) { return member.value }
        return nil
    }

    /// An object's first member whose name has this number in the parser's name table.
    @inlinable
    package func member(numbered number: UInt16) -> JSONValue? {
        for member in members where member.number == number { return member.value }
        return nil
    }

    /// An object's first member of that name.
    package func member(named name: String) -> JSONValue? {
        var name = name
        return name.withUTF8 { wanted in
            for member in members where bytesEqual(member.name, UnsafeRawBufferPointer(wanted)) { return member.value }
            return nil
        }
    }
}
