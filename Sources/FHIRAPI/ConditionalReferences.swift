internal import Base
internal import FHIR
internal import JSONTape
internal import RecordStore
internal import Search

/// Replaces references such as `Practitioner?identifier=system|value` by the one resource that they describe.
/// - Source: FHIR R4 http, conditional references, https://hl7.org/fhir/R4/http.html#trules
struct ConditionalReferences {
    let call: Call
    let store: RecordStore
    /// How many one resource may have.
    let limit: Int
    /// What the same transaction writes; `nil` for a write on its own.
    var transaction: TransactionView?

    /// Changes the document in place.
    /// - Throws: `FHIRAPIError.preconditionFailed` naming each reference that describes no resource, or several.
    func resolve(_ sites: [ReferenceSite], in root: JSONValue, _ parser: JSONParser) throws {
        var known: [String: String] = [:]
        var problems: [Issue] = []
        var count = 0
        for site in sites where site.kind == .reference {
            let value = JSONValue(tape: root.tape, index: Int(site.nodeIndex))
            let reference = ResourceReference(value.utf8, definitions: store.definitions)
            guard reference.kind == .conditional, let type = reference.type else { continue }
            count += 1
            guard count <= limit else {
                throw FHIRAPIError(
                    .invalid, .tooCostly, "A resource may have at most \(limit) conditional references.")
            }
            let text = value.text
            do {
                let target = try known[text] ?? transaction?.known[text] ?? find(value.utf8, reference, type)
                known[text] = target
                transaction?.known[text] = target
                try Array(target.utf8).withUnsafeBytes { try parser.replaceString(value, with: $0) }
            } catch let error as FHIRAPIError {
                problems += error.issues
            }
        }
        if !problems.isEmpty { throw FHIRAPIError(.preconditionFailed, issues: problems) }
    }

    /// The address of the one match.
    private func find(_ text: UnsafeRawBufferPointer, _ reference: ResourceReference, _ type: TypeID) throws -> String {
        let name = "The conditional reference \"\(String(decoding: text, as: UTF8.self).shortened(to: 200))\""
        var parameters: [(name: String, value: String)] = []
        for pair in QueryPairs(text, in: reference.query) {
            guard let key = decoded(text, pair.name), let value = decoded(text, pair.value) else {
                throw FHIRAPIError(.preconditionFailed, .value, "\(name) has a malformed percent escape.")
            }
            parameters.append((key, value))
        }
        let query: SearchQuery
        let plans = try store.plans(call.scope)
        do throws(SearchError) {
            query = try SearchQuery.parse(
                type: type, parameters: parameters, plans: plans, now: call.api.clock.now(),
                baseURL: call.base + "/")
        } catch {
            if error.code == .reindexing { throw error }
            throw FHIRAPIError(.preconditionFailed, .value, "\(name) cannot be searched: \(error.detail)")
        }
        // Whether other resources lead somewhere may change while this one is written.
        guard query.conditions.isEmpty else {
            throw FHIRAPIError(.preconditionFailed, .notSupported, "\(name) asks for other resources, too.")
        }
        guard !query.clauses.isEmpty || !query.ids.isEmpty else {
            throw FHIRAPIError(.preconditionFailed, .value, "\(name) names nothing to search by.")
        }
        let matches = try matches(query)
        guard matches.count == 1, let match = matches.first else {
            throw FHIRAPIError(
                .preconditionFailed, matches.isEmpty ? .notFound : .conflict,
                matches.isEmpty
                    ? "\(name) describes no resource that is stored here."
                    : "\(name) describes more than one resource: make it more precise.")
        }
        return match
    }

    /// "Type/id" of what the query finds; of many at least two.
    private func matches(_ query: SearchQuery) throws -> [String] {
        let others = transaction?.count ?? 0
        let stored = try store.search(call.scope, query, SearchWindow(count: 2 + others)).matches
            .map { $0.type + "/" + $0.id }
        guard let transaction else { return stored }
        return try stored.filter { !transaction.replaces($0) } + transaction.matches(query)
    }

    private func decoded(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> String? {
        var bytes: [UInt8] = []
        guard percentDecode(UnsafeRawBufferPointer(rebasing: text[range]), into: &bytes) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// What a transaction writes, as conditional references in its resources see it: they are resolved after all else is
/// done.
final class TransactionView {
    /// "Type/id" of what is deleted or has other content than what is stored.
    private let replaced: Set<String>
    private let resources: [TypeID: [(reference: String, resource: CheckedResource)]]
    private let batch: WriteBatch
    private var comparisonsLeft = 1_000_000
    /// The targets of references that were resolved.
    var known: [String: String] = [:]

    /// - Parameters:
    ///   - deleted: "Type/id" of what is deleted.
    ///   - resources: what is written, with the "Type/id" under which it is.
    ///   - batch: any that belongs to the transaction's scope.
    init(deleted: Set<String>, resources: [(reference: String, resource: CheckedResource)], batch: WriteBatch) {
        replaced = deleted.union(resources.map(\.reference))
        self.resources = Dictionary(grouping: resources) { $0.resource.type }
        self.batch = batch
    }

    /// How many stored resources are not what they were.
    var count: Int { replaced.count }

    /// Whether a stored resource is deleted, or gets other content.
    func replaces(_ reference: String) -> Bool { replaced.contains(reference) }

    /// "Type/id" of what is written and found by a query.
    /// - Throws: `FHIRAPIError.invalid` if there is too much to compare.
    func matches(_ query: SearchQuery) throws(FHIRAPIError) -> [String] {
        guard query.lastUpdated.isEmpty, let own = resources[query.type] else { return [] }
        comparisonsLeft -= own.count
        guard comparisonsLeft >= 0 else {
            throw FHIRAPIError(
                .invalid, .tooCostly, "The transaction has too many conditional references: give fullUrls instead.")
        }
        do {
            return try own.compactMap { reference, resource in
                guard query.ids.allSatisfy({ ids in ids.contains { reference.hasSuffix("/" + $0) } }),
                    try batch.matches(query, resource.root, type: resource.type)
                else { return nil }
                return reference
            }
        } catch {
            throw .wrapping(error)
        }
    }
}
