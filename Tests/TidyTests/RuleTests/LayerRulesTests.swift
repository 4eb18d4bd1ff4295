import Testing

@Suite struct LayerRulesTests {
    private let table = LayerTable(
        layers: [
            .init(number: 0, targets: ["CZ", "CFast", "COrphan"]),
            .init(number: 1, targets: ["Base"]),
            .init(number: 3, targets: ["Rows", "Store"], mayUseOwnLayer: true),
            .init(number: 4, targets: ["Care", "Reports"]),
            .init(number: 5, targets: ["Face"], forbidden: ["Rows"]),
        ],
        adapters: ["CZ": "Rows", "CFast": "Rows"],
        inlined: ["CFast"])

    private func manifest(_ targets: String) -> PackageManifest { PackageManifest("targets: [\n\(targets)\n]") }

    private func imports(_ text: String, at path: String = "Sources/Store/A.swift") -> [String] {
        let manifest = manifest(
            """
            // 3 stores
            .target(name: "Rows", dependencies: ["CZ", "CFast"]),
            .target(name: "Store", dependencies: ["Base", "Rows"]),
            .testTarget(name: "StoreTests", dependencies: ["Store"]),
            """)
        return LayerRules.imports(of: RepositoryFile(path: path, text: text), in: manifest, table: table).map(\.message)
    }

    @Test func `a target in no layer or below another layer's comment is reported`() {
        let stray = manifest(
            "// 3 stores\n.target(name: \"Stray\"),\n.target(name: \"Base\"),\n.target(name: \"Rows\"),")
        #expect(
            LayerRules.placement(of: stray, in: table).map(\.message) == [
                "Stray is in no layer of the layer table", "Base belongs below the comment of layer 1",
            ])
    }

    @Test(arguments: [
        (".target(name: \"Base\", dependencies: [\"Rows\"])", "Base depends on Rows, which lies higher"),
        (
            ".target(name: \"Rows\", dependencies: [\"Store\"])",
            "Rows depends on Store, which stands after it in their layer"
        ),
        (
            ".target(name: \"Care\", dependencies: [\"Reports\"])",
            "Care depends on Reports of its own layer; the two never meet by import"
        ),
        (".target(name: \"Face\", dependencies: [\"Rows\"])", "Face is of layer 5, which never depends on Rows"),
        (".target(name: \"Face\", dependencies: [\"Other\"])", "Face depends on Other, which is in no layer"),
    ])
    func `a dependency that does not go down is reported`(target: String, message: String) {
        #expect(LayerRules.direction(of: manifest(target), in: table).map(\.message) == [message])
    }

    @Test func `dependencies that go down are fine`() {
        let good = manifest(
            """
            .target(name: "Rows", dependencies: ["Base", "CZ"]),
            .target(name: "Store", dependencies: ["Rows"]),
            .target(name: "Face", dependencies: ["Store", "Base"]),
            """)
        #expect(LayerRules.direction(of: good, in: table).isEmpty)
        #expect(LayerRules.adapters(of: good, in: table).isEmpty)
    }

    @Test func `a second user of a C module and a C module without adapter are reported`() {
        let bad = manifest(
            """
            .systemLibrary(name: "CZ"), .systemLibrary(name: "COrphan"),
            .target(name: "Rows", dependencies: ["CZ"]), .target(name: "Store", dependencies: ["CZ", "COrphan"]),
            .testTarget(name: "RowsTests", dependencies: ["CZ"]),
            """)
        #expect(
            LayerRules.adapters(of: bad, in: table).map(\.message) == [
                "Store depends on CZ; only Rows may",
                "Store depends on COrphan, which has no adapter in the layer table",
                "RowsTests depends on CZ; only Rows may",
            ])
    }

    @Test func `an import that is not declared is reported`() {
        #expect(imports("internal import Glibc\npackage import Rows\nimport struct Base.Instant").isEmpty)
        #expect(imports("import CZ") == ["imports CZ, which Store does not declare"])
        #expect(imports("import struct Care.Plan") == ["imports Care, which Store does not declare"])
        #expect(imports("import Testing") == ["imports Testing, which Store does not declare"])
        #expect(imports("import Testing\nimport Store", at: "Tests/StoreTests/A.swift").isEmpty)
        #expect(
            imports("import Base", at: "Tests/StoreTests/A.swift") == [
                "imports Base, which StoreTests does not declare"
            ])
        #expect(imports("let a = 1", at: "Sources/Nowhere/A.swift") == ["lies in the folder of no target"])
    }

    @Test func `an import that widens an interface past the table is reported`() {
        #expect(imports("@_exported import Base") == ["exports Base to whoever imports it, past the layer table"])
        #expect(imports("internal import CZ\npackage import CFast", at: "Sources/Rows/A.swift").isEmpty)
        #expect(imports("public import CFast", at: "Sources/Rows/A.swift").count == 1)
        #expect(
            imports("package import CZ", at: "Sources/Rows/A.swift") == [
                "shows CZ in its interface; import it as internal"
            ])
    }

    @Test func `the design's own rules bite`() {
        let bad = manifest(
            """
            // 4 features
            .target(name: "Intake", dependencies: ["Reports", "CSQLite"]),
            // 5 faces
            .target(name: "FHIRAPI", dependencies: ["SQLDatabase"]),
            .target(name: "WebApp", dependencies: ["SQLDatabase"]),
            .target(name: "PlatformAPI", dependencies: ["SQLDatabase"]),
            .systemLibrary(name: "CSQLite"),
            """)
        #expect(LayerRules.direction(of: bad, in: .martlet).count == 4)
        #expect(
            LayerRules.adapters(of: bad, in: .martlet).map(\.message) == [
                "Intake depends on CSQLite; only SQLDatabase may"
            ])
    }
}
