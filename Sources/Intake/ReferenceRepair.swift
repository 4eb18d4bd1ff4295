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
        var first = sequences.startIndex
        while first < sequences.endIndex {
            let end = min(first + Self.batchResources, sequences.endIndex)
            unresolved += try retry(sequences[first..<end])
            first = end
        }
        return unresolved
    }

    /// Tries some versions in one commit, or each alone if one of them is replaced by somebody else meanwhile.
    private func retry(_ sequences: ArraySlice<UInt64>) throws -> [UnresolvedReference] {
        batch.removeAll()
        resolver.forgetMisses()
        let unresolved = try sequences.flatMap { try prepare($0) }
        guard batch.count > 0 else { return unresolved }
        do {
            _ = try store.commit(batch)
        } catch let error as StoreError where error.code == .conflict {
            guard sequences.count > 1 else { return [] }
            return try sequences.indices.flatMap { try retry(sequences[$0...$0]) }
        }
        return unresolved
    }

    /// Adds a version's resource with its references resolved to the batch.
    private func prepare(_ sequence: UInt64) throws -> [UnresolvedReference] {
        let version = try store.entry(scope, sequence: sequence)
        guard try store.read(scope, type: version.type, id: version.id)?.sequence == sequence, !version.isDeleted,
            let type = store.definitions.type(named: version.type)
        else { return [] }
        let json = version.json
        return try json.withUnsafeBytes { bytes in
            let resource = try parser.parse(bytes)
            var findings: [StructureFinding] = []
            var sites: [ReferenceSite] = []
            _ = checker.check(resource, findings: &findings, references: &sites)
            resolver.begin(bundle: nil, context: nil)
            let awaited = try resolver.resolve(sites, in: resource) { try batch.awaitedToken($0) }
            var id = version.id
            id.withUTF8 { id in
                batch.put(
                    resource, type: type, id: UnsafeRawBufferPointer(id), precondition: .version(sequence),
                    awaited: awaited)
            }
            return resolver.unresolved.map { left in
                UnresolvedReference(
                    resource: "\(version.type)/\(version.id)", reference: left.reference, reason: left.reason)
            }
        }
    }
}
