internal import Base
internal import Jobs
internal import Synchronization

/// How the queues of jobs stand, of all tenants together. Counting jobs that have ended takes a while where many are kept,
/// so what was found is kept for some seconds.
final class QueueMetrics: Sendable {
    private static let jobs = MetricFacts(
        "martlet_queue_jobs", .gauge, "Jobs in a queue, by state.", labels: ["queue", "state"])
    private static let ready = MetricFacts(
        "martlet_queue_ready_jobs", .gauge, "Jobs that wait for nothing but a worker.", labels: ["queue"])
    private static let age = MetricFacts(
        "martlet_queue_oldest_seconds", .gauge, "For how long the oldest of them has been ready, in seconds.",
        labels: ["queue"])

    private let queue: JobQueue
    private let known = Mutex<(counts: [QueueCounts], at: UInt64)?>(nil)

    private static let keptNanoseconds: UInt64 = 10_000_000_000

    init(_ registry: MetricsRegistry, _ queue: JobQueue) {
        self.queue = queue
        registry.read([Self.jobs, Self.ready, Self.age]) { [self] writer in
            guard let all = try? counts() else { return }
            writer.begin(Self.jobs)
            for counts in all {
                for state in JobState.allCases {
                    writer.sample([counts.queue, state.rawValue], counts.counts[state] ?? 0)
                }
            }
            writer.begin(Self.ready)
            for counts in all { writer.sample([counts.queue], counts.ready) }
            writer.begin(Self.age)
            for counts in all { writer.sample([counts.queue], counts.oldestReadySeconds ?? 0) }
        }
    }

    private func counts() throws -> [QueueCounts] {
        let now = monotonicNanoseconds()
        if let known = known.withLock({ $0 }), now - known.at < Self.keptNanoseconds { return known.counts }
        let counts = try queue.counts(withEnded: true)
        known.withLock { $0 = (counts, now) }
        return counts
    }
}
