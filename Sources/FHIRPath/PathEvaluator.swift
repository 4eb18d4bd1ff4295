package import Base
package import FHIR
package import JSONTape

/// Evaluates compiled expressions over resources on a tape, in memory that it keeps. Not thread-safe: one a thread.
///
/// ```swift
/// try evaluator.begin(resource)
/// for expression in expressions { try evaluator.evaluate(expression, into: &items) }
/// ```
package final class PathEvaluator {
    /// `$this` and `$index` of a criterion.
    struct Frame {
        var this: PathItem
        var hasThis = true
        var index: Int64 = 0
    }

    /// Those that the expressions were compiled with.
    package let definitions: Definitions
    /// What one evaluation may cost.
    /// May be changed between evaluations.
    package var limits: PathLimits
    /// What `now()` and `today()` tell.
    package var now: Instant
    /// Whom functions ask for what does not stand in the resource.
    package var services = PathServices()
    /// What the `PathConstant.variable`s of expressions stand for, by their names. Items must outlive the evaluation.
    package var variables: [String: [PathItem]] = [:]

    // The items of all open subexpressions, innermost last.
    var stack: UnsafeMutablePointer<PathItem>
    var count = 0
    private var capacity: Int
    /// What is kept of the stack from one resource to the next.
    private static let capacityKept = 4096

    /// The primitive type's number of each type, 255 for others, 254 for Quantity and what derives from it.
    let primitives: UnsafeMutableBufferPointer<UInt8>
    static let notPrimitive: UInt8 = 255
    static let quantityMark: UInt8 = 254

    /// Where each member of the root lies: by name number, the generation above the tape index.
    let members: UnsafeMutableBufferPointer<UInt64>
    private var generation: UInt64 = 0
    private static let generationMax: UInt64 = 0xFFFF_FFFF

    /// A bit for each member that the resource has, by the number of its name modulo 64. An expression with none of
    /// these in its own `rootMask` gives nothing and need not be evaluated.
    package private(set) var rootMask: UInt64 = 0

    var root: PathNode?
    var rootResource: PathNode?
    var context: PathItem = .boolean(false)
    var contextIsRoot = false
    var stepsLeft = 0
    let arena = PathArena()
    /// `$total` of each open `aggregate`.
    var totals: [[PathItem]] = []
    /// What the variables that an expression defines stand for.
    var slots: [[PathItem]] = []
    /// The regular expression that was computed last.
    var lastPattern: (text: String, flags: String, pattern: TextPattern)?
    let wellKnown: WellKnownNames

    /// - Parameters:
    ///   - definitions: those that the expressions were compiled with.
    ///   - limits: what one evaluation may cost.
    ///   - now: what `now()` and `today()` tell.
    package init(_ definitions: Definitions, limits: PathLimits = PathLimits(), now: Instant) {
        self.definitions = definitions
        self.limits = limits
        self.now = now
        capacity = 64
        stack = .allocate(capacity: capacity)
        members = .allocate(capacity: definitions.names.names.count + 1)
        members.initialize(repeating: 0)
        primitives = .allocate(capacity: definitions.types.count)
        let quantity = definitions.type(named: "Quantity")
        for type in definitions.types {
            let isQuantity = quantity.map { definitions.isSubtype(type.id, of: $0) } ?? false
            primitives[Int(type.id.raw)] =
                type.primitive?.rawValue ?? (isQuantity ? Self.quantityMark : Self.notPrimitive)
        }
        wellKnown = WellKnownNames(definitions)
    }

    deinit {
        stack.deallocate()
        members.deallocate()
        primitives.deallocate()
    }

    /// Takes up a resource: the expressions evaluated from now on see it as `%resource`.
    /// - Parameters:
    ///   - resource: an object, parsed with `definitions.names`.
    ///   - type: its type, if that is known already.
    ///   - container: the resource that it is contained in, which is `%rootResource` then.
    package func begin(_ resource: JSONValue, type: TypeID? = nil, within container: JSONValue? = nil) {
        arena.removeAll()
        if capacity > Self.capacityKept { shrink() }
        if generation == Self.generationMax {
            members.update(repeating: 0)
            generation = 0
        }
        generation += 1
        rootMask = 0
        for member in resource.members where member.number != 0 {
            let place = Int(member.number)
            rootMask |= 1 << UInt64(place & 63)
            if place < members.count, members[place] >> 32 != generation {
                members[place] = generation << 32 | UInt64(truncatingIfNeeded: member.keyIndex + 1)
            }
        }
        let node = PathNode(resource, type: type ?? resourceType(of: resource) ?? wellKnown.resource)
        root = node
        rootResource = container.map { PathNode($0, type: resourceType(of: $0) ?? wellKnown.resource) } ?? node
        context = .node(node)
        contextIsRoot = true
    }

    /// Where the root's member of that name lies on the tape, 0 if it has none.
    @inline(__always)
    func rootMember(_ number: UInt16) -> Int {
        let entry = members[Int(number)]
        return entry >> 32 == generation ? Int(entry & 0xFFFF_FFFF) : 0
    }

    /// Evaluates an expression on the resource that was begun.
    /// - Parameters:
    ///   - expression: compiled for the resource's type.
    ///   - results: emptied first; the items are valid as `PathItem` says.
    /// - Throws: `PathError`.
    package func evaluate(_ expression: PathExpression, into results: inout [PathItem]) throws(PathError) {
        results.removeAll(keepingCapacity: true)
        stepsLeft = limits.stepsMax
        guard let root, !expression.isAlwaysEmpty else { return }
        context = .node(root)
        contextIsRoot = true
        try run(expression, into: &results)
    }

    /// Evaluates an expression on an item of another's result, within the resource that was begun.
    package func evaluate(
        _ expression: PathExpression, on item: PathItem, into results: inout [PathItem]
    ) throws(PathError) {
        results.removeAll(keepingCapacity: true)
        stepsLeft = limits.stepsMax
        guard !expression.isAlwaysEmpty else { return }
        context = item
        contextIsRoot = false
        try run(expression, into: &results)
    }

    /// Begins a resource and evaluates one expression on it.
    package func evaluate(
        _ expression: PathExpression, on resource: JSONValue, into results: inout [PathItem]
    ) throws(PathError) {
        begin(resource)
        try evaluate(expression, into: &results)
    }

    /// How many steps the last evaluation took.
    package var stepsTaken: Int { limits.stepsMax - stepsLeft }

    private func run(_ expression: PathExpression, into results: inout [PathItem]) throws(PathError) {
        count = 0
        if !totals.isEmpty { totals.removeAll() }
        if expression.plan.slotCount > 0 {
            slots = [[PathItem]](repeating: [], count: Int(expression.plan.slotCount))
        }
        try evaluate(expression.plan.root, expression.plan, Frame(this: context))
        results.append(contentsOf: UnsafeBufferPointer(start: stack, count: count))
        count = 0
    }

    // MARK: The stack

    @inline(__always)
    func push(_ item: PathItem) throws(PathError) {
        if count == capacity { try grow() }
        (stack + count).initialize(to: item)
        count += 1
    }

    func push(all items: [PathItem]) throws(PathError) {
        try spend(items.count)
        for item in items { try push(item) }
    }

    private func grow() throws(PathError) {
        guard capacity < limits.itemsMax else {
            throw PathError(code: .limit, detail: "more than \(limits.itemsMax) items at a time", offset: 0)
        }
        let larger = UnsafeMutablePointer<PathItem>.allocate(capacity: capacity * 2)
        larger.update(from: stack, count: count)
        stack.deallocate()
        stack = larger
        capacity *= 2
    }

    /// Gives back what one large resource needed.
    private func shrink() {
        stack.deallocate()
        capacity = Self.capacityKept
        stack = .allocate(capacity: capacity)
        count = 0
    }

    /// Puts one item in place of all from `mark` on.
    @inline(__always)
    func replace(from mark: Int, with item: PathItem?) throws(PathError) {
        count = mark
        if let item { try push(item) }
    }

    /// Drops the items between two marks and moves down what lies behind.
    func remove(from start: Int, to end: Int) {
        guard end > start else { return }
        (stack + start).update(from: stack + end, count: count - end)
        count -= end - start
    }

    /// Takes steps off what is left.
    @inline(__always)
    func spend(_ steps: Int = 1) throws(PathError) {
        stepsLeft -= steps
        if stepsLeft < 0 { throw tooManySteps() }
    }

    private func tooManySteps() -> PathError {
        PathError(code: .limit, detail: "the evaluation takes more than \(limits.stepsMax) steps", offset: 0)
    }

    func fail(_ code: PathError.Code, _ detail: String, _ node: PlanNode) -> PathError {
        PathError(code: code, detail: detail, offset: Int(node.offset))
    }
}
