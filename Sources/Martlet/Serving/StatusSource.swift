internal import Access
internal import Base
internal import FHIR
internal import RecordStore
internal import Synchronization
internal import WebApp

/// Counts what the status page shows. Counting a large store takes a while, so a count is kept for a second, and those
/// who ask while one is under way get the one before.
final class StatusSource: Sendable {
    private struct Counts: Sendable {
        var facts: StatusFacts
        var points: [UInt64]
        var countedAt: UInt64
    }

    private struct State {
        var counts: Counts?
        var isCounting = false
    }

    private let store: MartletStore
    private let types: [String]
    private let record: IngestRecord
    private let state = Mutex(State())

    private static let keptNanoseconds: UInt64 = 1_000_000_000

    init(_ store: MartletStore) {
        self.store = store
        types = store.records.definitions.types.filter { $0.kind == .resource }.map(\.name)
        record = IngestRecord(store.folder)
    }

    /// The figures, at most a second old unless a count is under way.
    /// - Throws: `StoreError` where the store does not answer.
    func facts() throws -> StatusFacts {
        let now = monotonicNanoseconds()
        let (known, mayCount) = state.withLock { state -> (Counts?, Bool) in
            let isFresh = state.counts.map { now - $0.countedAt < Self.keptNanoseconds } ?? false
            guard !isFresh, !state.isCounting || state.counts == nil else { return (state.counts, false) }
            state.isCounting = true
            return (state.counts, true)
        }
        if let known, !mayCount { return known.facts }
        do {
            let counts = try count(after: known)
            state.withLock {
                $0.counts = counts
                $0.isCounting = false
            }
            return counts.facts
        } catch {
            state.withLock { $0.isCounting = false }
            throw error
        }
    }

    private func reindexing(_ scopes: [AccessScope]) throws -> StatusFacts.Reindexing? {
        var found: StatusFacts.Reindexing?
        for status in try scopes.flatMap({ try store.records.customParameters($0) }) {
            guard case .reindexing(let done, let total) = status.state else { continue }
            let known = found ?? StatusFacts.Reindexing(parameters: 0, done: done, total: total)
            let isBehind = total - done > known.total - known.done
            found = StatusFacts.Reindexing(
                parameters: known.parameters + 1, done: isBehind ? done : known.done,
                total: isBehind ? total : known.total)
        }
        return found
    }

    private func count(after known: Counts?) throws -> Counts {
        let records = store.records
        let scopes = try store.tenantNames().compactMap(TenantName.init).map {
            AccessScope(tenant: $0, actor: "martlet status")
        }
        let points = try scopes.map { try records.now($0).sequence }
        var facts: StatusFacts
        if let known, known.points == points {
            facts = known.facts
        } else {
            facts = StatusFacts(patients: 0, resources: 0, storedBytes: 0, lastIngest: nil)
            for scope in scopes {
                facts.patients += try records.count(scope, type: "Patient")
                for type in types { facts.resources += try records.count(scope, type: type) }
            }
        }
        facts.reindexing = try reindexing(scopes)
        facts.storedBytes = try records.bytesOnDisk()
        facts.lastIngest = record.load()
        return Counts(facts: facts, points: points, countedAt: monotonicNanoseconds())
    }
}
