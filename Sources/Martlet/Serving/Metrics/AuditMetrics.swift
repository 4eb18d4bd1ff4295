internal import Access
internal import Audit
internal import Base
internal import Synchronization

/// Counts what goes into the audit trails.
final class AuditMetrics: Sendable {
    private let entries: Counters
    private let failures: Counters
    private let durations: Histograms
    private let waiting: Gauge
    private let signIns: Counters
    /// When an entry could not be written last, if none could be since; 0 for never.
    private let failingSince = Atomic<UInt64>(0)

    private static let categories = AuditEntry.Category.allCases
    /// For so long one failure counts: if nobody is let through any more, nobody finds out that it works again.
    private static let failureNanoseconds: UInt64 = 10_000_000_000

    init(_ registry: MetricsRegistry) {
        entries = registry.counters(
            "martlet_audit_entries_total", "Entries of answers that are durable in the audit trails.",
            labels: ["category"], series: Self.categories.map { ["\($0)"] })
        failures = registry.counter(
            "martlet_audit_failures_total", "Entries that could not be written; their answers were withheld.")
        durations = registry.histograms(
            "martlet_audit_append_duration_seconds", "From an entry to its being durable, in seconds.")
        waiting = registry.gauge("martlet_audit_waiting_entries", "Entries that are not durable yet.")
        signIns = registry.counters(
            "martlet_sign_ins_total", "Sign-ins, tokens asked for, and the like, by how they ended.",
            labels: ["outcome"], series: [["success"], ["failure"]])
    }

    /// `sink`, with what goes through it counted.
    func counting(_ sink: @escaping AuditSink) -> AuditSink {
        { [self] entry, tenant, done in
            let began = monotonicNanoseconds()
            let category = Self.categories.firstIndex(of: entry.category) ?? 0
            let signIn = entry.category == .authentication ? (entry.outcome == .success ? 0 : 1) : nil
            waiting.add(1)
            sink(entry, tenant) { [self] isDurable in
                waiting.add(-1)
                let now = monotonicNanoseconds()
                durations.observe(now - began)
                if isDurable {
                    entries.add(series: category)
                    if let signIn { signIns.add(series: signIn) }
                } else {
                    failures.add()
                }
                failingSince.store(isDurable ? 0 : now, ordering: .relaxed)
                done(isDurable)
            }
        }
    }

    /// Whether the trail could not be written a moment ago, and has not been since.
    var isFailing: Bool {
        let failed = failingSince.load(ordering: .relaxed)
        return failed > 0 && monotonicNanoseconds() - failed < Self.failureNanoseconds
    }
}
