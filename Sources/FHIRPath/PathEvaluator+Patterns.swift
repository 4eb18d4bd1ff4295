extension PathEvaluator {
    /// `matches`, `matchesFull` and `replaceMatches`.
    func applyPattern(
        _ function: PathFunction, _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        var arguments: [UnsafeRawBufferPointer] = []
        var isEmpty = false
        for place in 1..<Int(node.operandCount) {
            guard let argument = try argument(place, node, plan, frame) else {
                isEmpty = true
                continue
            }
            guard case .string(let text) = argument else {
                throw fail(.badArguments, "\(function.rawValue)() takes text", node)
            }
            arguments.append(text)
        }
        guard let item = try one(input, node) else { return }
        guard case .string(let text) = item else {
            throw fail(.wrongType, "\(function.rawValue)() of what is no text", node)
        }
        count = input.lowerBound
        if isEmpty { return }
        let pattern = try pattern(function, arguments, node, plan)
        guard function == .replaceMatches else {
            let isFound = try bounded(node) { (steps: inout Int) throws(PatternError) in
                var machine = PatternMachine(pattern, keepsGroups: false)
                return try machine.match(text, from: 0, isWhole: function == .matchesFull, steps: &steps) != nil
            }
            return try push(.boolean(isFound))
        }
        // An empty expression replaces nothing.
        guard !arguments[0].isEmpty else { return try push(.string(text)) }
        let pieces = try bounded(node) { (steps: inout Int) throws(PatternError) in
            let substitution = try PatternSubstitution(arguments[1], for: pattern)
            return try substitution.pieces(of: text, pattern, steps: &steps)
        }
        try push(.string(try joined(pieces, node)))
    }

    /// Lets a match take of the steps that are left.
    private func bounded<Result>(
        _ node: PlanNode, _ body: (inout Int) throws(PatternError) -> Result
    ) throws(PathError) -> Result {
        var steps = stepsLeft
        defer { stepsLeft = steps }
        do throws(PatternError) {
            return try body(&steps)
        } catch {
            let code: PathError.Code = error.code == .limit ? .limit : .badArguments
            throw PathError(code: code, detail: error.description, offset: Int(node.offset), cause: error)
        }
    }

    /// The compiled regular expression: the plan's, the one computed last, or a new one.
    private func pattern(
        _ function: PathFunction, _ arguments: [UnsafeRawBufferPointer], _ node: PlanNode, _ plan: PathPlan
    ) throws(PathError) -> TextPattern {
        if node.stepCount > 0 { return plan.patterns[Int(node.stepCount) - 1] }
        let text = String(decoding: arguments[0], as: UTF8.self)
        let flagPlace = function == .replaceMatches ? 2 : 1
        let flags = arguments.count > flagPlace ? String(decoding: arguments[flagPlace], as: UTF8.self) : ""
        if let lastPattern, lastPattern.text == text, lastPattern.flags == flags { return lastPattern.pattern }
        let pattern = try bounded(node) { (steps: inout Int) throws(PatternError) in
            let pattern = try TextPattern(text, flags: flags)
            steps -= pattern.program.count * 4 + text.utf8.count * 4
            return pattern
        }
        lastPattern = (text, flags, pattern)
        return pattern
    }
}
