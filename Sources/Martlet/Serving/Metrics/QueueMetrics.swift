internal import Base

/// How a queue of jobs stands.
struct QueueFigures: Sendable {
    /// A name of the program's own.
    var queue: String
    /// Jobs by state: `waiting`, `running`, `dead` …
    var jobs: [(state: String, count: Int)]
    /// For how long the oldest job has waited beyond the moment that it was due, in seconds; `nil` if none waits.
    var oldestSeconds: Double?
}

/// How the queues of jobs stand, read when it is asked for.
enum QueueMetrics {
    private static let jobs = MetricFacts(
        "martlet_queue_jobs", .gauge, "Jobs in a queue, by state.", labels: ["queue", "state"])
    private static let age = MetricFacts(
        "martlet_queue_oldest_seconds", .gauge, "For how long the oldest job has been due, in seconds.",
        labels: ["queue"])

    static func declare(_ registry: MetricsRegistry, _ queues: @escaping @Sendable () throws -> [QueueFigures]) {
        registry.read([jobs, age]) { writer in
            guard let all = try? queues() else { return }
            writer.begin(jobs)
            for queue in all {
                for (state, count) in queue.jobs { writer.sample([queue.queue, state], count) }
            }
            writer.begin(age)
            for queue in all { writer.sample([queue.queue], queue.oldestSeconds ?? 0) }
        }
    }
}
