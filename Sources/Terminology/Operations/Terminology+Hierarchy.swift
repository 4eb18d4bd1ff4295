extension Terminology {
    /// Whether a code is above another of the same system.
    /// - Throws: `TerminologyError.notSupported` if the code system is not held, or has no hierarchy of kinds;
    ///   `.codeInvalid` for a code that it does not have.
    /// - Source: https://hl7.org/fhir/R4/codesystem-operation-subsumes.html
    package func subsumes(
        system address: String, _ first: String, _ second: String
    ) throws(TerminologyError) -> SubsumptionOutcome {
        try subsumes(hierarchical(address), first, second)
    }

    /// Whether a code is above another of a code system at hand.
    /// - Throws: as `subsumes(system:_:_:)`.
    package func subsumes(
        _ system: CodeSystemModel, _ first: String, _ second: String
    ) throws(TerminologyError) -> SubsumptionOutcome {
        try checkHierarchy(of: system)
        let one = try number(of: first, in: system)
        let other = try number(of: second, in: system)
        if one == other { return .equivalent }
        if system.hierarchy.closure(above: [other]).contains(one) { return .subsumes }
        if system.hierarchy.closure(above: [one]).contains(other) { return .subsumedBy }
        return .notSubsumed
    }

    /// A code and all below it, for a search by `:below`.
    /// - Throws: as `subsumes`; `TerminologyError.tooCostly` if there are more than
    ///   `TerminologyLimits.expansionCodesMax`.
    package func descendants(of code: SystemCode) throws(TerminologyError) -> [SystemCode] {
        let system = try hierarchical(code.system)
        return try codes(system.hierarchy.closure(below: [number(of: code.code, in: system)]), of: system)
    }

    /// A code and all above it, for a search by `:above`.
    /// - Throws: as `descendants`.
    package func ancestors(of code: SystemCode) throws(TerminologyError) -> [SystemCode] {
        let system = try hierarchical(code.system)
        return try codes(system.hierarchy.closure(above: [number(of: code.code, in: system)]), of: system)
    }

    private func hierarchical(_ address: String) throws(TerminologyError) -> CodeSystemModel {
        let canonical = Canonical(address)
        guard let system = try present().codeSystem(canonical) else {
            throw DefinitionView.unheld(canonical.url, version: canonical.version)
        }
        try checkHierarchy(of: system)
        return system
    }

    private func checkHierarchy(of system: CodeSystemModel) throws(TerminologyError) {
        guard system.count > 0 else { throw DefinitionView.incomplete(system) }
        guard system.isSubsumptive else {
            throw TerminologyError(
                .notSupported,
                "the hierarchy of \(system.url) is \(system.hierarchyMeaning ?? ""), which makes no code a kind of another"
            )
        }
    }

    private func number(of code: String, in system: CodeSystemModel) throws(TerminologyError) -> Int {
        guard let number = system.number(of: code) else {
            guard system.isComplete else { throw DefinitionView.incomplete(system) }
            throw TerminologyError(.codeInvalid, "\(system.url) has no code \(code)")
        }
        return number
    }

    private func codes(_ set: ConceptSet, of system: CodeSystemModel) throws(TerminologyError) -> [SystemCode] {
        guard set.count <= limits.expansionCodesMax else {
            throw TerminologyError(.tooCostly, "more than \(limits.expansionCodesMax) codes of \(system.url)")
        }
        return set.numbers.map { SystemCode(system: system.url, code: Concept(system: system, number: $0).code) }
    }
}
