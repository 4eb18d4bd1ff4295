import Testing

@Suite struct SuiteRulesTests {
    private func outline(_ text: String) -> SwiftOutline {
        SwiftOutline(RepositoryFile(path: "Tests/ATests/A.swift", text: text))
    }

    private func forgotten(_ text: String, suiteNames: Set<String> = []) -> [String] {
        SuiteRules.forgottenTests(in: outline(text), suiteNames: suiteNames).map(\.message)
    }

    @Test func `tests, private helpers and functions elsewhere are fine`() {
        let good = """
            @Suite(.serialized) struct ATests {
                private let key = Key(low: 1)
                @Test(.tags(.a), arguments: [(1, "x")])
                func `one thing`(a: Int, b: String) { func local() {}; local(); #expect(a == 1) }
                @Test @MainActor static func plain() async throws { #expect(true) }
                private static func helper() -> Int { 1 }
                struct Mock { func call() {} }
                class var kind: Int { 1 }
            }
            func shared() {}
            protocol P { func a() }
            """
        #expect(forgotten(good).isEmpty)
        #expect(SuiteRules.suiteNames(in: [outline(good)]) == ["ATests"])
    }

    @Test func `a function in a suite without the attribute is reported`() {
        let message = "two in a suite lacks @Test, or private if it only helps"
        #expect(forgotten("@Suite struct ATests { private let a = 1\n func two() {} }") == [message])
        #expect(forgotten("@Suite struct ATests { @Test func one() {}\n static func two() {} }") == [message])
        #expect(forgotten("@Suite struct ATests {\n // @Test\n func two() {} }") == [message])
        #expect(forgotten("struct Some { @Test func one() {}\n func two() {} }") == [message])
        #expect(
            forgotten("@Suite struct ATests {}\nextension ATests { func two() {} }", suiteNames: ["ATests"]) == [
                message
            ])
        #expect(forgotten("@Suite enum ATests { @Suite struct Inner { func two() {} } }") == [message])
    }

    @Test func `a sentence without the attribute is reported wherever it stands`() {
        let message = "`it_works` is named as a test and lacks @Test"
        #expect(forgotten("@Suite struct ATests { private func `it works`() {} }") == [message])
        #expect(forgotten("func `it works`() {}") == [message])
    }

    @Test func `a type named as a suite without the attribute is reported`() {
        #expect(forgotten("struct ATests { }") == ["ATests lacks @Suite"])
        #expect(forgotten("final class ATests { }") == ["ATests lacks @Suite"])
        #expect(forgotten("@Suite final class ATests { }\nextension ATests {}").isEmpty)
    }

    @Test func `a helper that nothing calls is reported`() {
        let bad = outline("@Suite struct ATests { private func check() {}\n private func used() {}\n let a = used() }")
        #expect(SuiteRules.unusedHelpers(in: bad).map(\.message) == ["check is never called"])
    }

    @Test func `a test without an assertion is reported`() {
        let empty = outline("@Suite struct ATests { @Test func a() { _ = 1 // #expect(true)\n } }")
        #expect(SuiteRules.emptyTests(in: [empty]).map(\.message) == ["a asserts nothing"])
        let idle = outline(
            "@Suite struct ATests { @Test func a() { help() }\n private func help() { print(\"#expect\") } }")
        #expect(SuiteRules.emptyTests(in: [idle]).count == 1)
    }

    @Test(arguments: [
        "#expect(true)", "_ = try #require(x)", "Issue.record(\"no\")", "await confirmation { $0() }", "outer()",
        "outer { 1 }",
    ])
    func `an assertion is found in a test or behind its helpers`(body: String) {
        let test = outline("@Suite struct ATests { @Test func a() { \(body) } }")
        let support = outline("func outer() { inner() }\nfunc inner() { #expect(true) }")
        #expect(SuiteRules.emptyTests(in: [test, support]).isEmpty)
    }

    @Test func `a test that gives up silently is reported`() {
        let bad = outline("@Suite struct ATests { @Test func a() { guard let x else { return }\n #expect(x) } }")
        #expect(SuiteRules.silentEnds(in: bad).map(\.message) == ["a gives up silently; use #require"])
        let loud = outline("@Suite struct ATests { @Test func a() { guard x else { print(\"skipped\"); return } } }")
        #expect(SuiteRules.silentEnds(in: loud).isEmpty)
        let closure = outline("@Suite struct ATests { @Test func a() { f { guard $0 else { return }; g() } } }")
        #expect(SuiteRules.silentEnds(in: closure).isEmpty)
    }

    @Test func `a test switched off without a reason is reported`() {
        #expect(SuiteRules.silentSkips(in: outline("@Test(\"name\", .disabled()) func a() {}")).count == 1)
        #expect(SuiteRules.silentSkips(in: outline("@Suite(.enabled(if: f(1))) struct S {}")).count == 1)
        #expect(SuiteRules.silentSkips(in: outline("@Test(.enabled(if: f(1), \"needs f\")) func a() {}")).isEmpty)
        #expect(SuiteRules.silentSkips(in: outline("let a: State = .disabled")).isEmpty)
    }
}
