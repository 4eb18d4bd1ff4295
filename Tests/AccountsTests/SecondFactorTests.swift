import Access
import Accounts
import Base
import Testing

@Suite struct SecondFactorTests {
    @Test func `with a second factor the password alone opens nothing yet`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let (secret, codes, enrolled) = try test.enrolled("jo")
        #expect(codes.count == 10)
        #expect(enrolled.signedIn.due == .nothing)
        test.clock.advance(60)
        let half = try test.admitted("jo")
        #expect(half.signedIn.due == .code)
        #expect(half.device == nil)
        let outcome = try test.accounts.completeSignIn(
            half.secret, code: test.code(secret), address: "192.0.2.7", device: nil)
        guard case .admitted(let whole) = outcome else {
            Issue.record("not admitted")
            return
        }
        #expect(whole.signedIn.due == .nothing)
        #expect(whole.secret.text != half.secret.text)
        #expect(test.accounts.session(half.secret) == nil)
        #expect(test.accounts.session(whole.secret)?.due == .nothing)
    }

    @Test func `a code is good once`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let secret = try test.enrolled("jo").secret
        #expect(try test.refusal("jo", code: test.code(secret)) == .wrongSecret)
        test.clock.advance(30)
        let code = try test.code(secret)
        #expect(try test.refusal("jo", code: code) == nil)
        #expect(try test.refusal("jo", code: code) == .wrongSecret)
    }

    @Test func `a recovery code is good once`() throws {
        let test = try TestAccounts()
        let user = try test.add("jo")
        let codes = try test.enrolled("jo").recoveryCodes
        #expect(try test.refusal("jo", code: codes[0].lowercased()) == nil)
        #expect(try test.refusal("jo", code: codes[0]) == .wrongSecret)
        let renewed = try test.accounts.renewRecoveryCodes(of: user.id, tenant: .standard)
        #expect(try test.refusal("jo", code: codes[1]) == .wrongSecret)
        #expect(try test.refusal("jo", code: renewed[1]) == nil)
    }

    @Test func `guessing codes with the right password is slowed`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        _ = try test.enrolled("jo")
        var waits = 0
        for number in 0..<12 {
            guard case .admitted(let half) = try test.attempt("jo") else {
                waits += 1
                continue
            }
            let outcome = try test.accounts.completeSignIn(
                half.secret, code: "00000\(number % 10)", address: "192.0.2.7", device: nil)
            guard case .refused(let error, _, _) = outcome else { continue }
            if error.code != .wrongSecret { waits += 1 }
        }
        #expect(waits >= 6)
    }

    @Test func `a role that needs a second factor must set one up first`() throws {
        let test = try TestAccounts()
        let user = try test.add("jo")
        try test.accounts.setSecuritySettings(SecuritySettings(secondFactorRoles: [.clinician]), tenant: .standard)
        try test.reopen()
        let first = try test.admitted("jo")
        #expect(first.signedIn.due == .enrolment)
        let enrolment = try test.accounts.enrolSecondFactor(of: user.id, tenant: .standard)
        let again = try test.accounts.enrolSecondFactor(of: user.id, tenant: .standard)
        #expect(enrolment.secret == again.secret)
        let secret = TestAccounts.base32Decoded(enrolment.secret)
        #expect(throws: AccountsError.self) {
            try test.accounts.confirmSecondFactor(
                of: user.id, tenant: .standard, code: "000000", session: first.secret)
        }
        let confirmed = try test.accounts.confirmSecondFactor(
            of: user.id, tenant: .standard, code: test.code(secret), session: first.secret)
        #expect(confirmed.admission?.signedIn.due == .nothing)
        #expect(test.accounts.session(first.secret) == nil)
        try test.accounts.removeSecondFactor(
            of: user.id, tenant: .standard, keeping: confirmed.admission?.secret)
        #expect(try test.accounts.session(#require(confirmed.admission?.secret)) == nil)
    }

    @Test func `a role that comes to need a second factor needs it at once`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        try test.add("ada", .admin)
        try test.add("kim")
        let jo = try test.admitted("jo")
        let ada = try test.admitted("ada")
        let kim = try test.enrolled("kim").admission
        try test.accounts.setSecuritySettings(SecuritySettings(secondFactorRoles: [.clinician]), tenant: .standard)
        for _ in 0..<2 {
            #expect(test.accounts.session(jo.secret)?.due == .enrolment)
            #expect(test.accounts.session(ada.secret)?.due == .nothing)
            #expect(test.accounts.session(kim.secret)?.due == .nothing)
            try test.reopen()
        }
    }

    @Test func `who knows the password alone ends no session of the user`() throws {
        let test = try TestAccounts()
        let user = try test.add("jo")
        let own = try test.enrolled("jo").admission
        for _ in 0..<20 { #expect(try test.admitted("jo", address: "203.0.113.9").signedIn.due == .code) }
        #expect(test.accounts.session(own.secret) != nil)
        #expect(try test.accounts.sessionList(of: user.id, tenant: .standard, current: nil).count == 9)
    }

    @Test func `half a session lasts ten minutes`() throws {
        let test = try TestAccounts()
        try test.add("jo")
        let secret = try test.enrolled("jo").secret
        let half = try test.admitted("jo")
        test.clock.advance(601)
        let outcome = try test.accounts.completeSignIn(
            half.secret, code: test.code(secret), address: "192.0.2.7", device: nil)
        guard case .refused = outcome else {
            Issue.record("admitted")
            return
        }
        #expect(test.accounts.session(half.secret) == nil)
    }
}
