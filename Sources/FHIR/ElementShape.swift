/// An element's facts in 16 bytes without references, for hot paths.
package struct ElementShape: Sendable {
    package let nameNumber: UInt16
    /// The number of `_name`, 0 where there is none.
    package let primitiveExtensionNumber: UInt16
    package let type: TypeID
    @usableFromInline let bindingNumber: UInt16
    /// The place in `TypeFacts.elements`.
    package let ordinal: UInt16
    /// The place among the type's elements with each choice counted once.
    @usableFromInline let group: UInt8
    @usableFromInline let flags: UInt8
    @usableFromInline let primitiveNumber: UInt8
    /// Whether the number asked for was that of `_name`.
    package var isExtension: Bool

    init(
        nameNumber: UInt16, primitiveExtensionNumber: UInt16, type: TypeID, binding: BindingID?, ordinal: UInt16,
        group: UInt8, flags: UInt8, primitive: PrimitiveType?
    ) {
        self.nameNumber = nameNumber
        self.primitiveExtensionNumber = primitiveExtensionNumber
        self.type = type
        bindingNumber = binding?.raw ?? .max
        self.ordinal = ordinal
        self.group = group
        self.flags = flags
        primitiveNumber = primitive?.rawValue ?? .max
        isExtension = false
    }

    @usableFromInline static let arrayFlag: UInt8 = 1
    @usableFromInline static let choiceFlag: UInt8 = 2
    @usableFromInline static let referenceFlag: UInt8 = 4
    @usableFromInline static let uriFlag: UInt8 = 8
    @usableFromInline static let resourceFlag: UInt8 = 16

    /// Whether it may repeat, and so is an array in JSON.
    @inlinable
    package var isArray: Bool { flags & Self.arrayFlag != 0 }
    /// Whether it is one of a choice.
    @inlinable
    package var isChoice: Bool { flags & Self.choiceFlag != 0 }
    /// Whether it is `Reference.reference`.
    @inlinable
    package var isReference: Bool { flags & Self.referenceFlag != 0 }
    /// Whether it is of a uri type and may name a resource.
    @inlinable
    package var isLink: Bool { flags & Self.uriFlag != 0 }
    /// Whether it holds a resource of any type.
    @inlinable
    package var holdsResource: Bool { flags & Self.resourceFlag != 0 }
    /// Which primitive type it is of; `nil` for all others.
    @inlinable
    package var primitive: PrimitiveType? { PrimitiveType(rawValue: primitiveNumber) }
    /// The required binding.
    @inlinable
    package var binding: BindingID? { bindingNumber == .max ? nil : BindingID(raw: bindingNumber) }
}
