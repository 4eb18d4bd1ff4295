/// What the definitions say of one element as it stands in JSON: a choice like `value[x]` is one element for each of
/// its types (`valueQuantity`, `valueString` …).
package struct ElementFacts: Sendable {
    /// The JSON name.
    package let name: String
    /// The number of `name` in `Definitions.names`.
    package let nameNumber: UInt16
    /// The number of `_name`, the sibling that carries a primitive's id and extensions; 0 where there is none.
    package let primitiveExtensionNumber: UInt16
    package let type: TypeID
    /// Whether it may repeat, and so is an array in JSON.
    package let isArray: Bool
    /// 0 or 1. For a choice: of all its elements together.
    package let min: Int
    /// The choice it belongs to: "value" for `valueQuantity`.
    package let choice: String?
    /// The required binding, where its codes are known.
    package let binding: BindingID?
    /// What a Reference or canonical may refer to; empty where the definitions leave it open. May hold `Resource`.
    package let targets: [TypeID]
    /// Whether it is part of a resource's summary.
    package let isSummary: Bool
    /// Whether it changes the meaning of what holds it.
    package let isModifier: Bool
    /// The name without its type: "value" for `valueQuantity`, `name` for what is no choice.
    package var baseName: String { choice ?? name }
}
