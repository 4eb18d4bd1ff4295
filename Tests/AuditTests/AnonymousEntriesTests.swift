import Access
import Audit
import Base
import Synchronization
import Testing

/// Nobody without a credential fills the trail, and nothing of what they tried is passed over.
@Suite struct AnonymousEntriesTests {
    /// A trail in memory that can be told to fail.
    private final class Trail: Sendable {
        private let kept = Mutex<[AuditEntry]>([])
        private let fails = Mutex(false)

        func append(_ entry: AuditEntry, _ done: (Bool) -> Void) {
            let isKept = !fails.withLock { $0 }
            if isKept { kept.withLock { $0.append(entry) } }
            done(isKept)
        }

        func setFails(_ value: Bool) { fails.withLock { $0 = value } }
        var all: [AuditEntry] { kept.withLock { $0 } }
        /// The sum of all counts.
        var counted: Int {
            var sum = 0
            for entry in all {
                guard let words = entry.detail?.split(separator: " "), words.last == "counted" else { continue }
                sum += Int(words[0]) ?? 0
            }
            return sum
        }
    }

    private static let start = Instant(microseconds: 1_790_000_000_000_000)

    private func refusal(
        _ address: String, second: Double, agent: String = "anonymous", _ category: AuditEntry.Category = .denial
    ) -> AuditEntry {
        var entry = AuditEntry(
            category, .read, "read", outcome: .minorFailure, time: Self.start.advanced(bySeconds: second), agent: agent)
        entry.address = address
        entry.status = 401
        return entry
    }

    private func make(_ trail: Trail, _ change: (inout AnonymousEntries.Options) -> Void = { _ in })
        -> AnonymousEntries
    {
        var options = AnonymousEntries.Options()
        change(&options)
        return AnonymousEntries(options: options) { entry, _, done in trail.append(entry, done) }
    }

    private func take(_ entries: AnonymousEntries, _ entry: AuditEntry, _ tenant: TenantName = .platform) -> Bool {
        let answer = Mutex<Bool?>(nil)
        entries.take(entry, tenant) { isDurable in answer.withLock { $0 = isDurable } }
        return answer.withLock { $0 } ?? false
    }

    @Test func `a flood from one address leaves a few entries and its count`() throws {
        let trail = Trail()
        let entries = make(trail)
        for number in 0..<10_000 { #expect(take(entries, refusal("192.0.2.7", second: Double(number) / 1_000))) }
        #expect(trail.all.count == 10)
        #expect(trail.all.last?.detail?.contains("counted") == true)
        // Whatever comes next after the minute brings the count along.
        #expect(take(entries, refusal("192.0.2.8", second: 61)))
        #expect(trail.all.count == 12)
        #expect(trail.counted == 9_990)
        let count = try #require(trail.all.first { $0.detail?.hasPrefix("9990 ") == true })
        #expect(count.address == "192.0.2.7" && count.category == .denial && count.status == 401)
        entries.flush()
        #expect(trail.all.count == 12)
    }

    @Test func `many addresses leave a bounded number of entries, and none is passed over`() {
        let trail = Trail()
        let entries = make(trail)
        for number in 0..<5_000 {
            #expect(take(entries, refusal("2001:db8:\(String(number, radix: 16))::1", second: 1)))
        }
        #expect(trail.all.count == 600)
        entries.flush()
        #expect(trail.all.count == 600 + 201)
        #expect(trail.counted == 4_400)
        #expect(trail.all.last?.address == AnonymousEntries.others)
    }

    @Test func `one holder of many addresses is one`() {
        let trail = Trail()
        let entries = make(trail)
        for number in 0..<100 { #expect(take(entries, refusal("2001:db8::\(number)", second: 1))) }
        #expect(trail.all.count == 10)
    }

    @Test func `who has a credential, signs in or is of a tenant is written each time`() {
        let trail = Trail()
        let entries = make(trail)
        for number in 0..<50 {
            #expect(take(entries, refusal("192.0.2.7", second: Double(number), agent: "user/jo")))
            #expect(take(entries, refusal("192.0.2.7", second: Double(number), .authentication)))
            #expect(take(entries, refusal("192.0.2.7", second: Double(number)), .standard))
        }
        #expect(trail.all.count == 150)
    }

    @Test func `a count that the trail did not take comes with the next`() {
        let trail = Trail()
        let entries = make(trail)
        for _ in 0..<25 { #expect(take(entries, refusal("192.0.2.7", second: 0))) }
        trail.setFails(true)
        #expect(!take(entries, refusal("192.0.2.7", second: 61)))
        trail.setFails(false)
        entries.flush()
        #expect(trail.counted == 15)
    }

    @Test func `a clock that is set back begins anew`() {
        let trail = Trail()
        let entries = make(trail)
        for _ in 0..<15 { #expect(take(entries, refusal("192.0.2.7", second: 7_200))) }
        #expect(take(entries, refusal("192.0.2.7", second: 0)))
        #expect(trail.all.count == 12)
        #expect(trail.counted == 5)
    }
}
