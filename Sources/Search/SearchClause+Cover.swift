internal import FHIR

extension SearchQuery {
    /// What tokens tell about all clauses together; every resource of the type where there are none. `ids` and
    /// `lastUpdated` are not in it.
    package func cover(_ hasher: TokenHasher) -> Cover {
        var cover = Cover(exact: .tokens([hasher.typeToken(type)]))
        if !clauses.isEmpty { cover = .intersection(clauses.map { $0.cover(hasher) }) }
        // What `conditions` say no token tells.
        if !conditions.isEmpty { cover.certain = .none }
        return cover
    }

    /// What tokens tell about those clauses together that few tokens tell of; `nil` if there are none.
    package func narrowCover(_ hasher: TokenHasher) -> Cover? {
        let narrow = clauses.filter { !$0.isWide }
        return narrow.isEmpty ? nil : .intersection(narrow.map { $0.cover(hasher) })
    }

    /// What tokens tell about each of the other clauses. Dear to make: each is of a hundred tokens or so.
    package func wideCovers(_ hasher: TokenHasher) -> [Cover] {
        clauses.filter(\.isWide).map { $0.cover(hasher) }
    }

    /// Whether there are clauses that many tokens tell of.
    package var hasWideClauses: Bool { clauses.contains(where: \.isWide) }
}

extension SearchCriterion {
    /// Whether it asks for an open span, which is many buckets of time or of numbers.
    var isWide: Bool {
        switch self {
        case .date(let date): date.prefix != .eq && date.prefix != .ne
        case .number(let number): number.prefix != .eq && number.prefix != .ne
        case .quantity(let quantity): quantity.number.prefix != .eq && quantity.number.prefix != .ne
        case .composite(let parts): parts.contains(where: \.isWide)
        case .token, .codes, .tokenText, .identifierOfType, .string, .reference, .references, .uri, .uriPattern, .near,
            .words:
            false
        }
    }
}

extension SearchClause {
    /// Whether many tokens tell of the clause.
    package var isWide: Bool { criteria.contains(where: \.isWide) }

    /// What tokens tell about the clause.
    package func cover(_ hasher: TokenHasher) -> Cover {
        let maker = CoverMaker(hasher: hasher, plan: plan)
        // No token tells of words in a text.
        if parameter.textScope != nil { return Cover(candidates: maker.whole, certain: .none) }
        switch test {
        case .any(let criteria): return maker.cover(criteria, parameter)
        case .none(let criteria): return maker.cover(criteria, parameter).complement(in: maker.whole)
        case .unequal: return Cover(candidates: maker.presence(parameter).candidates, certain: .none)
        case .missing(let isMissing):
            let present = maker.presence(parameter)
            return isMissing ? present.complement(in: maker.whole) : present
        }
    }
}

/// Makes covers of criteria for the paths of one type.
struct CoverMaker {
    let hasher: TokenHasher
    let plan: TypePlan
    let seeds: [UInt64]

    init(hasher: TokenHasher, plan: TypePlan) {
        self.hasher = hasher
        self.plan = plan
        seeds = hasher.seeds(of: plan)
    }

    /// All resources of the type.
    var whole: TokenSet { .tokens([hasher.typeToken(plan.type)]) }

    /// The resources that have a value at a path.
    func presence(_ path: UInt16) -> TokenSet {
        let seed = seeds[Int(path)]
        guard plan.paths[Int(path)].tellsAbsence else { return .tokens([hasher.token(.presence, seed: seed)]) }
        return .intersection([whole, .not(.tokens([hasher.token(.absence, seed: seed)]))])
    }

    /// The resources that have a value of a parameter.
    func presence(_ parameter: PlannedParameter) -> Cover {
        if parameter.composite != nil {
            let present = Cover.intersection(parameter.components.map(presence))
            return Cover(candidates: present.candidates, certain: .none)
        }
        return Cover(
            candidates: .union(parameter.uses.map { presence($0.path) }),
            certain: .union(parameter.uses.filter { $0.target == nil }.map { presence($0.path) }))
    }

    /// The resources that have a value for which one of the criteria holds.
    func cover(_ criteria: [SearchCriterion], _ parameter: PlannedParameter) -> Cover {
        .union(criteria.map { cover($0, parameter) })
    }

    private func cover(_ criterion: SearchCriterion, _ parameter: PlannedParameter) -> Cover {
        if case .composite(let parts) = criterion {
            let covers = zip(parts, parameter.components).map { cover($0, $1) }
            return Cover(candidates: Cover.intersection(covers).candidates, certain: .none)
        }
        return .union(parameter.uses.map { cover(criterion, use: $0) })
    }

    private func cover(_ criterion: SearchCriterion, use: PathUse) -> Cover {
        switch criterion {
        case .token(let token): return cover(token, path: use.path)
        case .codes(let codes): return cover(codes, path: use.path)
        case .identifierOfType(_, _, let value):
            return Cover(candidates: tokens(.code, value, use.path), certain: .none)
        case .string(let string): return cover(string, path: use.path)
        case .date(let date): return cover(date, path: use.path)
        case .number(let number): return cover(number, path: use.path)
        case .quantity(let quantity):
            if quantity.conversion != nil, let amount = amount(quantity, path: use.path) { return amount }
            let number = cover(quantity.number, path: use.path)
            guard quantity.system != nil || quantity.unit != nil else { return number }
            return Cover(candidates: number.candidates, certain: .none)
        case .reference(let reference): return cover(reference, use: use)
        case .references(let targets): return cover(targets, use: use)
        case .uri(let uri): return Cover(exact: tokens(.uri, uri, use.path))
        case .uriPattern, .tokenText, .near, .words, .composite:
            return Cover(candidates: presence(use.path), certain: .none)
        }
    }

    func tokens(_ purpose: TokenHasher.Use, _ text: String, _ path: UInt16) -> TokenSet {
        .tokens([hasher.token(purpose, text, seed: seeds[Int(path)])])
    }

    // MARK: Codes

    private func cover(_ token: TokenCriterion, path place: UInt16) -> Cover {
        let path = plan.paths[Int(place)]
        let code = token.code.map { tokens(.code, $0, place) }
        switch token.system {
        case .any: return Cover(exact: code ?? presence(place))
        case .none:
            let candidates = code ?? presence(place)
            return Cover(candidates: candidates, certain: path.tokenForm == .bare ? candidates : .none)
        case .named(let system):
            let written = path.tokenForm == .bare ? .nothing : written(system: system, token.code, place)
            guard path.tokenForm != .coded else { return written }
            return meant(system: system, token.code, written: written, place)
        }
    }

    /// The cover of a system that stands beside the code.
    private func written(system: String, _ value: String?, _ place: UInt16) -> Cover {
        let sole = tokens(.soleSystem, system, place)
        let several = tokens(.system, system, place)
        guard let value else { return Cover(exact: .union([sole, several])) }
        let code = tokens(.code, value, place)
        let certain = TokenSet.intersection([code, sole])
        guard plan.paths[Int(place)].hasPairs else {
            return Cover(candidates: .intersection([code, .union([sole, several])]), certain: certain)
        }
        let pair = hasher.token(.systemAndCode, system, value, seed: seeds[Int(place)])
        return Cover(exact: .union([.tokens([pair]), certain]))
    }

    /// The cover of a system that some codes mean without naming it.
    private func meant(system: String, _ value: String?, written: Cover, _ place: UInt16) -> Cover {
        let path = plan.paths[Int(place)]
        guard let value else {
            let isNamed = path.bindings.contains { $0.systems.contains { $0.url == system } }
            return isNamed ? .union([written, Cover(candidates: presence(place), certain: .none)]) : written
        }
        guard path.means(system, code: value) else { return written }
        let code = tokens(.code, value, place)
        return .union([written, Cover(candidates: code, certain: path.tokenForm == .bare ? code : .none)])
    }

    private func cover(_ codes: CodeSet, path place: UInt16) -> Cover {
        let path = plan.paths[Int(place)]
        let seed = seeds[Int(place)]
        let covers = codes.codes.map { system, codes -> Cover in
            let all = codes.map { hasher.token(.code, $0, seed: seed) }
            if path.tokenForm != .coded { return Cover(candidates: .tokens(all), certain: .none) }
            let sole = tokens(.soleSystem, system, place)
            let certain = TokenSet.intersection([.tokens(all), sole])
            guard path.hasPairs else {
                let several = tokens(.system, system, place)
                return Cover(candidates: .intersection([.tokens(all), .union([sole, several])]), certain: certain)
            }
            let pairs = codes.map { hasher.token(.systemAndCode, system, $0, seed: seed) }
            return Cover(exact: .union([.tokens(pairs), certain]))
        }
        return .union(covers)
    }

    // MARK: References

    private func cover(_ targets: ReferenceTargets, use: PathUse) -> Cover {
        let names = targets.names.filter { name in use.target.map { ReferenceTargets.type(of: name) == $0 } ?? true }
        guard !names.isEmpty else { return .nothing }
        return Cover(exact: .tokens(names.map { hasher.token(.reference, $0, seed: seeds[Int(use.path)]) }))
    }

    private func cover(_ criterion: ReferenceCriterion, use: PathUse) -> Cover {
        switch criterion.target {
        case .identifier(let token):
            let candidates = token.code.map { tokens(.referenceIdentifier, $0, use.path) } ?? presence(use.path)
            return Cover(candidates: candidates, certain: .none)
        case .text(let text, let version):
            let candidates = tokens(.reference, text, use.path)
            return Cover(candidates: candidates, certain: version == nil && use.target == nil ? candidates : .none)
        case .id(let id, let types, let version):
            let definitions = hasher.plans.definitions
            let possible = types.isEmpty ? definitions.concreteResourceTypes.map { definitions[$0].name } : types
            let named = use.target.map { target in possible.contains(target) ? [target] : [] } ?? possible
            guard !named.isEmpty else { return .nothing }
            let candidates = TokenSet.tokens(
                named.map { hasher.token(.reference, "\($0)/\(id)", seed: seeds[Int(use.path)]) })
            return Cover(candidates: candidates, certain: version == nil ? candidates : .none)
        }
    }
}
