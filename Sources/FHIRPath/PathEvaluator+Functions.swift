internal import Base
internal import FHIR
internal import JSONTape

extension PathEvaluator {
    /// Evaluates a function: its input is the first operand, its arguments are the others.
    func apply(
        _ function: PathFunction, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let mark = count
        try evaluate(operand(0, of: node, plan), plan, frame)
        let input = mark..<count
        switch function {
        case .empty: try replace(from: mark, with: .boolean(input.isEmpty))
        case .exists: try replace(from: mark, with: .boolean(!input.isEmpty))
        case .count: try replace(from: mark, with: .integer(Int64(input.count)))
        case .not, .hasValue, .getValue, .type, .resolve, .children, .descendants:
            try applyToItems(function, input, node)
        case .all, .where, .select, .repeat, .repeatAll, .aggregate, .sort, .iif, .coalesce, .trace:
            try applyCriteria(function, input, node, plan, frame)
        case .allTrue, .anyTrue, .allFalse, .anyFalse, .subsetOf, .supersetOf, .distinct, .isDistinct, .single,
            .first, .last, .tail, .skip, .take, .intersect, .exclude, .union, .combine, .extension:
            try applyToCollection(function, input, node, plan, frame)
        case .sum, .min, .max, .avg: try replace(from: mark, with: total(function, input, node))
        case .matches, .matchesFull, .replaceMatches: try applyPattern(function, input, node, plan, frame)
        case .memberOf, .subsumes, .subsumedBy: try applyTerminology(function, input, node, plan, frame)
        case .conformsTo, .elementDefinition, .slice, .checkModifiers, .htmlChecks:
            try applyProfiles(function, input, node, plan, frame)
        case .yearOf, .monthOf, .dayOf, .hourOf, .minuteOf, .secondOf, .millisecondOf, .timezoneOffsetOf, .dateOf,
            .timeOf:
            if let item = try one(input, node) { try replace(from: mark, with: part(function, of: item)) }
        case .duration, .difference: try applySpan(function, input, node, plan, frame)
        case .now, .today, .timeOfDay: try replace(from: mark, with: clock(function))
        case .join:
            try replace(from: mark, with: try join(input, node, plan, frame))
        case .exp, .ln, .log, .power, .sqrt, .abs, .ceiling, .floor, .truncate, .round, .lowBoundary, .highBoundary,
            .precision, .comparable:
            try applyMathematics(function, input, node, plan, frame)
        case .toBoolean, .toInteger, .toDecimal, .toString, .toDate, .toDateTime, .toTime, .toQuantity,
            .convertsToBoolean, .convertsToInteger, .convertsToDecimal, .convertsToString, .convertsToDate,
            .convertsToDateTime, .convertsToTime, .convertsToQuantity:
            try applyConversion(function, input, node, plan, frame)
        case .indexOf, .lastIndexOf, .substring, .startsWith, .endsWith, .contains, .upper, .lower, .replace,
            .length, .toChars, .trim, .split, .encode, .decode, .escape, .unescape:
            try applyToText(function, input, node, plan, frame)
        case .ofType, .is, .as, .defineVariable, .hasExtension:
            // The compiler turns these into other operations.
            throw fail(.unsupportedFunction, "\(function.rawValue)() cannot be evaluated here", node)
        }
    }

    /// The input's one item as a value; `nil` if there is none.
    func one(_ input: Range<Int>, _ node: PlanNode) throws(PathError) -> PathItem? {
        guard input.count <= 1 else { throw notSingular(node) }
        return input.isEmpty ? nil : value(of: stack[input.lowerBound])
    }

    /// The value of an argument, `nil` if it is empty.
    func argument(
        _ place: Int, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) -> PathItem? {
        try singleValue(operand(place, of: node, plan), plan, frame, node)
    }

    private func clock(_ function: PathFunction) -> PathItem {
        let local = floorDivide(now.microseconds, 1000).quotient * 1000
        let day = floorDivide(local, 86_400_000_000)
        switch function {
        case .now:
            return .dateTime(
                DateTimeValue(localMicroseconds: local, precision: .fraction, hasZone: true, fractionDigits: 3))
        case .today:
            return .date(DateTimeValue(localMicroseconds: local - day.rest, precision: .day))
        default:
            return .time(TimeOfDay(microseconds: day.rest, precision: .fraction, fractionDigits: 3))
        }
    }

    private func applyToItems(_ function: PathFunction, _ input: Range<Int>, _ node: PlanNode) throws(PathError) {
        switch function {
        case .not:
            guard let item = try one(input, node) else { return }
            var truth = true
            if case .boolean(let value) = item { truth = value }
            try replace(from: input.lowerBound, with: .boolean(!truth))
        case .hasValue:
            try replace(from: input.lowerBound, with: .boolean(input.count == 1 && hasValue(stack[input.lowerBound])))
        case .getValue:
            let isGiven = input.count == 1 && hasValue(stack[input.lowerBound])
            try replace(from: input.lowerBound, with: isGiven ? value(of: stack[input.lowerBound]) : nil)
        case .type:
            for place in input { stack[place] = try typeInfo(stack[place], node) }
        case .resolve:
            for place in input {
                if let target = try resolve(stack[place], node) { try push(.node(target)) }
            }
            remove(from: input.lowerBound, to: input.upperBound)
        default:
            for place in input {
                guard case .node(let parent) = stack[place] else { continue }
                try pushChildren(of: parent, isDeep: function == .descendants)
            }
            remove(from: input.lowerBound, to: input.upperBound)
        }
    }

    private func pushChildren(of parent: PathNode, isDeep: Bool) throws(PathError) {
        try children(of: parent) { child throws(PathError) in
            try push(.node(child))
            if isDeep { try pushChildren(of: child, isDeep: true) }
        }
    }

    private func hasValue(_ item: PathItem) -> Bool {
        guard case .node(let node) = item else { return true }
        let kind = primitives[Int(node.type.raw)]
        return node.hasValue && kind != Self.notPrimitive && kind != Self.quantityMark
    }

    /// `type()`, or one of its elements where the compiler noted so.
    private func typeInfo(_ item: PathItem, _ node: PlanNode) throws(PathError) -> PathItem {
        switch (node.stepCount, item) {
        case (0, .node(let element)): return .typeInfo(element.type)
        case (0, _):
            guard let type = item.systemType else { throw fail(.wrongType, "no type of a type", node) }
            return .systemTypeInfo(type)
        case (1, .typeInfo(let type)): return try keep(definitions[type].name, node)
        case (1, .systemTypeInfo(let type)):
            return .string(UnsafeRawBufferPointer(start: type.name.utf8Start, count: type.name.utf8CodeUnitCount))
        case (_, .typeInfo): return try keep("FHIR", node)
        default: return try keep("System", node)
        }
    }
}
