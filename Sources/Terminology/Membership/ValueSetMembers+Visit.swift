/// A code that a value set has, as it is met when all are gone through.
struct ValueSetMember {
    var system: String
    var version: String?
    var code: String
    /// In the code system, if that is held.
    var concept: Concept?
    /// In the value set's list, if it is listed.
    var listed: (concepts: ListedConcepts, number: Int)?
}

extension ValueSetMembers {
    /// Goes through the codes in the order of the definition; a code of several parts comes several times.
    /// - Parameter body: returns whether to go on.
    /// - Returns: whether all were gone through.
    /// - Throws: `TerminologyError.notSupported` where codes cannot be known here; `.tooCostly` beyond the budget; what
    ///   `body` throws.
    @discardableResult
    func visit(
        _ budget: VisitBudget, _ body: (ValueSetMember) throws(TerminologyError) -> Bool
    ) throws(TerminologyError) -> Bool {
        for part in includes {
            let goesOn = try part.visit(budget) { (member) throws(TerminologyError) in
                if !excludes.isEmpty {
                    try budget.spend(weight)
                    let excluded = member.withUTF8 { excludes($0, $1) }
                    if let reason = excluded.reason { throw reason }
                    if excluded.isMember { return true }
                }
                return try body(member)
            }
            if !goesOn { return false }
        }
        return true
    }
}

extension ValueSetMember {
    func withUTF8<Result>(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Result) -> Result {
        var system = system
        var code = code
        return system.withUTF8 { system in
            code.withUTF8 { code in body(UnsafeRawBufferPointer(system), UnsafeRawBufferPointer(code)) }
        }
    }
}

extension MemberPart {
    fileprivate typealias Body = (ValueSetMember) throws(TerminologyError) -> Bool

    fileprivate func visit(_ budget: VisitBudget, _ body: Body) throws(TerminologyError) -> Bool {
        switch selection {
        case .everything:
            guard let first = imports.first else { return true }
            switch first {
            case .unheld(let error): throw error
            case .members(let members):
                return try members.visit(budget) { (member) throws(TerminologyError) in
                    guard try isImported(member, imports.dropFirst(), budget) else { return true }
                    return try body(member)
                }
            }
        case .listed(let list):
            for number in list.numbers {
                let code = list.concepts.code(number)
                let member = ValueSetMember(
                    system: system, version: version, code: code, concept: list.system?.concept(code),
                    listed: (list.concepts, number))
                guard try offer(member, budget, body) else { return false }
            }
        case .chosen(let model, let set, _):
            // Of several concepts with one code the first stands for it, as in look-ups.
            for number in set?.numbers ?? Array(0..<model.count) {
                let concept = Concept(system: model, number: number)
                let member = ValueSetMember(system: system, version: version, code: concept.code, concept: concept)
                guard try offer(member, budget, body) else { return false }
            }
        case .unheld(let error), .undecided(let error):
            throw error
        }
        return true
    }

    private func offer(
        _ member: ValueSetMember, _ budget: VisitBudget, _ body: Body
    ) throws(TerminologyError) -> Bool {
        try budget.spend(1)
        guard try isImported(member, imports[...], budget) else { return true }
        return try body(member)
    }

    /// Whether a code is in the value sets that the part imports.
    private func isImported(
        _ member: ValueSetMember, _ imports: ArraySlice<Import>, _ budget: VisitBudget
    ) throws(TerminologyError) -> Bool {
        for item in imports {
            try budget.spend(item.weight)
            let membership = member.withUTF8 { item.contains($0, $1) }
            if let reason = membership.reason { throw reason }
            if membership.isNotMember { return false }
        }
        return true
    }
}
