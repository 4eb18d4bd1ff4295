internal import Synchronization

/// How fast ingests go, by what was measured in the last while.
final class IngestPaces: Sendable {
    private struct Sample {
        var nanoseconds: UInt64
        var resources: Int
        var bytes: UInt64
    }

    /// Samples come once a second.
    private static let samplesMax = 20

    private let samples = Mutex<[IngestID: [Sample]]>([:])

    func note(_ id: IngestID, resources: Int, bytes: UInt64, at nanoseconds: UInt64) {
        samples.withLock { all in
            var own = all[id] ?? []
            // A part that was stopped is read anew: what was measured before counts no more.
            if let last = own.last, resources < last.resources || bytes < last.bytes { own = [] }
            own.append(Sample(nanoseconds: nanoseconds, resources: resources, bytes: bytes))
            if own.count > Self.samplesMax { own.removeFirst() }
            all[id] = own
        }
    }

    /// Forgets those that do not run.
    func keep(_ ids: Set<IngestID>) {
        samples.withLock { all in all = all.filter { ids.contains($0.key) } }
    }

    /// Resources and bytes a second; `nil` before there are two samples.
    func pace(_ id: IngestID) -> (resources: Double, bytes: Double)? {
        samples.withLock { all in
            guard let own = all[id], let first = own.first, let last = own.last,
                last.nanoseconds > first.nanoseconds
            else { return nil }
            let seconds = Double(last.nanoseconds - first.nanoseconds) / 1e9
            return (Double(last.resources - first.resources) / seconds, Double(last.bytes - first.bytes) / seconds)
        }
    }
}
