import Testing

/// The rules of the house, held against the repository as it lies here. `RuleTests` shows that each rule bites.
@Suite struct TidyTests {
    private static let repository = Result { try Repository() }

    private func repository() throws -> Repository { try Self.repository.get() }

    private func swiftOutlines(_ isIncluded: (RepositoryFile) -> Bool = { _ in true }) throws -> [SwiftOutline] {
        try repository().files.filter { $0.isSwift && !$0.isGenerated && isIncluded($0) }.map(SwiftOutline.init)
    }

    private func expectNone(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
        for finding in findings { Issue.record("\(finding)", sourceLocation: sourceLocation) }
        #expect(findings.isEmpty, sourceLocation: sourceLocation)
    }

    @Test func `the repository was found and its package was read`() throws {
        let repository = try repository()
        #expect(repository.files.contains { $0.path == "Tests/TidyTests/TidyTests.swift" })
        #expect(repository.files.contains { $0.path == ".ci/run" })
        #expect(repository.manifest.target(named: "Base")?.layer == 1)
        #expect(repository.manifest.target(named: "martlet")?.path == "Sources/martlet-cli")
        #expect(repository.manifest.target(named: "TidyTests")?.kind == .test)
    }

    @Test func `every target stands in its layer`() throws {
        expectNone(LayerRules.placement(of: try repository().manifest, in: .martlet))
    }

    @Test func `targets depend downwards only`() throws {
        expectNone(LayerRules.direction(of: try repository().manifest, in: .martlet))
    }

    @Test func `a C module has one adapter`() throws {
        expectNone(LayerRules.adapters(of: try repository().manifest, in: .martlet))
    }

    @Test func `every import is declared`() throws {
        let repository = try repository()
        expectNone(repository.files.flatMap { LayerRules.imports(of: $0, in: repository.manifest, table: .martlet) })
    }

    @Test func `the module map names every target and no other`() throws {
        let repository = try repository()
        let map = try #require(repository.files.first { $0.path == ModuleMapRules.path })
        expectNone(ModuleMapRules.check(map, against: repository.manifest))
    }

    @Test func `no test is forgotten, empty or silent`() throws {
        let outlines = try swiftOutlines(\.isTest)
        for target in Dictionary(grouping: outlines, by: { $0.path.split(separator: "/").prefix(2) }).values {
            let suiteNames = SuiteRules.suiteNames(in: target)
            expectNone(target.flatMap { SuiteRules.forgottenTests(in: $0, suiteNames: suiteNames) })
            expectNone(target.flatMap(SuiteRules.unusedHelpers))
            expectNone(SuiteRules.emptyTests(in: target))
            expectNone(target.flatMap(SuiteRules.silentEnds))
            expectNone(target.flatMap(SuiteRules.silentSkips))
        }
    }

    @Test func `no code crashes where it could throw`() throws {
        expectNone(try swiftOutlines().flatMap(CodeRules.crashes))
    }

    @Test func `no test reaches past package access`() throws {
        expectNone(try swiftOutlines().flatMap(CodeRules.testableImports))
    }

    @Test func `libraries neither print nor read the wall clock`() throws {
        expectNone(try swiftOutlines().flatMap { CodeRules.prints(in: $0) + CodeRules.clocks(in: $0) })
    }

    @Test func `source files are short`() throws {
        expectNone(try repository().files.flatMap(CodeRules.length))
    }

    @Test func `no work is left behind`() throws {
        expectNone(try repository().files.flatMap(WordRules.unfinished))
    }

    @Test func `nothing names a machine, a registry or a tracker entry`() throws {
        expectNone(try repository().files.flatMap(WordRules.strangers))
    }
}
