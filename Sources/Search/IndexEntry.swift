/// A run of bytes in a document or an index buffer, in 12 bytes. Valid while what it points into is.
package struct TextSlice {
    @usableFromInline let start: UnsafeRawPointer?
    @usableFromInline let length: UInt32

    /// No bytes.
    @inlinable
    package init() {
        start = nil
        length = 0
    }

    @inlinable
    package init(_ bytes: UnsafeRawBufferPointer) {
        start = bytes.baseAddress
        length = UInt32(truncatingIfNeeded: bytes.count)
    }

    @inlinable
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: Int(length)) }

    @inlinable
    package var isEmpty: Bool { length == 0 }

    /// A copy of the text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// One value of a resource that a search parameter can find. Valid while the resource's document and the buffer that
/// holds it are unchanged.
package struct IndexEntry {
    package enum Kind: UInt8, Sendable {
        /// `first` system, `second` code; either may be empty. See `isBare`.
        case token
        /// `second` a text that belongs to a token: a display, `CodeableConcept.text`, `Identifier.type.text`.
        case text
        /// `first` system, `second` code of an identifier's type, `third` the identifier's value.
        case identifierType
        /// `first` the normalised text, `second` the text as it stands.
        case string
        /// `low` and `high` as in `DateRange`.
        case date
        /// `first` the lower, `second` the upper number as digits; empty where that end is open.
        case number
        /// Like `number`; `third` and `fourth` the unit's system and code, `fifth` the unit as people read it.
        case quantity
        /// `first` the type, `second` the id where the reference has the form of a FHIR one, `third` what it is found
        /// by: "Type/id" for a relative one, the whole text without version for every other; `fourth` the version.
        case reference
        /// `first` system, `second` value of the identifier of a reference, `third` the type that it points at, if
        /// stated.
        case referenceIdentifier
        /// `second` the uri.
        case uri
        /// `low` and `high` latitude and longitude in ten-millionths of a degree.
        case position
        /// There is a value, and nothing by which it could be found.
        case present
        /// `first` the normalised texts of the narrative, or of all of the resource.
        case narrative, content
    }

    /// The path of what belongs to the resource as a whole.
    package static let noPath = UInt16.max

    /// The place in `TypePlan.paths`; in memory only, never stored.
    package var path: UInt16
    package var kind: Kind
    /// For a token: whether its data type has no system (code, boolean, id, string, uri). For a reference: whether it
    /// is relative.
    package var isBare = false
    /// Which part of a composite it is, from 1; 0 outside of composites.
    package var component: UInt8 = 0
    /// Which of the composite's elements it belongs to.
    package var group: UInt16 = 0
    package var first = TextSlice()
    package var second = TextSlice()
    package var third = TextSlice()
    package var fourth = TextSlice()
    package var fifth = TextSlice()
    package var low: Int64 = 0
    package var high: Int64 = 0

    /// An entry without a value.
    package init(path: UInt16, kind: Kind) {
        self.path = path
        self.kind = kind
    }
}
