import Base
import HTTP
import Synchronization
import Testing

/// Nanoseconds that pass only when a test says so.
private final class Hands: Sendable {
    private let time = Atomic<UInt64>(1_000_000_000_000)

    var now: UInt64 { time.load(ordering: .relaxed) }

    func pass(seconds: Double) {
        time.add(UInt64(seconds * 1_000_000_000), ordering: .relaxed)
    }
}

@Suite struct TokenBucketTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `a burst passes, then one for each interval`() {
        var buckets = TokenBuckets(Rate(2, perSeconds: 1, burst: 3), keysMax: 64)
        for _ in 0..<3 { #expect(buckets.take(7, now: 0).isAllowed) }
        #expect(buckets.take(7, now: 0) == .refused(waitNanoseconds: Self.second / 2))
        #expect(buckets.take(7, now: Self.second / 2 - 1) == .refused(waitNanoseconds: 1))
        #expect(buckets.take(7, now: Self.second / 2).isAllowed)
        #expect(!buckets.take(7, now: Self.second / 2).isAllowed)
        #expect(buckets.take(9, now: 0).isAllowed)
        // A pause fills the bucket, and no more than that.
        for _ in 0..<3 { #expect(buckets.take(7, now: 100 * Self.second).isAllowed) }
        #expect(!buckets.take(7, now: 100 * Self.second).isAllowed)
    }

    @Test func `looking takes nothing`() {
        var buckets = TokenBuckets(Rate(1), keysMax: 64)
        for _ in 0..<5 { #expect(buckets.look(7, now: 0).isAllowed) }
        #expect(buckets.take(7, now: 0).isAllowed)
        #expect(buckets.look(7, now: 0) == .refused(waitNanoseconds: Self.second))
    }

    @Test func `keys without end cost no memory and no one else's peace`() {
        var buckets = TokenBuckets(Rate(1, perSeconds: 60), keysMax: 1024)
        let capacity = buckets.capacity
        var random = SeededRandom(seed: 1)
        for _ in 0..<100_000 { _ = buckets.take(random.next(), now: 5) }
        #expect(buckets.capacity == capacity && capacity == 1024)
        // Whoever comes new is let in, however full the table is.
        for _ in 0..<1000 { #expect(buckets.take(random.next(), now: 6).isAllowed) }
        // A client that is being held back stays so while others come, as long as there is room.
        var quiet = TokenBuckets(Rate(1, perSeconds: 60, burst: 2), keysMax: 1024)
        for _ in 0..<3 { _ = quiet.take(3, now: 0) }
        for _ in 0..<200 { _ = quiet.take(random.next(), now: 0) }
        #expect(!quiet.take(3, now: 1).isAllowed)
    }

    @Test func `random times agree with a bucket that is counted in tokens`() {
        var random = SeededRandom(seed: 8)
        var buckets = TokenBuckets(Rate(10, perSeconds: 1, burst: 4), keysMax: 8)
        var tokens = 4.0
        var now: UInt64 = 0
        for _ in 0..<20_000 {
            let step = UInt64.random(in: 0..<200_000_000, using: &random)
            now += step
            tokens = min(4, tokens + Double(step) / 100_000_000)
            // At the very edge the model's rounding decides.
            guard abs(tokens - 1) > 1e-6 else { continue }
            let isAllowed = buckets.take(1, now: now).isAllowed
            #expect(isAllowed == (tokens > 1))
            if isAllowed { tokens -= 1 }
        }
    }

    @Test func `rates out of all measure are brought to what can be kept`() {
        var never = TokenBuckets(Rate(0, perSeconds: 0, burst: 0), keysMax: 0)
        #expect(never.take(1, now: 0).isAllowed && !never.take(1, now: 0).isAllowed)
        var endless = TokenBuckets(Rate(.max, perSeconds: .max, burst: .max), keysMax: 8)
        for _ in 0..<1000 { #expect(endless.take(1, now: 0).isAllowed) }
    }
}

@Suite struct RateLimitsTests {
    private let hands = Hands()

    private func limits(_ change: (inout RateLimits.Options) -> Void = { _ in }) -> RateLimits {
        var options = RateLimits.Options()
        options.signIn = Rate(2, perSeconds: 60)
        options.read = nil
        change(&options)
        return RateLimits(options) { [hands] in RateLimiter($0, keysMax: $1) { hands.now } }
    }

    private func client(_ limits: RateLimits, _ handler: @escaping Handler) -> TestClient {
        TestClient(
            .inProcess(
                limits.limited(handler) { request in
                    request.path.first == "probe"
                        ? nil
                        : (request.method == .post ? .signIn : .read, .address(request.headers["X-From"] ?? ""))
                }))
    }

    @Test func `who asks too often gets 429 with the time to wait, and the handler is spared`() async throws {
        let called = Counter()
        let client = client(limits()) { _, reply in
            called.next()
            reply(HTTPResponse(text: "ok"))
        }
        for _ in 0..<2 {
            #expect(try await client.post("/token", headers: ["X-From": "192.0.2.1"], body: []).status == .ok)
        }
        let refused = try await client.post("/token", headers: ["X-From": "192.0.2.1"], body: [])
        #expect(refused.status == .tooManyRequests)
        #expect(refused.headers["Retry-After"] == "31")
        #expect(refused.headers["Content-Type"] == "application/problem+json")
        #expect(called.value == 2)
        #expect(try await client.post("/token", headers: ["X-From": "192.0.2.2"], body: []).status == .ok)
        #expect(try await client.post("/probe", headers: ["X-From": "192.0.2.1"], body: []).status == .ok)
        for _ in 0..<50 { #expect(try await client.get("/", headers: ["X-From": "192.0.2.1"]).status == .ok) }
        hands.pass(seconds: 31)
        #expect(try await client.post("/token", headers: ["X-From": "192.0.2.1"], body: []).status == .ok)
        #expect(try await client.post("/token", headers: ["X-From": "192.0.2.1"], body: []).status == .tooManyRequests)
    }

    @Test func `an IPv6 client is limited by its network, however many addresses it has`() {
        let limits = limits()
        for number in 0..<2 {
            #expect(limits.refusal(of: .signIn, by: .address("2001:db8::\(number)")) == nil)
        }
        #expect(limits.refusal(of: .signIn, by: .address("2001:db8::ffff")) != nil)
        #expect(limits.refusal(of: .signIn, by: .address("2001:db8:0:1::1")) == nil)
        #expect(limits.refusal(of: .signIn, by: .credential("2001:db8::1")) == nil)
        #expect(limits.refusal(of: .signIn, by: .address("192.0.2.1")) == nil)
    }

    @Test func `a class that is used up leaves the others`() {
        let limits = limits { $0.write = Rate(1) }
        #expect(limits.refusal(of: .write, by: .credential("a")) == nil)
        #expect(limits.refusal(of: .write, by: .credential("a"))?.status == .tooManyRequests)
        #expect(limits.refusal(of: .signIn, by: .credential("a")) == nil)
        #expect(limits.refusal(of: .write, by: .credential("b"), isCounted: false) == nil)
        #expect(limits.refusal(of: .write, by: .credential("b")) == nil)
        #expect(limits.refusal(of: .write, by: .credential("b"), isCounted: false) != nil)
    }

    @Test func `threads that share a limit get no more than it together`() async {
        let limiter = RateLimiter(Rate(1, perSeconds: 60, burst: 1000)) { 5 }
        let allowed = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<500 where limiter.take(.credential("shared")).isAllowed { allowed.next() }
                }
            }
        }
        #expect(allowed.value == 1000)
    }
}
