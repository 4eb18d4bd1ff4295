import Testing

@Suite struct PackageManifestTests {
    @Test func `targets are read with layer, folder and dependencies`() throws {
        let manifest = PackageManifest(
            """
            let package = Package(
                products: [.executable(name: "tool", targets: ["tool"])],
                targets: [
                    // 0 C
                    .systemLibrary(name: "CZ", pkgConfig: "z", providers: [.apt(["z-dev"])]),
                    // 1 base
                    .target(name: "Base"), // "Comment"
                    // 2 pure, no I/O
                    .target(
                        name: "Tape",
                        dependencies: [
                            "Base", "CZ",
                        ]),
                    .executableTarget(name: "tool", dependencies: ["Tape"], path: "Sources/tool-cli"),
                    // Tests
                    .testTarget(name: "TapeTests", dependencies: ["Tape"]),
                ])
            """)
        #expect(manifest.targets.map(\.name) == ["CZ", "Base", "Tape", "tool", "TapeTests"])
        #expect(manifest.targets.map(\.layer) == [0, 1, 2, 2, nil])
        #expect(manifest.targets.map(\.line) == [5, 7, 9, 14, 16])
        #expect(manifest.target(named: "Tape")?.dependencies == ["Base", "CZ"])
        #expect(manifest.target(named: "Base")?.dependencies == [])
        #expect(manifest.target(ofFile: "Sources/tool-cli/main.swift")?.name == "tool")
        #expect(manifest.target(ofFile: "Tests/TapeTests/A.swift")?.kind == .test)
        #expect(manifest.shipped.count == 4)
    }
}
