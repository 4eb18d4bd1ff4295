internal import Base

extension PullState {
    mutating func begin(_ number: Int, _ total: UInt64?, _ tag: String?) {
        guard let place = places[number], files[place].isOpen else { return }
        // What was compared has changed: it comes anew.
        if files[place].state == .comparing {
            files[place].state = .waiting
            files[place].received = 0
        }
        files[place].total = total
        files[place].entityTag = tag
    }

    mutating func receive(_ number: Int, _ bytes: UInt64) {
        guard let place = places[number], files[place].isOpen else { return }
        if bytes > files[place].received { files[place].failures = 0 }
        files[place].received = bytes
        isRenewed = false
        guard bytes > limits.fileBytesMax || self.bytes.received > limits.bytesMax else { return }
        fail(PullFault(.refused, "the server sends more than \(limits.bytesMax >> 30) GiB"))
    }

    mutating func finish(_ number: Int, _ bytes: UInt64) {
        guard let place = places[number], files[place].isOpen else { return }
        files[place].received = bytes
        files[place].total = bytes
        files[place].state = .whole
        files[place].failures = 0
        isRenewed = false
        deliverIfWhole()
    }

    mutating func keep(_ number: Int) {
        guard let place = places[number], files[place].state == .comparing else { return }
        files[place].state = .whole
        isRenewed = false
        deliverIfWhole()
    }

    private mutating func deliverIfWhole() {
        passClosed()
        if phase == .downloading, openFrom == files.count { enter(.delivering) }
    }

    mutating func failDownload(_ number: Int, _ fault: PullFault, at now: Instant, draw: Double) {
        guard phase == .downloading, let place = places[number], files[place].isOpen else { return }
        switch fault.kind {
        case .cancelled: return fail(fault)
        case .gone: return renewLinks(after: fault, place, at: now, draw: draw)
        case .changed:
            files[place].received = 0
            files[place].entityTag = nil
            files[place].state = .waiting
        case .transient, .busy: break
        case .notSupported, .refused: return giveUp(place, fault)
        }
        files[place].failures += 1
        guard files[place].failures < limits.failuresMax else { return giveUp(place, fault) }
        files[place].notBefore = now.advanced(
            bySeconds: fault.retryAfter ?? limits.retrySeconds(failures: files[place].failures, draw: draw))
    }

    /// Reads the manifest again, for links that are good once more; if it was just read, asks for another export.
    private mutating func renewLinks(after fault: PullFault, _ place: Int, at now: Instant, draw: Double) {
        switch order.source {
        case .export:
            guard let status, !isRenewed else { return startOver(after: fault, at: now, draw: draw) }
            isRenewed = true
            nextPage = status
            pages = 0
            pagesSeen = []
            enter(.manifest)
        case .manifest(let location):
            guard !isRenewed else { return giveUp(place, fault) }
            isRenewed = true
            nextPage = location
            pages = 0
            pagesSeen = []
            enter(.manifest)
        case .files, .search: giveUp(place, fault)
        }
    }

    /// Goes on without a file where files were named; an export that lacks one is no whole, and no moment to go on
    /// from.
    private mutating func giveUp(_ place: Int, _ fault: PullFault) {
        switch order.source {
        case .export, .search: fail(fault)
        case .manifest, .files:
            files[place].state = .failed
            problem = fault
            deliverIfWhole()
        }
    }
}

extension PullState {
    /// Goes on from what is here of a file after a restart.
    mutating func resume(_ number: Int, at bytes: UInt64) {
        guard let place = places[number], files[place].state == .waiting else { return }
        files[place].received = bytes
    }

    /// Begins a search anew, of which not all is here that should be.
    mutating func restartSearch(_ number: Int) {
        guard phase == .searching, let place = places[number], searchAt < searches.count,
            searches[searchAt].file == place
        else { return }
        files[place].received = 0
        searches[searchAt] = Search(file: place, next: files[place].facts.location)
    }
}
