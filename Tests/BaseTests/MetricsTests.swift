import Base
import Testing

@Suite struct MetricsTests {
    private static func text(_ registry: MetricsRegistry, _ format: MetricsWriter.Format = .prometheus) -> String {
        let writer = MetricsWriter(format)
        registry.write(to: writer)
        return String(decoding: writer.text, as: UTF8.self)
    }

    private static func parsed(
        _ registry: MetricsRegistry, _ format: MetricsWriter.Format = .prometheus
    ) throws -> ExpositionParser {
        try ExpositionParser(Array(text(registry, format).utf8), isOpen: format == .openMetrics)
    }

    @Test func `counters, gauges and histograms stand there as the format says`() {
        let registry = MetricsRegistry()
        let requests = registry.counters(
            "requests_total", "Requests.", labels: ["route", "status"],
            series: [["/a", "2xx"], ["/a", "5xx"], ["/b", "2xx"]])
        requests.add(series: 0)
        requests.add(41, series: 0)
        requests.add(series: 2)
        registry.gauge("depth", "How deep.").set(-3)
        let durations = registry.histograms(
            "duration_seconds", "How long.", bounds: [1_500_000, 1_000_000_000], decimals: 9)
        for nanoseconds: UInt64 in [1, 1_500_000, 1_500_001, 5_000_000_000] { durations.observe(nanoseconds) }
        #expect(
            Self.text(registry) == """
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{route="/a",status="2xx"} 42
                requests_total{route="/a",status="5xx"} 0
                requests_total{route="/b",status="2xx"} 1
                # HELP depth How deep.
                # TYPE depth gauge
                depth -3
                # HELP duration_seconds How long.
                # TYPE duration_seconds histogram
                duration_seconds_bucket{le="0.0015"} 2
                duration_seconds_bucket{le="1.0"} 3
                duration_seconds_bucket{le="+Inf"} 4
                duration_seconds_sum 5.003000002
                duration_seconds_count 4

                """)
        #expect(Self.text(registry, .openMetrics).hasPrefix("# HELP requests Requests.\n# TYPE requests counter\n"))
        #expect(Self.text(registry, .openMetrics).contains("\nrequests_total{route=\"/b\",status=\"2xx\"} 1\n"))
        #expect(Self.text(registry, .openMetrics).hasSuffix("duration_seconds_count 4\n# EOF\n"))
    }

    @Test(arguments: [MetricsWriter.Format.prometheus, .openMetrics])
    func `whatever labels and help hold is read back as it was`(_ format: MetricsWriter.Format) throws {
        let hostile = [
            "", "\\", "\"", "\n", "\\n", "a\"} 1\nother 2", "ü𝔛\u{0}\u{7F}", "\\\\\"\"\n\n", "{}", "a=\"b\",c", "# EOF",
        ]
        let registry = MetricsRegistry()
        let counters = registry.counters(
            "hostile_total", "A \"help\" with \\ and\nlines.", labels: ["one", "two"],
            series: hostile.flatMap { first in hostile.map { [first, $0] } })
        for series in 0..<hostile.count * hostile.count { counters.add(series, series: series) }
        let found = try Self.parsed(registry, format)
        let family = try #require(found.families.first)
        #expect(family.help == "A \"help\" with \\ and\nlines.")
        #expect(family.samples.count == hostile.count * hostile.count)
        for (series, sample) in family.samples.enumerated() {
            #expect(sample.value == Double(series))
            #expect(sample.labels == ["one": hostile[series / hostile.count], "two": hostile[series % hostile.count]])
        }
    }

    @Test func `random histograms are read back exactly`() throws {
        var random = SeededRandom(seed: 5)
        for round in 0..<30 {
            let registry = MetricsRegistry()
            let bounds = Set(
                (0..<Int.random(in: 1...20, using: &random)).map { _ in UInt64.random(in: 0...1 << 40, using: &random) }
            )
            .sorted()
            let decimals = round % 10
            let histograms = registry.histograms(
                "random", "x", bounds: bounds, decimals: decimals, labels: ["l"], series: [["a"], ["b"]])
            let values = (0..<500).map { _ in UInt64.random(in: 0...1 << 41, using: &random) }
            for (index, value) in values.enumerated() { histograms.observe(value, series: index % 2) }
            let found = try Self.parsed(registry, round % 2 == 0 ? .prometheus : .openMetrics)
            for (series, name) in ["a", "b"].enumerated() {
                let own = values.enumerated().filter { $0.offset % 2 == series }.map(\.element)
                #expect(found.value("random_count", ["l": name]) == 250)
                #expect(found.value("random_bucket", ["l": name, "le": "+Inf"]) == 250)
                let family = try #require(found.family("random"))
                for sample in family.samples where sample.name == "random_bucket" && sample.labels["l"] == name {
                    let scale = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
                    let bound = try #require(sample.labels["le"].flatMap(ExpositionParser.number)) * scale
                    guard bound.isFinite else { continue }
                    #expect(sample.value == Double(own.count { $0 <= UInt64(bound.rounded()) }))
                }
            }
        }
    }

    @Test func `what many threads count at once is there exactly`() {
        let registry = MetricsRegistry()
        let counters = registry.counters("n_total", "x", labels: ["l"], series: [["a"], ["b"], ["c"]])
        let histograms = registry.histograms("h", "x", bounds: [10, 20], decimals: 0)
        let gauge = registry.gauge("g", "x")
        let rounds = 20_000
        let threads = (0..<12).map { thread in
            WorkerThread(name: "count", stackBytes: 256 << 10) {
                for round in 0..<rounds {
                    counters.add(series: (thread + round) % 3)
                    histograms.observe(UInt64(round % 30))
                    gauge.add(round % 2 == 0 ? 3 : -2)
                }
            }
        }
        for thread in threads { thread.join() }
        let total = (0..<3).reduce(UInt64(0)) { $0 + counters.value(series: $1) }
        #expect(total == UInt64(12 * rounds))
        let (buckets, sum) = histograms.value()
        #expect(buckets.reduce(0, +) == UInt64(12 * rounds))
        #expect(sum == UInt64((0..<rounds).reduce(0) { $0 + $1 % 30 }) * 12)
        #expect(gauge.value == 12 * rounds / 2)
    }

    @Test func `a sparse metric shows what has counted`() throws {
        let registry = MetricsRegistry()
        let counters = registry.counters(
            "sparse_total", "x", labels: ["l"], series: [["a"], ["b"]], isSparse: true)
        let histograms = registry.histograms(
            "sparse", "x", labels: ["l"], series: [["a"], ["b"]], isSparse: true)
        #expect(try Self.parsed(registry).families.flatMap(\.samples).isEmpty)
        counters.add(series: 1)
        histograms.observe(0, series: 0)
        let found = try Self.parsed(registry)
        #expect(found.family("sparse_total")?.samples == [.init(name: "sparse_total", labels: ["l": "b"], value: 1)])
        #expect(found.value("sparse_count", ["l": "a"]) == 1)
        #expect(found.value("sparse_count", ["l": "b"]) == nil)
    }

    @Test func `figures that are known elsewhere are read when they are asked for`() throws {
        let registry = MetricsRegistry()
        let facts = MetricFacts("outside", .gauge, "x", labels: ["l"])
        let gauge = registry.gauge("inside", "x")
        registry.read([facts]) { writer in
            guard gauge.value > 0 else { return }
            writer.begin(facts)
            for value in [Double.infinity, -.infinity, 1e-300, 0.1, Double(gauge.value)] {
                writer.sample(["\(value)"], value)
            }
            writer.sample(["nan"], Double.nan)
        }
        #expect(try Self.parsed(registry).family("outside") == nil)
        gauge.set(7)
        let samples = try #require(try Self.parsed(registry).family("outside")).samples
        #expect(samples.prefix(5).map(\.value) == [.infinity, -.infinity, 1e-300, 0.1, 7])
        #expect(samples.last?.value.isNaN == true)
    }

    @Test func `the process is known`() throws {
        let registry = MetricsRegistry()
        registry.readProcess()
        let found = try Self.parsed(registry)
        for name in [
            "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_threads",
        ] {
            #expect(try #require(found.value(name)) > 0, "\(name)")
        }
        let started = try #require(found.value("process_start_time_seconds"))
        let now = Double(SystemClock().now().microseconds) / 1e6
        #expect(started <= now + 2 && started > now - 86_400)
    }
}
