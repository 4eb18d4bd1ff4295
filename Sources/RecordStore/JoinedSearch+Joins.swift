internal import Base
internal import FHIR
internal import Search

extension JoinedSearch {
    /// What the index tells of a condition, with every join in it made.
    func compiled(_ condition: SearchCondition, type: TypeID) throws -> Compiled {
        let whole = EntrySet.tokens(.tokens([indexer.typeToken(type)]))
        switch condition {
        case .clause(let clause): return compiled(clause)
        case .ids(let ids):
            let entries = try Set(ids).compactMap { try sequence(type: indexer.name(of: type), id: $0) }.sorted()
            return Compiled(cover: EntryCover(exact: .entries(entries)), check: .entries(entries))
        case .lastUpdated(let criteria):
            let ranges = try sequenceRanges([criteria])
            return Compiled(cover: EntryCover(exact: .all([whole, .sequences(ranges)])), check: .sequences(ranges))
        case .all(let conditions):
            let parts = try conditions.map { try compiled($0, type: type) }
            return Compiled(cover: .all(parts.map(\.cover)), check: .all(parts.map(\.check)))
        case .any(let conditions):
            let parts = try conditions.map { try compiled($0, type: type) }
            return Compiled(cover: .any(parts.map(\.cover)), check: .any(parts.map(\.check)))
        case .not(let condition):
            let part = try compiled(condition, type: type)
            return Compiled(cover: part.cover.complement(in: whole), check: .not(part.check))
        case .chain(let chain): return compiled(try clause(joining: chain))
        case .hierarchy(let hierarchy): return compiled(try clause(joining: hierarchy))
        case .reverse(let reverse):
            let entries = try entries(joining: reverse)
            return Compiled(cover: EntryCover(exact: .entries(entries)), check: .entries(entries))
        }
    }

    private func compiled(_ clause: SearchClause) -> Compiled {
        Compiled(cover: EntryCover(indexer.cover(clause)), check: .clause(clause))
    }

    private func tooMany(_ name: String) -> StoreError {
        StoreError(
            code: .limit,
            detail: "\"\(name)\" leads over more than \(tenant.shared.limits.joinedMax) resources: narrow it")
    }

    // MARK: Chains

    /// The clause that a chain comes to once the resources at its end are known.
    private func clause(joining chain: SearchChain) throws -> SearchClause {
        if let known = joinedClauses[ObjectIdentifier(chain)] { return known }
        let before = opened.opened
        var names: Set<String> = []
        depth += 1
        for target in chain.targets {
            try forEachMatch(resolve(target, wanted: nil)) { sequence, resource in
                if resource == nil { try opened.count() }
                let resource = try resource ?? blocks.entry(sequence)
                names.insert(resource.type + "/" + resource.id)
                guard names.count <= tenant.shared.limits.joinedMax else { throw tooMany(chain.name) }
                return true
            }
        }
        depth -= 1
        let made = chain.clause(pointingAt: ReferenceTargets(names))
        joinedClauses[ObjectIdentifier(chain)] = made
        if depth == 0 {
            note(
                made.type, chain.name, chain.value, .join, estimate: estimates[ObjectIdentifier(chain)],
                count: names.count, opened: opened.opened - before)
        }
        return made
    }

    // MARK: Reverse chains

    /// The entries of the resources that others point at, once these are known.
    private func entries(joining reverse: SearchReverse) throws -> [UInt64] {
        if let known = joinedEntries[ObjectIdentifier(reverse)] { return known }
        let before = opened.opened
        let type = indexer.name(of: reverse.type)
        let selection = ExtractionSelection([reverse.parameter])
        var names: Set<String> = []
        depth += 1
        var count = 0
        try forEachMatch(resolve(reverse.source, wanted: nil)) { sequence, resource in
            count += 1
            guard count <= tenant.shared.limits.joinedMax else { throw tooMany(reverse.name) }
            if resource == nil { try opened.count() }
            let resource = try resource ?? blocks.entry(sequence)
            try indexer.withEntries(resource, selection: selection) { entries in
                names.formUnion(Self.targets(of: reverse.parameter, in: entries))
            }
            return true
        }
        depth -= 1
        let prefix = type + "/"
        let made = try names.compactMap { name -> UInt64? in
            guard name.hasPrefix(prefix) else { return nil }
            return try sequence(type: type, id: String(name.dropFirst(prefix.count)))
        }.sorted()
        joinedEntries[ObjectIdentifier(reverse)] = made
        if depth == 0 {
            note(
                reverse.type, reverse.name, reverse.value, .join, estimate: estimates[ObjectIdentifier(reverse)],
                count: made.count, opened: opened.opened - before)
        }
        return made
    }

    // MARK: Hierarchies

    /// The clause that a hierarchy comes to once all that is above or below its roots is known. A circle ends where it
    /// comes back to what is known.
    private func clause(joining hierarchy: SearchHierarchy) throws -> SearchClause {
        if let known = joinedClauses[ObjectIdentifier(hierarchy)] { return known }
        let before = opened.opened
        var names: Set<String> = []
        depth += 1
        for place in hierarchy.roots.indices {
            let root = hierarchy.roots[place]
            var frontier: Set<String> = [indexer.name(of: root.type) + "/" + root.id]
            while !frontier.isEmpty {
                names.formUnion(frontier)
                guard names.count <= tenant.shared.limits.joinedMax else { throw tooMany(hierarchy.name) }
                let next =
                    try hierarchy.isBelow
                    ? parts(of: frontier, hierarchy, root: place) : wholes(of: frontier, root.parent)
                frontier = next.subtracting(names)
            }
        }
        depth -= 1
        let made = hierarchy.clause(pointingAt: ReferenceTargets(names))
        joinedClauses[ObjectIdentifier(hierarchy)] = made
        if depth == 0 {
            note(
                made.type, hierarchy.name, hierarchy.value, .join, count: names.count, opened: opened.opened - before)
        }
        return made
    }

    private func parts(of names: Set<String>, _ hierarchy: SearchHierarchy, root: Int) throws -> Set<String> {
        var found: Set<String> = []
        try forEachMatch(resolve(hierarchy.parts(of: ReferenceTargets(names), root: root), wanted: nil)) {
            sequence, resource in
            if resource == nil { try opened.count() }
            let resource = try resource ?? blocks.entry(sequence)
            found.insert(resource.type + "/" + resource.id)
            guard found.count <= tenant.shared.limits.joinedMax else { throw tooMany(hierarchy.name) }
            return true
        }
        return found
    }

    /// What the named resources are part of, of the same type.
    private func wholes(of names: Set<String>, _ parent: PlannedParameter) throws -> Set<String> {
        let selection = ExtractionSelection([parent])
        var found: Set<String> = []
        for name in names {
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2, let sequence = try sequence(type: parts[0], id: parts[1]) else { continue }
            try opened.count()
            try indexer.withEntries(blocks.entry(sequence), selection: selection) { entries in
                found.formUnion(Self.targets(of: parent, in: entries).filter { $0.hasPrefix(parts[0] + "/") })
            }
        }
        return found
    }

    // MARK: Ids and times

    /// The entries at the point of the resources that every `_id` names, newest first; `nil` where there is no `_id`.
    func idSequences(_ query: SearchQuery) throws -> [UInt64]? {
        guard var wanted = query.ids.first.map({ Set($0) }) else { return nil }
        for ids in query.ids.dropFirst() { wanted.formIntersection(ids) }
        let type = indexer.name(of: query.type)
        return try wanted.compactMap { try sequence(type: type, id: $0) }.sorted(by: >)
    }

    /// The stretches of the log in which every `_lastUpdated` holds.
    func sequenceRanges(_ lastUpdated: [[DateCriterion]]) throws -> [ClosedRange<UInt64>] {
        func lastSequence(at microseconds: Int64) throws -> UInt64 {
            try tenant.blocks.lastSequence(
                at: Instant(microseconds: microseconds), upTo: snapshot.lastSequence)
        }
        var ranges: [ClosedRange<UInt64>] = [0...UInt64.max]
        for alternatives in lastUpdated {
            let allowed = try alternatives.flatMap(\.instantRanges).compactMap { range -> ClosedRange<UInt64>? in
                let first = range.low == .min ? 0 : try lastSequence(at: range.low - 1) + 1
                let last = range.high == .max ? UInt64.max : try lastSequence(at: range.high)
                return first <= last ? first...last : nil
            }
            ranges = ranges.flatMap { range in
                allowed.compactMap { other in
                    range.overlaps(other) ? range.clamped(to: other) : nil
                }
            }
        }
        return ranges
    }
}
