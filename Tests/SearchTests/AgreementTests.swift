import Base
import FHIR
import Foundation
import JSONTape
import Search
import TestSupport
import Testing

@Suite struct AgreementTests {
    /// A resource with its tokens.
    struct Indexed {
        var document: JSONDocument
        var tokens: Set<UInt64>
    }

    /// The examples and the first resources of each type of some Synthea patients.
    private func collection(_ bench: Bench) throws -> [TypeID: [Indexed]] {
        var byType: [TypeID: [Indexed]] = [:]
        func add(_ json: [UInt8]) throws {
            let document = try bench.document(json)
            try document.withRoot { root in
                guard let type = bench.type(root), byType[type]?.count ?? 0 < 80 else { return }
                bench.extractor.extract(root, type: type, into: bench.entries)
                bench.hasher.makeTokens(of: bench.entries, type: type, into: bench.tokens)
                let tokens = Set(bench.tokens.tokens)
                try #require(tokens.count == bench.tokens.count)
                byType[type, default: []].append(Indexed(document: document, tokens: tokens))
            }
        }
        for example in try Examples.all() { try add(example) }
        guard let zip = SharedData.file("data/synthea/synthea-r4.zip") else { return byType }
        let writer = ByteWriter()
        try SharedData.eachFile(of: zip, only: "*/Ad*") { _, bytes in
            var resources: [[UInt8]] = []
            try bench.document(bytes).withRoot { root in
                for entry in root.member("entry")?.elements.map({ $0 }) ?? [] {
                    guard let resource = entry.member("resource") else { continue }
                    writer.removeAll()
                    resource.write(to: writer)
                    resources.append(writer.copy())
                }
            }
            for resource in resources { try add(resource) }
        }
        // Positions, open dates and comparators are rare among the examples.
        for text in Self.oddities { try add(Array(text.utf8)) }
        return byType
    }

    @Test(
        .enabled(if: SharedData.has("data/examples/r4-examples.zip"), "needs shared/data/examples/r4-examples.zip"),
        arguments: [1, 2] as [UInt64])
    func `tokens never miss what matches and are right where they claim to be`(seed: UInt64) throws {
        let bench = try Bench()
        let collection = try collection(bench)
        var clauses = RandomClause(random: SeededRandom(seed: seed))
        var byKind: [SearchParameter.Kind: Int] = [:]
        var finding = 0
        var exact = 0
        let parameters = collection.keys.sorted().flatMap { type in
            bench.plans.plan(for: type).parameters.values.sorted { $0.code < $1.code }.map { (type, $0) }
        }
        let parametersByKind = Dictionary(grouping: parameters) { $0.1.parameter.type }
        var rounds = 0
        while byKind.values.reduce(0, +) < 3_000, rounds < 100_000 {
            rounds += 1
            let kind = SearchParameter.Kind.allCases[rounds % SearchParameter.Kind.allCases.count]
            guard let (type, parameter) = parametersByKind[kind]?.randomElement(using: &clauses.random),
                let resources = collection[type], let query = try clause(parameter, type, resources, bench, &clauses)
            else { continue }
            byKind[kind, default: 0] += 1
            let cover = query.cover(bench.hasher)
            if !cover.needsVerification { exact += 1 }
            var isFinding = false
            for resource in resources {
                let isMatch = resource.document.withRoot { root in
                    bench.extractor.extract(
                        root, type: type, selection: ExtractionSelection(query), into: bench.entries)
                    return query.matches(bench.entries)
                }
                isFinding = isFinding || isMatch
                let isCandidate = contains(cover.candidates, resource.tokens)
                let isCertain = contains(cover.certain, resource.tokens)
                let name = "\(bench.plans.definitions[type].name)?\(query.clauses.map { "\($0.name)=\($0.value)" })"
                #expect(!isMatch || isCandidate, "\(name) misses a match")
                #expect(isMatch || !isCertain, "\(name) claims what does not match")
            }
            if isFinding { finding += 1 }
        }
        print("of \(byKind.values.reduce(0, +)) clauses \(finding) find something, \(exact) need no verification")
        #expect(finding > 1_800)
        for kind in SearchParameter.Kind.allCases { #expect(byKind[kind] ?? 0 >= 60, "\(kind)") }
    }

    /// A random clause made of a random resource of the type.
    private func clause(
        _ parameter: PlannedParameter, _ type: TypeID, _ resources: [Indexed], _ bench: Bench,
        _ clauses: inout RandomClause
    ) throws -> SearchQuery? {
        let plan = bench.plans.plan(for: type)
        guard let resource = resources.randomElement(using: &clauses.random) else { return nil }
        let made = resource.document.withRoot { root in
            let everything = ExtractionSelection.everything(plan)
            bench.extractor.extract(root, type: type, selection: everything, into: bench.entries)
            let own = bench.entries.entries.filter { entry in
                parameter.includes(entry) || (entry.component > 0 && parameter.composite == entry.path)
            }
            return clauses.make(parameter, Array(own))
        }
        guard let made else { return nil }
        let query = try SearchQuery.parse(
            type: type, parameters: [made], plans: bench.plans, now: Shared.now, baseURL: "https://own.example/fhir/",
            isLenient: true)
        return query.clauses.isEmpty ? nil : query
    }

    private static let oddities = [
        #"{"resourceType":"Location","position":{"latitude":47.5,"longitude":19.05}}"#,
        #"{"resourceType":"Location","position":{"latitude":-33.87,"longitude":151.2}}"#,
        #"{"resourceType":"Location","position":{"longitude":151.2}}"#,
        #"{"resourceType":"Observation","effectivePeriod":{"start":"2012-03"},"valueQuantity":{"value":5,"comparator":"<"}}"#,
        #"{"resourceType":"Observation","effectivePeriod":{"end":"2012-03-04"},"valueQuantity":{"value":0}}"#,
        #"{"resourceType":"Observation","effectiveDateTime":"1492","valueQuantity":{"value":-7.25e-9,"unit":"mg"}}"#,
        #"{"resourceType":"Observation","effectiveDateTime":"2999-12-31","valueQuantity":{"value":1e400}}"#,
        #"{"resourceType":"Observation","effectivePeriod":{"start":"1700","end":"2500"},"valueQuantity":{"value":6e23}}"#,
        #"{"resourceType":"Observation","status":"final","valueQuantity":{"value":5,"comparator":">=","unit":"mg"}}"#,
        #"{"resourceType":"Patient","name":[{"family":"李"},{"text":"\#(String(repeating: "long ", count: 60))"}]}"#,
        #"{"resourceType":"RiskAssessment","prediction":[{"probabilityRange":{"low":{"value":0.1},"high":{"value":1}}}]}"#,
        #"{"resourceType":"RiskAssessment","prediction":[{"probabilityDecimal":0.3},{"probabilityDecimal":0.99}]}"#,
    ]
}
