import Access
import Accounts
import Base
import Testing

@Suite struct SignInTests {
    @Test func `a session is found by its secret and has the user's authority`() throws {
        let test = try TestAccounts()
        let user = try test.add("jo@clinic.example")
        let admission = try test.admitted("Jo@Clinic.Example")
        let signedIn = try #require(test.accounts.session(admission.secret))
        #expect(signedIn.user == user.id)
        #expect(signedIn.facts.account == "user/\(user.id)")
        #expect(signedIn.role == .clinician)
        #expect(signedIn.due == .nothing)
        #expect(signedIn.csrfToken == admission.signedIn.csrfToken)
        #expect(test.accounts.session(try #require(SecretToken(String(repeating: "A", count: 43)))) == nil)
    }

    @Test func `a wrong password, an unknown user and an unknown tenant are refused alike`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        var texts: Set<String> = []
        for (name, tenant) in [("jo", "default"), ("nobody", "default"), ("jo", "elsewhere"), ("jo", "NO TENANT")] {
            let outcome = try test.attempt(name, password: "not the password", tenant: tenant, address: tenant + name)
            guard case .refused(let error, _, _) = outcome else {
                Issue.record("admitted")
                continue
            }
            #expect(error.code == .wrongSecret)
            texts.insert(error.detail)
        }
        #expect(texts.count == 1)
    }

    @Test func `a user of one tenant is nobody in another`() throws {
        let test = try TestAccounts()
        let other = try #require(TenantName("other"))
        try test.accounts.addTenant(other)
        let user = try test.add("jo")
        #expect(try test.refusal("jo", tenant: "other") == .wrongSecret)
        #expect(throws: AccountsError.self) { try test.accounts.user(user.id, tenant: other) }
        #expect(try test.accounts.users(of: other, countMax: 10).isEmpty)
        try test.add("jo", tenant: other, password: "zinc lantern owl brook")
        #expect(try test.accounts.users(of: other, countMax: 10).count == 1)
        #expect(throws: AccountsError.self) { try test.accounts.addTenant(other) }
    }

    @Test func `a disabled tenant lets nobody in and ends its sessions`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let admission = try test.admitted("jo")
        try test.accounts.setDisabled(true, tenant: .standard)
        #expect(test.accounts.session(admission.secret) == nil)
        #expect(try test.refusal("jo") == .wrongSecret)
        try test.accounts.setDisabled(false, tenant: .standard)
        #expect(try test.refusal("jo") == nil)
    }

    @Test func `a session ends when idle and at the latest after twelve hours`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let idle = try test.admitted("jo")
        test.clock.advance(14 * 60)
        #expect(test.accounts.session(idle.secret) != nil)
        test.clock.advance(15 * 60 + 1)
        #expect(test.accounts.session(idle.secret) == nil)
        let busy = try test.admitted("jo")
        for _ in 0..<72 {
            test.clock.advance(599)
            #expect(test.accounts.session(busy.secret) != nil)
        }
        test.clock.advance(599)
        #expect(test.accounts.session(busy.secret) == nil)
    }

    @Test func `sessions outlive a restart`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let admission = try test.admitted("jo")
        test.clock.advance(600)
        #expect(test.accounts.session(admission.secret) != nil)
        try test.reopen()
        test.clock.advance(600)
        let signedIn = try #require(test.accounts.session(admission.secret))
        #expect(signedIn.csrfToken == admission.signedIn.csrfToken)
        #expect(signedIn.displayName == "Dr jo")
    }

    @Test func `one session too many ends the oldest`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let all = try (0..<9).map { _ in
            test.clock.advance(1)
            return try test.admitted("jo")
        }
        #expect(test.accounts.session(all[0].secret) == nil)
        #expect(all[1...].allSatisfy { test.accounts.session($0.secret) != nil })
        let user = all[8].signedIn.user
        let list = try test.accounts.sessionList(
            of: user, tenant: .standard, current: all[8].signedIn.session)
        #expect(list.count == 8)
        #expect(list.last?.isCurrent == true)
        try test.accounts.endSession(all[1].signedIn.session, of: user, tenant: .standard)
        #expect(test.accounts.session(all[1].secret) == nil)
        try test.accounts.endSessions(of: user, tenant: .standard)
        #expect(all.allSatisfy { test.accounts.session($0.secret) == nil })
        try test.reopen()
        #expect(all.allSatisfy { test.accounts.session($0.secret) == nil })
    }

    @Test func `nobody ends a session of somebody else`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let kim = try test.add("kim")
        let session = try test.admitted("jo").signedIn.session
        #expect(throws: AccountsError.self) {
            try test.accounts.endSession(session, of: kim.id, tenant: .standard)
        }
    }

    @Test func `a change of role, password or state ends sessions at once`() throws {
        let test = try TestAccounts()
        let user = try test.add("jo")
        var profile = user.profile
        let first = try test.admitted("jo")
        profile.fhirUser = "Practitioner/p1"
        try test.accounts.update(user.id, tenant: .standard, profile: profile, by: nil)
        #expect(test.accounts.session(first.secret)?.facts.fhirUser == "Practitioner/p1")
        profile.role = .auditor
        try test.accounts.update(user.id, tenant: .standard, profile: profile, by: nil)
        #expect(test.accounts.session(first.secret) == nil)

        let second = try test.admitted("jo")
        #expect(second.signedIn.role == .auditor)
        try test.accounts.setPassword("quiet marble staircase", of: user.id, tenant: .standard)
        #expect(test.accounts.session(second.secret) == nil)
        #expect(try test.refusal("jo") == .wrongSecret)

        let third = try test.admitted("jo", password: "quiet marble staircase")
        try test.accounts.update(user.id, tenant: .standard, profile: profile, isEnabled: false, by: nil)
        #expect(test.accounts.session(third.secret) == nil)
        #expect(try test.refusal("jo", password: "quiet marble staircase") == .wrongSecret)
    }

    @Test func `a changed password keeps the session under a new secret and ends the others`() throws {
        let test = try TestAccounts()
        let user = try test.add("jo")
        let other = try test.admitted("jo")
        let own = try test.admitted("jo")
        #expect(throws: AccountsError.self) {
            try test.accounts.changePassword(
                of: user.id, tenant: .standard, present: "wrong", new: "quiet marble staircase", session: own.secret)
        }
        let fresh = try #require(
            try test.accounts.changePassword(
                of: user.id, tenant: .standard, present: TestAccounts.password, new: "quiet marble staircase",
                session: own.secret))
        #expect(test.accounts.session(own.secret) == nil)
        #expect(test.accounts.session(other.secret) == nil)
        #expect(test.accounts.session(fresh.secret)?.user == user.id)
        #expect(fresh.signedIn.csrfToken != own.signedIn.csrfToken)
    }

    @Test func `the last admin stays, and nobody changes the own role`() throws {
        let test = try TestAccounts()
        let admin = try test.add("ada", .admin)
        var profile = admin.profile
        profile.role = .clinician
        #expect(throws: AccountsError.self) { try test.accounts.delete(admin.id, tenant: .standard) }
        #expect(throws: AccountsError.self) {
            try test.accounts.update(admin.id, tenant: .standard, profile: profile, by: nil)
        }
        let second = try test.add("bea", .admin)
        #expect(throws: AccountsError.self) {
            try test.accounts.update(admin.id, tenant: .standard, profile: profile, by: admin.id)
        }
        try test.accounts.update(admin.id, tenant: .standard, profile: profile, by: second.id)
        #expect(throws: AccountsError.self) { try test.accounts.delete(second.id, tenant: .standard) }
        try test.accounts.delete(admin.id, tenant: .standard)
        #expect(try test.accounts.users(of: .standard, countMax: 10).map(\.id) == [second.id])
    }
}
