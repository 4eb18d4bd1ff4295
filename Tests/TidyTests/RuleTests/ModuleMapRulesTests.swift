import Testing

@Suite struct ModuleMapRulesTests {
    private let manifest = PackageManifest(
        """
        .target(name: "Base"), .target(name: "Vault"),
        .testTarget(name: "BaseTests"),
        """)

    private func check(_ text: String) -> [String] {
        ModuleMapRules.check(RepositoryFile(path: ModuleMapRules.path, text: text), against: manifest).map(\.message)
    }

    private let base = "**`Base`** keeps the clock, ids, bytes and limits that\nall others need.\n\n"
    private let vault = "**`Vault`** keeps the keys, and seals and opens what lies in the store.\n"

    @Test func `a complete map is fine`() {
        #expect(check(base + vault).isEmpty)
    }

    @Test func `an undocumented target is reported`() {
        #expect(check(base) == ["Vault is not in docs/modules.md"])
    }

    @Test func `a documented target that does not exist is reported`() {
        let stranger = "\n**`Attic`** keeps what nobody has looked for in a long time, and dust.\n"
        #expect(check(base + vault + stranger) == ["Attic is no target of Package.swift"])
    }

    @Test func `a name without a paragraph and a name given twice are reported`() {
        #expect(check(base + "**`Vault`** keys\n") == ["Vault has no paragraph"])
        #expect(check(base + vault + "\n" + vault) == ["Vault is there twice"])
    }
}
