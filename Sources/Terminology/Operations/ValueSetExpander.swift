/// Goes through a value set's codes and keeps what is asked for.
struct ValueSetExpander {
    private let request: ExpansionRequest
    private let members: ValueSetMembers
    private let limits: TerminologyLimits
    private let filter: TextFilter
    private let excludedSystems: [Canonical]
    private var seen = Set<SystemCode>()
    private var kept: [ValueSetMember] = []
    private var total = 0

    init(_ request: ExpansionRequest, _ members: ValueSetMembers, limits: TerminologyLimits) {
        self.request = request
        self.members = members
        self.limits = limits
        filter = TextFilter(request.filter ?? "")
        excludedSystems = request.excludedSystems.map { Canonical($0) }
    }

    private var isPage: Bool { request.count != nil || request.offset != nil }

    /// - Throws: `TerminologyError.tooCostly` if there are too many codes, `.notSupported` if some are not held here.
    mutating func expand() throws(TerminologyError) -> ExpansionResult {
        if let count = request.count, count > limits.pageCodesMax {
            throw TerminologyError(.tooCostly, "a page has at most \(limits.pageCodesMax) codes")
        }
        if let offset = request.offset, offset < 0 { throw TerminologyError(.invalid, "the offset is negative") }
        if let count = request.count, count < 0 { throw TerminologyError(.invalid, "the count is negative") }
        let first = request.offset ?? 0
        // As many as fit a page where only an offset is given.
        let end = isPage ? first.addingReportingOverflow(request.count ?? limits.pageCodesMax) : (Int.max, false)
        let limit = end.1 ? Int.max : end.0
        try members.visit(VisitBudget(limits.visitsMax)) { (member) throws(TerminologyError) in
            guard isWanted(member) else { return true }
            guard seen.insert(SystemCode(system: member.system, code: member.code)).inserted else { return true }
            if total >= first, total < limit {
                guard isPage || kept.count < limits.expansionCodesMax else {
                    throw TerminologyError(
                        .tooCostly,
                        "\(members.header.url) has more than \(limits.expansionCodesMax) codes: ask by filter or count")
                }
                kept.append(member)
            }
            total += 1
            return true
        }
        return ExpansionResult(
            header: members.header, total: total, offset: isPage ? first : nil, parameters: parameters,
            entries: entries, includesDefinition: request.includesDefinition)
    }

    private func isWanted(_ member: ValueSetMember) -> Bool {
        if request.activeOnly, member.isInactive { return false }
        if request.excludesAbstract, member.isAbstract { return false }
        for system in excludedSystems
        where system.url == member.system && (member.version == nil || system.accepts(version: member.version)) {
            return false
        }
        return filter.isEmpty || filter.accepts(code: member.code, texts: member.texts)
    }

    private var entries: [ExpansionResult.Entry] {
        guard !isPage, filter.isEmpty, !request.excludesNested else { return kept.map(entry) }
        let tree = ExpansionTree(kept)
        return tree.entries { entry($0) }
    }

    private func entry(_ member: ValueSetMember) -> ExpansionResult.Entry {
        let own = member.listed.map { $0.concepts.designations($0.number) } ?? []
        let all = own + (member.concept?.designations ?? [])
        let listedDisplay = member.listed.flatMap { $0.concepts.display($0.number) }
        let language = listedDisplay == nil ? member.concept?.system.header.language : members.header.language
        return ExpansionResult.Entry(
            system: member.system, version: member.version, code: member.code,
            display: request.languages.choose(
                designations: all, display: listedDisplay ?? member.concept?.display, language: language),
            definition: request.includesDefinition ? member.concept?.definition : nil,
            isAbstract: member.isAbstract, isInactive: member.isInactive,
            designations: request.includesDesignations ? all.filter(isWanted) : [])
    }

    private func isWanted(_ designation: Designation) -> Bool {
        if request.designations.isEmpty { return true }
        return request.designations.contains { wanted in
            if let use = designation.use, wanted == "\(use.system)|\(use.code)" { return true }
            return designation.language.map { $0.lowercased() == wanted.lowercased() } ?? false
                || designation.language.map { wanted == "urn:ietf:bcp:47|\($0)" } ?? false
        }
    }

    private var parameters: [ExpansionResult.Parameter] {
        var list: [ExpansionResult.Parameter] = []
        if let filter = request.filter { list.append(.init(name: "filter", value: .string(filter))) }
        if let count = request.count { list.append(.init(name: "count", value: .integer(count))) }
        if let offset = request.offset { list.append(.init(name: "offset", value: .integer(offset))) }
        let flags = [
            ("includeDesignations", request.includesDesignations), ("activeOnly", request.activeOnly),
            ("excludeNested", request.excludesNested), ("excludeNotForUI", request.excludesAbstract),
        ]
        for (name, isSet) in flags where isSet { list.append(.init(name: name, value: .boolean(true))) }
        if let language = request.languages.tags.first {
            list.append(.init(name: "displayLanguage", value: .code(language)))
        }
        for system in request.excludedSystems { list.append(.init(name: "exclude-system", value: .uri(system))) }
        for system in members.usedSystems {
            let address = system.header.canonical.description
            list.append(.init(name: "used-codesystem", value: .uri(address)))
            // What is in the expansion is right, yet there may be more.
            if !system.isComplete { list.append(.init(name: system.content.rawValue, value: .uri(address))) }
        }
        return list
    }
}

extension ValueSetMember {
    var isAbstract: Bool {
        concept?.isAbstract ?? false || listed.map { $0.concepts[$0.number].isAbstract } ?? false
    }

    var isInactive: Bool {
        concept?.isInactive ?? false || listed.map { $0.concepts[$0.number].isInactive } ?? false
    }

    /// All texts by which a person may look for it.
    var texts: [String] {
        var texts: [String] = []
        if let listed {
            if let display = listed.concepts.display(listed.number) { texts.append(display) }
            texts += listed.concepts.designations(listed.number).map(\.value)
        }
        if let concept {
            if let display = concept.display { texts.append(display) }
            texts += concept.designations.map(\.value)
        }
        return texts
    }
}
