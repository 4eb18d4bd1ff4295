internal import JSONTape

extension PathEvaluator {
    /// Existence, subsetting and combining.
    func applyToCollection(
        _ function: PathFunction, _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let mark = input.lowerBound
        switch function {
        case .allTrue, .anyTrue, .allFalse, .anyFalse: try truths(function, input, node)
        case .distinct: try removeDuplicates(from: mark)
        case .isDistinct:
            try removeDuplicates(from: mark)
            try replace(from: mark, with: .boolean(count - mark == input.count))
        case .single: if input.count > 1 { throw notSingular(node) }
        case .first: count = min(count, mark + 1)
        case .last: try replace(from: mark, with: input.isEmpty ? nil : stack[input.upperBound - 1])
        case .tail: remove(from: mark, to: min(mark + 1, count))
        case .skip, .take:
            guard let item = try argument(1, node, plan, frame) else {
                count = mark
                return
            }
            guard case .integer(let wanted) = item else {
                throw fail(.wrongType, "\(function.rawValue)() takes an integer", node)
            }
            let place = mark + Int(max(0, min(wanted, Int64(input.count))))
            if function == .take { count = place } else { remove(from: mark, to: place) }
        default: try combine(function, input, node, plan, frame)
        }
    }

    private func truths(_ function: PathFunction, _ input: Range<Int>, _ node: PlanNode) throws(PathError) {
        var hasTrue = false
        var hasFalse = false
        for place in input {
            guard case .boolean(let truth) = value(of: stack[place]) else {
                throw fail(.wrongType, "\(function.rawValue)() of what is no truth value", node)
            }
            if truth { hasTrue = true } else { hasFalse = true }
        }
        let result =
            switch function {
            case .allTrue: !hasFalse
            case .anyTrue: hasTrue
            case .allFalse: !hasTrue
            default: hasFalse
            }
        try replace(from: input.lowerBound, with: .boolean(result))
    }

    /// The functions of two collections.
    private func combine(
        _ function: PathFunction, _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let mark = input.lowerBound
        try evaluate(operand(1, of: node, plan), plan, frame)
        let other = input.upperBound..<count
        switch function {
        case .combine: return
        case .union: try removeDuplicates(from: mark)
        case .subsetOf: try replace(from: mark, with: .boolean(try isSubset(input, of: other)))
        case .supersetOf: try replace(from: mark, with: .boolean(try isSubset(other, of: input)))
        case .intersect, .exclude:
            var kept = mark
            for place in input {
                let item = stack[place]
                guard try isMember(item, of: other) == (function == .intersect) else { continue }
                stack[kept] = item
                kept += 1
            }
            count = kept
            if function == .intersect { try removeDuplicates(from: mark) }
        default:
            // Extensions of a url that is known only now.
            guard let url = try one(other, node) else {
                count = mark
                return
            }
            var kept = mark
            for place in input {
                guard case .node(let item) = stack[place],
                    let found = item.object?.member(numbered: wellKnown.url),
                    try areEqual(.string(found.utf8), url) ?? false
                else { continue }
                stack[kept] = stack[place]
                kept += 1
            }
            count = kept
        }
    }

    private func isMember(_ item: PathItem, of other: Range<Int>) throws(PathError) -> Bool {
        for place in other where try areEqual(stack[place], item) ?? false { return true }
        return false
    }

    private func isSubset(_ left: Range<Int>, of right: Range<Int>) throws(PathError) -> Bool {
        for place in left where try !isMember(stack[place], of: right) { return false }
        return true
    }
}
