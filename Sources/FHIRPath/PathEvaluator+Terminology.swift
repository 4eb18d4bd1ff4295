internal import JSONTape

extension PathEvaluator {
    /// A code with where it comes from.
    private struct Code {
        var system: String?
        var version: String?
        var code: String
    }

    /// `memberOf`, `subsumes` and `subsumedBy`.
    /// - Source: FHIR R4, https://hl7.org/fhir/R4/fhirpath.html#functions.
    func applyTerminology(
        _ function: PathFunction, _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let mark = input.lowerBound
        try evaluate(operand(1, of: node, plan), plan, frame)
        let argument = input.upperBound..<count
        guard input.count == 1, argument.count == 1 else { return count = mark }
        let codes = try codes(of: stack[mark], function, node)
        let other = stack[argument.lowerBound]
        let result: Bool?
        if function == .memberOf {
            guard case .string(let valueSet) = value(of: other) else {
                throw fail(.badArguments, "memberOf() takes the url of a value set", node)
            }
            result = try isMember(codes, of: String(decoding: valueSet, as: UTF8.self), node)
        } else {
            let others = try self.codes(of: other, function, node)
            let isForward = function == .subsumes
            result = try doSubsume(isForward ? codes : others, isForward ? others : codes, function, node)
        }
        try replace(from: mark, with: result.map { .boolean($0) })
    }

    /// The codes of a CodeableConcept, a Coding, a code or a text.
    private func codes(of item: PathItem, _ function: PathFunction, _ node: PlanNode) throws(PathError) -> [Code] {
        if case .node(let element) = item, element.type == wellKnown.codeableConcept {
            guard let all = element.object?.member(numbered: wellKnown.codings) else { return [] }
            var codes: [Code] = []
            for coding in all.elements {
                try spend()
                if let code = code(of: coding) { codes.append(code) }
            }
            return codes
        }
        if case .node(let element) = item, element.type == wellKnown.coding {
            return element.value.flatMap { code(of: $0) }.map { [$0] } ?? []
        }
        switch value(of: item) {
        case .string(let text): return [Code(code: String(decoding: text, as: UTF8.self))]
        case .node(let element) where !element.hasValue: return []
        default: throw fail(.wrongType, "\(function.rawValue)() of what is no code", node)
        }
    }

    private func code(of coding: JSONValue) -> Code? {
        guard let code = coding.member(numbered: wellKnown.code)?.string else { return nil }
        return Code(
            system: coding.member(numbered: wellKnown.system)?.string,
            version: coding.member(numbered: wellKnown.version)?.string, code: code)
    }

    private func isMember(_ codes: [Code], of valueSet: String, _ node: PlanNode) throws(PathError) -> Bool? {
        guard let terminology = services.terminology else {
            throw fail(.noService, "memberOf() needs terminology, and none is at hand", node)
        }
        var isKnown = true
        for code in codes {
            try spend()
            do {
                let found = try terminology.contains(
                    system: code.system, version: code.version, code: code.code, valueSet: valueSet)
                if found == true { return true }
                if found == nil { isKnown = false }
            } catch {
                throw failed("memberOf()", error, node)
            }
        }
        return isKnown ? false : nil
    }

    private func doSubsume(
        _ codes: [Code], _ others: [Code], _ function: PathFunction, _ node: PlanNode
    ) throws(PathError) -> Bool? {
        var isKnown = true
        for code in codes {
            for other in others {
                try spend()
                if code.system == other.system, code.code == other.code { return true }
                guard let system = code.system, let otherSystem = other.system else {
                    isKnown = false
                    continue
                }
                guard let terminology = services.terminology else {
                    throw fail(.noService, "\(function.rawValue)() needs terminology, and none is at hand", node)
                }
                do {
                    let found = try terminology.subsumes(
                        system: system, code: code.code, otherSystem: otherSystem, otherCode: other.code)
                    if found == true { return true }
                    if found == nil { isKnown = false }
                } catch {
                    throw failed("\(function.rawValue)()", error, node)
                }
            }
        }
        return isKnown ? false : nil
    }

    /// The error of a service that failed.
    func failed(_ function: String, _ cause: any Error, _ node: PlanNode) -> PathError {
        if let error = cause as? PathError { return error }
        return PathError(
            code: .service, detail: "what \(function) asks for failed", offset: Int(node.offset), cause: cause)
    }
}
