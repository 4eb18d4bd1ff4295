import Access
import Accounts
import Base
import Testing

/// What is good once is good once for many at the same moment, too.
@Suite struct RaceTests {
    /// Runs `body` on eight threads at once and counts how often it says yes.
    private func count(_ body: @escaping @Sendable () -> Bool) -> Int {
        let yes = Tally()
        let threads = (0..<8).map { _ in WorkerThread(name: "race") { if body() { yes.add() } } }
        for thread in threads { thread.join() }
        return yes.value
    }

    @Test func `one link sets one password`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        let link = try test.accounts.resetLink(of: jo.id, tenant: .standard).link
        let accepted = count {
            (try? test.accounts.accept(link.token, password: "quiet marble staircase", address: "")) != nil
        }
        #expect(accepted == 1)
    }

    @Test func `one setup link makes one admin`() throws {
        let test = try TestAccounts()
        let link = try #require(try test.accounts.setupLink(.standard))
        let names = Tally()
        let made = count {
            (try? test.accounts.acceptSetup(
                link.token, name: "admin\(names.add())", displayName: "Admin", password: "quiet marble staircase"))
                != nil
        }
        #expect(made == 1)
        #expect(try test.accounts.users(of: .standard, countMax: 10).count == 1)
    }

    @Test func `one code lets one in`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let secret = try test.enrolled("jo").secret
        test.clock.advance(30)
        let code = try test.code(secret)
        let admitted = count { (try? test.refusal("jo", code: code)) == .some(nil) }
        #expect(admitted == 1)
    }

    @Test func `guesses at the same moment gain nothing`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let tried = count { (try? test.refusal("jo", password: "guess")) == .wrongSecret }
        #expect(tried <= 5)
    }

    @Test func `one name makes one user`() throws {
        let test = try TestAccounts()
        let made = count { (try? test.add("jo")) != nil }
        #expect(made == 1)
    }

    @Test func `a session begun while the user is disabled does not stay`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        let secrets = Secrets()
        let signIns = (0..<4).map { _ in
            WorkerThread(name: "race") {
                for _ in 0..<3 {
                    if let admission = try? test.admitted("jo") { secrets.add(admission.secret) }
                }
            }
        }
        try test.accounts.update(jo.id, tenant: .standard, profile: jo.profile, isEnabled: false, by: nil)
        for thread in signIns { thread.join() }
        #expect(secrets.all.allSatisfy { test.accounts.session($0) == nil })
    }
}

private final class Tally: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var count = 0

    @discardableResult
    func add() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }

    var value: Int { lock.withLock { count } }
}

private final class Secrets: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var kept: [SecretToken] = []

    func add(_ secret: SecretToken) { lock.withLock { kept.append(secret) } }
    var all: [SecretToken] { lock.withLock { kept } }
}
