import Base
import HTTP
import Testing
import WebApp

@Suite struct WebAppTests {
    private static let ingest = StatusFacts.Ingest(
        finishedAt: Instant(microseconds: 1_795_261_500_000_000), seconds: 12.34, created: 238_411, updated: 12,
        unchanged: 0, rejected: 3)

    private func client(_ facts: @escaping @Sendable () throws -> StatusFacts) -> TestClient {
        var router = Router()
        WebApp(version: "<1.0 & \"more\">", statusFacts: facts).addRoutes(to: &router)
        return TestClient(.inProcess(router))
    }

    private func text(_ response: HTTPResponse) throws -> String {
        try String(decoding: response.body.collect(), as: UTF8.self)
    }

    @Test func `the status page shows the store's figures and escapes what it shows`() async throws {
        let response = try await client {
            StatusFacts(patients: 217, resources: 238_423, storedBytes: 52_612_345, lastIngest: Self.ingest)
        }.get("/")
        let page = try text(response)
        #expect(response.status == .ok)
        for figure in ["217", "238,423", "52.6 MB", "220 B per resource", "12.3 s", "2026-11-21 11:45 UTC", "19,321"] {
            #expect(page.contains(figure), "\(figure)")
        }
        #expect(page.contains("&lt;1.0 &amp; &quot;more&quot;&gt;"))
        #expect(!page.contains("<1.0"))
        #expect(page.contains("<html lang=\"en\">") && page.contains("name=\"viewport\""))
    }

    @Test func `the status page tells how far records are indexed for new search parameters`() async throws {
        let client = client {
            var facts = StatusFacts(patients: 1, resources: 1, storedBytes: 1, lastIngest: nil)
            facts.reindexing = StatusFacts.Reindexing(parameters: 2, done: 4_096, total: 12_345)
            return facts
        }
        let page = try text(await client.get("/"))
        #expect(page.contains("2 new search parameters: 4,096 of 12,345 versions looked through"))
    }

    @Test func `the page allows its own style only and no script`() async throws {
        let client = client { StatusFacts(patients: 0, resources: 0, storedBytes: 0, lastIngest: nil) }
        let first = try await client.get("/")
        let policy = try #require(first.headers["content-security-policy"])
        #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe-inline") && !policy.contains("script-src"))
        let nonce = try #require(policy.split(separator: "'").first { $0.hasPrefix("nonce-") }).dropFirst(6)
        let page = try text(first)
        #expect(page.contains("<style nonce=\"\(nonce)\">"))
        #expect(!page.contains("<script") && !page.contains(" style=") && !page.contains("src=\"http"))
        #expect(page.contains("martlet ingest"))
        #expect(try await client.get("/").headers["content-security-policy"] != policy)
    }

    @Test func `a store that does not answer gives a page that says so and no more`() async throws {
        let response = try await client { throw HTTPError(.internalFailure, "unspeakable detail") }.get("/")
        #expect(response.status == .serviceUnavailable)
        #expect(try !text(response).contains("unspeakable"))
    }

    @Test func `markup comes from literals and never from text`() {
        let hostile = "<script>alert('x')</script>&\""
        let html: HTML = "<p title=\"\(hostile)\">\(hostile)</p>"
        let escaped = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"
        #expect(html.text == "<p title=\"\(escaped)\">\(escaped)</p>")
        let nested: HTML = "<div>\(html)</div>"
        #expect(nested.text == "<div>\(html.text)</div>")
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1234, "-1,234"),
        (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func `counts are grouped by thousands`(_ value: Int, _ expected: String) {
        #expect(Figures.count(value) == expected)
    }

    @Test func `bytes and spans choose their unit`() {
        #expect(Figures.bytes(999) == "999 B")
        #expect(Figures.bytes(1000) == "1.0 kB")
        #expect(Figures.bytes(999_960) == "1.0 MB")
        #expect(Figures.bytes(2_500_000_000) == "2.5 GB")
        #expect(Figures.duration(seconds: 0.44) == "0.4 s")
        #expect(Figures.duration(seconds: 320) == "5 min 20 s")
        #expect(Figures.duration(seconds: 11_220) == "3 h 7 min")
        #expect(Figures.duration(seconds: .nan) == "–")
    }
}
