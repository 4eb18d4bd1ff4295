import Access
import Base
import FHIR
import HTTP
import JSONTape
import RecordStore
import Search
import Testing

@Suite struct SearchPropertyTests {
    /// Resources of two types with values that often, yet not always, agree.
    private static func resources(_ random: inout SeededRandom) -> [String] {
        let families = ["Doe", "Dœ", "doering", "Roe", "O'Neil", "Müller", "Muller", "de la Cruz"]
        let codes = ["8302-2", "29463-7", "8480-6", "8462-4"]
        var all: [String] = []
        for number in 0..<60 {
            all.append(
                Samples.patient(
                    "p\(number)", family: families.randomElement(using: &random) ?? "",
                    given: ["Ann", "Anna", "Bob", "Zoë"].randomElement(using: &random) ?? "",
                    birthDate: [
                        "19\(Int.random(in: 60...69, using: &random))",
                        "1965-0\(Int.random(in: 1...9, using: &random))",
                        "1965-03-\(Int.random(in: 10...28, using: &random))",
                    ].randomElement(using: &random) ?? "", gender: Bool.random(using: &random) ? "male" : "female"))
        }
        for number in 0..<240 {
            let value =
                "\(Int.random(in: 0...30, using: &random)).\(["0", "5", "50", "25"].randomElement(using: &random) ?? "")"
            let day = 10 + Int.random(in: 0...18, using: &random)
            all.append(
                Samples.observation(
                    "o\(number)", patient: "p\(Int.random(in: 0..<60, using: &random))", value: value,
                    code: codes.randomElement(using: &random) ?? "",
                    date: ["2020-02-\(day)", "2020-02-\(day)T1\(day % 10):30:00Z", "2020-0\(day % 9 + 1)"]
                        .randomElement(using: &random) ?? ""))
        }
        return all
    }

    private static func query(_ random: inout SeededRandom) -> (type: String, parameters: [(String, String)]) {
        func pick(_ texts: String...) -> String { texts[Int.random(in: 0..<texts.count, using: &random)] }
        let prefix = pick("", "eq", "ne", "gt", "ge", "lt", "le", "sa", "eb")
        if Bool.random(using: &random) {
            let all: [(String, String)] = [
                (
                    "family" + pick("", ":exact", ":contains"),
                    pick("d", "Doe", "oe", "MULLER", "Müller", "cruz", "Doe,Roe")
                ),
                ("given", pick("ann", "Anna", "zoe", "b,z")), ("name", pick("doe", "ann")),
                ("gender" + pick("", ":not"), pick("male", "female", "male,female", "other")),
                ("birthdate", prefix + pick("1965", "1965-03", "1965-03-15", "1966-01-01", "1960")),
                (pick("birthdate", "death-date", "gender", "telecom") + ":missing", pick("true", "false")),
                ("_id", pick("p1", "p1,p2,p3", "p1,nobody")), ("active", pick("true", "false")),
            ]
            return (
                "Patient",
                (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    all[Int.random(in: 0..<all.count, using: &random)]
                }
            )
        }
        let patient = "p\(Int.random(in: 0..<60, using: &random))"
        let all: [(String, String)] = [
            (
                "code" + pick("", ":not"),
                pick("8302-2", "http://loinc.org|8302-2", "http://loinc.org|", "|8302-2", "8302-2,8480-6")
            ),
            (pick("subject", "patient"), pick(patient, "Patient/\(patient)", "Patient/\(patient),Patient/p1")),
            ("subject:Patient", patient),
            ("date", prefix + pick("2020", "2020-02", "2020-02-15", "2020-02-15T12:00:00Z", "2020-03-01")),
            (
                "value-quantity",
                prefix + pick("5", "5.0", "10.50", "15.25", "20")
                    + pick("", "|http://unitsofmeasure.org|cm", "||cm", "||kg")
            ),
            ("status", pick("final", "amended")), ("code-value-quantity", "8302-2$" + prefix + pick("5", "15", "25.5")),
            (pick("encounter", "value-quantity", "date") + ":missing", pick("true", "false")),
        ]
        return (
            "Observation",
            (0..<Int.random(in: 1...3, using: &random)).map { _ in all[Int.random(in: 0..<all.count, using: &random)] }
        )
    }

    @Test func `a search finds just what matching every resource one by one finds`() async throws {
        let test = try TestAPI()
        var random = SeededRandom(seed: 20_260)
        let resources = Self.resources(&random)
        try await test.put(resources)
        // Some are changed and some deleted, so that the index holds what must not be found any more.
        var current: [String: String] = [:]
        for text in resources {
            let json = try JSON(Array(text.utf8))
            current[json["resourceType"].text + "/" + json["id"].text] = text
        }
        for number in stride(from: 0, to: 240, by: 7) {
            let text = Samples.observation("o\(number)", patient: "p\(number % 60)", value: "15.25")
            try await test.put(text)
            current["Observation/o\(number)"] = text
        }
        for number in stride(from: 3, to: 60, by: 11) {
            _ = try await test.send(.delete, "/fhir/Patient/p\(number)")
            current["Patient/p\(number)"] = nil
        }
        let brute = try BruteForce(test.store, current)
        var found = 0
        for round in 0..<250 {
            let (type, parameters) = Self.query(&random)
            let encoded = parameters.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
            let count = [3, 50, 1000].randomElement(using: &random) ?? 50
            let ids = try await test.ids("/fhir/\(type)?\(encoded)&_count=\(count)")
            let expected = try brute.ids(type, parameters)
            #expect(Set(ids) == expected && ids.count == expected.count, "round \(round): \(type)?\(encoded)")
            found += ids.count
        }
        #expect(found > 1_000)
        #expect(test.failures.all.isEmpty)
    }

    private func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                byte < 0x80 && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

/// Answers queries by looking at every resource.
private struct BruteForce {
    private let store: RecordStore
    private let resources: [(name: String, document: JSONDocument)]
    private let extractor: SearchExtractor

    init(_ store: RecordStore, _ texts: [String: String]) throws {
        self.store = store
        resources = try texts.map { ($0, try JSONDocument(Array($1.utf8), names: store.definitions.names)) }
        extractor = SearchExtractor(plans: store.plans)
    }

    func ids(_ type: String, _ parameters: [(String, String)]) throws -> Set<String> {
        guard let typeID = store.definitions.type(named: type) else { throw Unexpected(text: type) }
        let query = try SearchQuery.parse(
            type: typeID, parameters: parameters.map { (name: $0.0, value: $0.1) }, plans: store.plans,
            now: SystemClock().now())
        let entries = IndexEntryBuffer()
        let everything = ExtractionSelection.everything(store.plans.plan(for: typeID))
        var ids: Set<String> = []
        for (name, document) in resources where name.hasPrefix(type + "/") {
            let id = String(name.dropFirst(type.utf8.count + 1))
            guard query.ids.allSatisfy({ $0.contains(id) }) else { continue }
            document.withRoot { root in
                extractor.extract(root, type: typeID, selection: everything, into: entries)
                if query.matches(entries) { ids.insert(id) }
            }
        }
        return ids
    }
}
