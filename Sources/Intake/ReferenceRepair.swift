package import Access
internal import Base
internal import FHIR
internal import JSONTape
package import RecordStore

/// Resolves references of stored resources whose target came after them, by writing a new version with the reference
/// resolved.
package final class ReferenceRepair {
    private let store: RecordStore
    private let scope: AccessScope
    private let parser: JSONParser
    private let checker: StructureChecker
    private let resolver: ReferenceResolver
    private let batch: WriteBatch

    private static let batchResources = 1000

    package init(store: RecordStore, scope: AccessScope) throws {
        self.store = store
        self.scope = scope
        parser = try JSONParser(names: store.definitions.names)
        checker = StructureChecker(definitions: store.definitions)
        resolver = try ReferenceResolver(store: store, scope: scope, parser: parser)
        batch = try store.makeBatch(scope)
    }

    /// Tries the references of some versions again; versions that are no longer the newest are passed over.
    /// - Returns: what stays unresolved.
    package func run(_ sequences: [UInt64]) throws -> [UnresolvedReference] {
        var unresolved: [UnresolvedReference] = []
        for sequence in sequences {
            unresolved += try retry(sequence)
            if batch.count >= Self.batchResources { try commit() }
        }
        try commit()
        return unresolved
    }

    private func retry(_ sequence: UInt64) throws -> [UnresolvedReference] {
        let version = try store.entry(scope, sequence: sequence)
        guard try store.read(scope, type: version.type, id: version.id)?.sequence == sequence, !version.isDeleted,
            let type = store.definitions.type(named: version.type)
        else { return [] }
        resolver.forgetMisses()
        let json = version.json
        return try json.withUnsafeBytes { bytes in
            let resource = try parser.parse(bytes)
            var findings: [StructureFinding] = []
            var sites: [ReferenceSite] = []
            _ = checker.check(resource, findings: &findings, references: &sites)
            resolver.begin(bundle: nil, context: nil)
            let awaited = try resolver.resolve(sites, in: resource) { batch.awaitedToken($0) }
            var id = version.id
            id.withUTF8 { id in
                batch.put(
                    resource, type: type, id: UnsafeRawBufferPointer(id), precondition: .none, awaited: awaited)
            }
            return resolver.unresolved.map { left in
                UnresolvedReference(
                    resource: "\(version.type)/\(version.id)", reference: left.reference, reason: left.reason)
            }
        }
    }

    private func commit() throws {
        guard batch.count > 0 else { return }
        _ = try store.commit(batch)
        batch.removeAll()
    }
}
