internal import Glibc
internal import JSONTape

extension PathEvaluator {
    // MARK: Operators

    /// `+ - * / div mod`; `nil` where the result cannot be told or does not fit.
    func arithmetic(
        _ binary: PathOperator, _ left: PathItem, _ right: PathItem, _ node: PlanNode
    ) throws(PathError) -> PathItem? {
        switch (binary, left, right) {
        case (.add, .string(let one), .string(let other)): return .string(try joined([one, other], node))
        case (.add, _, .quantity(let span)), (.subtract, _, .quantity(let span)):
            if let moved = try moved(left, by: span.pointee, isBack: binary == .subtract, node) { return moved.item }
        case (_, .integer(let one), .integer(let other)) where binary != .divide:
            return integers(binary, one, other).flatMap { Int32(exactly: $0) }.map { .integer(Int64($0)) }
        default: break
        }
        if let one = decimal(left), let other = decimal(right) { return decimals(binary, one, other) }
        if let one = asQuantity(left), let other = asQuantity(right) { return try amount(binary, one, other, node) }
        throw fail(.wrongType, "'\(binary.rawValue)' does not take values of these types", node)
    }

    private func integers(_ binary: PathOperator, _ left: Int64, _ right: Int64) -> Int64? {
        switch binary {
        case .add: left + right
        case .subtract: left - right
        case .times: left * right
        case .div: right == 0 ? nil : left / right
        default: right == 0 ? nil : left % right
        }
    }

    private func decimals(_ binary: PathOperator, _ left: ExactDecimal, _ right: ExactDecimal) -> PathItem? {
        switch binary {
        case .add: left.adding(right).map { .decimal($0) }
        case .subtract: left.subtracting(right).map { .decimal($0) }
        case .times: left.multiplied(by: right).map { .decimal($0) }
        case .divide: left.divided(by: right).map { .decimal($0) }
        case .div: left.wholeQuotient(by: right).flatMap { Int32(exactly: $0) }.map { .integer(Int64($0)) }
        default: left.remainder(by: right).map { .decimal($0) }
        }
    }

    // MARK: Functions

    func applyMathematics(
        _ function: PathFunction, _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        guard let item = try one(input, node) else { return }
        var argument: PathItem?
        if node.operandCount > 1 {
            argument = try self.argument(1, node, plan, frame)
            if argument == nil { return count = input.lowerBound }
        }
        let result: PathItem?
        switch function {
        case .lowBoundary, .highBoundary: result = try boundary(item, argument, isHigh: function == .highBoundary, node)
        case .precision: result = precision(item)
        case .comparable:
            if let one = asQuantity(item), let other = argument.flatMap({ asQuantity($0) }) {
                try spendOnUnits(one, other)
                result = .boolean(one.compare(other) != nil)
            } else {
                result = nil
            }
        case .abs:
            switch item {
            case .integer(let value): result = .integer(Swift.abs(value))
            case .decimal(let value): result = value.mantissa < 0 ? value.negated.map { .decimal($0) } : item
            case .quantity(let value):
                let number = value.pointee.value
                result = number.mantissa < 0 ? number.negated.map { quantity($0, like: value.pointee) } : item
            default: throw notANumber(function, node)
            }
        case .ceiling, .floor, .truncate, .round:
            guard case .quantity(let value) = item else {
                result = try number(item, function, argument, node)
                break
            }
            let whole = try mathematics(function, item, value.pointee.value, argument, node)
            result = whole.flatMap { decimal($0) }.map { quantity($0, like: value.pointee) }
        default: result = try number(item, function, argument, node)
        }
        try replace(from: input.lowerBound, with: result)
    }

    private func number(
        _ item: PathItem, _ function: PathFunction, _ argument: PathItem?, _ node: PlanNode
    ) throws(PathError) -> PathItem? {
        guard let number = decimal(item) else { throw notANumber(function, node) }
        return try mathematics(function, item, number, argument, node)
    }

    private func notANumber(_ function: PathFunction, _ node: PlanNode) -> PathError {
        fail(.wrongType, "\(function.rawValue)() of what is no number", node)
    }

    private func mathematics(
        _ function: PathFunction, _ item: PathItem, _ number: ExactDecimal, _ argument: PathItem?, _ node: PlanNode
    ) throws(PathError) -> PathItem? {
        switch function {
        case .ceiling: return integer(number.rescaled(to: 0, .up))
        case .floor: return integer(number.rescaled(to: 0, .down))
        case .truncate: return integer(number.rescaled(to: 0, .towardZero))
        case .round:
            guard let argument else { return .decimal(number.rounded(to: 0)) }
            guard case .integer(let places) = argument, places >= 0 else {
                throw fail(.badArguments, "round() takes a number of digits", node)
            }
            return .decimal(number.rounded(to: Int(min(places, Int64(ExactDecimal.scaleMax)))))
        case .sqrt: return number.mantissa < 0 ? nil : binary(number.double.squareRoot())
        case .exp: return binary(Glibc.exp(number.double))
        case .ln: return number.mantissa <= 0 ? nil : binary(Glibc.log(number.double))
        case .log:
            guard let base = argument.flatMap({ decimal($0) }) else { throw notANumber(function, node) }
            guard number.mantissa > 0, base.mantissa > 0 else { return nil }
            return binary(Glibc.log(number.double) / Glibc.log(base.double))
        default:
            guard let power = argument.flatMap({ decimal($0) }) else { throw notANumber(function, node) }
            return try self.power(item, number, power)
        }
    }

    private func power(
        _ item: PathItem, _ base: ExactDecimal, _ power: ExactDecimal
    ) throws(PathError) -> PathItem? {
        guard let whole = power.integer, (0...1000).contains(whole) else {
            return binary(Glibc.pow(base.double, power.double))
        }
        try spend(Int(whole))
        var result = ExactDecimal(1)
        for _ in 0..<whole {
            guard let next = result.multiplied(by: base) else { return nil }
            result = next
        }
        if case .integer = item, power.scale == 0 { return integer(result) }
        return .decimal(result)
    }

    private func integer(_ value: ExactDecimal?) -> PathItem? {
        value?.integer.flatMap { Int32(exactly: $0) }.map { .integer(Int64($0)) }
    }

    private func binary(_ value: Double) -> PathItem? {
        ExactDecimal(nearest: value).map { .decimal($0) }
    }
}
