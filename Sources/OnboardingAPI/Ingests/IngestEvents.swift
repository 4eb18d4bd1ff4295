internal import Access
internal import Base
internal import HTTP
internal import Intake
internal import Synchronization

/// How far ingests are, as server-sent events.
///
/// An answer holds one event and ends; the client asks again by itself, with the id of the event it has, and is answered
/// when there is another. So each answer is short and audited, no proxy cuts it off, and who waits keeps a suspended
/// connection and no thread. The last event is answered with 204 when it is asked for again: clients stop then.
/// - Source: WHATWG HTML, server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html
final class IngestEvents: Sendable {
    struct Event {
        /// Follows from what it says.
        let id: String
        /// Nothing will come after it.
        let isLast: Bool
        let data: String

        init(_ facts: IngestFacts) {
            data = IngestJSON.object(facts).text
            isLast = !facts.state.isLive
            let hash = Array(data.utf8).withUnsafeBytes { SipHash.hash64($0, key: SipKey(low: 0, high: 0)) }
            id = String(hash, radix: 16)
        }
    }

    private struct Waiter: Sendable {
        var ingest: IngestID
        var tenant: TenantName
        var known: String
        var ends: UInt64
        var deliver: @Sendable (HTTPResponse) -> Void
    }

    /// An answer is given by then though nothing changed, so that a connection that is gone is noticed.
    private static let waitNanoseconds: UInt64 = 20_000_000_000
    private static let waitersMax = 1_000
    /// When clients ask again.
    private static let retryMilliseconds = 1_000

    private let ingests: Ingests
    private let waiters = Mutex<[Waiter]?>([])
    private let watch = Mutex<Int?>(nil)

    init(_ ingests: Ingests) {
        self.ingests = ingests
        let number = ingests.watch { [weak self] in self?.look() }
        watch.withLock { $0 = number }
    }

    /// Whether a request wants events.
    static func areWanted(_ request: HTTPRequest) -> Bool {
        request.headers["accept"]?.lowercased().contains("text/event-stream") == true
    }

    /// - Parameter known: the id of the event that the client has.
    static func response(_ event: Event, known: String?) -> HTTPResponse {
        if event.isLast && event.id == known { return HTTPResponse(status: .noContent) }
        let name = event.isLast ? "end" : "progress"
        let text = "retry: \(retryMilliseconds)\nid: \(event.id)\nevent: \(name)\ndata: \(event.data)\n\n"
        return HTTPResponse(contentType: "text/event-stream", body: .bytes(Array(text.utf8)))
    }

    /// Gives `deliver` the answer once there is an event after `known`.
    func wait(
        _ ingest: IngestID, _ tenant: TenantName, known: String, _ deliver: @escaping @Sendable (HTTPResponse) -> Void
    ) {
        let waiter = Waiter(
            ingest: ingest, tenant: tenant, known: known, ends: monotonicNanoseconds() + Self.waitNanoseconds,
            deliver: deliver)
        let isTaken = waiters.withLock { waiters in
            guard let count = waiters?.count, count < Self.waitersMax else { return false }
            waiters?.append(waiter)
            return true
        }
        if !isTaken { deliver(Self.nothingNew) }
    }

    /// Answers all who wait; who asks from now on is answered at once.
    func close() {
        if let number = watch.withLock({ $0 }) { ingests.unwatch(number) }
        let left = waiters.withLock { waiters in
            defer { waiters = nil }
            return waiters ?? []
        }
        for waiter in left { waiter.deliver(Self.nothingNew) }
    }

    private static var nothingNew: HTTPResponse {
        HTTPResponse(
            contentType: "text/event-stream",
            body: .bytes(Array("retry: \(retryMilliseconds)\n: nothing new\n\n".utf8)))
    }

    private func look() {
        let all = waiters.withLock { $0 ?? [] }
        guard !all.isEmpty else { return }
        let now = monotonicNanoseconds()
        var events: [IngestID: Event] = [:]
        var due: [(Waiter, HTTPResponse)] = []
        var kept: [Waiter] = []
        for waiter in all {
            let event: Event?
            if let known = events[waiter.ingest] {
                event = known
            } else {
                // What can't be read now is looked at again until the waiting ends.
                event = (try? ingests.facts(waiter.ingest, tenant: waiter.tenant)).map { Event($0) }
                events[waiter.ingest] = event
            }
            if let event, event.id != waiter.known {
                due.append((waiter, Self.response(event, known: waiter.known)))
            } else if now >= waiter.ends {
                due.append((waiter, Self.nothingNew))
            } else {
                kept.append(waiter)
            }
        }
        guard !due.isEmpty else { return }
        let isOpen = waiters.withLock { waiters in
            guard let present = waiters else { return false }
            // Those that came while this looked are behind the ones it looked at.
            waiters = kept + present.dropFirst(all.count)
            return true
        }
        // Closing answered them all.
        guard isOpen else { return }
        for (waiter, response) in due { waiter.deliver(response) }
    }
}
