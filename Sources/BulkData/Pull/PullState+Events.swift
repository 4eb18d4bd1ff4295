package import Base

extension PullState {
    /// Takes in what came of an action.
    /// - Parameters:
    ///   - now: by this machine's clock.
    ///   - draw: a number from 0 to 1, by chance, for the length of pauses.
    package mutating func take(_ event: PullEvent, at now: Instant, draw: Double = 0) {
        if isOver { return }
        switch event {
        case .accepted(let location): accept(location, at: now)
        case .running(let progress, let retryAfter): run(progress, retryAfter, at: now)
        case .manifest(let manifest): adopt(manifest, at: now)
        case .searchable(let types, let serverTime): search(types, since: serverTime ?? now)
        case .page(let next, let resources, let bytes): turn(to: next, resources, bytes)
        case .began(let number, let total, let tag): begin(number, total, tag)
        case .received(let number, let bytes): receive(number, bytes)
        case .downloaded(let number, let bytes): finish(number, bytes)
        case .unchanged(let number): keep(number)
        case .failed(let fault): fail(fault, at: now, draw: draw)
        case .downloadFailed(let number, let fault): failDownload(number, fault, at: now, draw: draw)
        case .delivered(let sums):
            counts = sums
            enter(status != nil && order.source == .export ? .releasing : .done)
        case .released: enter(.done)
        case .cancelled: fail(PullFault(.cancelled, "the pull was stopped"))
        }
    }

    private mutating func accept(_ location: WebLocation, at now: Instant) {
        exports += 1
        status = location
        polls = 0
        progress = nil
        enter(.polling)
    }

    private mutating func run(_ said: ExportProgress?, _ retryAfter: Double?, at now: Instant) {
        progress = said ?? progress
        polls += 1
        failures = 0
        notBefore = now.advanced(bySeconds: retryAfter ?? limits.pollSeconds(polls: polls))
    }

    private mutating func fail(_ fault: PullFault, at now: Instant, draw: Double) {
        switch (phase, fault.kind) {
        case (_, .cancelled): fail(fault)
        case (.releasing, _):
            // The records are here; the server forgets its files by itself in time.
            enter(.done)
        case (.kickOff, .notSupported), (.kickOff, .gone):
            guard case .group = order.level else { return enter(.capabilities) }
            fail(
                PullFault(
                    .refused, "the server exports no groups in bulk, and a group cannot be searched for its records"))
        case (.polling, .gone), (.manifest, .gone), (.manifest, .changed):
            startOver(after: fault, at: now, draw: draw)
        case (.polling, .refused): startOver(after: fault, at: now, draw: draw)
        case (_, .transient), (_, .busy):
            failures += 1
            guard failures < limits.failuresMax else { return fail(fault) }
            notBefore = now.advanced(
                bySeconds: fault.retryAfter ?? limits.retrySeconds(failures: failures, draw: draw))
        default: fail(fault)
        }
    }

    /// Asks for another export in place of one that is lost. What is here of the old one stays until the new manifest
    /// shows what of it can still be used.
    mutating func startOver(after fault: PullFault, at now: Instant, draw: Double) {
        guard order.source == .export, exports < limits.exportsMax else { return fail(fault) }
        let pause = limits.retrySeconds(failures: exports, draw: draw)
        status = nil
        nextPage = nil
        enter(.kickOff)
        notBefore = now.advanced(bySeconds: pause)
    }
}
