extension MetricsRegistry {
    /// Declares what the operating system tells of this process, under the names that all Prometheus clients use.
    /// - Source: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics.
    package func readProcess() {
        let seconds = MetricFacts(
            "process_cpu_seconds_total", .counter, "Time on processors, user and system, in seconds.")
        let gauges = [
            MetricFacts("process_resident_memory_bytes", .gauge, "Memory that is resident, in bytes."),
            MetricFacts("process_virtual_memory_bytes", .gauge, "Virtual memory, in bytes."),
            MetricFacts("process_open_fds", .gauge, "Descriptors that are open."),
            MetricFacts("process_max_fds", .gauge, "Descriptors that may be open."),
            MetricFacts("process_threads", .gauge, "Threads."),
        ]
        let start = MetricFacts(
            "process_start_time_seconds", .gauge, "When the process began, in seconds since 1970-01-01T00:00:00Z.")
        read([seconds] + gauges + [start]) { writer in
            let figures = ProcessFigures.now()
            writer.begin(seconds)
            writer.sample([], figures.processorSeconds)
            let values = [
                figures.residentBytes, figures.virtualBytes, figures.openDescriptors, figures.descriptorsMax,
                figures.threads,
            ]
            for (facts, value) in zip(gauges, values) {
                guard let value else { continue }
                writer.begin(facts)
                writer.sample([], value)
            }
            guard let startedAt = figures.startedAt else { return }
            writer.begin(start)
            writer.sample([], startedAt)
        }
    }
}
