extension PathEvaluator {
    /// The functions whose argument is evaluated for each item.
    func applyCriteria(
        _ function: PathFunction, _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let mark = input.lowerBound
        switch function {
        case .iif: return try iif(input, node, plan, frame)
        case .sort: return try sort(input, node, plan)
        case .aggregate: return try aggregate(input, node, plan, frame)
        case .repeat, .repeatAll: return try `repeat`(function, input, node, plan)
        case .coalesce: return try coalesce(input, node, plan, frame)
        case .trace: return try trace(input, node, plan, frame)
        default: break
        }
        let criterion = operand(1, of: node, plan)
        switch function {
        case .all:
            for (index, place) in input.enumerated() {
                let item = Frame(this: stack[place], index: Int64(index))
                if try !holds(criterion, plan, item) { return try replace(from: mark, with: .boolean(false)) }
            }
            try replace(from: mark, with: .boolean(true))
        case .where:
            var kept = mark
            for (index, place) in input.enumerated() {
                let item = stack[place]
                guard try holds(criterion, plan, Frame(this: item, index: Int64(index))) else { continue }
                stack[kept] = item
                kept += 1
            }
            count = kept
        default:
            for (index, place) in input.enumerated() {
                try evaluate(criterion, plan, Frame(this: stack[place], index: Int64(index)))
            }
            remove(from: mark, to: input.upperBound)
        }
    }

    private func iif(
        _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        guard input.count <= 1 else { throw notSingular(node) }
        var inner = Frame(this: .boolean(false), hasThis: false, index: frame.index)
        if !input.isEmpty {
            inner.this = stack[input.lowerBound]
            inner.hasThis = true
        }
        count = input.lowerBound
        guard let item = try singleValue(operand(1, of: node, plan), plan, inner, node) else {
            return try otherwise(node, plan, inner)
        }
        guard case .boolean(let truth) = item else {
            throw fail(.wrongType, "a criterion that is no truth value", node)
        }
        if truth { try evaluate(operand(2, of: node, plan), plan, inner) } else { try otherwise(node, plan, inner) }
    }

    private func otherwise(_ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame) throws(PathError) {
        if node.operandCount > 3 { try evaluate(operand(3, of: node, plan), plan, frame) }
    }

    private func aggregate(
        _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let items = Array(UnsafeBufferPointer(start: stack + input.lowerBound, count: input.count))
        let mark = input.lowerBound
        count = mark
        if node.operandCount > 2 { try evaluate(operand(2, of: node, plan), plan, frame) }
        totals.append(try takeItems(from: mark))
        defer { totals.removeLast() }
        for (index, item) in items.enumerated() {
            try evaluate(operand(1, of: node, plan), plan, Frame(this: item, index: Int64(index)))
            totals[totals.count - 1] = try takeItems(from: mark)
        }
        for item in totals[totals.count - 1] { try push(item) }
    }

    private func takeItems(from mark: Int) throws(PathError) -> [PathItem] {
        try spend(count - mark)
        defer { count = mark }
        return Array(UnsafeBufferPointer(start: stack + mark, count: count - mark))
    }

    /// The first argument that is not empty; those behind it are not evaluated.
    private func coalesce(
        _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        count = input.lowerBound
        for place in 1..<Int(node.operandCount) where count == input.lowerBound {
            try evaluate(operand(place, of: node, plan), plan, frame)
        }
    }

    private func trace(
        _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        guard let tracer = services.tracer else { return }
        var name = ""
        if case .string(let text)? = try argument(1, node, plan, frame) { name = String(decoding: text, as: UTF8.self) }
        if node.operandCount > 2 {
            for (index, place) in input.enumerated() {
                try evaluate(operand(2, of: node, plan), plan, Frame(this: stack[place], index: Int64(index)))
            }
            tracer.trace(name, try takeItems(from: input.upperBound))
        } else {
            tracer.trace(name, Array(UnsafeBufferPointer(start: stack + input.lowerBound, count: input.count)))
        }
    }

    /// Of `repeat`, items that were found already are not gone into again, so that it ends.
    private func `repeat`(
        _ function: PathFunction, _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan
    ) throws(PathError) {
        let body = operand(1, of: node, plan)
        let found = input.upperBound
        for (index, place) in input.enumerated() {
            try extend(function, found, body, Frame(this: stack[place], index: Int64(index)), plan)
        }
        var next = found
        while next < count {
            try extend(function, found, body, Frame(this: stack[next], index: Int64(next - found)), plan)
            next += 1
        }
        remove(from: input.lowerBound, to: found)
    }

    private func extend(
        _ function: PathFunction, _ found: Int, _ body: Int32, _ frame: borrowing Frame, _ plan: PathPlan
    ) throws(PathError) {
        let before = count
        try evaluate(body, plan, frame)
        guard function == .repeat else { return }
        var kept = before
        for place in before..<count {
            let item = stack[place]
            var isNew = true
            for other in found..<kept where try areEqual(stack[other], item) ?? false {
                isNew = false
                break
            }
            if isNew {
                stack[kept] = item
                kept += 1
            }
        }
        count = kept
    }

    private struct Keyed {
        var item: PathItem
        var keys: [PathItem?]
    }

    /// Sorts by the keys, items without a key first in either order; stable.
    private func sort(_ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan) throws(PathError) {
        var items: [Keyed] = []
        for place in input {
            let item = stack[place]
            var keys: [PathItem?] = []
            if node.operandCount == 1 { keys.append(value(of: item)) }
            for key in 1..<max(1, Int(node.operandCount)) {
                keys.append(try singleValue(operand(key, of: node, plan), plan, Frame(this: item), node))
            }
            items.append(Keyed(item: item, keys: keys))
        }
        let sorted = try mergeSorted(items[...], node)
        for (place, item) in zip(input, sorted) { stack[place] = item.item }
    }

    private func mergeSorted(_ items: ArraySlice<Keyed>, _ node: PlanNode) throws(PathError) -> [Keyed] {
        guard items.count > 1 else { return Array(items) }
        let middle = (items.startIndex + items.endIndex) / 2
        let left = try mergeSorted(items[..<middle], node)
        let right = try mergeSorted(items[middle...], node)
        var merged: [Keyed] = []
        merged.reserveCapacity(items.count)
        var next = 0
        for item in left {
            while next < right.count, try isBefore(right[next], item, node) {
                merged.append(right[next])
                next += 1
            }
            merged.append(item)
        }
        merged += right[next...]
        return merged
    }

    private func isBefore(_ left: Keyed, _ right: Keyed, _ node: PlanNode) throws(PathError) -> Bool {
        try spend()
        for place in left.keys.indices {
            let order: Int
            switch (left.keys[place], right.keys[place]) {
            case (nil, nil): order = 0
            case (nil, _): return true
            case (_, nil): return false
            case (let one?, let other?): order = try compare(one, other, node) ?? 0
            }
            guard order != 0 else { continue }
            let isDescending = node.stepCount >> Int32(place) & 1 == 1
            return isDescending ? order > 0 : order < 0
        }
        return false
    }
}
