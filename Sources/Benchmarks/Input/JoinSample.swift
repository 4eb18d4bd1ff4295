internal import Access
internal import Base
internal import JSONTape
internal import RecordStore

/// Searches that join resources or look at the whole store, each with matches, drawn at random.
struct JoinSample {
    /// `/fhir/Condition?subject:Patient.identifier=…`: through a reference to what one patient's record names.
    private(set) var chains: [String] = []
    /// `/fhir/Patient?_has:Observation:patient:code=…&family=…`: back through a reference.
    private(set) var reverseChains: [String] = []
    /// `/fhir/Observation?code=…&_sort=-date`: the latest of the whole store.
    private(set) var sorted: [String] = []
    /// `/fhir/Observation?code=…&_summary=count`: over the whole store.
    private(set) var counts: [String] = []

    private static let patientCount = 2_000
    private static let pageCount = 20

    /// - Throws: `BenchmarkError.usage` if the store has no patients with names and identifiers, or no coded
    ///   Observations; `StoreError`.
    init(_ store: RecordStore, _ sample: RequestSample, seed: UInt64 = 2) throws {
        let scope = AccessScope(tenant: .standard, actor: "martlet bench")
        var random = SeededRandom(seed: seed)
        guard !sample.codes.isEmpty else {
            throw BenchmarkError(.usage, "the store has no Observation with a code and a date")
        }
        for _ in 0..<Self.patientCount {
            guard let id = sample.patients.randomElement(using: &random),
                let patient = try store.read(scope, type: "Patient", id: id)
            else { continue }
            let facts = try JSONDocument(patient.json).withRoot(Self.facts)
            guard let facts, let code = sample.codes.randomElement(using: &random) else { continue }
            chains.append(
                "/fhir/Condition?subject:Patient.identifier=\(escapedForQuery(facts.identifier))&_count=\(Self.pageCount)"
            )
            reverseChains.append(
                "/fhir/Patient?_has:Observation:patient:code=\(code)&family=\(escapedForQuery(facts.family))"
                    + "&_count=\(Self.pageCount)")
        }
        guard !chains.isEmpty else {
            throw BenchmarkError(.usage, "the store has no patient with an identifier and a name")
        }
        for code in Set(sample.codes).sorted() {
            sorted.append("/fhir/Observation?code=\(code)&_sort=-date&_count=\(Self.pageCount)")
            counts.append("/fhir/Observation?code=\(code)&_summary=count")
        }
    }

    private static func facts(_ patient: JSONValue) -> (identifier: String, family: String)? {
        guard let identifier = patient.member("identifier")?.elements.first(where: { $0.member("system") != nil }),
            let system = identifier.member("system"), let value = identifier.member("value"),
            let family = patient.member("name")?.elements.first(where: { _ in true })?.member("family")
        else { return nil }
        return (system.text + "|" + value.text, family.text)
    }
}
