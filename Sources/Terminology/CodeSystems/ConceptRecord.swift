/// A concept as a `CodeSystemModel` keeps it.
struct ConceptRecord: Sendable {
    var code: TextSlice
    var display = TextSlice()
    var definition = TextSlice()
    /// The concept in which it is nested; -1 at the top.
    var treeParent: Int32 = -1
    /// Where its properties start; they end where the next concept's start.
    var propertyStart: UInt32 = 0
    /// Where its designations start; they end where the next concept's start.
    var designationStart: UInt32 = 0
    var isAbstract = false
    var isInactive = false
}

/// A property of a concept as a model keeps it.
struct PropertyRecord: Sendable {
    var code: TextSlice
    var kind: PropertyKind
    /// The value as text; of a Coding its code.
    var value: TextSlice
    /// Of a Coding.
    var system = TextSlice()
    /// Of a Coding.
    var display = TextSlice()
}

/// Another text for a concept as a model keeps it.
struct DesignationRecord: Sendable {
    var language: TextSlice
    var useSystem = TextSlice()
    var useCode = TextSlice()
    var value: TextSlice
    /// Whether its use is `Designation.displayUse`; then the two fields of the use are empty.
    var isDisplay = false
}
