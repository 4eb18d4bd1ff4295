import Accounts
import Base
import Testing

@Suite struct SignInThrottleTests {
    private let start = Instant(microseconds: 1_790_000_000_000_000)

    private func subject(_ kind: SignInThrottle.Kind, _ byte: UInt8) -> SignInThrottle.Subject {
        SignInThrottle.Subject(kind, hash: [UInt8](repeating: byte, count: 32))
    }

    @Test func `some failures are free, then each waits twice as long as the one before, up to a bound`() {
        var throttle = SignInThrottle(rules: ThrottleRules())
        let pair = [subject(.pair, 1)]
        var now = start
        for _ in 0..<5 { #expect(throttle.admit(pair, at: now) == .admit) }
        for seconds in [30, 60, 120, 240, 480, 900, 900] {
            #expect(throttle.admit(pair, at: now) == .wait(seconds: seconds))
            // Asking does not prolong it.
            #expect(throttle.admit(pair, at: now) == .wait(seconds: seconds))
            now = now.advanced(bySeconds: Double(seconds))
            #expect(throttle.admit(pair, at: now) == .admit)
        }
    }

    @Test func `a right attempt forgives its pair and one failure of the rest`() {
        var throttle = SignInThrottle(rules: ThrottleRules())
        let subjects = [subject(.pair, 1), subject(.address, 2)]
        for _ in 0..<4 { #expect(throttle.admit(subjects, at: start) == .admit) }
        throttle.succeeded(subjects, at: start)
        #expect(throttle.counts[subjects[0].hash] == nil)
        #expect(throttle.counts[subjects[1].hash]?.failures == 3)
        throttle.retract([subjects[1]], at: start)
        #expect(throttle.counts[subjects[1].hash]?.failures == 2)
    }

    @Test func `an account is slowed but never shut`() {
        var throttle = SignInThrottle(rules: ThrottleRules())
        let account = [subject(.account, 9)]
        var now = start
        var admitted = 0
        for _ in 0..<3600 {
            if throttle.admit(account, at: now) == .admit { admitted += 1 }
            now = now.advanced(bySeconds: 1)
        }
        #expect(admitted >= 60)
        #expect(admitted <= 100)
    }

    @Test func `what is old is forgotten`() {
        var throttle = SignInThrottle(rules: ThrottleRules())
        let pair = [subject(.pair, 1)]
        for _ in 0..<5 { #expect(throttle.admit(pair, at: start) == .admit) }
        let later = start.advanced(bySeconds: 86_401)
        for _ in 0..<5 { #expect(throttle.admit(pair, at: later) == .admit) }
        #expect(throttle.admit(pair, at: later) != .admit)
    }

    @Test func `a flood of made-up names does not take all memory, nor free those who wait`() {
        var throttle = SignInThrottle(rules: ThrottleRules(), subjectsMax: 100)
        let pair = [subject(.pair, 1)]
        for _ in 0..<8 { _ = throttle.admit(pair, at: start) }
        for number in 0..<1000 {
            let hash = (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) ^ 0x5A }
            _ = throttle.admit([SignInThrottle.Subject(.address, hash: hash)], at: start)
        }
        #expect(throttle.counts.count <= 100)
        #expect(throttle.admit(pair, at: start) != .admit)
    }
}
