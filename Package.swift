// swift-tools-version: 6.2
import PackageDescription

// Targets by layer, lowest first. `docs/modules.md` says what each is for; `Tests/TidyTests` holds them to it.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // The dynamic exclusivity checks of class members took a sixth of an ingest's time; debug builds keep them.
    .unsafeFlags(["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

let package = Package(
    name: "martlet",
    products: [.executable(name: "martlet", targets: ["martlet"])],
    targets: [
        // 0 C
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),

        // 1 base
        .target(name: "Base", dependencies: ["CMalloc"]),

        // 2 pure, no I/O
        .target(name: "JSONTape", dependencies: ["Base", "CSimdjson"]),
        .target(name: "FHIR", dependencies: ["Base", "JSONTape"]),
        .target(name: "FHIRPath", dependencies: ["Base", "JSONTape", "FHIR"]),
        .target(name: "Search", dependencies: ["Base", "JSONTape", "FHIR", "FHIRPath"]),
        .target(name: "Terminology", dependencies: ["Base", "JSONTape"]),
        .target(name: "GraphQL", dependencies: ["Base", "JSONTape", "FHIR", "FHIRPath"]),
        .target(name: "Patch", dependencies: ["Base", "JSONTape", "FHIR", "FHIRPath"]),
        .target(name: "Validation", dependencies: ["Base", "JSONTape", "FHIR", "FHIRPath", "Terminology"]),
        .target(name: "HTTP", dependencies: ["Base"]),
        .target(name: "Synth", dependencies: ["Base"]),

        // 3 stores
        .target(name: "WebClient", dependencies: ["Base", "HTTP", "CCurl"]),
        .target(name: "SQLDatabase", dependencies: ["Base", "CSQLite"]),
        .target(name: "Vault", dependencies: ["Base", "COpenSSL", "CArgon2", "SQLDatabase"]),
        .target(name: "Compression", dependencies: ["Base", "CZstd", "CZlib"]),
        .target(name: "Access", dependencies: ["Base", "JSONTape"]),
        .target(
            name: "RecordStore",
            dependencies: [
                "Base", "JSONTape", "FHIR", "FHIRPath", "Search", "SQLDatabase", "Vault", "Compression", "Access",
            ]),

        .target(name: "Audit", dependencies: ["Base", "JSONTape", "Vault", "Compression", "Access"]),
        .target(name: "Accounts", dependencies: ["Base", "HTTP", "SQLDatabase", "Vault", "Access"]),
        .target(
            name: "OAuth", dependencies: ["Base", "JSONTape", "HTTP", "WebClient", "SQLDatabase", "Vault", "Access"]),
        .target(name: "Jobs", dependencies: ["Base", "SQLDatabase", "Vault", "Access"]),
        .target(name: "Uploads", dependencies: ["Base", "SQLDatabase", "Vault", "Access"]),
        .target(name: "Mail", dependencies: ["Base", "HTTP", "WebClient"]),

        // 4 features
        .target(
            name: "Intake",
            dependencies: [
                "Base", "JSONTape", "FHIR", "Search", "Validation", "SQLDatabase", "Vault", "Access", "RecordStore",
                "Jobs", "CArchive",
            ]),
        .target(
            name: "BulkData",
            dependencies: ["Base", "JSONTape", "HTTP", "WebClient", "SQLDatabase", "Vault", "Access"]),
        .target(name: "Push", dependencies: ["Base", "JSONTape", "HTTP", "WebClient", "Vault"]),

        // 5 faces
        .target(name: "HTTPServer", dependencies: ["Base", "HTTP", "CMicrohttpd"]),
        .target(
            name: "FHIRAPI",
            dependencies: [
                "Base", "JSONTape", "FHIR", "Terminology", "FHIRPath", "Patch", "Search", "GraphQL", "Validation",
                "HTTP", "Vault", "Compression", "Access", "Audit", "RecordStore",
            ]),
        .target(name: "OAuthAPI", dependencies: ["Base", "JSONTape", "HTTP", "Access", "Audit", "OAuth"]),
        .target(name: "PlatformAPI", dependencies: ["Base", "JSONTape", "HTTP", "Access", "Audit", "Accounts"]),
        .target(
            name: "OnboardingAPI",
            dependencies: [
                "Base", "JSONTape", "HTTP", "Access", "Audit", "Jobs", "Uploads", "Intake", "BulkData",
            ]),
        .target(name: "WebApp", dependencies: ["Base", "HTTP", "Access", "Audit", "Accounts", "RecordStore"]),

        // 6 whole
        .target(
            name: "Benchmarks",
            dependencies: [
                "Base", "JSONTape", "FHIR", "Search", "HTTP", "Synth", "SQLDatabase", "Vault", "Compression", "Access",
                "Audit", "RecordStore", "Jobs", "Validation", "Intake", "HTTPServer", "FHIRAPI",
            ]),
        .target(
            name: "Martlet",
            dependencies: [
                "Base", "JSONTape", "FHIR", "FHIRPath", "Search", "Terminology", "Validation", "HTTP", "Synth",
                "WebClient", "SQLDatabase", "Vault", "Compression", "Access", "Audit", "Accounts", "OAuth",
                "RecordStore", "Jobs", "Uploads", "Mail", "Intake", "BulkData", "Push", "HTTPServer", "FHIRAPI",
                "PlatformAPI", "OnboardingAPI", "OAuthAPI", "WebApp", "Benchmarks",
            ]),
        .executableTarget(name: "martlet", dependencies: ["Martlet", "Base"], path: "Sources/martlet-cli"),

        // Tests
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "TidyTests", dependencies: []),
        .testTarget(name: "BaseTests", dependencies: ["Base"]),
        .testTarget(name: "JSONTapeTests", dependencies: ["JSONTape", "Base"]),
        .testTarget(name: "FHIRTests", dependencies: ["FHIR", "JSONTape", "Base", "TestSupport"]),
        .testTarget(name: "FHIRPathTests", dependencies: ["FHIRPath", "FHIR", "JSONTape", "Base", "TestSupport"]),
        .testTarget(
            name: "SearchTests", dependencies: ["Search", "FHIRPath", "FHIR", "JSONTape", "Base", "TestSupport"]),
        .testTarget(
            name: "TerminologyTests", dependencies: ["Terminology", "FHIR", "JSONTape", "Base", "TestSupport"]),
        .testTarget(name: "GraphQLTests", dependencies: ["GraphQL", "FHIR", "JSONTape", "Base"]),
        .testTarget(name: "PatchTests", dependencies: ["Patch", "FHIR", "JSONTape", "Base", "TestSupport"]),
        .testTarget(
            name: "ValidationTests",
            dependencies: ["Validation", "Terminology", "FHIRPath", "FHIR", "JSONTape", "Base", "TestSupport"]),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP", "HTTPServer", "WebApp", "Base", "TestSupport"]),
        .testTarget(name: "WebClientTests", dependencies: ["WebClient", "HTTP", "HTTPServer", "Base", "TestSupport"]),
        .testTarget(
            name: "MailTests",
            dependencies: [
                "Mail", "Accounts", "WebClient", "Access", "SQLDatabase", "Vault", "Base", "TestSupport",
            ]),
        .testTarget(name: "SynthTests", dependencies: ["Synth", "Base", "TestSupport"]),
        .testTarget(name: "AccessTests", dependencies: ["Access", "Base"]),
        .testTarget(
            name: "OAuthTests",
            dependencies: [
                "OAuth", "WebClient", "HTTPServer", "HTTP", "JSONTape", "SQLDatabase", "Vault", "Access", "Base",
                "TestSupport",
            ]),
        .testTarget(
            name: "AuditTests",
            dependencies: ["Audit", "Access", "SQLDatabase", "Vault", "Compression", "JSONTape", "Base"]),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "SQLDatabase", "Vault", "Compression", "Access", "RecordStore", "Search", "FHIRPath", "FHIR",
                "JSONTape", "Base",
            ]),
        .testTarget(
            name: "IntakeTests",
            dependencies: [
                "Intake", "Jobs", "Validation", "RecordStore", "Access", "Search", "FHIR", "JSONTape", "Base",
                "SQLDatabase", "Vault", "Compression", "TestSupport",
            ]),
        .testTarget(
            name: "FHIRAPITests",
            dependencies: [
                "FHIRAPI", "Validation", "HTTP", "RecordStore", "Access", "Audit", "Search", "FHIR", "JSONTape", "Base",
                "SQLDatabase",
                "Vault", "Compression",
            ]),
        .testTarget(name: "JobsTests", dependencies: ["Jobs", "SQLDatabase", "Vault", "Access", "Base"]),
        .testTarget(
            name: "AccountsTests", dependencies: ["Accounts", "Access", "SQLDatabase", "Vault", "HTTP", "Base"]),
        .testTarget(
            name: "OAuthAPITests",
            dependencies: [
                "OAuthAPI", "OAuth", "Audit", "HTTP", "JSONTape", "SQLDatabase", "Vault", "Access", "Base",
            ]),
        .testTarget(
            name: "PlatformAPITests",
            dependencies: [
                "PlatformAPI", "WebApp", "Accounts", "Audit", "Access", "JSONTape", "SQLDatabase", "Vault", "HTTP",
                "Base",
            ]),
        .testTarget(name: "UploadsTests", dependencies: ["Uploads", "Access", "SQLDatabase", "Vault", "Base"]),
        .testTarget(
            name: "OnboardingAPITests",
            dependencies: [
                "OnboardingAPI", "Uploads", "Jobs", "Intake", "BulkData", "WebClient", "RecordStore", "Audit", "Access",
                "HTTP", "FHIR", "JSONTape", "SQLDatabase", "Vault", "Compression", "Base",
            ]),
        .testTarget(
            name: "BulkDataTests",
            dependencies: [
                "BulkData", "WebClient", "Access", "SQLDatabase", "Vault", "HTTP", "JSONTape", "Base",
            ]),
        .testTarget(
            name: "PushTests",
            dependencies: ["Push", "WebClient", "Vault", "HTTPServer", "HTTP", "JSONTape", "Base"]),
        .testTarget(name: "BenchmarksTests", dependencies: ["Benchmarks", "Base"]),
        .testTarget(
            name: "MartletTests",
            dependencies: [
                "martlet", "Martlet", "WebApp", "Accounts", "Intake", "RecordStore", "Access", "Search", "FHIR",
                "JSONTape", "Base", "TestSupport",
            ]),
    ],
    cxxLanguageStandard: .cxx17
)

for target in package.targets where ![.system, .plugin, .binary].contains(target.type) && target.name != "CSimdjson" {
    target.swiftSettings = settings
}
