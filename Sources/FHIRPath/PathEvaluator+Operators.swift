internal import FHIR
internal import JSONTape

extension PathEvaluator {
    /// Evaluates a node of the plan: its items are pushed on the stack.
    func evaluate(_ id: Int32, _ plan: PathPlan, _ frame: borrowing Frame) throws(PathError) {
        let node = plan.nodes[Int(id)]
        try spend()
        if arena.total > limits.textMadeBytesMax { try reserve(0, node) }
        switch node.operation {
        case .path: try path(node, plan, frame)
        case .union: try union(node, plan, frame)
        case .context: try push(context)
        case .resource: if let root { try push(.node(root)) }
        case .rootResource: if let rootResource { try push(.node(rootResource)) }
        case .this: if frame.hasThis { try push(frame.this) }
        case .index: try push(.integer(frame.index))
        case .total: try push(all: totals.last ?? [])
        case .empty: return
        case .variable(let place):
            guard let items = variables[plan.variableNames[Int(place)]] else {
                throw fail(.unknownVariable, "no value of %\(plan.variableNames[Int(place)]) was given", node)
            }
            try push(all: items)
        case .define(let slot): try define(slot, node, plan, frame)
        case .defined(let slot): try push(all: slots[Int(slot)])
        case .literal(let place): try push(plan.literals[Int(place)])
        case .indexer: try indexer(node, plan, frame)
        case .plus, .minus: try sign(node, plan, frame)
        case .binary(let binary): try self.binary(binary, node, plan, frame)
        case .typeIs(let types):
            let item = try single(operand(0, of: node, plan), plan, frame, node)
            if let item { try push(.boolean(isOf(types, item, plan))) }
        case .referenceIs(let type):
            let mark = count
            try evaluate(operand(0, of: node, plan), plan, frame)
            guard count - mark <= 1 else { throw notSingular(node) }
            guard count > mark else { return }
            let isType = referencedType(stack[mark]) == type
            try replace(from: mark, with: .boolean(isType))
        case .function(let function): try apply(function, node, plan, frame)
        }
    }

    @inline(__always)
    func operand(_ place: Int, of node: PlanNode, _ plan: PathPlan) -> Int32 {
        plan.operands[Int(node.firstOperand) + place]
    }

    func notSingular(_ node: PlanNode) -> PathError {
        fail(.notSingular, "several items where one is wanted", node)
    }

    /// The one item of an operand, `nil` if there is none.
    func single(
        _ id: Int32, _ plan: PathPlan, _ frame: borrowing Frame, _ node: PlanNode
    ) throws(PathError) -> PathItem? {
        let mark = count
        try evaluate(id, plan, frame)
        guard count - mark <= 1 else { throw notSingular(node) }
        guard count > mark else { return nil }
        count = mark
        return stack[mark]
    }

    /// The one item of an operand as a value of the language, `nil` if there is none.
    func singleValue(
        _ id: Int32, _ plan: PathPlan, _ frame: borrowing Frame, _ node: PlanNode
    ) throws(PathError) -> PathItem? {
        guard let item = try single(id, plan, frame, node) else { return nil }
        return value(of: item)
    }

    /// An operand as a truth value: `nil` for nothing, `true` for one item that is no truth value.
    func boolean(
        _ id: Int32, _ plan: PathPlan, _ frame: borrowing Frame, _ node: PlanNode
    ) throws(PathError) -> Bool? {
        guard let item = try single(id, plan, frame, node) else { return nil }
        if case .boolean(let truth) = value(of: item) { return truth }
        return true
    }

    /// Whether a criterion holds; nothing counts as no. What was made on the way is forgotten.
    func holds(_ criterion: Int32, _ plan: PathPlan, _ frame: borrowing Frame) throws(PathError) -> Bool {
        let mark = arena.mark
        defer { arena.rewind(to: mark) }
        return try boolean(criterion, plan, frame, plan.nodes[Int(criterion)]) ?? false
    }

    func isOf(_ types: TypeSet, _ item: PathItem, _ plan: PathPlan) -> Bool {
        if case .node(let node) = item { return plan.contains(node.type, in: types) }
        guard let type = item.systemType else { return false }
        return types.system.contains(SystemTypes(type))
    }

    private func define(
        _ slot: Int32, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let mark = count
        try evaluate(operand(0, of: node, plan), plan, frame)
        let end = count
        try spend(end - mark)
        slots[Int(slot)] = Array(UnsafeBufferPointer(start: stack + mark, count: end - mark))
        guard node.operandCount > 1 else { return }
        try evaluate(operand(1, of: node, plan), plan, frame)
        try spend(count - end)
        slots[Int(slot)] = Array(UnsafeBufferPointer(start: stack + end, count: count - end))
        count = end
    }

    private func union(_ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame) throws(PathError) {
        let mark = count
        for place in 0..<Int(node.operandCount) {
            try evaluate(operand(place, of: node, plan), plan, frame)
        }
        if count - mark > 1 { try removeDuplicates(from: mark) }
    }

    private func indexer(_ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame) throws(PathError) {
        let mark = count
        try evaluate(operand(0, of: node, plan), plan, frame)
        let end = count
        guard let place = try singleValue(operand(1, of: node, plan), plan, frame, node) else {
            count = mark
            return
        }
        guard case .integer(let index) = place else { throw fail(.wrongType, "an index that is no integer", node) }
        let isInside = index >= 0 && index < Int64(end - mark)
        try replace(from: mark, with: isInside ? stack[mark + Int(index)] : nil)
    }

    private func sign(_ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame) throws(PathError) {
        guard let item = try singleValue(operand(0, of: node, plan), plan, frame, node) else { return }
        var isMinus = false
        if case .minus = node.operation { isMinus = true }
        switch item {
        case .integer(let value): try push(.integer(isMinus ? -value : value))
        case .decimal(let value): try push(.decimal(isMinus ? value.negated ?? value : value))
        case .quantity(let value):
            let number = isMinus ? value.pointee.value.negated ?? value.pointee.value : value.pointee.value
            try push(quantity(number, like: value.pointee))
        default: throw fail(.wrongType, "a sign before what is no number", node)
        }
    }

    private func binary(
        _ binary: PathOperator, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        switch binary {
        case .and, .or, .xor, .implies: try logic(binary, node, plan, frame)
        case .equal, .notEqual, .equivalent, .notEquivalent: try equality(binary, node, plan, frame)
        case .in: try membership(of: operand(0, of: node, plan), in: operand(1, of: node, plan), node, plan, frame)
        case .contains:
            try membership(of: operand(1, of: node, plan), in: operand(0, of: node, plan), node, plan, frame)
        case .concatenate: try concatenate(node, plan, frame)
        default:
            let left = try singleValue(operand(0, of: node, plan), plan, frame, node)
            let right = try singleValue(operand(1, of: node, plan), plan, frame, node)
            guard let left, let right else { return }
            switch binary {
            case .less, .lessOrEqual, .greater, .greaterOrEqual:
                guard let order = try compare(left, right, node) else { return }
                let holds =
                    switch binary {
                    case .less: order < 0
                    case .lessOrEqual: order <= 0
                    case .greater: order > 0
                    default: order >= 0
                    }
                try push(.boolean(holds))
            default:
                if let result = try arithmetic(binary, left, right, node) { try push(result) }
            }
        }
    }

    /// Three-valued logic: `nil` is unknown.
    private func logic(
        _ binary: PathOperator, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let left = try boolean(operand(0, of: node, plan), plan, frame, node)
        switch (binary, left) {
        case (.and, false): return try push(.boolean(false))
        case (.or, true), (.implies, false): return try push(.boolean(true))
        default: break
        }
        let right = try boolean(operand(1, of: node, plan), plan, frame, node)
        let result: Bool?
        switch binary {
        case .and: result = right == false ? false : left == true ? right : nil
        case .or: result = right == true ? true : left == false ? right : nil
        case .implies: result = right == true ? true : left == true ? right : nil
        default:
            if let left, let right { result = left != right } else { result = nil }
        }
        if let result { try push(.boolean(result)) }
    }

    private func equality(
        _ binary: PathOperator, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let mark = count
        try evaluate(operand(0, of: node, plan), plan, frame)
        let middle = count
        try evaluate(operand(1, of: node, plan), plan, frame)
        let left = mark..<middle
        let right = middle..<count
        let result: Bool?
        switch binary {
        case .equal: result = try areEqual(left, right)
        case .notEqual: result = try areEqual(left, right).map { !$0 }
        case .equivalent: result = try areEquivalent(left, right)
        default: result = try !areEquivalent(left, right)
        }
        try replace(from: mark, with: result.map { .boolean($0) })
    }

    private func membership(
        of wanted: Int32, in collection: Int32, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        guard let item = try single(wanted, plan, frame, node) else { return }
        let mark = count
        try evaluate(collection, plan, frame)
        var isFound = false
        for place in mark..<count where !isFound { isFound = try areEqual(item, stack[place]) ?? false }
        try replace(from: mark, with: .boolean(isFound))
    }

    private func concatenate(_ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame) throws(PathError) {
        let left = try singleValue(operand(0, of: node, plan), plan, frame, node)
        let right = try singleValue(operand(1, of: node, plan), plan, frame, node)
        var texts: [UnsafeRawBufferPointer] = []
        for side in [left, right] {
            guard let side else { continue }
            guard case .string(let text) = side else { throw fail(.wrongType, "& with what is no text", node) }
            texts.append(text)
        }
        try push(.string(try joined(texts, node)))
    }
}
