package import FHIR
package import JSONTape

/// An element or resource on a tape, with its FHIR type. Valid while its document is.
package struct PathNode {
    /// The element's JSON; for a primitive that has only an id or extensions, these.
    @usableFromInline package let anchor: JSONValue
    /// Where the `_name` object lies on the tape, 0 if there is none.
    @usableFromInline package let siblingIndex: Int32
    /// The element's type; for a resource the one that it names in itself.
    package let type: TypeID
    /// Whether there is a value, not only extensions of one.
    package let hasValue: Bool

    /// An element that has a value and no sibling.
    @inlinable
    package init(_ value: JSONValue, type: TypeID) {
        anchor = value
        siblingIndex = 0
        self.type = type
        hasValue = true
    }

    /// A primitive with its id and extensions, with or without a value.
    @inlinable
    package init(_ value: JSONValue?, sibling: JSONValue, type: TypeID) {
        anchor = value ?? sibling
        siblingIndex = Int32(truncatingIfNeeded: sibling.index)
        self.type = type
        hasValue = value != nil
    }

    /// The value; `nil` where a primitive has only an id or extensions.
    @inlinable
    package var value: JSONValue? { hasValue ? anchor : nil }

    /// The object with a primitive's id and extensions.
    @inlinable
    package var sibling: JSONValue? {
        siblingIndex == 0 ? nil : JSONValue(tape: anchor.tape, index: Int(siblingIndex))
    }

    /// The object whose members are this node's children.
    @inlinable
    package var object: JSONValue? {
        if hasValue, anchor.isObject { return anchor }
        return sibling
    }
}
