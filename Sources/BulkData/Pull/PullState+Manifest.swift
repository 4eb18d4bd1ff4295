internal import Base

extension PullState {
    /// Takes in a page of a manifest: the first one of an export, a further one, or the first one once more.
    mutating func adopt(_ manifest: Manifest, at now: Instant) {
        let isFirst = phase == .polling || pages == 0
        guard isFirst || transactionTime == manifest.transactionTime else {
            // Pages of two exports; the whole is read again.
            return startOver(
                after: PullFault(.changed, "the manifest changed while its pages were read"), at: now, draw: 0)
        }
        let isSameExport = transactionTime == manifest.transactionTime
        transactionTime = manifest.transactionTime
        requiresAccessToken = manifest.requiresAccessToken
        if isFirst {
            pages = 0
            pagesSeen = []
            superseded += files.filter { $0.received > 0 || $0.state == .whole }
            removeFiles()
        }
        pages += 1
        guard files.count + manifest.files.count <= limits.filesMax else {
            return fail(PullFault(.refused, "the manifest has more than \(limits.filesMax) files"))
        }
        place(manifest.files, isSameExport: isSameExport)
        guard let next = manifest.next else { return readAll() }
        guard pages < limits.manifestPagesMax else {
            return fail(PullFault(.refused, "the manifest has more than \(limits.manifestPagesMax) pages"))
        }
        guard pagesSeen.insert(next).inserted else {
            return fail(PullFault(.refused, "the pages of the manifest lead in a circle"))
        }
        nextPage = next
        enter(.manifest)
    }

    /// Adds the entries of a page, each with what is here of it.
    private mutating func place(_ entries: [Manifest.File], isSameExport: Bool) {
        var stock = SupersededFiles(superseded)
        for entry in entries {
            if isSameExport, var kept = stock.takeSame(as: entry) {
                // The same file under a link that was signed anew.
                kept.facts.location = entry.location
                kept.failures = 0
                kept.notBefore = nil
                append(kept)
            } else if !isSameExport, var kept = stock.takeEqual(to: entry) {
                kept.facts = entry
                kept.state = .comparing
                kept.failures = 0
                kept.notBefore = nil
                append(kept)
            } else {
                append(entry)
            }
        }
        superseded = stock.rest
    }

    private mutating func readAll() {
        nextPage = nil
        superseded = []
        enter(.downloading)
    }

    /// Plans the searches of a server that exports nothing in bulk.
    mutating func search(_ types: [String], since serverTime: Instant) {
        // The server's own trail is no part of anybody's record unless it is asked for.
        let wanted = order.types.isEmpty ? types.filter { $0 != "AuditEvent" } : order.types.filter(types.contains)
        guard !wanted.isEmpty else {
            return fail(PullFault(.notSupported, "the server can be searched for none of the types"))
        }
        // Clocks of a server's machines differ, and what is committed late carries an earlier time.
        transactionTime = FHIRInstant(serverTime.advanced(bySeconds: -Self.searchOverlapSeconds))
        removeFiles()
        searches = []
        searchAt = 0
        for type in wanted {
            for location in searchLocation(type) {
                let place = append(Manifest.File(content: .resources, type: type, location: location))
                searches.append(Search(file: place, next: location))
            }
        }
        enter(.searching)
    }

    private static let searchOverlapSeconds = 300.0

    /// Goes on to the next page of a search, or to the next search.
    mutating func turn(to next: WebLocation?, _ resources: Int, _ bytes: UInt64) {
        guard phase == .searching, searchAt < searches.count else { return }
        failures = 0
        notBefore = nil
        searches[searchAt].pages += 1
        searches[searchAt].resources += resources
        searches[searchAt].next = next
        let place = searches[searchAt].file
        files[place].received = bytes
        if next != nil {
            guard searches[searchAt].pages < limits.searchPagesMax else {
                return fail(PullFault(.refused, "a search has more than \(limits.searchPagesMax) pages"))
            }
            return
        }
        files[place].state = .whole
        files[place].total = bytes
        searchAt += 1
        if searchAt == searches.count { enter(.delivering) }
    }
}
