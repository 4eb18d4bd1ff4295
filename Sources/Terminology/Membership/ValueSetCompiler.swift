/// Makes the definition of a value set ready: chooses concepts by filters, and looks up what is imported.
struct ValueSetCompiler {
    let view: DefinitionView
    /// The addresses of the value sets that led here, outermost first.
    var importers: [String] = []
    var rules = VersionRules()

    /// - Throws: `TerminologyError.invalid` if the value set imports itself, `.tooCostly` if it is too large.
    func compile(_ model: ValueSetModel) throws(TerminologyError) -> ValueSetMembers {
        if !model.url.isEmpty, importers.contains(model.url) {
            let circle = (importers + [model.url]).joined(separator: ", ")
            throw TerminologyError(.invalid, "a value set imports itself: \(circle)")
        }
        guard importers.count < view.limits.importDepthMax else {
            throw TerminologyError(.tooCostly, "value sets import one another too deep at \(model.url)")
        }
        let partCount = model.includes.count + model.excludes.count
        let importCount = (model.includes + model.excludes).reduce(0) { $0 + $1.valueSets.count }
        guard partCount <= view.limits.partsMax, importCount <= view.limits.importsMax else {
            throw TerminologyError(.tooCostly, "\(model.url) has too many parts")
        }
        var work = Work(left: view.limits.filteredCodesMax)
        let chosen = try parts(model.includes, of: model, &work)
        // A definition that cannot be worked out here may have brought its codes along.
        if let expanded = model.expanded, model.includes.isEmpty || chosen.contains(where: \.isOpen) {
            return try members(model, try parts(expanded, of: model, &work), [], work)
        }
        return try members(model, chosen, try parts(model.excludes, of: model, &work), work)
    }

    private func members(
        _ model: ValueSetModel, _ includes: [MemberPart], _ excludes: [MemberPart], _ work: Work
    ) throws(TerminologyError) -> ValueSetMembers {
        let made = ValueSetMembers(
            header: model.header, includes: includes, excludes: excludes, usedSystems: work.systems)
        // Value sets that import one another crosswise cost twice as much at each level.
        guard made.weight <= view.limits.decisionsMax else {
            throw TerminologyError(.tooCostly, "\(model.url) imports too much")
        }
        return made
    }

    /// What one value set has cost so far, and used.
    private struct Work {
        /// Concepts that filters may still go through.
        var left: Int
        var systems: [CodeSystemModel] = []
    }

    private func parts(
        _ parts: [ValueSetPart], of model: ValueSetModel, _ work: inout Work
    ) throws(TerminologyError) -> [MemberPart] {
        var made: [MemberPart] = []
        made.reserveCapacity(parts.count)
        for part in parts { made.append(try member(part, of: model, &work)) }
        return made
    }

    private func member(
        _ part: ValueSetPart, of model: ValueSetModel, _ work: inout Work
    ) throws(TerminologyError) -> MemberPart {
        var imports: [MemberPart.Import] = []
        for address in part.valueSets { imports.append(try imported(address, by: model)) }
        guard !part.system.isEmpty else {
            return MemberPart(system: "", version: nil, selection: .everything, imports: imports)
        }
        let version = try rules.version(of: part.system, saying: part.version)
        let system = try view.codeSystem(Canonical(url: part.system, version: version))
        let isInactiveToo = model.includesInactive ?? true
        let selection: MemberPart.Selection
        if let listed = part.listed {
            selection = .listed(MemberList(listed, system: system, isInactiveToo: isInactiveToo))
        } else if let system, system.count > 0 {
            if !work.systems.contains(where: { $0 === system }) { work.systems.append(system) }
            selection = try choose(part.filters, of: system, isInactiveToo, &work)
        } else {
            let reason = DefinitionView.unheld(part.system, version: version)
            selection = part.filters.isEmpty ? .unheld(reason) : .undecided(reason)
        }
        return MemberPart(
            system: part.system, version: version ?? (part.listed == nil ? system?.version : nil),
            selection: selection, imports: imports)
    }

    private func choose(
        _ filters: [ValueSetFilter], of system: CodeSystemModel, _ isInactiveToo: Bool, _ work: inout Work
    ) throws(TerminologyError) -> MemberPart.Selection {
        var chosen: ConceptSet?
        for filter in filters {
            work.left -= system.count + 16
            guard work.left >= 0 else {
                throw TerminologyError(.tooCostly, "the filters of a value set go through too many codes")
            }
            do throws(TerminologyError) {
                let found = try ConceptFilter(system: system, filter: filter).chosen()
                if chosen?.formIntersection(found) == nil { chosen = found }
            } catch {
                // Who asks for the codes is told; for other systems' codes the value set still answers.
                return .undecided(error)
            }
        }
        if !isInactiveToo {
            var active = chosen ?? ConceptSet(capacity: system.count, isFull: true)
            for number in 0..<system.count where system.concepts[number].isInactive { active.remove(number) }
            chosen = active
        }
        return .chosen(system, chosen, rest: system.isComplete ? nil : DefinitionView.incomplete(system))
    }

    private func imported(_ address: String, by model: ValueSetModel) throws(TerminologyError) -> MemberPart.Import {
        let canonical = Canonical(address)
        let importers = importers + [model.url.isEmpty ? "(the value set in question)" : model.url]
        if importers.contains(canonical.url) {
            let circle = (importers + [canonical.url]).joined(separator: ", ")
            throw TerminologyError(.invalid, "a value set imports itself: \(circle)")
        }
        guard rules.isEmpty else {
            guard let found = try view.valueSet(canonical) else { return .unheld(Self.missing(canonical, model)) }
            return .members(try ValueSetCompiler(view: view, importers: importers, rules: rules).compile(found))
        }
        do throws(TerminologyError) {
            return .members(try view.members(of: canonical, importers: importers))
        } catch {
            guard error.code == .notFound else { throw error }
            return .unheld(Self.missing(canonical, model))
        }
    }

    private static func missing(_ canonical: Canonical, _ model: ValueSetModel) -> TerminologyError {
        TerminologyError(.notSupported, "the value set \(canonical), which \(model.url) imports, is not held here")
    }
}
