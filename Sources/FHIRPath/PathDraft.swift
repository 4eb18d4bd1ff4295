internal import FHIR

/// A plan while it is being made.
final class PathDraft {
    private(set) var planNodes: [PlanNode] = []
    private(set) var operands: [Int32] = []
    private(set) var steps: [PlanStep] = []
    private(set) var alternatives: [PlanAlternative] = []
    private(set) var typeBits: [UInt64] = []
    private(set) var literals: [PathItem] = []
    private(set) var variableNames: [String] = []
    private(set) var patterns: [TextPattern] = []
    /// How many places for defined variables an evaluation needs.
    private(set) var slotCount: Int32 = 0
    /// How many types the compiler looked at; see `PathCompiler.workMax`.
    var work = 0
    /// What the compiler found out about types already: those with instances below each, those of the elements of each,
    /// and those anywhere below some.
    var concreteTypes: [TypeID: [TypeID]] = [:]
    var childTypes: [TypeID: [TypeID]] = [:]
    var descendantTypes: [[TypeID]: [TypeID]] = [:]
    let literalText = PathArena()
    /// The steps of each path, whose node holds its place in here as `firstStep` until `finish`.
    private var paths: [[PlanStep]] = []
    private let typeCount: Int

    init(typeCount: Int) {
        self.typeCount = typeCount
    }

    subscript(_ node: Int32) -> PlanNode { planNodes[Int(node)] }

    func operand(_ place: Int, of node: Int32) -> Int32 {
        operands[Int(self[node].firstOperand) + place]
    }

    func add(_ operation: PlanOperation, at offset: Int, _ inputs: [Int32] = []) -> Int32 {
        planNodes.append(
            PlanNode(
                operation: operation, offset: Int32(offset), firstOperand: Int32(operands.count),
                operandCount: Int32(inputs.count)))
        operands += inputs
        return Int32(planNodes.count - 1)
    }

    func addLiteral(_ item: PathItem, at offset: Int) -> Int32 {
        literals.append(item)
        return add(.literal(Int32(literals.count - 1)), at: offset)
    }

    /// The place of a caller's variable.
    func addName(_ name: String) -> Int32 {
        if let place = variableNames.firstIndex(of: name) { return Int32(place) }
        variableNames.append(name)
        return Int32(variableNames.count - 1)
    }

    /// A place for a defined variable.
    func addSlot() -> Int32 {
        slotCount += 1
        return slotCount - 1
    }

    /// The number of a regular expression, from 1.
    func addPattern(_ pattern: TextPattern) -> Int32 {
        patterns.append(pattern)
        return Int32(patterns.count)
    }

    /// Notes in a node's spare field what the evaluation of its function needs besides its operands.
    func annotate(_ node: Int32, _ value: Int32) {
        planNodes[Int(node)].stepCount = value
    }

    func addAlternatives(_ new: [PlanAlternative]) -> (first: Int32, count: Int32) {
        defer { alternatives += new }
        return (Int32(alternatives.count), Int32(new.count))
    }

    func alternatives(of step: PlanStep) -> ArraySlice<PlanAlternative> {
        alternatives[Int(step.firstAlternative)..<Int(step.firstAlternative + step.alternativeCount)]
    }

    func addTypes(_ types: [TypeID], system: SystemTypes) -> TypeSet {
        guard !types.isEmpty else { return TypeSet(firstWord: -1, system: system) }
        let first = typeBits.count
        typeBits += [UInt64](repeating: 0, count: (typeCount + 63) / 64)
        for type in types { typeBits[first + Int(type.raw) / 64] |= 1 << UInt64(type.raw % 64) }
        return TypeSet(firstWord: Int32(first), system: system)
    }

    /// The path that goes on from `node` with one more step: the same node if it is a path.
    func extend(_ node: Int32, with step: PlanStep, at offset: Int) -> Int32 {
        if case .path = self[node].operation {
            paths[Int(self[node].firstStep)].append(step)
            return node
        }
        let path = add(.path, at: offset, [node])
        planNodes[Int(path)].firstStep = Int32(paths.count)
        paths.append([step])
        return path
    }

    /// The last step of a path.
    func lastStep(of node: Int32) -> PlanStep? {
        guard case .path = self[node].operation else { return nil }
        return paths[Int(self[node].firstStep)].last
    }

    func replaceLastStep(of node: Int32, with step: PlanStep) {
        let path = Int(self[node].firstStep)
        guard let last = paths[path].indices.last else { return }
        paths[path][last] = step
    }

    /// The names, as bits of their numbers modulo 64, of which the context must have one for a node to give anything; all
    /// bits where that can't be told. To be asked once the steps are laid out.
    func rootMask(of node: Int32) -> UInt64 {
        let facts = self[node]
        switch facts.operation {
        case .empty: return 0
        case .union:
            return (0..<Int(facts.operandCount)).reduce(0) { $0 | rootMask(of: operand($1, of: node)) }
        case .path:
            let input = operand(0, of: node)
            guard case .context = self[input].operation else { return rootMask(of: input) }
            let step = steps[Int(facts.firstStep)]
            guard case .child = step.kind else { return .max }
            return step.mask
        default: return .max
        }
    }

    /// Lays out the steps and makes the plan.
    func finish(root: Int32) -> PathPlan {
        for place in planNodes.indices {
            guard case .path = planNodes[place].operation else { continue }
            let path = paths[Int(planNodes[place].firstStep)]
            planNodes[place].firstStep = Int32(steps.count)
            planNodes[place].stepCount = Int32(path.count)
            steps += path
        }
        return PathPlan(self, root: root)
    }
}
