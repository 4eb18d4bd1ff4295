import Access
import Accounts
import Base
import Foundation
import Testing

@Suite struct LinkTests {
    private func profile(_ name: String, _ role: Role = .clinician) throws -> User.Profile {
        User.Profile(name: try #require(LoginName(name)), displayName: "Kim Lee", role: role)
    }

    @Test func `an invite sets the first password, once`() throws {
        let test = try TestAccounts()
        let (user, link, isMailed) = try test.accounts.invite(profile("kim@clinic.example"), tenant: .standard)
        #expect(user.state == .invited)
        #expect(isMailed)
        #expect(test.outbox.all.map(\.address) == ["kim@clinic.example"])
        #expect(link.url == "https://martlet.example/invite/\(link.token.text)")
        #expect(try test.refusal("kim@clinic.example") == .wrongSecret)
        #expect(throws: AccountsError.self) {
            try test.accounts.accept(link.token, password: "password1234", address: "")
        }
        let accepted = try test.accounts.accept(link.token, password: TestAccounts.password, address: "192.0.2.7")
        #expect(accepted.user.id == user.id)
        #expect(try test.refusal("kim@clinic.example") == nil)
        #expect(throws: AccountsError.self) {
            try test.accounts.accept(link.token, password: TestAccounts.password, address: "")
        }
    }

    @Test func `links end: an invite after three days, a reset after half an hour`() throws {
        let test = try TestAccounts()
        let invite = try test.accounts.invite(profile("kim"), tenant: .standard).link
        test.clock.advance(72 * 3600 - 1)
        #expect(try test.accounts.facts(of: invite.token).kind == .invite)
        test.clock.advance(1)
        #expect(throws: AccountsError.self) { try test.accounts.facts(of: invite.token) }
        let jo = try test.add("jo")
        let reset = try test.accounts.resetLink(of: jo.id, tenant: .standard).link
        test.clock.advance(30 * 60)
        #expect(throws: AccountsError.self) {
            try test.accounts.accept(reset.token, password: TestAccounts.password, address: "")
        }
    }

    @Test func `a newer link ends the older, and a reset ends sessions`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        let session = try test.admitted("jo")
        let first = try test.accounts.resetLink(of: jo.id, tenant: .standard).link
        let second = try test.accounts.resetLink(of: jo.id, tenant: .standard).link
        #expect(throws: AccountsError.self) { try test.accounts.facts(of: first.token) }
        _ = try test.accounts.accept(second.token, password: "quiet marble staircase", address: "192.0.2.7")
        #expect(test.accounts.session(session.secret) == nil)
        #expect(try test.refusal("jo") == .wrongSecret)
        #expect(try test.refusal("jo", password: "quiet marble staircase") == nil)
    }

    @Test func `a reset is mailed to whom it belongs, and not without end`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo@clinic.example")
        try test.add("plain")
        let ask: (String, String) throws -> UserID? = { name, address in
            try test.accounts.requestReset(tenant: "default", name: name, address: address)
        }
        #expect(try ask("JO@clinic.example", "192.0.2.1") == jo.id)
        #expect(try ask("nobody@clinic.example", "192.0.2.2") == nil)
        #expect(try ask("plain", "192.0.2.3") == nil)
        for number in 0..<20 { _ = try ask("jo@clinic.example", "203.0.113.\(number)") }
        #expect(test.outbox.all.count == 3)
        #expect(test.outbox.all.allSatisfy { $0.kind == .reset && $0.address == "jo@clinic.example" })
    }

    @Test func `the first admin is made by a link, and only the first`() throws {
        let test = try TestAccounts()
        let old = try #require(try test.accounts.setupLink(.standard))
        let link = try #require(try test.accounts.setupLink(.standard))
        #expect(throws: AccountsError.self) { try test.accounts.facts(of: old.token) }
        #expect(throws: AccountsError.self) {
            try test.accounts.accept(link.token, password: TestAccounts.password, address: "")
        }
        let made = try test.accounts.acceptSetup(
            link.token, name: "ada@clinic.example", displayName: "Ada", password: TestAccounts.password)
        #expect(made.user.profile.role == .admin)
        #expect(try test.accounts.hasAdmin(.standard))
        #expect(throws: AccountsError.self) {
            try test.accounts.acceptSetup(
                link.token, name: "eve", displayName: "Eve", password: TestAccounts.password)
        }
        #expect(try test.accounts.setupLink(.standard) == nil)
        #expect(try test.refusal("ada@clinic.example") == nil)
    }

    @Test func `a user who is disabled has no link any more`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        let link = try test.accounts.resetLink(of: jo.id, tenant: .standard).link
        try test.accounts.update(jo.id, tenant: .standard, profile: jo.profile, isEnabled: false, by: nil)
        #expect(throws: AccountsError.self) { try test.accounts.facts(of: link.token) }
        #expect(throws: AccountsError.self) { try test.accounts.resetLink(of: jo.id, tenant: .standard) }
    }

    @Test func `an invite to a name that is taken is refused and leaves no link`() throws {
        let test = try TestAccounts()
        try test.add("kim@clinic.example")
        #expect(throws: AccountsError.self) {
            try test.accounts.invite(profile("KIM@clinic.example"), tenant: .standard)
        }
        #expect(test.outbox.all.isEmpty)
    }
}

@Suite struct EmergencyTests {
    @Test func `a record opened in an emergency reaches the sessions and ends by itself`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        let session = try test.admitted("jo")
        let grant = try test.accounts.openEmergency(
            of: jo.id, tenant: .standard, patient: "p1", reason: "unconscious in the emergency room")
        let facts = try #require(test.accounts.session(session.secret)).facts
        #expect(facts.emergencies == ["p1": grant.expires])
        #expect(grant.expires == grant.opened.advanced(bySeconds: 3600))
        try test.reopen()
        #expect(test.accounts.session(session.secret)?.facts.emergencies.count == 1)
        test.clock.advance(3601)
        #expect(try test.admitted("jo").signedIn.facts.emergencies.isEmpty)
    }

    @Test(arguments: [
        ("p1", "short", 60), ("p1", "          x", 60), ("p/1", "a long enough reason", 60),
        ("p1", "a long enough reason", 241), ("p1", "a long enough reason", 0),
    ])
    func `a grant needs a reason, an id and an end`(_ patient: String, _ reason: String, _ minutes: Int) throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        #expect(throws: AccountsError.self) {
            try test.accounts.openEmergency(
                of: jo.id, tenant: .standard, patient: patient, reason: reason, minutes: minutes)
        }
    }

    @Test func `grants are reviewed by somebody else, once`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        let ada = try test.add("ada", .admin)
        let grant = try test.accounts.openEmergency(
            of: jo.id, tenant: .standard, patient: "p1", reason: "unconscious in the emergency room", minutes: 10)
        let open = try test.accounts.emergencies(tenant: .standard, needsReview: true, countMax: 10)
        #expect(open == [grant])
        let review: (UserID) throws -> EmergencyGrant = { reviewer in
            try test.accounts.reviewEmergency(
                grant.id, tenant: .standard, by: reviewer, isJustified: true, note: "seen")
        }
        #expect(throws: AccountsError.self) { try review(jo.id) }
        #expect(try review(ada.id).review?.isJustified == true)
        #expect(throws: AccountsError.self) { try review(ada.id) }
        #expect(try test.accounts.emergencies(tenant: .standard, needsReview: true, countMax: 10).isEmpty)
        #expect(try test.accounts.emergencies(tenant: .standard, patient: "p1", countMax: 10).count == 1)
        #expect(try test.accounts.emergencies(tenant: .standard, patient: "p2", countMax: 10).isEmpty)
    }
}

@Suite struct AtRestTests {
    @Test func `a stolen database names nobody and nothing`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jocasta@clinic.example")
        var profile = jo.profile
        profile.fhirUser = "Practitioner/prac-4711"
        profile.organizations = ["Organization/org-0815"]
        try test.accounts.update(jo.id, tenant: .standard, profile: profile, by: nil)
        let (secret, codes, admission) = try test.enrolled("jocasta@clinic.example")
        let link = try test.accounts.resetLink(of: jo.id, tenant: .standard).link
        _ = try test.accounts.openEmergency(
            of: jo.id, tenant: .standard, patient: "patient-31337", reason: "unconscious in the emergency room")
        try test.accounts.setSetting("labels", "{\"rule\":\"psychiatry-rule\"}", tenant: .standard)
        #expect(try test.accounts.setting("labels", tenant: .standard) == "{\"rule\":\"psychiatry-rule\"}")
        _ = try test.refusal("jocasta@clinic.example", password: "Tall-Ship-Anchors-8X")
        try test.close()
        let planted =
            [
                "jocasta", "clinic.example", "Dr jo", "clinician", "prac-4711", "org-0815", "patient-31337",
                "unconscious", "psychiatry-rule", "Harbour", "192.0.2.7", "Test/1", TestAccounts.password, "argon2",
                Base32.encode(secret), admission.secret.text, link.token.text,
            ] + codes + codes.map { $0.filter { $0 != "-" } }
        var seen = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: test.folder) where name.hasPrefix("accounts") {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: test.folder + "/" + name))
            seen += bytes.count
            for text in planted { #expect(bytes.range(of: Data(text.utf8)) == nil, "\(text) in \(name)") }
            #expect(bytes.range(of: Data(secret)) == nil)
        }
        #expect(seen > 10_000)
    }

    @Test func `a row moved to another user does not open`() throws {
        let test = try TestAccounts()
        let jo = try test.add("jo")
        let kim = try test.add("kim")
        try test.moveRow(from: jo.id, to: kim.id)
        #expect(throws: (any Error).self) { try test.accounts.user(kim.id, tenant: .standard) }
        #expect(try test.accounts.user(jo.id, tenant: .standard).id == jo.id)
    }
}
