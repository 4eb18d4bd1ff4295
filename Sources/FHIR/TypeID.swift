/// The place of a type in `Definitions.types`: data types, resources and backbone elements ("Patient.contact") alike.
/// Holds for one `Definitions` in memory; never stored.
package struct TypeID: Hashable, Comparable, Sendable {
    package let raw: UInt16

    @inlinable
    package init(raw: UInt16) {
        self.raw = raw
    }

    @inlinable
    package static func < (left: TypeID, right: TypeID) -> Bool {
        left.raw < right.raw
    }
}

/// The place of a required binding in `Definitions.bindings`. Holds for one `Definitions` in memory; never stored.
package struct BindingID: Hashable, Sendable {
    package let raw: UInt16

    @inlinable
    package init(raw: UInt16) {
        self.raw = raw
    }
}
