/// What is to be pulled from where.
package struct PullOrder: Sendable, Equatable {
    /// Whose records are asked for.
    package enum Level: Sendable, Equatable {
        case system
        case patients
        /// The members of the Group with this id.
        case group(String)
    }

    /// How the files are come by.
    package enum Source: Sendable, Equatable {
        /// An export is asked for; a server that has none is searched instead.
        case export
        /// The server is searched, page by page.
        case search
        /// A manifest that is there already.
        case manifest(WebLocation)
        /// Files that somebody named.
        case files([Manifest.File])
    }

    /// The FHIR server's own address.
    package var base: WebLocation
    package var level: Level
    package var source: Source
    /// The types that are wanted; empty for all.
    package var types: [String]
    /// Searches such as `Observation?status=final`, of which one must hold for a resource of that type.
    package var typeFilters: [String]
    /// Only what changed since then, and nothing else; `nil` for all, or for what the pull before left off at.
    package var since: FHIRInstant?
    /// Fields that every request for a file carries: names and values.
    package var fileHeaders: [PullHeader]

    private static let idBytesMax = 64
    private static let typesMax = 200
    private static let filtersMax = 200
    private static let filterBytesMax = 4_000
    private static let headersMax = 20

    /// - Throws: `BulkDataError.invalid` that says what is wrong with the order.
    package init(
        base: WebLocation, level: Level = .system, source: Source = .export, types: [String] = [],
        typeFilters: [String] = [], since: FHIRInstant? = nil, fileHeaders: [PullHeader] = []
    ) throws(BulkDataError) {
        guard !base.target.utf8.contains(UInt8(ascii: "?")) else {
            throw BulkDataError(.invalid, "the server's address must not have a query")
        }
        if case .group(let id) = level {
            guard Self.isID(id) else { throw BulkDataError(.invalid, "the group's id is none") }
        }
        guard types.count <= Self.typesMax, types.allSatisfy(Manifest.isType) else {
            throw BulkDataError(.invalid, "the types are not names of resource types")
        }
        guard typeFilters.count <= Self.filtersMax,
            typeFilters.allSatisfy({ filter in
                guard let mark = filter.firstIndex(of: "?") else { return false }
                return filter.utf8.count <= Self.filterBytesMax && Manifest.isType(String(filter[..<mark]))
                    && filter.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            })
        else { throw BulkDataError(.invalid, "a filter is no search such as Observation?status=final") }
        guard fileHeaders.count <= Self.headersMax, fileHeaders.allSatisfy(\.isSendable) else {
            throw BulkDataError(.invalid, "a header that files are to be asked for with is not taken")
        }
        self.base = base
        self.level = level
        self.source = source
        var known: Set<String> = []
        self.types = types.filter { known.insert($0).inserted }
        self.typeFilters = typeFilters
        self.since = since
        self.fileHeaders = fileHeaders
    }

    private static func isID(_ text: String) -> Bool {
        (1...idBytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// What two pulls must have in common for the later to go on from where the earlier left off.
    package var scope: String {
        let level =
            switch level {
            case .system: "system"
            case .patients: "patients"
            case .group(let id): "group " + id
            }
        let parts = [base.text, level, types.sorted().joined(separator: ",")] + typeFilters.sorted()
        return parts.joined(separator: "\n")
    }

    /// Whether the order leaves a moment from which the next one can go on.
    package var continues: Bool {
        switch source {
        case .export, .search: true
        case .manifest, .files: false
        }
    }
}

/// A field that requests for files carry, as their sender asked for.
package struct PullHeader: Sendable, Equatable, CustomStringConvertible {
    package var name: String
    /// May be a secret.
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    package var description: String { name }
}
