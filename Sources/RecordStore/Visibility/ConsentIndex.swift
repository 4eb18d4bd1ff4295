internal import Access
internal import Base
internal import FHIR
internal import JSONTape

/// What the Consents in force of a tenant say, by patient; kept up with the log. Used under the lock of `SightTable`.
struct ConsentIndex {
    private(set) var byPatient: [String: [Restriction]] = [:]
    private var patientByConsent: [String: String] = [:]
    private var watch: ArrivalWatch
    private let reading: ConsentReading

    init(_ definitions: Definitions) {
        watch = ArrivalWatch([definitions.type(named: "Consent")].compactMap { $0 })
        reading = ConsentReading(definitions: definitions)
    }

    /// Takes in what came since it was last asked.
    /// - Returns: whether anything changed.
    mutating func refresh(_ tenant: TenantStore, _ snapshot: Snapshot, _ indexer: ResourceIndexer) throws -> Bool {
        var isChanged = false
        for sequence in try watch.arrivals(snapshot, indexer) where !snapshot.dead.contains(sequence) {
            let entry: StoredResource
            do {
                entry = try tenant.blocks.entry(sequence)
            } catch let error as StoreError where error.code == .shredded {
                continue
            }
            let id = entry.id
            if try take(id, entry.isDeleted ? nil : indexer.withResource(entry) { reading.restriction($0, id: id) }) {
                isChanged = true
            }
        }
        return isChanged
    }

    private mutating func take(_ id: String, _ restriction: Restriction?) -> Bool {
        var isChanged = false
        if let patient = patientByConsent.removeValue(forKey: id) {
            byPatient[patient]?.removeAll { $0.consent == id }
            if byPatient[patient]?.isEmpty == true { byPatient[patient] = nil }
            isChanged = true
        }
        if let restriction {
            patientByConsent[id] = restriction.patient
            byPatient[restriction.patient, default: []].append(restriction)
            isChanged = true
        }
        return isChanged
    }
}

extension ResourceIndexer {
    /// Opens a stored version for `body`.
    func withResource<Result>(_ stored: StoredResource, _ body: (JSONValue) throws -> Result) throws -> Result {
        text.removeAll()
        stored.writeJSON(to: text)
        let resource: JSONValue
        do {
            resource = try parser.parse(text.bytes)
        } catch {
            throw StoreError(code: .damaged, detail: "entry \(stored.sequence) is no JSON", cause: error)
        }
        return try body(resource)
    }
}
