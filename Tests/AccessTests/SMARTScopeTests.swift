import Access
import Base
import Testing

/// Scopes as they are written, and what two of them have in common.
@Suite struct SMARTScopeTests {
    private func scope(_ text: String) throws -> SMARTScope {
        try #require(SMARTScope(text), "\(text) is a scope")
    }

    private func scopes(_ text: String) throws -> SMARTScopes {
        try #require(SMARTScopes(text), "\(text) are scopes")
    }

    @Test func `a scope says whose data, of which type, and what may be done`() throws {
        let made = try scope("patient/Observation.rs?category=laboratory")
        #expect(
            made.context == .patient && made.type == "Observation"
                && made.permissions == [.read, .search])
        #expect(made.criteria == "category=laboratory")
        let all = try scope("system/*.cruds")
        #expect(
            all.context == .system && all.type == nil && all.permissions == .all && all.criteria == nil)
    }

    @Test(arguments: [
        "patient/Observation.rs", "user/*.cruds", "system/Patient.r", "patient/Condition.cud",
        "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
        "user/Encounter.s?class=AMB&status=finished", "system/*.rs?_tag=a%20b",
    ])
    func `a scope of version 2 comes back as it was written`(_ text: String) throws {
        #expect(try scope(text).text == text)
        #expect(try scope(scope(text).text) == scope(text))
    }

    @Test func `a scope of version 1 means what version 2 says of it`() throws {
        #expect(try scope("patient/Observation.read").text == "patient/Observation.rs")
        #expect(try scope("user/Patient.write").text == "user/Patient.cud")
        #expect(try scope("system/*.*").text == "system/*.cruds")
    }

    @Test(arguments: [
        "", "/", ".", "patient", "patient/", "patient/Observation", "patient/Observation.",
        "patient/.rs",
        "patient/Observation.sr", "patient/Observation.rr", "patient/Observation.x",
        "patient/Observation.rs?",
        "Patient/Observation.rs", "patient/observation.rs", "patient/Obser vation.rs",
        "patient/Observation2.rs",
        "encounter/Observation.rs", "patient/**.rs", "patient//Observation.rs",
        "patient/Observation.RS",
        "launch/patient", "openid", "patient/Observation.rs?a=\"b", "patient/Observation.rs?a=\\",
        "patient/Ö.rs",
        "patient/Observation.rs?a=ä", "patient/Observation.rs\u{0}",
        "patient/Observation.rs?\u{301}a=b",
        "patient/Observation.readwrite", "patient/Observation.r.s", "patient/\u{212A}ind.rs",
    ])
    func `what is no scope for clinical data is none`(_ text: String) {
        #expect(SMARTScope(text) == nil)
    }

    @Test func `a scope and a list of them have a limit`() {
        #expect(
            SMARTScope("patient/Observation.rs?code=" + String(repeating: "a", count: 1_024)) == nil)
        #expect(SMARTScopes(Array(repeating: "openid", count: 201).joined(separator: " ")) == nil)
        #expect(SMARTScopes(String(repeating: "a", count: 16_385)) == nil)
    }

    @Test func `a list keeps what it does not know apart, and each once`() throws {
        let made = try scopes("openid launch/patient  patient/*.rs openid patient/*.rs fhirUser")
        #expect(made.clinical.map(\.text) == ["patient/*.rs"])
        #expect(made.other == ["openid", "launch/patient", "fhirUser"])
        #expect(try scopes(made.text) == made)
        #expect(
            SMARTScopes("openid \u{301}x") == nil && SMARTScopes("open\"id") == nil
                && SMARTScopes("a\nb") == nil)
    }

    @Test(arguments: [
        ("patient/*.cruds", "patient/Observation.rs", "patient/Observation.rs"),
        ("patient/Observation.rs", "patient/*.cruds", "patient/Observation.rs"),
        ("user/Observation.cruds", "user/Observation.rs", "user/Observation.rs"),
        ("user/Observation.cr", "user/Observation.rs", "user/Observation.r"),
        (
            "patient/Observation.rs", "patient/Observation.rs?category=laboratory",
            "patient/Observation.rs?category=laboratory"
        ),
        (
            "patient/Observation.rs?category=laboratory", "patient/*.rs",
            "patient/Observation.rs?category=laboratory"
        ),
        ("patient/Observation.rs?a=1", "patient/Observation.rs?b=2", "patient/Observation.rs?a=1&b=2"),
        (
            "patient/Observation.rs?a=1&b=2", "patient/Observation.rs?b=2&a=1",
            "patient/Observation.rs?a=1&b=2"
        ),
        ("patient/Observation.rs?a=1", "patient/Observation.rs?a=2", "patient/Observation.rs?a=1&a=2"),
    ])
    func `what is asked for is narrowed to what is allowed`(
        _ asked: String, _ allowed: String, _ common: String
    ) throws {
        let found = try #require(try scope(asked).narrowed(to: scope(allowed)))
        #expect(found.text == common)
        #expect(try found.isCovered(by: scope(asked)) && found.isCovered(by: scope(allowed)))
    }

    @Test(arguments: [
        ("patient/Observation.rs", "user/Observation.rs"), ("system/*.rs", "patient/*.rs"),
        ("patient/Observation.rs", "patient/Condition.rs"),
        ("patient/Observation.c", "patient/Observation.rs"),
    ])
    func `scopes with nothing in common give nothing`(_ asked: String, _ allowed: String) throws {
        #expect(try scope(asked).narrowed(to: scope(allowed)) == nil)
    }

    @Test func `criteria that are too long together give nothing rather than more`() throws {
        let long = "patient/Observation.rs?code=" + String(repeating: "a", count: 600)
        let other = "patient/Observation.rs?code=" + String(repeating: "b", count: 600)
        #expect(try scope(long).narrowed(to: scope(other)) == nil)
    }

    @Test func `lists are narrowed scope by scope, and what others cover is left out`() throws {
        let allowed = try scopes(
            "openid launch/patient patient/Observation.rs patient/Condition.r user/*.rs")
        let asked = try scopes(
            "openid fhirUser patient/*.cruds user/Patient.rs user/Patient.r system/*.rs")
        let granted = try #require(asked.narrowed(to: allowed))
        #expect(granted.text == "openid patient/Observation.rs patient/Condition.r user/Patient.rs")
        #expect(try #require(scopes("offline_access system/*.rs").narrowed(to: allowed)).isEmpty)
    }

    @Test func `narrowing never allows what either side does not`() throws {
        var random = SeededRandom(seed: 21)
        let contexts = ["patient", "user", "system"]
        let types = ["*", "Observation", "Condition"]
        let permissions = ["r", "rs", "cud", "cruds", "s"]
        let criteria = ["", "?a=1", "?b=2", "?a=1&b=2"]
        func make() throws -> SMARTScope {
            let words = [contexts, types, permissions, criteria].map {
                $0[Int.random(in: 0..<$0.count, using: &random)]
            }
            return try scope("\(words[0])/\(words[1]).\(words[2])\(words[3])")
        }
        for _ in 0..<2_000 {
            let asked = try make()
            let allowed = try make()
            if let common = asked.narrowed(to: allowed) {
                #expect(common.isCovered(by: asked) && common.isCovered(by: allowed))
                #expect(SMARTScope(common.text) == common)
                #expect(common.narrowed(to: common) == common)
            } else {
                #expect(
                    asked.context != allowed.context
                        || asked.permissions.isDisjoint(with: allowed.permissions)
                        || asked.type != allowed.type)
            }
            if asked.isCovered(by: allowed) {
                #expect(asked.narrowed(to: allowed)?.isCovered(by: asked) == true)
            }
        }
    }

    @Test func `no text makes the reader fail, and what it takes comes back the same`() {
        var random = SeededRandom(seed: 4)
        let pieces = [
            "patient", "user", "system", "/", "*", ".", "cruds", "rs", "read", "?", "&", "=",
            "Observation", " ", "%",
            "\u{301}", "\u{0}", "|", "launch",
        ]
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...9, using: &random)
            let text = (0..<count).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }
                .joined()
            if let scope = SMARTScope(text) { #expect(SMARTScope(scope.text) == scope) }
            if let scopes = SMARTScopes(text) { #expect(SMARTScopes(scopes.text) == scopes) }
        }
    }
}
