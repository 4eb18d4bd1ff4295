internal import Base
internal import Search

extension JoinedSearch {
    /// A page of the matches of queries of one or several types.
    func page(_ queries: [SearchQuery], _ window: SearchWindow) throws -> SearchPage {
        do {
            return try page(queries, window, mayFollow: true)
        } catch is TooManyFollowed {
            depth = 0
            steps.removeAll()
            return try page(queries, window, mayFollow: false)
        }
    }

    private func page(_ queries: [SearchQuery], _ window: SearchWindow, mayFollow: Bool) throws -> SearchPage {
        let sort = queries.first?.options.isInOrderOfLog == true ? [] : queries.first?.options.sort ?? []
        let needsAll = window.needsTotal || !sort.isEmpty
        let resolved = try queries.map { query in
            try resolve(query, wanted: needsAll ? nil : window.count, mayFollow: mayFollow)
        }
        var page = try sort.isEmpty ? pageInOrderOfLog(resolved, window) : sortedPage(resolved, window)
        if explains {
            // Of many types those tell nothing of which there is nothing.
            if queries.count > 1 { steps.removeAll { $0.estimate == 0 } }
            steps.append(
                SearchPlanStep(
                    type: queries.count == 1 ? indexer.name(of: queries[0].type) : "\(queries.count) types", name: "",
                    value: "", method: .result, count: page.total, opened: opened.opened))
            page.plan = steps
        }
        return page
    }

    private var point: LogPoint { LogPoint(sequence: bound) }

    // MARK: Order of the log

    private func pageInOrderOfLog(_ resolved: [ResolvedQuery], _ window: SearchWindow) throws -> SearchPage {
        let after = window.cursor?.after ?? .max
        var found: [(sequence: UInt64, resource: StoredResource?)] = []
        var total = 0
        for query in resolved {
            var taken = 0
            try forEachMatch(query, below: window.needsTotal ? .max : after) { sequence, resource in
                total += 1
                // One more than the page has tells whether there are more.
                if sequence < after, taken <= window.count {
                    found.append((sequence, resource))
                    taken += 1
                }
                return window.needsTotal || taken <= window.count
            }
        }
        found.sort { $0.sequence > $1.sequence }
        let hasMore = found.count > window.count
        let matches = try found.prefix(window.count).map { match in
            try match.resource ?? blocks.entry(match.sequence)
        }
        let isWhole = window.needsTotal || window.cursor == nil && !hasMore
        let next = matches.last.flatMap { hasMore ? SearchCursor(point: point, after: $0.sequence) : nil }
        return SearchPage(matches: matches, total: isWhole ? total : nil, next: next, point: point)
    }

    // MARK: Sorted

    private func sortedPage(_ resolved: [ResolvedQuery], _ window: SearchWindow) throws -> SearchPage {
        if resolved.count == 1, let query = resolved.first, var walk = try OrderedWalk(self, query, window) {
            let entries = try walk.entries()
            let end = (window.cursor?.offset ?? 0) + window.count
            let next = entries.count > window.count && window.count > 0 ? SearchCursor(point: point, offset: end) : nil
            return SearchPage(
                matches: try entries.prefix(window.count).map { try blocks.entry($0) },
                total: walk.isCertain ? walk.candidateCount : nil, next: next, point: point)
        }
        var keyed: [SortedMatch] = []
        for query in resolved {
            let rules = query.query.options.sort
            let selection = ExtractionSelection(clauses: [], sort: rules)
            try forEachMatch(query) { sequence, resource in
                if resource == nil { try opened.count() }
                let resource = try resource ?? blocks.entry(sequence)
                let keys = try indexer.withEntries(resource, selection: selection) { entries in
                    rules.map { SortedMatch.Key(rule: $0, resource: resource, entries: entries) }
                }
                keyed.append(SortedMatch(sequence: sequence, keys: keys))
                return true
            }
        }
        keyed.sort()
        let offset = window.cursor?.offset ?? 0
        let end = min(keyed.count, offset + window.count)
        let matches = try (min(offset, end)..<end).map { try blocks.entry(keyed[$0].sequence) }
        let next = end < keyed.count && window.count > 0 ? SearchCursor(point: point, offset: end) : nil
        return SearchPage(matches: matches, total: keyed.count, next: next, point: point)
    }
}
