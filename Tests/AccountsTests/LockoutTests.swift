import Accounts
import Base
import Testing

@Suite struct LockoutTests {
    @Test func `guessing is slowed`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        for number in 0..<5 { #expect(try test.refusal("jo", password: "guess \(number)") == .wrongSecret) }
        #expect(try test.refusal("jo") == .tooManyAttempts(retryAfterSeconds: 30))
        test.clock.advance(30)
        #expect(try test.refusal("jo") == nil)
    }

    @Test func `a name that does not exist is slowed alike`() throws {
        let test = try TestAccounts()
        for number in 0..<5 { #expect(try test.refusal("ghost", password: "guess \(number)") == .wrongSecret) }
        #expect(try test.refusal("ghost") == .tooManyAttempts(retryAfterSeconds: 30))
    }

    @Test func `a restart forgives nothing`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        try test.reopen()
        for number in 0..<5 { _ = try test.refusal("jo", password: "guess \(number)") }
        try test.reopen()
        #expect(try test.refusal("jo") == .tooManyAttempts(retryAfterSeconds: 30))
    }

    @Test func `guesses from everywhere do not lock out who signed in before`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let first = try test.admitted("jo", address: "198.51.100.1")
        let device = try #require(first.device)
        for number in 0..<200 {
            _ = try test.refusal("jo", password: "guess", address: "203.0.113.\(number)")
        }
        // Unknown places wait.
        guard case .tooManyAttempts = try test.refusal("jo", address: "203.0.113.250") else {
            Issue.record("the account is not slowed for unknown places")
            return
        }
        // The known browser anywhere, and the known address, do not.
        #expect(try test.refusal("jo", address: "203.0.113.251", device: device) == nil)
        #expect(try test.refusal("jo", address: "198.51.100.1") == nil)
        // Not even when the guesses came from the same address.
        for _ in 0..<20 { _ = try test.refusal("jo", password: "guess", address: "198.51.100.1") }
        #expect(try test.refusal("jo", address: "198.51.100.1", device: device) == nil)
    }

    @Test func `a known browser is known for its own account only and has a count too`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        try test.add("kim")
        let device = try #require(try test.admitted("jo").device)
        for _ in 0..<5 { #expect(try test.refusal("jo", password: "guess", device: device) == .wrongSecret) }
        #expect(try test.refusal("jo", device: device) == .tooManyAttempts(retryAfterSeconds: 30))
        for _ in 0..<5 { #expect(try test.refusal("kim", password: "guess", device: device) == .wrongSecret) }
        #expect(try test.refusal("kim", device: device) == .tooManyAttempts(retryAfterSeconds: 30))
        #expect(try test.refusal("kim", address: "192.0.2.99", device: device) == nil)
    }
}
