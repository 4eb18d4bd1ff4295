internal import Base
internal import FHIR
internal import FHIRPath

/// What is written of an object of one type: the fields of all selections and fragments that apply, in order.
final class SelectionPlan {
    let fields: [PlannedField]
    /// Whether a field's values do not stand under its own name: it is flattened or sliced.
    let collates: Bool

    init(_ fields: [PlannedField]) {
        self.fields = fields
        collates = fields.contains { $0.isFlattened || $0.slice != nil }
    }
}

/// A field of a plan.
final class PlannedField {
    let syntax: FieldSyntax
    let field: SchemaField
    let responseKey: String
    /// The key as JSON, colon included.
    let keyText: [UInt8]
    let arguments: PlannedArguments
    let isFlattened: Bool
    let isFirst: Bool
    let isSingleton: Bool
    let slice: SlicePlan?
    /// The type that it is a field of.
    let parent: SchemaTypeID
    /// What is selected below, by all fields that became this one.
    let selections: [SelectionSetSyntax]
    /// The plans of what is below, by the type of the value.
    var plans: [SchemaTypeID: SelectionPlan] = [:]
    let depth: Int

    init(
        _ syntax: FieldSyntax, _ field: SchemaField, _ arguments: PlannedArguments, _ shape: ShapeDirectives,
        parent: SchemaTypeID, selections: [SelectionSetSyntax], depth: Int
    ) {
        self.syntax = syntax
        self.field = field
        self.arguments = arguments
        self.parent = parent
        self.selections = selections
        self.depth = depth
        responseKey = syntax.responseKey
        isFlattened = shape.isFlattened
        isFirst = shape.isFirst
        isSingleton = shape.isSingleton
        slice = shape.slice
        keyText = Array("\"\(responseKey)\":".utf8)
    }

    /// Whether the answer has a list of values.
    var isList: Bool { field.type.isList && !isSingleton }
}

/// `@flatten`, `@first`, `@singleton` and `@slice` of a field.
struct ShapeDirectives {
    var isFlattened = false
    var isFirst = false
    var isSingleton = false
    var slice: SlicePlan?
}

/// What `@slice` adds to names.
enum SlicePlan {
    /// The place in the list.
    case place
    /// What a FHIRPath gives on the value.
    case expression(String, offset: Int)
}

/// A field's arguments, ready for use.
struct PlannedArguments {
    /// A part of an element and the value it must have.
    struct Filter {
        var number: UInt16
        var type: TypeID
        var text: String
    }

    /// On the parent: the elements for which the argument `fhirpath` is true; for a search on each match.
    var path: PathExpression?
    var filters: [Filter] = []
    var offset = 0
    var count: Int?
    /// `Reference.resource`.
    var isOptional = false
    var type: TypeID?
    /// `Patient(id:)`, `__type(name:)`.
    var id = ""
    var search: GraphQLSearch?
    /// Of a reverse search: the code of the parameter that refers to the resource.
    var reference: String?
}
