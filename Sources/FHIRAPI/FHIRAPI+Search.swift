internal import Base
internal import HTTP
internal import RecordStore
internal import Search

extension FHIRAPI {
    /// Searches the resources of one type, of several, or of a compartment, as the address says.
    @Sendable func serveSearch(_ call: Call, _ reply: Reply) throws {
        _ = try SearchPlace.of(call)
        hand(call, reply, to: readers) { [self] bench in try search(call, bench) }
    }

    private func search(_ call: Call, _ bench: Workbench) throws -> HTTPResponse {
        let call = try call.decoded(bench)
        var bundle = BundleWriter(type: "searchset", addresses: Addresses(base: call.base))
        guard var part = try trailPart(call) else { return try searchStored(call, bench, nil, bundle) }
        part.write(self, to: &bundle)
        return part.takesStored ? try searchStored(part.call, bench, part, bundle) : try answer(part, bundle)
    }

    /// - Parameters:
    ///   - part: what the page begins with, of the audit trail.
    ///   - begun: has that.
    private func searchStored(
        _ call: Call, _ bench: Workbench, _ part: TrailPart?, _ begun: BundleWriter
    ) throws -> HTTPResponse {
        var bundle = begun
        let request = try SearchRequest(call)
        let options = request.options
        let isFirst = request.cursor == nil
        let wantsTotal = request.isCount || options.total == .accurate || options.total == .estimate
        var window = SearchWindow(
            count: request.pageCount(self.options) - (part?.page.entries.count ?? 0), needsTotal: isFirst && wantsTotal,
            cursor: request.cursor)
        if let at = options.at, isFirst { window.point = try store.point(call.scope, at: Instant(microseconds: at)) }
        window.explains = options.explains
        let page =
            if request.queries.count == 1, let query = request.queries.first {
                try store.search(call.scope, query, window)
            } else {
                try store.search(call.scope, request.queries, window)
            }

        let subset = ResourceSubset(
            summary: options.summary, elements: options.elements, definitions: store.definitions)
        let written = try write(page.matches, to: &bundle, subset: subset, bench)
        var warnings = request.ignored.map { error in
            var issue = Issue(error)
            issue.severity = .warning
            issue.diagnostics = "Ignored: " + issue.diagnostics
            return issue
        }
        if !request.isCount, !options.includes.isEmpty || !options.revincludes.isEmpty {
            // `_elements` names elements of the matches' type.
            let subset = ResourceSubset(summary: options.summary, elements: [], definitions: store.definitions)
            var walk = IncludeWalk(
                call: call, plans: request.plans, point: page.point, options: options,
                countMax: self.options.includesMax)
            let included = try walk.resources(around: page.matches.prefix(written))
            let fitting = try write(included, to: &bundle, subset: subset, bench, mode: .include)
            if walk.isCut || fitting < included.count {
                warnings.append(
                    Issue(
                        severity: .warning, kind: .tooCostly,
                        diagnostics: "Not all that _include and _revinclude ask for is in this Bundle: "
                            + "ask for fewer results on a page with _count."))
            }
        }
        warnings += part?.warnings ?? []
        warnings += page.plan?.map { Issue($0) } ?? []
        if !warnings.isEmpty { bundle.add(OperationOutcome(issues: warnings)) }
        let total = options.total == .some(.none) ? nil : page.total ?? request.total
        bundle.finish(total: total, links: try links(request, page, written: written, total: total, call, part))
        return .fhir(body: bundle.writer)
    }

    /// Writes resources until the page is as large as it may be, at least one.
    /// - Returns: how many.
    private func write(
        _ resources: [StoredResource], to bundle: inout BundleWriter, subset: ResourceSubset?, _ bench: Workbench,
        mode: BundleWriter.SearchMode = .match
    ) throws -> Int {
        for (place, resource) in resources.enumerated() {
            if bundle.byteCount > options.pageBytesMax { return place }
            try bundle.add(resource, mode: mode, subset: subset, using: bench)
        }
        return resources.count
    }

    private func links(
        _ request: SearchRequest, _ page: SearchPage, written: Int, total: Int?, _ call: Call, _ part: TrailPart?
    ) throws -> [BundleWriter.Link] {
        let url = call.base + (request.searched.path.isEmpty ? "" : "/" + request.searched.path)
        let sent = part?.ownItems ?? call.request.query.items
        let own = sent.contains { $0.name == "_page" } ? sent : request.understood(options)
        var links = [BundleWriter.Link(relation: "self", url: Self.url(url, own))]
        var next = request.isCount ? nil : page.next
        if written < page.matches.count {
            // Cut for its size: the next page begins with what did not fit.
            let offset = (request.cursor?.offset ?? 0) + written
            next = SearchCursor(
                point: page.point, after: written > 0 ? page.matches[written - 1].sequence : .max, offset: offset)
        }
        if let next {
            let token = PageToken(
                parameters: request.parameters, cursor: next, began: request.began, isLenient: request.isLenient,
                total: total)
            links.append(try nextLink(url, token, place: request.place))
        }
        return links
    }
}
