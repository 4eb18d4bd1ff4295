import Access
import Base
import HTTP
import RecordStore
import Testing

/// Writes by chance from several sides while parameters come, change and go: what they find is held against parameters of
/// the specification that look at the same values, and these against an oracle elsewhere (`JoinPropertyTests`).
@Suite struct CustomParameterPropertyTests {
    private static let scope = AccessScope(tenant: .standard, actor: "test")

    /// Custom parameters with the specification's that mean the same; other texts, so that they share no tokens.
    private static let twins = [
        (code: "my-gender", base: "Patient", type: "token", expression: "Patient.select(gender)", twin: "gender"),
        (code: "my-family", base: "Patient", type: "string", expression: "Patient.name.select(family)", twin: "family"),
        (code: "my-birth", base: "Patient", type: "date", expression: "Patient.select(birthDate)", twin: "birthdate"),
        (
            code: "my-subject", base: "Observation", type: "reference", expression: "Observation.select(subject)",
            twin: "subject"
        ),
        (
            code: "my-value", base: "Observation", type: "quantity",
            expression: "Observation.select(value as Quantity)",
            twin: "value-quantity"
        ),
    ]

    private static func definition(_ place: Int) -> String {
        let twin = twins[place]
        return Samples.parameter(
            twin.code, base: twin.base, type: twin.type, expression: twin.expression)
    }

    private static func write(_ test: TestAPI, _ random: inout SeededRandom) async throws {
        let number = Int.random(in: 0..<40, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: _ = try await test.send(.delete, "/fhir/Patient/p\(number)")
        case 1: _ = try await test.send(.delete, "/fhir/Observation/o\(number)")
        case 2...5:
            let family = ["Doe", "Roe", "Müller"].randomElement(using: &random) ?? ""
            try await test.put(
                Samples.patient(
                    "p\(number)", family: family, birthDate: "19\(Int.random(in: 60...69, using: &random))-02-03",
                    gender: Bool.random(using: &random) ? "male" : "female"))
        default:
            try await test.put(
                Samples.observation(
                    "o\(number)", patient: "p\(Int.random(in: 0..<5, using: &random))",
                    value: "\(Int.random(in: 1...9, using: &random))"))
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `parameters that came while writes went on find what those of the specification find`(
        seed: UInt64
    ) async throws {
        var limits = StoreLimits()
        limits.reindexEntries = 7
        limits.flushPostings = 900
        limits.reindexPostings = 40
        let test = try TestAPI(limits: limits)
        var random = SeededRandom(seed: seed)
        for _ in 0..<60 { try await Self.write(test, &random) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...3 {
                group.addTask {
                    var random = SeededRandom(seed: seed * 100 + UInt64(writer))
                    for _ in 0..<80 { try await Self.write(test, &random) }
                }
            }
            group.addTask {
                for place in twins(of: seed) {
                    try await test.put(Self.definition(place))
                    // The first ones go and come back.
                    if place < 2 {
                        _ = try await test.send(.delete, "/fhir/SearchParameter/\(Self.twins[place].code)")
                        try await test.put(Samples.patient("p-\(place)"))
                        try await test.put(Self.definition(place))
                    }
                }
            }
            try await group.waitForAll()
        }
        try test.store.waitForReindexing(Self.scope)
        try await Self.compare(test, &random)
        for _ in 0..<20 { try await Self.write(test, &random) }
        try test.store.settle()
        try await Self.compare(test, &random)
        #expect(try test.store.check(Self.scope) { _, _ in }.findings.isEmpty)
        #expect(test.failures.all.isEmpty)

        func twins(of seed: UInt64) -> [Int] {
            var random = SeededRandom(seed: seed)
            return Self.twins.indices.shuffled(using: &random)
        }
    }

    private static func compare(_ test: TestAPI, _ random: inout SeededRandom) async throws {
        let history = try await test.get("/fhir/_history?_count=300")
        let instants = history.json["entry"].array.map { $0["resource"]["meta"]["lastUpdated"].text }
            .filter { !$0.isEmpty }
        #expect(instants.count > 50)
        var found = 0
        for twin in twins {
            let values: [String] =
                switch twin.type {
                case "token": ["male", "female", "male,female"]
                case "string": ["doe", "müll", "R"]
                case "date": ["gt1965", "1963-02-03", "le1961"]
                case "reference": ["Patient/p1", "p2,p3"]
                default: ["5", "gt7", "3||cm"]
                }
            for query in values.map({ "=" + $0 }) + [":missing=false", ":missing=true"] {
                for round in 0..<3 {
                    let at = round == 0 ? "" : "&_at=" + (instants.randomElement(using: &random) ?? "")
                    let custom = try await test.ids("/fhir/\(twin.base)?\(twin.code)\(query)\(at)&_count=100")
                    let known = try await test.ids("/fhir/\(twin.base)?\(twin.twin)\(query)\(at)&_count=100")
                    #expect(custom == known, "\(twin.code)\(query)\(at)")
                    found += known.count
                }
            }
        }
        #expect(found > 500)
    }
}
