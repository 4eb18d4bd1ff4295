internal import Access
internal import Base
internal import FHIR
internal import JSONTape
internal import RecordStore
internal import Search
internal import Terminology

/// The CodeSystems and ValueSets that a tenant stored, found by their `url`.
final class StoredTerminology: TerminologySource, @unchecked Sendable {
    // Safe to share: everything that changes is used under `lock`.

    /// What tells of each type whether anything of it was written or deleted: a write raises the newest sequence number,
    /// a deletion lowers the count.
    private struct Fingerprint: Equatable {
        var newest: [UInt64] = []
        var counts: [Int] = []
    }

    /// Versions of one address that are looked at.
    private static let versionsMax = 1_000

    private let store: RecordStore
    private let scope: AccessScope
    private let clock: any Clock
    /// The types that are watched for changes.
    private let types: [String]
    private let lock = Lock()
    private var seen: UInt64?
    private var fingerprint = Fingerprint()
    private var changes: UInt64 = 0

    /// - Parameter scope: the tenant, and who reads.
    init(
        store: RecordStore, scope: AccessScope, clock: any Clock, types: [String] = ["CodeSystem", "ValueSet"]
    ) {
        self.store = store
        self.scope = scope
        self.clock = clock
        self.types = types
    }

    func revision() throws -> UInt64 {
        let now = try store.now(scope).sequence
        return try lock.withLock {
            if seen == now { return changes }
            var present = Fingerprint()
            for name in types {
                let page = try store.search(scope, query(name, []), SearchWindow(count: 1))
                present.newest.append(page.matches.first?.sequence ?? 0)
                present.counts.append(try store.count(scope, type: name))
            }
            if present != fingerprint {
                fingerprint = present
                changes += 1
            }
            seen = now
            return changes
        }
    }

    func codeSystem(_ canonical: Canonical) throws -> [UInt8]? { try find("CodeSystem", canonical) }

    func valueSet(_ canonical: Canonical) throws -> [UInt8]? { try find("ValueSet", canonical) }

    private func query(_ type: String, _ parameters: [(name: String, value: String)]) throws -> SearchQuery {
        guard let type = store.definitions.type(named: type) else {
            throw FHIRAPIError(.failed, .exception, "The definitions have no \(type).")
        }
        return try SearchQuery.parse(type: type, parameters: parameters, plans: store.plans, now: clock.now())
    }

    func find(_ type: String, _ canonical: Canonical) throws -> [UInt8]? {
        // An address longer than any search takes is none that is stored.
        guard !canonical.url.isEmpty, canonical.url.utf8.count <= 2_048 else { return nil }
        let query = try query(type, [("url", Self.escaped(canonical.url))])
        var best: (version: String?, json: [UInt8])?
        for match in try store.search(scope, query, SearchWindow(count: Self.versionsMax)).matches {
            let json = match.json
            let version = try JSONDocument(json, depthMax: 256).withRoot { $0.member("version")?.string }
            guard canonical.accepts(version: version) else { continue }
            // Matches come newest first: of equal versions the one last written stays.
            if let best, !Canonical.isOlder(best.version, than: version) { continue }
            best = (version, json)
        }
        return best?.json
    }

    /// A value as a search takes it literally.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            if ["\\", ",", "$", "|"].contains(character) { escaped.unicodeScalars.append("\\") }
            escaped.unicodeScalars.append(character)
        }
        return escaped
    }
}
