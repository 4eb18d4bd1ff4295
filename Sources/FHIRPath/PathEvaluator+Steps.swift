internal import FHIR
internal import JSONTape

extension PathEvaluator {
    /// Evaluates a path: each item of its input is walked along all steps before the next.
    func path(_ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame) throws(PathError) {
        let input = plan.operands[Int(node.firstOperand)]
        let first = Int(node.firstStep)
        let end = first + Int(node.stepCount)
        switch plan.nodes[Int(input)].operation {
        case .context where contextIsRoot:
            guard let root else { return }
            let step = plan.steps[first]
            if case .child = step.kind {
                try rootChild(root, step, first, end, plan)
            } else {
                try walk(root, first, end, plan)
            }
        case .context: try walk(context, first, end, plan)
        case .this: try walk(frame.this, first, end, plan)
        default:
            let mark = count
            try evaluate(input, plan, frame)
            let inputEnd = count
            for place in mark..<inputEnd { try walk(stack[place], first, end, plan) }
            remove(from: mark, to: inputEnd)
        }
    }

    func walk(_ item: PathItem, _ step: Int, _ end: Int, _ plan: PathPlan) throws(PathError) {
        if case .node(let node) = item { return try walk(node, step, end, plan) }
        for place in step..<end {
            switch plan.steps[place].kind {
            case .child, .extensionURL: return
            case .filter(let criterion):
                guard try holds(criterion, plan, Frame(this: item)) else { return }
            case .ofType(let types):
                guard let type = item.systemType, types.system.contains(SystemTypes(type)) else { return }
            }
        }
        try push(item)
    }

    func walk(_ node: PathNode, _ step: Int, _ end: Int, _ plan: PathPlan) throws(PathError) {
        if step == end { return try push(.node(node)) }
        let current = plan.steps[step]
        switch current.kind {
        case .child:
            guard let object = node.object else { return }
            try child(of: object, type: node.type, current, step, end, plan)
        case .filter(let criterion):
            guard try holds(criterion, plan, Frame(this: .node(node))) else { return }
            try walk(node, step + 1, end, plan)
        case .ofType(let types):
            guard plan.contains(node.type, in: types) else { return }
            try walk(node, step + 1, end, plan)
        case .extensionURL(let literal):
            guard let object = node.object, let url = object.member(numbered: wellKnown.url), url.isString,
                case .string(let wanted) = plan.literals[Int(literal)], bytesEqual(url.utf8, wanted)
            else { return }
            try walk(node, step + 1, end, plan)
        }
    }

    /// The alternatives of a step that count for a type.
    @inline(__always)
    private func alternatives(of step: PlanStep, for type: TypeID, _ plan: PathPlan) -> Range<Int> {
        let all = Int(step.firstAlternative)..<Int(step.firstAlternative + step.alternativeCount)
        return step.isDispatched ? dispatched(all, type, plan) : all
    }

    private func dispatched(_ all: Range<Int>, _ type: TypeID, _ plan: PathPlan) -> Range<Int> {
        var low = all.lowerBound
        var high = all.upperBound
        while low < high {
            let middle = (low + high) / 2
            if plan.alternatives[middle].source < type { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < all.upperBound, plan.alternatives[end].source == type { end += 1 }
        return low..<end
    }

    /// A step from the root, whose members are in the table.
    private func rootChild(
        _ root: PathNode, _ step: PlanStep, _ place: Int, _ end: Int, _ plan: PathPlan
    ) throws(PathError) {
        for alternative in alternatives(of: step, for: root.type, plan) {
            let wanted = plan.alternatives[alternative]
            let value = rootMember(wanted.nameNumber)
            let sibling = wanted.siblingNumber == 0 ? 0 : rootMember(wanted.siblingNumber)
            if value | sibling != 0 {
                try emit(wanted, root.anchor, value, sibling, place + 1, end, plan)
            }
        }
        try spend()
    }

    private func child(
        of object: JSONValue, type: TypeID, _ step: PlanStep, _ place: Int, _ end: Int, _ plan: PathPlan
    ) throws(PathError) {
        let wanted = alternatives(of: step, for: type, plan)
        guard !wanted.isEmpty else { return }
        var found = -1
        var value = 0
        var sibling = 0
        var visited = 1
        for member in object.members {
            visited += 1
            let number = member.number
            guard step.mask >> UInt64(number & 63) & 1 == 1, number != 0 else { continue }
            for candidate in wanted {
                let alternative = plan.alternatives[candidate]
                let isValue = alternative.nameNumber == number
                guard isValue || alternative.siblingNumber == number else { continue }
                if found >= 0, found != candidate {
                    try emit(plan.alternatives[found], object, value, sibling, place + 1, end, plan)
                    value = 0
                    sibling = 0
                }
                found = candidate
                if isValue {
                    if value == 0 { value = member.keyIndex + 1 }
                } else if sibling == 0 {
                    sibling = member.keyIndex + 1
                }
                break
            }
        }
        try spend(visited)
        if found >= 0 { try emit(plan.alternatives[found], object, value, sibling, place + 1, end, plan) }
    }

    /// Goes on from an element: each of its items, joined with the same place of the `_name` array. `value` and
    /// `sibling` are where both lie on the tape, 0 for nowhere.
    func emit(
        _ element: PlanAlternative, _ object: JSONValue, _ value: Int, _ sibling: Int, _ step: Int, _ end: Int,
        _ plan: PathPlan
    ) throws(PathError) {
        let tape = object.tape
        if sibling != 0 {
            return try emitJoined(
                element.type, value == 0 ? nil : JSONValue(tape: tape, index: value),
                JSONValue(tape: tape, index: sibling), step, end, plan)
        }
        for item in JSONValue(tape: tape, index: value).elementsOrSelf where item.kind != .null {
            try spend()
            var type = element.type
            if element.holdsResource { type = resourceType(of: item) ?? wellKnown.resource }
            try walk(PathNode(item, type: type), step, end, plan)
        }
    }

    private func emitJoined(
        _ type: TypeID, _ value: JSONValue?, _ sibling: JSONValue, _ step: Int, _ end: Int, _ plan: PathPlan
    ) throws(PathError) {
        var values = value?.elementsOrSelf
        var siblings = sibling.elementsOrSelf
        while true {
            try spend()
            let nextValue = values?.next()
            let nextSibling = siblings.next()
            if nextValue == nil && nextSibling == nil { return }
            let item = nextValue?.kind == .null ? nil : nextValue
            if let nextSibling, nextSibling.isObject {
                try walk(PathNode(item, sibling: nextSibling, type: type), step, end, plan)
            } else if let item {
                try walk(PathNode(item, type: type), step, end, plan)
            }
        }
    }

    /// The type that a resource names in itself.
    func resourceType(of resource: JSONValue) -> TypeID? {
        guard let name = resource.member(numbered: wellKnown.resourceType), name.isString else { return nil }
        return definitions.resourceType(named: name.utf8)
    }

    /// The children of an element, of all names.
    func children(of node: PathNode, _ visit: (PathNode) throws(PathError) -> Void) throws(PathError) {
        guard let object = node.object else { return }
        for member in object.members where member.number != 0 {
            guard let shape = definitions.shape(of: node.type, numbered: member.number) else { continue }
            var value: JSONValue? = member.value
            var sibling: JSONValue?
            if shape.isExtension {
                guard object.member(numbered: shape.nameNumber) == nil else { continue }
                value = nil
                sibling = member.value
            } else if shape.primitiveExtensionNumber != 0 {
                sibling = object.member(numbered: shape.primitiveExtensionNumber)
            }
            var values = value?.elementsOrSelf
            var siblings = sibling?.elementsOrSelf
            while true {
                try spend()
                let nextValue = values?.next()
                let nextSibling = siblings?.next()
                if nextValue == nil && nextSibling == nil { break }
                let item = nextValue?.kind == .null ? nil : nextValue
                if let nextSibling, nextSibling.isObject {
                    try visit(PathNode(item, sibling: nextSibling, type: shape.type))
                } else if let item {
                    let type = shape.holdsResource ? resourceType(of: item) ?? wellKnown.resource : shape.type
                    try visit(PathNode(item, type: type))
                }
            }
        }
    }
}
