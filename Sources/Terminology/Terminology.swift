internal import JSONTape

/// Answers questions about codes from the definitions that a tenant stored and those that are part of the program, the
/// stored ones first.
///
/// Every question sees the source as it is when it is asked: what is kept for later is dropped when the source changes.
/// Code systems that are held by nobody here (SNOMED CT, LOINC, RxNorm, UCUM …) are known by what value sets list of
/// them; beyond that the answer is "unknown", with the reason, never a guess.
/// - Source: FHIR R4 terminology service, https://hl7.org/fhir/R4/terminology-service.html
package final class Terminology: Sendable {
    package let builtIn: BuiltInTerminology
    package let limits: TerminologyLimits
    private let source: (any TerminologySource)?
    private let cache: DefinitionCache

    /// - Parameter source: the definitions that one tenant stored.
    package init(
        builtIn: BuiltInTerminology, source: (any TerminologySource)? = nil, limits: TerminologyLimits = .init()
    ) {
        self.builtIn = builtIn
        self.source = source
        self.limits = limits
        cache = DefinitionCache(bytesMax: limits.cacheBytesMax)
    }

    /// The definitions as they are now.
    func present() throws(TerminologyError) -> DefinitionView {
        guard let source else {
            return DefinitionView(builtIn: builtIn, source: nil, cache: cache, revision: 0, limits: limits)
        }
        let revision: UInt64
        do {
            revision = try source.revision()
        } catch {
            throw DefinitionView.failed(error)
        }
        cache.follow(revision)
        return DefinitionView(builtIn: builtIn, source: source, cache: cache, revision: revision, limits: limits)
    }

    /// The code system of an address, `url` or `url|version`; `nil` if it is not held.
    package func codeSystem(_ address: String) throws(TerminologyError) -> CodeSystemModel? {
        try present().codeSystem(Canonical(address))
    }

    /// The value set of an address, `url` or `url|version`, implicit ones included; `nil` if it is not held.
    package func valueSet(_ address: String) throws(TerminologyError) -> ValueSetModel? {
        try present().valueSet(Canonical(address))
    }

    /// The members of a value set, made ready for many questions. They stay as they are when the source changes.
    /// - Throws: `TerminologyError.notFound` if the value set is not held; `.invalid` if it imports itself.
    package func members(of valueSet: String) throws(TerminologyError) -> ValueSetMembers {
        try present().members(of: Canonical(valueSet))
    }

    /// Whether a code is in a value set.
    /// - Parameter system: `nil` asks for the code in whatever system the value set has it.
    /// - Throws: `TerminologyError.notFound` if the value set is not held; `.invalid` if it imports itself.
    package func contains(
        system: String?, code: String, valueSet: String
    ) throws(TerminologyError) -> Membership {
        try members(of: valueSet).contains(system: system, code: code)
    }

    /// All codes of a value set, for a search by `:in`.
    /// - Throws: `TerminologyError.notSupported` if some cannot be known here, naming their code system; `.tooCostly` if
    ///   there are more than `TerminologyLimits.expansionCodesMax`.
    package func codes(in valueSet: String) throws(TerminologyError) -> [SystemCode] {
        var codes: [SystemCode] = []
        var seen = Set<SystemCode>()
        let members = try members(of: valueSet)
        try members.visit(VisitBudget(limits.visitsMax)) { (member) throws(TerminologyError) in
            let code = SystemCode(system: member.system, code: member.code)
            guard seen.insert(code).inserted else { return true }
            guard codes.count < limits.expansionCodesMax else {
                throw TerminologyError(.tooCostly, "\(valueSet) has more than \(limits.expansionCodesMax) codes")
            }
            codes.append(code)
            return true
        }
        return codes
    }

    /// Whether a code exists in its system.
    package func contains(_ code: SystemCode) throws(TerminologyError) -> Membership {
        guard let system = try present().codeSystem(Canonical(code.system)) else {
            return .unknown(DefinitionView.unheld(code.system))
        }
        if system.concept(code.code) != nil { return .member }
        return system.isComplete ? .notMember : .unknown(DefinitionView.incomplete(system))
    }
}
