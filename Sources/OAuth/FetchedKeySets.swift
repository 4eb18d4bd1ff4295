internal import Base

/// The key sets of clients that came from addresses: kept for a while, and asked for by one thread at a time for each
/// client, no more often than an interval allows, whatever assertions name.
final class FetchedKeySets: @unchecked Sendable {
    // Safe to share: what is kept is used under `lock`.
    private let fetch: @Sendable (String) throws -> [UInt8]
    private let report: @Sendable (any Error) -> Void
    private let clock: any Clock
    private let options: OAuthOptions
    private let lock = Lock()
    private var held: [String: Held] = [:]
    private var busyCount = 0
    private var lastFlight = 0

    private struct Held {
        var address: String
        var set: KeySet?
        /// When the set came.
        var fetched: Instant
        /// When it was last asked for.
        var asked: Instant
        /// The number of the request under way.
        var flight: Int?
    }

    private enum Step {
        case use(KeySet)
        case fetch(flight: Int)
        case refuse(String)
    }

    private static let heldMax = 10_000

    init(
        _ fetch: @escaping @Sendable (String) throws -> [UInt8], clock: any Clock, options: OAuthOptions,
        report: @escaping @Sendable (any Error) -> Void
    ) {
        self.fetch = fetch
        self.clock = clock
        self.options = options
        self.report = report
    }

    /// Forgets what is kept of a client.
    func forget(_ id: String) {
        lock.withLock { held[id] = nil }
    }

    /// A client's key set; asked for if what is kept is old, or lacks a key and may be asked for again. What goes wrong on
    /// the way is reported, once for each time that it was asked for.
    /// - Parameter wanted: the key that is looked for; the set may be without it.
    /// - Throws: `OAuthError.invalidClient` if there is none to be had now.
    func set(of id: String, at address: String, wanted: String) throws(OAuthError) -> KeySet {
        switch lock.withLock({ step(id, address, wanted) }) {
        case .use(let set): return set
        case .refuse(let why): throw OAuthError(.invalidClient, "the client's key set cannot be had: " + why)
        case .fetch(let flight):
            do {
                let set = try KeySet(try fetch(address), passesOverOthers: true)
                lock.withLock { land(flight, of: id, with: set) }
                return set
            } catch {
                lock.withLock { land(flight, of: id, with: nil) }
                report(OAuthError(.unavailable, "the key set of client/\(id) cannot be had", cause: error))
                throw OAuthError(.invalidClient, "the client's key set cannot be had", cause: error)
            }
        }
    }

    /// What to do for one request; waits for another's answer where that decides. Under `lock`.
    private func step(_ id: String, _ address: String, _ wanted: String) -> Step {
        let end = monotonicNanoseconds() + UInt64(max(0, options.keySetWaitSecondsMax)) * 1_000_000_000
        var isCounted = false
        defer { if isCounted { busyCount -= 1 } }
        while true {
            let now = clock.now()
            if let held = held[id], held.address == address {
                let set = isYounger(held.fetched, options.keySetSeconds, now) ? held.set : nil
                if let set, set.keys.contains(where: { sameBytes($0.id, wanted) }) { return .use(set) }
                if held.flight == nil, isYounger(held.asked, options.keySetRetrySeconds, now) {
                    return set.map { .use($0) } ?? .refuse("it was asked for a moment ago")
                }
                if held.flight != nil {
                    let time = monotonicNanoseconds()
                    guard time < end else { return .refuse("it takes too long to come") }
                    if !isCounted {
                        guard busyCount < options.keySetWaitsMax else { return .refuse("too many wait for theirs") }
                        busyCount += 1
                        isCounted = true
                    }
                    lock.wait(milliseconds: Int((end - time) / 1_000_000) + 1)
                    continue
                }
            }
            if !isCounted, busyCount >= options.keySetWaitsMax { return .refuse("too many wait for theirs") }
            // What was counted while it waited goes on to count as the one who asks, until it lands.
            if !isCounted { busyCount += 1 }
            isCounted = false
            return .fetch(flight: takeOff(id, address, now))
        }
    }

    private func isYounger(_ moment: Instant, _ seconds: Int, _ now: Instant) -> Bool {
        now.microseconds - moment.microseconds < Int64(seconds) * 1_000_000
    }

    /// Before the answer: whoever sends many assertions must not have it asked for as often.
    private func takeOff(_ id: String, _ address: String, _ now: Instant) -> Int {
        if held.count >= Self.heldMax, held[id] == nil { held = held.filter { $0.value.flight != nil } }
        lastFlight += 1
        let known = held[id].flatMap { $0.address == address ? $0 : nil }
        held[id] = Held(
            address: address, set: known?.set, fetched: known?.fetched ?? Instant(microseconds: .min / 2), asked: now,
            flight: lastFlight)
        return lastFlight
    }

    private func land(_ flight: Int, of id: String, with set: KeySet?) {
        busyCount -= 1
        lock.signalAll()
        // A client that was changed meanwhile is asked for anew.
        guard held[id]?.flight == flight else { return }
        held[id]?.flight = nil
        guard let set else { return }
        held[id]?.set = set
        held[id]?.fetched = clock.now()
    }
}
