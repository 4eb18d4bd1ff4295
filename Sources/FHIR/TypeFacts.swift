/// What the definitions say of a type.
package struct TypeFacts: Sendable {
    package enum Kind: UInt8, Sendable {
        case primitive, complex, backbone, resource
    }

    package let id: TypeID
    /// "Patient", "HumanName", "Patient.contact", "string".
    package let name: String
    package let kind: Kind
    /// Whether only what derives from it has instances: Resource, DomainResource, Element, BackboneElement.
    package let isAbstract: Bool
    package let base: TypeID?
    /// In the order of the definitions, the base's first.
    package let elements: [ElementFacts]
    /// For a primitive type, which one.
    package let primitive: PrimitiveType?
    let shapes: ElementShapes

    /// The element whose JSON name has this number. Constant time; `Definitions.shape` is the way for hot paths.
    package func element(numbered number: UInt16) -> ElementFacts? {
        guard let found = shapes.find(number, in: id), !found.isExtension else { return nil }
        return elements[Int(found.ordinal)]
    }

    /// The element of that JSON name.
    package func element(named name: String) -> ElementFacts? {
        elements.first { $0.name == name }
    }

    /// The elements of a choice: `choices(named: "value")` gives `valueQuantity`, `valueString` … in order.
    package func choices(named base: String) -> [ElementFacts] {
        elements.filter { $0.choice == base }
    }
}
