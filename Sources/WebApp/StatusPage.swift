internal import Base

/// The page at `/`: is the store well, how much is in it, how did the last ingest end.
enum StatusPage {
    static func page(_ facts: StatusFacts) -> Page {
        Page(
            title: "Status",
            content: """
                <h1><span class="state" aria-hidden="true"></span>Serving</h1>
                <p class="lead">The record store is open. Everything in it is encrypted, versioned and indexed.</p>
                <section aria-label="Contents">
                <dl class="figures">
                <div class="card"><dt>Patients</dt><dd>\(Figures.count(facts.patients))</dd></div>
                <div class="card"><dt>Resources</dt><dd>\(Figures.count(facts.resources))</dd></div>
                <div class="card"><dt>On disk</dt><dd>\(Figures.bytes(facts.storedBytes))\(perResource(facts))</dd></div>
                </dl>
                </section>
                \(facts.reindexing.map(reindexing) ?? .empty)
                <section class="card" aria-labelledby="ingest">
                <h2 id="ingest">Last ingest</h2>
                \(facts.lastIngest.map(ingest) ?? noIngest)
                </section>
                """)
    }

    /// The page where the store does not answer.
    static let unavailable = Page(
        title: "Unavailable",
        content: """
            <h1><span class="state bad" aria-hidden="true"></span>Not available</h1>
            <p class="lead">The record store did not answer. The server's log says why.</p>
            """)

    private static func perResource(_ facts: StatusFacts) -> HTML {
        guard facts.resources > 0 else { return .empty }
        return "<span class=\"note\">\(Figures.bytes(facts.storedBytes / facts.resources)) per resource</span>"
    }

    private static func reindexing(_ reindexing: StatusFacts.Reindexing) -> HTML {
        let what = reindexing.parameters == 1 ? "search parameter" : "search parameters"
        return """
            <section class="card" aria-labelledby="reindexing">
            <h2 id="reindexing">Indexing</h2>
            <p>\(Figures.count(reindexing.parameters)) new \(what): \(Figures.count(reindexing.done)) of \
            \(Figures.count(reindexing.total)) versions looked through. Searches by them are refused until then.</p>
            </section>
            """
    }

    private static let noIngest: HTML = """
        <p>Nothing has been ingested yet. Start with <code>martlet ingest PATH…</code></p>
        """

    private static func ingest(_ ingest: StatusFacts.Ingest) -> HTML {
        let rate = ingest.resourcesPerSecond.map { Figures.count(Int($0.rounded())) + " resources/s" } ?? "–"
        let rejectedClass: HTML = ingest.rejected > 0 ? " class=\"bad\"" : ""
        let hint: HTML =
            "<p class=\"hint\">What was rejected lies in <code>rejects.ndjson</code>, each with its reason.</p>"
        return """
            <dl class="facts">
            <div><dt>Finished</dt><dd>\(time(ingest.finishedAt))</dd></div>
            <div><dt>Took</dt><dd>\(Figures.duration(seconds: ingest.seconds))</dd></div>
            <div><dt>Rate</dt><dd>\(rate)</dd></div>
            <div><dt>Created</dt><dd>\(Figures.count(ingest.created))</dd></div>
            <div><dt>Updated</dt><dd>\(Figures.count(ingest.updated))</dd></div>
            <div><dt>Unchanged</dt><dd>\(Figures.count(ingest.unchanged))</dd></div>
            <div><dt>Rejected</dt><dd\(rejectedClass)>\(Figures.count(ingest.rejected))</dd></div>
            </dl>
            \(ingest.rejected > 0 ? hint : .empty)
            """
    }

    /// `2026-11-21 11:34 UTC`, with the second in the machine's form.
    static func time(_ instant: Instant) -> HTML {
        let seconds = max(0, Int(instant.microseconds / 1_000_000))
        let date = CalendarDate(daysSinceEpoch: seconds / 86_400)
        let day = "\(date.year)-\(twoDigits(date.month))-\(twoDigits(date.day))"
        let minute = "\(twoDigits(seconds / 3600 % 24)):\(twoDigits(seconds / 60 % 60))"
        return "<time datetime=\"\(day)T\(minute):\(twoDigits(seconds % 60))Z\">\(day) \(minute) UTC</time>"
    }

    private static func twoDigits(_ value: Int) -> String {
        value < 10 ? "0\(value)" : "\(value)"
    }
}
