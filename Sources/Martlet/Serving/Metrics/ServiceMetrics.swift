internal import Base
internal import HTTP
internal import HTTPServer

/// All metrics of a serving process.
///
/// They tell nothing of any patient and name no tenant, user or address.
final class ServiceMetrics: Sendable {
    let registry = MetricsRegistry()
    let answers: AnswerMetrics
    let audit: AuditMetrics
    private let refusals: Counters

    private static let classes: [(kind: RateLimits.Class, name: String)] = [
        (.read, "read"), (.write, "write"), (.signIn, "sign-in"),
    ]

    init(_ log: Log, _ store: MartletStore) {
        answers = AnswerMetrics(registry)
        refusals = registry.counters(
            "martlet_http_rate_limited_total", "Requests that were refused because their client sent too many.",
            labels: ["class"], series: Self.classes.map { [$0.name] })
        audit = AuditMetrics(registry)
        StoreMetrics.declare(registry, store)
        Self.declare(registry, log)
        registry.readProcess()
    }

    /// Counts a request that went beyond its rate.
    func countRefusal(_ kind: RateLimits.Class) {
        guard let series = Self.classes.firstIndex(where: { $0.kind == kind }) else { return }
        refusals.add(series: series)
    }

    /// Declares what a server tells of its connections; to be called once.
    func read(_ server: Server) {
        let connections = MetricFacts("martlet_http_connections", .gauge, "Connections that are open.")
        let requests = MetricFacts(
            "martlet_http_requests_in_flight", .gauge, "Requests whose answer has not been sent whole.")
        registry.read([connections, requests]) { [weak server] writer in
            guard let server else { return }
            writer.begin(connections)
            writer.sample([], server.connectionCount)
            writer.begin(requests)
            writer.sample([], server.requestCount)
        }
    }

    private static func declare(_ registry: MetricsRegistry, _ log: Log) {
        let lines = MetricFacts(
            "martlet_log_lines_total", .counter, "Lines of the log, by level: errors are faults of the server.",
            labels: ["level"])
        let build = MetricFacts("martlet_build_info", .gauge, "Always 1.", labels: ["version"])
        registry.read([lines, build]) { writer in
            writer.begin(lines)
            for level in LogLevel.allCases { writer.sample(["\(level.name)"], log.count(level)) }
            writer.begin(build)
            writer.sample([Program.version], 1)
        }
    }
}
