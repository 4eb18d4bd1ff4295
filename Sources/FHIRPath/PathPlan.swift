internal import FHIR

/// One operation of a plan. Operands come before what uses them.
struct PlanNode {
    var operation: PlanOperation
    /// The byte offset in the expression's text, for errors.
    var offset: Int32
    /// A run in `PathPlan.operands`: of a path its input, of a function its input and arguments.
    var firstOperand: Int32 = 0
    var operandCount: Int32 = 0
    /// A run in `PathPlan.steps`.
    var firstStep: Int32 = 0
    var stepCount: Int32 = 0
}

enum PlanOperation {
    /// What the expression is evaluated on, and the resource that it lies in.
    case context, resource, rootResource
    case this, index, total
    case empty
    /// What the caller gave for a name, a place in `PathPlan.variableNames`.
    case variable(Int32)
    /// Keeps the first operand's items, or the second's if there is one, in a slot, and gives the first's.
    case define(Int32)
    /// What a slot keeps.
    case defined(Int32)
    /// A place in `PathPlan.literals`.
    case literal(Int32)
    /// The input's elements along the steps.
    case path
    case indexer
    case plus, minus
    case binary(PathOperator)
    case union
    /// Whether the one item is of a type of the set.
    case typeIs(TypeSet)
    /// Whether the reference, its operand, points at a resource of this type.
    case referenceIs(TypeID)
    case function(PathFunction)
}

/// One step of a path.
struct PlanStep {
    enum Kind {
        /// To the elements that a run of `PathPlan.alternatives` names.
        case child
        /// Keeps the items for which the criterion, a node, holds.
        case filter(criterion: Int32)
        /// Keeps the items of a type of the set.
        case ofType(TypeSet)
        /// Keeps the extensions of this url, a place in `PathPlan.literals`.
        case extensionURL(literal: Int32)
    }

    var kind: Kind
    var firstAlternative: Int32 = 0
    var alternativeCount: Int32 = 0
    /// Whether the alternatives belong to different types, and the item's own decides which count.
    var isDispatched = false
    /// A bit for each name number modulo 64 that the alternatives ask for.
    var mask: UInt64 = 0
}

/// One way for a child step to go.
struct PlanAlternative {
    /// The type that has the element.
    var source: TypeID
    var type: TypeID
    var nameNumber: UInt16
    /// The number of `_name`, 0 if the element is not primitive.
    var siblingNumber: UInt16
    /// Whether the element holds a resource, whose type stands in itself.
    var holdsResource: Bool
}

/// A set of FHIR types, a run of bits in `PathPlan.typeBits`, and of the language's types.
struct TypeSet {
    var firstWord: Int32
    var system: SystemTypes
}

/// A compiled expression in flat memory, so that evaluating it counts no references.
final class PathPlan: @unchecked Sendable {
    // Safe to share: the memory is never changed after `init`.
    let nodes: UnsafeMutableBufferPointer<PlanNode>
    let operands: UnsafeMutableBufferPointer<Int32>
    let steps: UnsafeMutableBufferPointer<PlanStep>
    let alternatives: UnsafeMutableBufferPointer<PlanAlternative>
    let typeBits: UnsafeMutableBufferPointer<UInt64>
    let literals: UnsafeMutableBufferPointer<PathItem>
    let variableNames: [String]
    let patterns: [TextPattern]
    let slotCount: Int32
    let root: Int32
    /// A bit for each name number modulo 64: where the root has no member with one of them, nothing comes out.
    let rootMask: UInt64
    /// What the literals refer to.
    private let literalText: PathArena

    init(_ draft: PathDraft, root: Int32) {
        nodes = Self.copy(draft.planNodes)
        operands = Self.copy(draft.operands)
        steps = Self.copy(draft.steps)
        alternatives = Self.copy(draft.alternatives)
        typeBits = Self.copy(draft.typeBits)
        literals = Self.copy(draft.literals)
        variableNames = draft.variableNames
        patterns = draft.patterns
        slotCount = draft.slotCount
        literalText = draft.literalText
        self.root = root
        rootMask = draft.rootMask(of: root)
    }

    deinit {
        nodes.deallocate()
        operands.deallocate()
        steps.deallocate()
        alternatives.deallocate()
        typeBits.deallocate()
        literals.deallocate()
    }

    private static func copy<Element>(_ source: [Element]) -> UnsafeMutableBufferPointer<Element> {
        let target = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(1, source.count))
        _ = target.initialize(fromContentsOf: source)
        return target
    }

    func contains(_ type: TypeID, in set: TypeSet) -> Bool {
        guard set.firstWord >= 0 else { return false }
        let raw = Int(type.raw)
        return typeBits[Int(set.firstWord) + raw >> 6] >> UInt64(raw & 63) & 1 == 1
    }
}
