/// Which target lies in which layer: the table of the design, with the targets that are still to come.
struct LayerTable {
    struct Layer {
        let number: Int
        /// In the order in which they may build on one another where `mayUseOwnLayer` holds.
        let targets: [String]
        /// Whether a target may depend on those before it in its own layer.
        var mayUseOwnLayer = false
        /// Lower targets that this layer never depends on all the same.
        var forbidden: Set<String> = []
    }

    let layers: [Layer]
    /// C target → the one target that imports it.
    let adapters: [String: String]
    /// C targets whose types their adapter inlines into hot code elsewhere, and so may show in `package` declarations.
    var inlined: Set<String> = []

    func layer(of target: String) -> Layer? { layers.first { $0.targets.contains(target) } }

    static let martlet = LayerTable(
        layers: [
            Layer(
                number: 0,
                targets: [
                    "CSQLite", "CPostgreSQL", "CMicrohttpd", "COpenSSL", "CZstd", "CZlib", "CArchive", "CCurl",
                    "CTesseract", "CPoppler", "CPango", "CGMime", "CHiredis", "CRdKafka", "CMalloc", "CSimdjson",
                    "CArrow", "CArgon2",
                ]),
            Layer(number: 1, targets: ["Base"]),
            Layer(
                number: 2,
                targets: [
                    "JSONTape", "FHIR", "Terminology", "FHIRPath", "Views", "Search", "Patch", "GraphQL", "Validation",
                    "HTTP", "Synth",
                ],
                mayUseOwnLayer: true),
            Layer(
                number: 3,
                targets: [
                    "WebClient", "SQLDatabase", "Vault", "Compression", "Access", "Audit", "Accounts", "OAuth",
                    "RecordStore", "Jobs", "Uploads", "Mail",
                ],
                mayUseOwnLayer: true),
            Layer(
                number: 4,
                targets: [
                    "Intake", "BulkData", "Push", "Tables", "Documents", "Matching", "Care", "ProviderSync", "Reports",
                ]),
            Layer(
                number: 5, targets: ["HTTPServer", "FHIRAPI", "PlatformAPI", "OnboardingAPI", "OAuthAPI", "WebApp"],
                forbidden: ["SQLDatabase"]),
            Layer(number: 6, targets: ["Benchmarks", "Martlet", "martlet", "TestSupport"], mayUseOwnLayer: true),
        ],
        adapters: [
            "CSQLite": "SQLDatabase", "CMicrohttpd": "HTTPServer", "COpenSSL": "Vault", "CZstd": "Compression",
            "CZlib": "Compression", "CArchive": "Intake", "CMalloc": "Base", "CSimdjson": "JSONTape",
            "CArgon2": "Vault", "CCurl": "WebClient",
        ],
        inlined: ["CSimdjson"])
}
