internal import Base
internal import FHIR
internal import Search

extension JoinedSearch {
    /// Works out how a query is answered.
    /// - Parameters:
    ///   - wanted: how many matches are looked for; `nil` for all.
    ///   - mayFollow: whether candidates may be followed to other resources.
    func resolve(_ query: SearchQuery, wanted: Int?, mayFollow: Bool = true) throws -> ResolvedQuery {
        var draft = Draft(query: query)
        let ids = try idSequences(query)
        if let ids { draft.estimate = ids.count }
        let sequences = try sequenceRanges(query.lastUpdated)
        let whole = EntrySet.tokens(.tokens([indexer.typeToken(query.type)]))
        // Only the choice between joining and following asks how many there are.
        draft.isCounted = explains && depth == 0 || query.conditions.contains(where: \.leadsOn)
        let total = draft.isCounted ? try total(query.type) : 0
        if draft.isCounted { draft.estimate = min(draft.estimate, total) }
        for clause in query.clauses { try add(clause, to: &draft) }
        for condition in query.conditions { try add(condition, to: &draft) }
        var followedMax: Int?
        for join in try draft.joins.map({ (cost: try cost(of: $0), condition: $0) }).sorted(by: { $0.cost < $1.cost }) {
            let following = try followingCost(join.condition, outer: draft.estimate, total: total, wanted: wanted)
            let isTooMany = join.cost > tenant.shared.limits.joinedMax
            let isBetter =
                isTooMany ? following < tenant.shared.limits.openedMatchesMax : mayFollow && following < join.cost
            if isBetter {
                try follow(join.condition, estimate: join.cost, in: &draft)
                if !isTooMany { followedMax = max(followedMax ?? 0, join.cost + 4 * following + 1_000) }
            } else {
                let made = try compiled(join.condition, type: query.type)
                draft.add(made)
                draft.estimate = min(draft.estimate, try estimate(made.cover.candidates))
            }
        }
        if draft.items.isEmpty {
            draft.items.append(.init(cover: EntryCover(exact: whole), isWide: false))
        }
        if explains, depth == 0 {
            if ids != nil { note(query.type, "_id", "", .identity, estimate: ids?.count) }
            if !query.lastUpdated.isEmpty { note(query.type, "_lastUpdated", "", .log) }
        }
        return ResolvedQuery(
            query: query, ids: ids, sequences: sequences, items: draft.items, checks: draft.checks, links: draft.links,
            reverses: draft.reverses, followedMax: wanted == nil ? nil : followedMax)
    }

    /// A resolved query in the making.
    private struct Draft {
        let query: SearchQuery
        var items: [ResolvedQuery.Item] = []
        var checks: [EntryCheck] = []
        var joins: [SearchCondition] = []
        var links: [ResolvedQuery.Link] = []
        var reverses: [SearchReverse] = []
        /// Roughly how many candidates there are, if that is counted.
        var estimate = Int.max
        var isCounted = false

        init(query: SearchQuery) {
            self.query = query
        }

        mutating func add(_ compiled: Compiled) {
            items.append(.init(cover: compiled.cover, isWide: false))
            checks.append(compiled.check)
        }
    }

    /// What the index tells of a condition, and how it is checked.
    struct Compiled {
        var cover: EntryCover
        var check: EntryCheck
    }

    func note(
        _ type: TypeID, _ name: String, _ value: String, _ method: SearchPlanStep.Method, estimate: Int? = nil,
        count: Int? = nil, opened: Int? = nil
    ) {
        guard explains else { return }
        // The index counts what the subject may not see, too.
        let estimate = viewer == nil ? estimate : nil
        steps.append(
            SearchPlanStep(
                type: indexer.name(of: type), name: name, value: value, method: method, estimate: estimate,
                count: count, opened: opened))
    }

    private func add(_ clause: SearchClause, to draft: inout Draft) throws {
        let cover = EntryCover(indexer.cover(clause))
        draft.items.append(.init(cover: cover, isWide: clause.isWide))
        draft.checks.append(.clause(clause))
        guard draft.isCounted, !clause.isWide || explains else { return }
        let size = try estimate(clause, cover)
        if !clause.isWide { draft.estimate = min(draft.estimate, size) }
        if depth == 0 {
            note(
                clause.type, clause.name, clause.value, clause.isWide ? .indexOrCheck : .index, estimate: size)
        }
    }

    private func add(_ condition: SearchCondition, to draft: inout Draft) throws {
        switch condition {
        case .clause(let clause): try add(clause, to: &draft)
        case .all(let conditions): for condition in conditions { try add(condition, to: &draft) }
        case .chain, .reverse: draft.joins.append(condition)
        case .ids, .lastUpdated, .any, .not, .hierarchy:
            let made = try compiled(condition, type: draft.query.type)
            draft.add(made)
            guard draft.isCounted else { return }
            let size = try estimate(made.cover.candidates)
            draft.estimate = min(draft.estimate, size)
            if explains, depth == 0 {
                let names = Set(condition.clauses.map(\.name)).sorted().joined(separator: "|")
                note(draft.query.type, names.isEmpty ? "_filter" : names, "", .index, estimate: size)
            }
        }
    }

    // MARK: Following

    private func follow(_ condition: SearchCondition, estimate: Int, in draft: inout Draft) throws {
        depth += 1
        defer { depth -= 1 }
        switch condition {
        case .chain(let chain):
            let targets = try chain.targets.map { target in
                (type: indexer.name(of: target.type), query: try resolve(target, wanted: 1))
            }
            draft.links.append(ResolvedQuery.Link(chain: chain, targets: targets))
            if depth == 1 { note(draft.query.type, chain.name, chain.value, .follow, estimate: estimate) }
        case .reverse(let reverse):
            draft.reverses.append(reverse)
            if depth == 1 { note(draft.query.type, reverse.name, reverse.value, .follow, estimate: estimate) }
        default: draft.add(try compiled(condition, type: draft.query.type))
        }
    }

    /// How many resources are opened to follow candidates, roughly.
    private func followingCost(
        _ condition: SearchCondition, outer: Int, total: Int, wanted: Int?
    ) throws -> Int {
        let found = max(1, try cost(of: condition))
        var others = total
        var weight = 3
        if case .chain(let chain) = condition {
            weight = 2
            others = try chain.targets.reduce(0) { try $0 + self.total($1.type) }
        }
        var candidates = outer
        if let wanted {
            // Of so many candidates one is a match.
            let rarity = max(1, Double(max(others, 1)) / Double(found))
            candidates = min(candidates, Int(min(Double(wanted + 1) * rarity, 1e12)))
        }
        return candidates.multipliedReportingOverflow(by: weight).overflow ? Int.max : candidates * weight
    }

    // MARK: Estimates

    /// Roughly how many resources of a type there are.
    private func total(_ type: TypeID) throws -> Int {
        if let known = totals[type] { return known }
        let total = try estimate(.tokens(.tokens([indexer.typeToken(type)])))
        totals[type] = total
        return total
    }

    /// Roughly how many entries may satisfy a clause, remembered for those that the caller wrote.
    private func estimate(_ clause: SearchClause, _ cover: EntryCover? = nil) throws -> Int {
        let isMade = clause.criteria.contains { if case .references = $0 { true } else { false } }
        let key = "\(clause.type.raw) \(clause.name)=\(clause.value)"
        if !isMade, let known = clauseEstimates[key] { return known }
        let size = try estimate((cover ?? EntryCover(indexer.cover(clause))).candidates)
        if !isMade { clauseEstimates[key] = size }
        return size
    }

    /// Roughly how many entries of the index a set holds.
    func estimate(_ set: EntrySet) throws -> Int {
        var sum = 0
        for part in snapshot.parts where part.firstSequence <= bound {
            let last = UInt32(min(part.lastSequence, bound) - part.firstSequence)
            let (next, overflows) = sum.addingReportingOverflow(try part.count(set, to: last))
            if overflows { return Int.max }
            sum = next
        }
        return sum
    }

    /// Roughly how many other resources a join leads over.
    private func cost(of condition: SearchCondition) throws -> Int {
        switch condition {
        case .chain(let chain):
            if let known = estimates[ObjectIdentifier(chain)] { return known }
            let sum = try chain.targets.reduce(0) { $0 + (try estimate($1)) }
            estimates[ObjectIdentifier(chain)] = sum
            return sum
        case .reverse(let reverse):
            if let known = estimates[ObjectIdentifier(reverse)] { return known }
            let size = try estimate(reverse.source)
            estimates[ObjectIdentifier(reverse)] = size
            return size
        default: return 0
        }
    }

    /// Roughly how many resources satisfy a query; never less than there are.
    private func estimate(_ query: SearchQuery) throws -> Int {
        var least = try total(query.type)
        for ids in query.ids { least = min(least, ids.count) }
        for clause in query.clauses where !clause.isWide {
            least = min(least, try estimate(clause))
        }
        for condition in query.conditions { least = min(least, try estimate(condition)) }
        return least
    }

    private func estimate(_ condition: SearchCondition) throws -> Int {
        switch condition {
        case .clause(let clause): return clause.isWide ? .max : try estimate(clause)
        case .ids(let ids): return ids.count
        case .all(let conditions): return try conditions.map { try estimate($0) }.min() ?? .max
        case .any(let conditions):
            return try conditions.reduce(0) { sum, condition in
                let (next, overflows) = sum.addingReportingOverflow(try estimate(condition))
                return overflows ? .max : next
            }
        // Each of the others points at a few resources at most, nearly always.
        case .reverse: return try cost(of: condition)
        case .chain(let chain): return try reached(by: chain)
        case .lastUpdated, .not, .hierarchy: return .max
        }
    }

    /// Roughly how many resources point at those at the end of a chain, if all are pointed at alike.
    private func reached(by chain: SearchChain) throws -> Int {
        let ends = try cost(of: .chain(chain))
        let all = try chain.targets.reduce(0) { try $0 + total($1.type) }
        let share = Double(try total(chain.type)) / Double(max(all, 1))
        return Int(min(Double(ends) * max(share, 1), 1e15))
    }
}
