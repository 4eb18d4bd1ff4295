import Base
import FHIRAPI
import HTTP
import Testing

@Suite struct PagingTests {
    @Test(arguments: ["", "_sort=birthdate&", "gender=female&_total=accurate&", "_sort=-family,_id&"])
    func `pages stay as they were while others write`(_ query: String) async throws {
        let test = try TestAPI()
        for number in 0..<23 {
            try await test.put(
                Samples.patient("p\(number)", family: "F\(number % 4)", birthDate: "19\(10 + number)-01-31"))
        }
        let before = try await test.ids("/fhir/Patient?\(query)_count=100")
        #expect(before.count == 23)
        var seen: [String] = []
        var target: String? = "/fhir/Patient?\(query)_count=5"
        var round = 0
        while let next = target {
            let page = try await test.get(next)
            let entries = page.entries(mode: "match").map { $0["resource"] }
            seen += entries.map { $0["id"].text }
            #expect(entries.allSatisfy { $0["name"][0]["family"].text != "Changed" })
            target = page.link("next")
            // New ones, changed ones and deleted ones, each of which would show on a page to come.
            try await test.put(
                Samples.patient("new\(round)", birthDate: "1900-01-01"),
                Samples.patient("p\(round)", family: "Changed", birthDate: "2000-01-01"))
            _ = try await test.send(.delete, "/fhir/Patient/p\(22 - round)")
            round += 1
        }
        #expect(seen == before && round == 5)
    }

    @Test func `a paging link is taken as the server gave it or not at all`() async throws {
        let test = try TestAPI()
        try await test.put((0..<5).map { Samples.patient("p\($0)") })
        try await test.put((0..<5).map { Samples.observation("o\($0)", patient: "p0") })
        let link = try #require(try await test.get("/fhir/Patient?_count=2").link("next"))
        #expect(try await test.get(link).status == .ok)
        #expect(try await test.get(link + "&_pretty=true&_format=json").status == .ok)
        #expect(try await test.get(link + "&_count=3").status == .badRequest)
        let elsewhere = link.replacing("/fhir/Patient", with: "/fhir/Observation")
        #expect(try await test.get(elsewhere).status == .badRequest)
        #expect(
            try await test.get(link.replacing("/fhir/Patient", with: "/fhir/Patient/p0/_history")).status == .badRequest
        )
        let other = try await test.send(.get, link, token: TestAPI.otherToken)
        #expect(other.status == .badRequest && other.issue.contains("search anew"))

        var random = SeededRandom(seed: 7)
        let start = "/fhir/Patient?_page=".utf8.count
        let alphabet = Array("ABCXYZabcxyz0189-_=~".utf8)
        for _ in 0..<300 {
            var bytes = Array(link.utf8)
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                bytes[Int.random(in: start..<bytes.count, using: &random)] =
                    alphabet[Int.random(in: 0..<20, using: &random)]
            case 1: bytes.removeLast(Int.random(in: 1...(bytes.count - start), using: &random))
            default: bytes.append(alphabet[Int.random(in: 0..<20, using: &random)])
            }
            let changed = String(decoding: bytes, as: UTF8.self)
            if changed == link { continue }
            #expect(try await test.get(changed).status == .badRequest, "\(changed)")
        }
        #expect(test.failures.all.isEmpty)
    }

    @Test func `a page that grows too large ends early and the next goes on`() async throws {
        let test = try TestAPI { $0.pageBytesMax = 2_000 }
        try await test.put((0..<20).map { Samples.patient("p\($0)", birthDate: "19\(10 + $0)-01-01") })
        #expect(try await test.get("/fhir/Patient?_count=20").entries(mode: "match").count < 20)
        #expect(try await test.ids("/fhir/Patient?_count=20") == (0..<20).reversed().map { "p\($0)" })
        #expect(try await test.ids("/fhir/Patient?_count=15&_sort=birthdate") == (0..<20).map { "p\($0)" })
    }

    @Test func `a search too long for a link is refused only where it has more pages`() async throws {
        let test = try TestAPI()
        try await test.put((0..<5).map { Samples.patient("p\($0)") })
        let form: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
        let ids = (0..<900).map { "p\($0)-\(String(repeating: "x", count: 8))" }.joined(separator: ",") + ",p0,p1,p2"
        let whole = try await test.send(.post, "/fhir/Patient/_search", headers: form, body: "_id=\(ids)")
        #expect(whole.names(mode: "match").count == 3)
        let cut = try await test.send(.post, "/fhir/Patient/_search", headers: form, body: "_count=2&_id=\(ids)")
        #expect(cut.status == .badRequest && cut.issue.hasPrefix("too-costly:"))
    }

    @Test func `a history comes newest first, page by page`() async throws {
        let test = try TestAPI()
        for number in 0..<7 { try await test.put(Samples.patient("a", family: "F\(number)")) }
        _ = try await test.send(.delete, "/fhir/Patient/a")
        try await test.put(Samples.patient("a", family: "Back"))
        var versions: [String] = []
        var target: String? = "/fhir/Patient/a/_history?_count=4"
        while let next = target {
            let page = try await test.get(next)
            #expect(page.json["type"].text == "history")
            versions += page.json["entry"].array.map { $0["response"]["etag"].text }
            target = page.link("next")
            try await test.put(Samples.patient("a", family: "Later\(versions.count)"))
        }
        #expect(versions == (1...9).reversed().map { "W/\"\($0)\"" })
        let all = try await test.get("/fhir/Patient/a/_history?_count=100")
        #expect(all.json["total"].number == 12)
        let deletion = try #require(all.json["entry"].array.first { $0["request"]["method"].text == "DELETE" })
        #expect(!deletion["resource"].isThere && deletion["request"]["url"].text == "Patient/a")
        #expect(all.json["entry"].array.last?["response"]["status"].text == "201")
        let since = all.json["entry"][3]["response"]["lastModified"].text
        #expect(try await test.get("/fhir/Patient/a/_history?_since=\(since)").json["entry"].array.count == 4)
        #expect(try await test.get("/fhir/Patient/a/_history?_at=\(since)").json["entry"].array.count == 1)
        #expect(try await test.get("/fhir/Patient/b/_history").status == .notFound)
        #expect(try await test.get("/fhir/Patient/a/_history?_count=0").status == .badRequest)
        #expect(try await test.get("/fhir/Patient/a/_history?_sort=x").status == .badRequest)
    }
}
