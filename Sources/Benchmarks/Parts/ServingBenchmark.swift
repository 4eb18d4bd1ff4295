internal import Access
internal import Audit
internal import RecordStore

/// Loads over HTTP against the FHIR interface, each next to the same load against a fixed answer.
struct ServingBenchmark {
    let load: LoadGenerator
    let scratch: ScratchFolder
    let store: RecordStore
    let audit: AuditSink
    let sample: RequestSample
    let say: @Sendable (String) -> Void

    private static let fixedBytes = 2048

    func read() throws -> [Measurement] {
        let result = try get(sample.reads, "reads by id")
        return [
            try rate("read by id, \(load.connections) connections", result, target: 25_000, unit: "reads/s"),
            Measurement(
                "read by id: p99", result.p99Milliseconds, "ms", target: .atMost(10),
                details: [.init("p50Milliseconds", result.p50Milliseconds)]),
        ]
    }

    func search() throws -> [Measurement] {
        guard !sample.searches.isEmpty else {
            throw BenchmarkError(.usage, "the store has no Observation with patient, code and date to search for")
        }
        let result = try get(sample.searches, "searches within a patient")
        return [try rate("search, patient scope", result, target: 5_000, unit: "searches/s")]
    }

    func everything() throws -> [Measurement] {
        guard !sample.everything.isEmpty else {
            throw BenchmarkError(.usage, "the store has no patient to ask everything of")
        }
        let result = try get(sample.everything, "$everything")
        return [try rate("$everything", result, target: 300, unit: "answers/s", fixedBytes: result.answerBytes)]
    }

    func write() throws -> [Measurement] {
        guard !sample.patients.isEmpty else { throw BenchmarkError(.usage, "the store has no patient to write about") }
        say("writes, for \(load.seconds) s")
        let served = try ServedStore(store, audit: audit)
        let result = try load.postObservations(
            about: sample.patients, to: served.address, token: served.token)
        try check(result, "writes")
        say("one row a transaction in bare SQLite")
        let single = try InsertFloor.smallTransactions(
            in: scratch.path + "/single.db", seconds: Double(min(load.seconds, 3)))
        var measured = try rate(
            "small durable writes, \(load.connections) clients", result, target: 5_000, unit: "transactions/s")
        measured.floors.append(.init("bare SQLite, a transaction a row, one client", single))
        return [measured]
    }

    func graphQL() throws -> [Measurement] {
        let query = "{id name{given family} birthDate ConditionList(_reference:patient){id code{text} onsetDateTime}}"
        let paths = sample.patients.map { "/fhir/Patient/\($0)/$graphql?query=\(escapedForQuery(query))" }
        guard !paths.isEmpty else { throw BenchmarkError(.usage, "the store has no patient to ask about") }
        let result = try get(paths, "GraphQL queries")
        return [
            try rate("GraphQL, a patient with conditions", result, unit: "queries/s", fixedBytes: result.answerBytes)
        ]
    }

    func transaction() throws -> [Measurement] {
        guard !sample.patients.isEmpty else { throw BenchmarkError(.usage, "the store has no patient to write about") }
        say("transactions, for \(load.seconds) s")
        let served = try ServedStore(store, audit: audit)
        let result = try load.postTransactions(about: sample.patients, to: served.address, token: served.token)
        try check(result, "transactions")
        var measured = try rate(
            "transactions of \(LoadScript.transactionEntries) entries, \(load.connections) clients", result,
            unit: "Bundles/s", fixedBytes: result.answerBytes)
        say("transactions of as many rows in bare SQLite")
        let single = try InsertFloor.smallTransactions(
            in: scratch.path + "/small.db", seconds: Double(min(load.seconds, 3)),
            rowsEach: LoadScript.transactionEntries)
        measured.floors.append(.init("bare SQLite, as many rows a transaction, one client", single))
        return [measured]
    }

    /// Puts a server on the store under load.
    /// - Throws: `BenchmarkError.server` if it refuses any request.
    /// - Parameters:
    ///   - audit: another than the store's own.
    ///   - authority: what the requests are allowed.
    func get(
        _ paths: [String], _ what: String, audit other: AuditSink? = nil, authority: Authority = .whole
    ) throws -> LoadResult {
        say("\(what), for \(load.seconds) s")
        let served = try ServedStore(store, audit: other ?? audit, authority: authority)
        let probe = ProbeClient(port: served.port, token: served.token)
        for path in paths.prefix(3) {
            let status = probe.get(path)?.status ?? 0
            guard status == 200 else {
                throw BenchmarkError(.server, "\(what): the server answers \(path) with \(status)")
            }
        }
        let result = try load.get(paths, from: served.address, token: served.token)
        try check(result, what)
        return result
    }

    /// A rate over refused requests would say nothing.
    private func check(_ result: LoadResult, _ what: String) throws {
        guard result.errorAnswers == 0, result.failures == 0, result.requests > 0 else {
            throw BenchmarkError(
                .server,
                "\(what): of \(result.requests) requests \(result.errorAnswers) were refused and \(result.failures) failed"
            )
        }
    }

    /// The figure of a load, next to a fixed answer.
    func rate(
        _ work: String, _ result: LoadResult, target: Double? = nil, unit: String,
        fixedBytes: Int = ServingBenchmark.fixedBytes
    ) throws -> Measurement {
        say("a fixed answer of \(fixedBytes) bytes, for \(load.seconds) s")
        let server = try FixedAnswerServer(bytes: fixedBytes)
        let fixed = try load.get(["/fixed"], from: server.address, token: "none")
        return Measurement(
            work, result.requestsPerSecond, unit, target: target.map { .atLeast($0) },
            floors: [.init("bare server, fixed \(fixedBytes) bytes", fixed.requestsPerSecond)],
            details: [
                .init("requests", Double(result.requests)), .init("p50Milliseconds", result.p50Milliseconds),
                .init("p99Milliseconds", result.p99Milliseconds), .init("bytesPerAnswer", result.bytesPerRequest),
                .init("floorP99Milliseconds", fixed.p99Milliseconds),
                .init("processorMicrosecondsPerRequest", result.processorMicrosecondsPerRequest),
            ])
    }
}
