internal import Access
internal import Base
internal import FHIR
internal import JSONTape
internal import RecordStore

/// Requests that a store has answers to, drawn from its log at random.
struct RequestSample {
    /// `/fhir/Type/id` of resources that exist.
    private(set) var reads: [String] = []
    /// `/fhir/Observation?patient=…&code=…&date=ge…`, each with at least one match.
    private(set) var searches: [String] = []
    /// Codes of Observations as search values, escaped for a URL; more frequent ones come more often.
    private(set) var codes: [String] = []
    /// Ids of patients that are spoken of.
    private(set) var patients: [String] = []
    /// `/fhir/Patient/id/$everything` of the patients who seem to have nearest to a thousand resources.
    private(set) var everything: [String] = []

    private static let draws = 30_000
    private static let everythingCount = 20
    private static let wantedResources = 1_000.0

    /// Draws from the whole log.
    /// - Throws: `BenchmarkError.usage` if the store is empty; `StoreError`.
    init(_ store: RecordStore, seed: UInt64 = 1) throws {
        let scope = AccessScope(tenant: .standard, actor: "martlet bench")
        let last = try store.now(scope).sequence
        guard last > 0 else { throw BenchmarkError(.usage, "the store is empty: ingest something first") }
        let names = store.definitions.names
        let reader = ObservationReader(names: names)
        let parser = try JSONParser(names: names)
        let text = ByteWriter(capacity: 16 << 10)
        var random = SeededRandom(seed: seed)
        var mentions: [String: Int] = [:]
        for _ in 0..<Self.draws {
            let entry = try store.entry(scope, sequence: UInt64.random(in: 1...last, using: &random))
            guard !entry.isDeleted else { continue }
            reads.append("/fhir/\(entry.type)/\(entry.id)")
            text.removeAll()
            entry.writeJSON(to: text)
            guard let facts = (try? parser.parse(text.bytes)).flatMap(reader.facts) else { continue }
            mentions[facts.patient, default: 0] += 1
            guard entry.type == "Observation", let code = facts.code, let day = facts.day else { continue }
            codes.append(code)
            searches.append("/fhir/Observation?patient=\(facts.patient)&code=\(code)&date=ge\(day)")
        }
        patients = mentions.keys.sorted()
        let share = Double(last) / Double(Self.draws)
        let ranked = mentions.sorted { left, right in
            let (first, second) = (Double(left.value) * share, Double(right.value) * share)
            return (abs(first - Self.wantedResources), left.key) < (abs(second - Self.wantedResources), right.key)
        }
        everything = ranked.prefix(Self.everythingCount).map { "/fhir/Patient/\($0.key)/$everything" }
    }
}

/// What a search for an Observation needs to know of one.
private struct ObservationReader {
    struct Facts {
        var patient: String
        /// The first coding as a search value, escaped for a URL.
        var code: String?
        var day: String?
    }

    private let subject: UInt16
    private let patient: UInt16
    private let reference: UInt16
    private let code: UInt16
    private let coding: UInt16
    private let system: UInt16
    private let effectiveDateTime: UInt16

    init(names: NameTable) {
        subject = names.number(of: "subject")
        patient = names.number(of: "patient")
        reference = names.number(of: "reference")
        code = names.number(of: "code")
        coding = names.number(of: "coding")
        system = names.number(of: "system")
        effectiveDateTime = names.number(of: "effectiveDateTime")
    }

    /// - Returns: `nil` if the resource speaks of no patient.
    func facts(_ resource: JSONValue) -> Facts? {
        let holder = resource.member(numbered: subject) ?? resource.member(numbered: patient)
        guard let target = holder?.member(numbered: reference), target.isString, target.text.hasPrefix("Patient/")
        else {
            return nil
        }
        let id = String(target.text.dropFirst("Patient/".count))
        guard
            let first = resource.member(numbered: code)?.member(numbered: coding)?.elements.first(where: { _ in true }),
            let system = first.member(numbered: system), let value = first.member(numbered: code),
            let date = resource.member(numbered: effectiveDateTime), date.text.utf8.count >= 10
        else { return Facts(patient: id) }
        return Facts(
            patient: id, code: escapedForQuery(system.text) + "%7C" + escapedForQuery(value.text),
            day: String(date.text.prefix(10)))
    }
}

/// A text as it stands in a URL's query.
func escapedForQuery(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var result = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: ":"), UInt8(ascii: "/"):
            result.unicodeScalars.append(UnicodeScalar(byte))
        default:
            result.append("%")
            result.append(digits[Int(byte >> 4)])
            result.append(digits[Int(byte & 15)])
        }
    }
    return result
}
