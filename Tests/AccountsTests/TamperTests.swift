import Access
import Accounts
import Base
import Foundation
import SQLDatabase
import Testing
import Vault

/// Whoever can write the file, but has not the keys, gains nothing unnoticed.
@Suite struct TamperTests {
    private static let known = String(repeating: "A", count: 43)

    /// What is kept of the secret that the attacker knows.
    private static func knownHash() throws -> SQLValue {
        .blob(try SHA2.sha256([UInt8](repeating: 0, count: 32)))
    }

    private func bytes(_ test: TestAccounts, _ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: test.folder + "/" + name))
    }

    /// What throws because a row is not what the program wrote.
    private func expectRefused(_ table: String, _ body: () throws -> Void) {
        let error = #expect(throws: VaultError.self, performing: body)
        #expect(error?.code == .notAuthentic)
        #expect(error?.detail.contains("the row \(table) ") == true)
    }

    @Test func `a disabled user who is enabled in the file stays out, and others get in`() throws {
        let test = try TestAccounts()
        try test.add("ada", .admin)
        let jo = try test.add("jo")
        try test.add("kim")
        try test.accounts.update(jo.id, tenant: .standard, profile: jo.profile, isEnabled: false, by: nil)
        try test.alter("UPDATE users SET state = 2 WHERE user_id = $1", [.text(jo.id.description)])
        for _ in 0..<2 {
            expectRefused("users") { _ = try test.attempt("jo") }
            #expect(try test.refusal("kim") == nil)
            #expect(try test.accounts.users(of: .standard, countMax: 10).count == 2)
            #expect(test.reports.all.contains { $0.contains("users") && $0.contains(jo.id.description) })
            try test.reopen()
        }
    }

    @Test(arguments: [
        "user_id = 'aaaaaaaaaaaaaaaaaaaaaaaaaa'", "name_hash = zeroblob(32)", "role_mark = zeroblob(32)", "state = 3",
        "created_at = 1", "changed_at = 1", "profile = password", "password = NULL, state = 1",
        "totp = NULL, totp_confirmed = 0", "totp_confirmed = 0", "totp_step = 0", "tenant_id = 77", "mark = NULL",
        "user_id = user_id || char(0)",
    ])
    func `no column of a user can be changed`(_ change: String) throws {
        let test = try TestAccounts()
        try test.add("kim")
        let jo = try test.add("jo")
        let secret = try test.enrolled("jo").secret
        test.clock.advance(60)
        try test.alter("UPDATE users SET \(change) WHERE user_id = $1", [.text(jo.id.description)])
        let outcome = Result { try test.attempt("jo", code: try test.code(secret)) }
        if case .success(.admitted) = outcome { Issue.record("jo gets in with \(change)") }
        guard change != "mark = NULL" else {
            // The mark itself: then the row counts as missing.
            try? test.close()
            #expect(throws: VaultError.self) { try test.start() }
            return
        }
        #expect(try test.refusal("kim") == nil)
        try test.reopen()
        #expect(test.reports.all.contains { $0.contains("the row users ") })
        #expect(try test.refusal("kim") == nil)
    }

    @Test func `two users cannot be exchanged, and none be brought from another tenant`() throws {
        let test = try TestAccounts()
        let other = try #require(TenantName("other"))
        try test.accounts.addTenant(other)
        let jo = try test.add("jo")
        let kim = try test.add("kim")
        let eve = try test.add("eve", .admin, tenant: other)
        try test.moveRow(from: jo.id, to: kim.id)
        expectRefused("users") { _ = try test.attempt("kim") }
        #expect(try test.refusal("jo") == nil)
        try test.alter(
            """
            INSERT INTO users SELECT (SELECT tenant_id FROM users WHERE user_id = $1), 'aaaaaaaaaaaaaaaaaaaaaaaaaa',
              name_hash, role_mark, state, created_at, changed_at, profile, password, totp, totp_confirmed, totp_step,
              mark FROM users WHERE user_id = $2
            """, [.text(jo.id.description), .text(eve.id.description)])
        #expect(try test.accounts.users(of: .standard, countMax: 10).map(\.id) == [jo.id])
        #expect(try !test.accounts.hasAdmin(.standard))
    }

    @Test func `a link cannot be prolonged, given to another user, or put there`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        let kim = try test.add("kim")
        let password = "quiet marble staircase"
        let first = try test.accounts.resetLink(of: jo.id, tenant: .standard).link
        try test.alter("UPDATE links SET user_id = $1", [.text(kim.id.description)])
        expectRefused("links") { _ = try test.accounts.accept(first.token, password: password, address: "") }
        let second = try test.accounts.resetLink(of: jo.id, tenant: .standard).link
        try test.alter("UPDATE links SET expires_at = expires_at + 1000000000000")
        test.clock.advance(3600)
        expectRefused("links") { _ = try test.accounts.accept(second.token, password: password, address: "") }
        try test.alter("UPDATE links SET kind = 3, user_id = NULL")
        expectRefused("links") {
            _ = try test.accounts.acceptSetup(second.token, name: "eve", displayName: "Eve", password: password)
        }
        let planted = try #require(SecretToken(Self.known))
        let put = """
            INSERT INTO links (secret_hash, tenant_id, user_id, kind, expires_at, mark)
            SELECT $1, tenant_id, user_id, 2, 9000000000000000, $2 FROM users WHERE user_id = $3
            """
        try test.alter(put, [Self.knownHash(), .blob([UInt8](repeating: 7, count: 32)), .text(jo.id.description)])
        expectRefused("links") { _ = try test.accounts.facts(of: planted) }
        #expect(throws: AccountsError.self) { try test.accounts.accept(planted, password: password, address: "") }
        #expect(test.reports.all.contains { $0.contains("links") && $0.contains("removed") })
        try test.reopen()
        #expect(throws: AccountsError.self) { try test.accounts.accept(planted, password: password, address: "") }
        let third = try test.accounts.resetLink(of: jo.id, tenant: .standard).link
        _ = try test.accounts.accept(third.token, password: password, address: "")
        #expect(try test.refusal("jo", password: password) == nil)
    }

    @Test func `a session cannot be put there, prolonged, or go on without what is due`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        _ = try test.enrolled("jo")
        let half = try test.admitted("jo")
        #expect(half.signedIn.due == .code)
        try test.alter("UPDATE sessions SET due = 0 WHERE due = 1")
        let planted = try #require(SecretToken(Self.known))
        try test.alter(
            """
            INSERT INTO sessions (secret_hash, tenant_id, user_id, session_id, created_at, seen_at, due, origin)
            SELECT $1, tenant_id, user_id, 'aaaaaaaaaaaaaaaaaaaaaaaaaa', created_at, seen_at, 0, origin
            FROM sessions WHERE user_id = $2 LIMIT 1
            """, [Self.knownHash(), .text(jo.id.description)])
        try test.reopen()
        #expect(test.accounts.session(planted) == nil)
        #expect(test.accounts.session(half.secret)?.due != .nothing)
        #expect(test.reports.all.contains { $0.contains("sessions") })
    }

    @Test func `the sessions of others stay where one is put there`() throws {
        let test = try TestAccounts()
        try test.add("kim")
        let kims = try test.admitted("kim")
        try test.alter(
            """
            INSERT INTO sessions (secret_hash, tenant_id, user_id, session_id, created_at, seen_at, due, origin)
            SELECT $1, tenant_id, user_id, 'aaaaaaaaaaaaaaaaaaaaaaaaaa', created_at, seen_at, 0, origin FROM sessions
            """, [Self.knownHash()])
        try test.reopen()
        #expect(test.accounts.session(kims.secret) != nil)
        #expect(test.accounts.session(try #require(SecretToken(Self.known))) == nil)
        #expect(test.reports.all.contains { $0.contains("the row sessions") && $0.contains("removed") })
    }

    @Test func `recovery codes, known browsers and emergencies cannot be put there or prolonged`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        _ = try test.enrolled("jo")
        let grant = try test.accounts.openEmergency(
            of: jo.id, tenant: .standard, patient: "p1", reason: "unconscious, no papers", minutes: 10)
        try test.alter("UPDATE emergencies SET expires_at = expires_at + 1000000000000")
        try test.alter("UPDATE emergencies SET reviewed_at = 5 WHERE reviewed_at IS NULL")
        #expect(try test.accounts.emergencies(tenant: .standard, countMax: 10).isEmpty)
        expectRefused("emergencies") {
            _ = try test.accounts.reviewEmergency(
                grant.id, tenant: .standard, by: jo.id, isJustified: true, note: "")
        }
        try test.alter(
            "INSERT INTO devices (tenant_id, user_id, secret_hash, seen_at) SELECT tenant_id, user_id, $1, 0 FROM users",
            [Self.knownHash()])
        try test.alter(
            "INSERT INTO recovery_codes (tenant_id, user_id, code_hash) SELECT tenant_id, user_id, $1 FROM users",
            [Self.knownHash()])
        let device = try #require(SecretToken(Self.known))
        for _ in 0..<5 { #expect(try test.refusal("jo", password: "wrong", device: device) == .wrongSecret) }
        #expect(try test.refusal("jo", password: "wrong") != .wrongSecret, "the device has no count of its own")
        try test.reopen()
        for table in ["emergencies", "devices", "recovery_codes"] {
            #expect(test.reports.all.contains { $0.contains("the row " + table) }, "\(table)")
        }
    }

    @Test func `what a tenant demands, and that it is disabled, cannot be taken away`() throws {
        let test = try TestAccounts()
        let other = try #require(TenantName("other"))
        try test.accounts.addTenant(other)
        try test.accounts.setDisabled(true, tenant: other)
        try test.add("jo")
        try test.accounts.setSecuritySettings(SecuritySettings(secondFactorRoles: [.clinician]), tenant: .standard)
        for change in [
            "UPDATE settings SET name = 'x'", "UPDATE settings SET tenant_id = 77", "DELETE FROM settings",
            "UPDATE settings SET name = name || char(0)", "UPDATE tenants SET state = 1 WHERE state = 2",
            "DELETE FROM tenants WHERE state = 2", "UPDATE tenants SET tenant_id = 77 WHERE state = 2",
        ] {
            let before = try copies(test)
            try test.alter(change)
            #expect(try test.admitted("jo").signedIn.due == .enrolment, "it is held in memory: \(change)")
            try test.close()
            let error = #expect(throws: VaultError.self, "\(change)") { try test.start() }
            #expect(error?.code == .damaged)
            #expect(error?.detail.contains("settings") == true || error?.detail.contains("tenants") == true)
            try restore(test, before)
            try test.start()
        }
    }

    /// The files of the accounts as they are, while nothing has them open.
    private func copies(_ test: TestAccounts) throws -> [String: Data] {
        try test.close()
        defer { try? test.start() }
        return ["accounts.db": try bytes(test, "accounts.db"), "accounts.anchor": try bytes(test, "accounts.anchor")]
    }

    private func restore(_ test: TestAccounts, _ files: [String: Data]) throws {
        for name in ["accounts.db-wal", "accounts.db-shm"] {
            try? FileManager.default.removeItem(atPath: test.folder + "/" + name)
        }
        for (name, data) in files { try data.write(to: URL(fileURLWithPath: test.folder + "/" + name)) }
    }

    @Test func `a row of before a password was changed is noticed, while it serves and at the next start`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        try test.alter("CREATE TABLE kept AS SELECT * FROM users")
        try test.accounts.setPassword("quiet marble staircase", of: jo.id, tenant: .standard)
        #expect(try test.refusal("jo") == .wrongSecret)
        try test.alter("DELETE FROM users")
        try test.alter("INSERT INTO users SELECT * FROM kept")
        // The row is one that the program wrote, but not the last one.
        for _ in 0..<2 {
            let error = #expect(throws: VaultError.self) { try test.attempt("jo") }
            #expect(error?.code == .damaged)
        }
        #expect(test.reports.all.filter { $0.contains("users are missing, or are as they once were") }.count == 1)
        try? test.close()
        #expect(throws: VaultError.self) { try test.start() }
        // The operator looked at it and goes on.
        try FileManager.default.removeItem(atPath: test.folder + "/accounts.anchor")
        try test.start()
        #expect(try test.refusal("jo") == nil)
        try test.reopen()
    }

    @Test func `rows that are missing are noticed within a minute`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let secret = try test.admitted("jo").secret
        _ = test.accounts.session(secret)
        try test.alter("DELETE FROM users")
        test.clock.advance(61)
        _ = test.accounts.session(secret)
        test.accounts.threads.stop()
        #expect(test.reports.all.contains { $0.contains("users are missing") })
        #expect(throws: VaultError.self) { try test.accounts.users(of: .standard, countMax: 10) }
    }

    @Test func `a link that was used cannot be put back`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        let link = try test.accounts.resetLink(of: jo.id, tenant: .standard).link
        try test.alter("CREATE TABLE kept AS SELECT * FROM links")
        _ = try test.accounts.accept(link.token, password: "quiet marble staircase", address: "")
        try test.alter("INSERT INTO links SELECT * FROM kept")
        #expect(throws: AccountsError.self) {
            try test.accounts.accept(link.token, password: "loud granite staircase", address: "")
        }
        #expect(try test.refusal("jo", password: "quiet marble staircase") == nil)
    }

    @Test func `an older copy of the whole file is told from the newest`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        let before = try copies(test)
        try test.accounts.setPassword("quiet marble staircase", of: jo.id, tenant: .standard)
        try test.close()
        try restore(test, ["accounts.db": try #require(before["accounts.db"])])
        let error = #expect(throws: VaultError.self) { try test.start() }
        #expect(error?.detail.contains("older") == true && error?.detail.contains("accounts.anchor") == true)
        // A restore brings the anchor of the same moment along.
        try restore(test, before)
        try test.start()
        #expect(try test.refusal("jo") == nil)
    }

    @Test func `an anchor that lags behind is brought up, and one that cannot be written is reported`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        let anchor = URL(fileURLWithPath: test.folder + "/accounts.anchor")
        func epoch() throws -> Int {
            let words = try String(contentsOf: anchor, encoding: .utf8).split(whereSeparator: \.isWhitespace)
            return try #require(words.last.flatMap { Int($0) })
        }
        let first = try epoch()
        let draft = test.folder + "/accounts.anchor.part"
        try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: false)
        try test.accounts.setPassword("quiet marble staircase", of: jo.id, tenant: .standard)
        #expect(test.reports.all.contains { $0.contains("accounts.anchor") })
        #expect(try test.refusal("jo", password: "quiet marble staircase") == nil)
        #expect(try epoch() == first)
        try FileManager.default.removeItem(atPath: draft)
        try test.reopen()
        let second = try epoch()
        #expect(second > first)
        try test.add("kim")
        #expect(try epoch() > second)
        // A process that ended between a change and its anchor.
        try test.close()
        try Data("martlet rows 1 \(first)\n".utf8).write(to: anchor)
        try test.start()
        #expect(try epoch() > second)
        try test.close()
        try Data("nothing of the kind".utf8).write(to: anchor)
        #expect(throws: VaultError.self) { try test.start() }
    }

    @Test func `accounts whose file is gone are not begun anew beside their anchor`() throws {
        let test = try TestAccounts()
        try test.add("ada", .admin)
        try test.close()
        for end in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: test.folder + "/accounts.db" + end)
        }
        let error = #expect(throws: VaultError.self) { try test.start() }
        #expect(error?.detail.contains("older") == true)
    }

    @Test func `a deleted row of what can be begun anew ends the others of its kind`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        try test.add("kim")
        _ = try test.admitted("jo")
        let kims = try test.admitted("kim").secret
        try test.alter("DELETE FROM sessions WHERE user_id = (SELECT min(user_id) FROM users)")
        try test.reopen()
        #expect(test.accounts.session(kims) == nil)
        #expect(test.reports.all.contains { $0.contains("sessions") && $0.contains("removed") })
        #expect(try test.refusal("kim") == nil)
        try test.reopen()
    }

    @Test func `accounts of a program that knew no marks are marked, but only once`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let kim = try test.add("kim")
        let (secret, codes, _) = try test.enrolled("jo")
        let link = try test.accounts.resetLink(of: kim.id, tenant: .standard).link
        try test.close()
        let tables = [
            "tenants", "users", "recovery_codes", "sessions", "links", "devices", "failures", "emergencies", "settings",
        ]
        func age() throws {
            for table in tables { try test.alter("ALTER TABLE \(table) DROP COLUMN mark") }
            try test.alter("DROP TABLE row_books")
            try test.alter("UPDATE accounts_schema SET version = 1")
        }
        try age()
        #expect(throws: VaultError.self, "the anchor knows better") { try test.start() }
        try FileManager.default.removeItem(atPath: test.folder + "/accounts.anchor")
        try test.start()
        test.clock.advance(60)
        #expect(try test.refusal("jo", code: try test.code(secret)) == nil)
        #expect(try test.refusal("jo", code: codes[0]) == nil)
        _ = try test.accounts.accept(link.token, password: "quiet marble staircase", address: "")
        try test.reopen()
        #expect(try test.refusal("kim", password: "quiet marble staircase") == nil)
        #expect(test.reports.all.isEmpty)
        try test.close()
        for change in ["DROP TABLE row_books", "UPDATE accounts_schema SET version = 1"] {
            let name = "/accounts.db"
            let whole = try Data(contentsOf: URL(fileURLWithPath: test.folder + name))
            try test.alter(change)
            #expect(throws: (any Error).self, "\(change)") { try test.start() }
            try whole.write(to: URL(fileURLWithPath: test.folder + name))
            for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: test.folder + name + end) }
        }
        try test.start()
    }
}
