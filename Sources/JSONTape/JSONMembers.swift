package import CSimdjson

/// A member of an object.
package struct JSONMember {
    @usableFromInline package let tape: UnsafePointer<mjt_tape>
    /// The place of the member's key on the tape.
    package let keyIndex: Int

    @inlinable
    init(tape: UnsafePointer<mjt_tape>, keyIndex: Int) {
        self.tape = tape
        self.keyIndex = keyIndex
    }

    /// The name's number in the parser's name table, 0 if it is not there.
    @inlinable
    package var number: UInt16 { tape.pointee.nodes[keyIndex].name }

    /// The name's unescaped UTF-8.
    @inlinable
    package var name: UnsafeRawBufferPointer { JSONValue(tape: tape, index: keyIndex).utf8 }

    @inlinable
    package var value: JSONValue { JSONValue(tape: tape, index: keyIndex + 1) }
}

/// The members of an object, in order.
package struct JSONMembers: Sequence, IteratorProtocol {
    @usableFromInline let tape: UnsafePointer<mjt_tape>
    @usableFromInline var position: Int
    @usableFromInline let end: Int

    @inlinable
    init(tape: UnsafePointer<mjt_tape>, position: Int, end: Int) {
        self.tape = tape
        self.position = position
        self.end = end
    }

    @inlinable
    package mutating func next() -> JSONMember? {
        guard position < end else { return nil }
        let key = position
        position = Int(tape.pointee.nodes[key + 1].next)
        return JSONMember(tape: tape, keyIndex: key)
    }
}

/// The elements of an array, in order.
package struct JSONElements: Sequence, IteratorProtocol {
    @usableFromInline let tape: UnsafePointer<mjt_tape>
    @usableFromInline var position: Int
    @usableFromInline let end: Int

    @inlinable
    init(tape: UnsafePointer<mjt_tape>, position: Int, end: Int) {
        self.tape = tape
        self.position = position
        self.end = end
    }

    @inlinable
    package mutating func next() -> JSONValue? {
        guard position < end else { return nil }
        defer { position = Int(tape.pointee.nodes[position].next) }
        return JSONValue(tape: tape, index: position)
    }
}
