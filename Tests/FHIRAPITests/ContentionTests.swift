import FHIRAPI
import Foundation
import HTTP
import Testing

/// Many clients that change the same few resources, each only what it has seen.
@Suite struct ContentionTests {
    /// Seconds of the run; `MARTLET_CONTENTION_SECONDS=60` makes the long one, see docs/operations.md.
    private static let seconds =
        ProcessInfo.processInfo.environment["MARTLET_CONTENTION_SECONDS"].flatMap { Double($0) } ?? 2
    private static let clients = 64
    private static let resources = 100

    private struct Tally {
        var updates = 0
        var refusals = 0
        var others: [String] = []
        /// Of each resource how often a client was told that its update happened.
        var done = [Int](repeating: 0, count: ContentionTests.resources)

        mutating func add(_ other: Tally) {
            updates += other.updates
            refusals += other.refusals
            others += other.others
            for place in done.indices { done[place] += other.done[place] }
        }
    }

    private func counter(_ id: String, _ value: Int) -> String {
        #"{"resourceType":"Basic","id":"\#(id)","code":{"text":"\#(value)"}}"#
    }

    private func work(_ test: TestAPI, client: Int, until end: Date) async throws -> Tally {
        var tally = Tally()
        var place = client
        while Date() < end {
            place = (place * 7 + 13) % Self.resources
            let seen = try await test.get("/fhir/Basic/r\(place)")
            guard seen.status == .ok, let value = Int(seen.json["code"]["text"].text) else {
                tally.others.append(seen.text)
                continue
            }
            let answer = try await test.send(
                .put, "/fhir/Basic/r\(place)",
                headers: ["If-Match": seen.headers["ETag"] ?? "", "Prefer": "return=minimal"],
                body: counter("r\(place)", value + 1))
            switch answer.status.code {
            case 200:
                tally.updates += 1
                tally.done[place] += 1
            case 409, 412: tally.refusals += 1
            default: tally.others.append(answer.text)
            }
        }
        return tally
    }

    @Test func `no update is lost, none fails otherwise, and the history has no gap`() async throws {
        let test = try TestAPI { $0.workerCount = 4 }
        for place in 0..<Self.resources { try await test.put(counter("r\(place)", 0)) }
        let end = Date(timeIntervalSinceNow: Self.seconds)
        let tally = try await withThrowingTaskGroup(of: Tally.self) { group in
            for client in 0..<Self.clients { group.addTask { try await work(test, client: client, until: end) } }
            return try await group.reduce(into: Tally()) { $0.add($1) }
        }
        print("contention: \(tally.updates) updates, \(tally.refusals) refused, in \(Self.seconds) s")
        #expect(tally.others.isEmpty, "\(tally.others.first ?? "")")
        #expect(tally.updates > Self.resources && test.failures.all.isEmpty)
        for place in 0..<Self.resources {
            let now = try await test.get("/fhir/Basic/r\(place)")
            #expect(now.json["code"]["text"].text == String(tally.done[place]))
            var versions: [Int] = []
            var next: String? = "/fhir/Basic/r\(place)/_history?_count=1000"
            while let target = next {
                let page = try await test.get(target)
                versions += page.json["entry"].array.compactMap { Int($0["resource"]["code"]["text"].text) }
                next = page.link("next")
            }
            #expect(versions == Array((0...tally.done[place]).reversed()))
        }
    }
}
