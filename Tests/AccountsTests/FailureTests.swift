import Base
import Access
import Accounts
import SQLDatabase
import Testing

/// What fails where nobody waits for it is told.
@Suite struct FailureTests {
    @Test func `a disk that takes no sessions is reported`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let secret = try test.admitted("jo").secret
        _ = test.accounts.session(secret)
        try test.alter("CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'full'); END")
        test.clock.advance(10)
        _ = test.accounts.session(secret)
        test.clock.advance(61)
        #expect(test.accounts.session(secret) != nil)
        test.accounts.threads.stop()
        #expect(test.reports.all.count == 1)
        #expect(test.reports.all.allSatisfy { $0.contains("when sessions were used") })
    }

    @Test func `a session that is over already is no failure, and one that cannot be ended takes the new one along`()
        throws
    {
        let test = try TestAccounts()
        try test.add("jo")
        let old = try test.admitted("jo").signedIn
        let new = try test.admitted("jo")
        try test.alter(
            """
            CREATE TRIGGER full BEFORE DELETE ON sessions WHEN OLD.session_id = '\(old.session)'
            BEGIN SELECT RAISE(ABORT, 'full'); END
            """)
        #expect(throws: SQLError.self) { try test.accounts.endSession(old, replacedBy: new.signedIn) }
        #expect(test.accounts.session(new.secret) == nil)
        try test.alter("DROP TRIGGER full")
        try test.accounts.endSession(old)
        try test.accounts.endSession(old)
    }
}
