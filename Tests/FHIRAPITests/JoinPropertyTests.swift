import Access
import Base
import FHIR
import FHIRAPI
import HTTP
import JSONTape
import RecordStore
import Testing

/// Searches with chains, `_has`, filters, composites, hierarchies and includes, now and in the past, held against an
/// oracle that looks at every resource and shares no code with the search.
@Suite struct JoinPropertyTests {
    /// The resources as they were at a moment.
    private struct Moment {
        var world: OracleWorld
        var at: String
    }

    private static func write(_ things: [Thing], deleting gone: [Thing], _ test: TestAPI) throws {
        let batch = try test.store.makeBatch(.init(tenant: .standard, actor: "test"))
        let parser = try JSONParser(names: test.store.definitions.names)
        for thing in things {
            let type = try #require(test.store.definitions.type(named: thing.type))
            try Array(thing.json.utf8).withUnsafeBytes { bytes in
                let root = try parser.parse(bytes)
                Array(thing.id.utf8).withUnsafeBytes { batch.put(root, type: type, id: $0) }
            }
        }
        for thing in gone {
            let type = try #require(test.store.definitions.type(named: thing.type))
            Array(thing.id.utf8).withUnsafeBytes { batch.delete(type: type, id: $0) }
        }
        _ = try test.store.commit(batch)
    }

    /// The moment of the last write.
    private static func now(_ test: TestAPI) async throws -> String {
        try await test.put(
            #"{"resourceType":"Basic","id":"clock","code":{"text":"\#(Int.random(in: 0..<1_000_000))"}}"#)
        return try await test.get("/fhir/Basic/clock").json["meta"]["lastUpdated"].text
    }

    private static func moments(_ test: TestAPI, _ random: inout SeededRandom) async throws -> [Moment] {
        var world = OracleWorld()
        for type in OracleWorld.types {
            for number in 0..<(OracleWorld.counts[type] ?? 0) {
                let thing = OracleWorld.thing(type, "\(type.prefix(2).lowercased())-\(number)", &random)
                world.things[thing.name] = thing
            }
        }
        let all = world.things.values.sorted { $0.name < $1.name }
        try write(all.filter { $0.id.hasSuffix("3") }, deleting: [], test)
        try write(all.filter { !$0.id.hasSuffix("3") }, deleting: [], test)
        var moments = [Moment(world: world, at: try await now(test))]
        for _ in 0..<3 {
            for _ in 0..<12 {
                let old = world.things.values.sorted { $0.name < $1.name }
                let thing = old[Int.random(in: 0..<old.count, using: &random)]
                if Int.random(in: 0..<3, using: &random) == 0 {
                    world.things[thing.name] = nil
                    try write([], deleting: [thing], test)
                } else {
                    let changed = OracleWorld.thing(thing.type, thing.id, &random)
                    world.things[thing.name] = changed
                    try write([changed], deleting: [], test)
                }
            }
            moments.append(Moment(world: world, at: try await now(test)))
        }
        return moments
    }

    @Test func `a thousand searches across resources find what looking at every resource finds`() async throws {
        let test = try TestAPI { $0.includesMax = 10_000 }
        var generator = OracleGenerator(random: SeededRandom(seed: 20_261_121))
        let moments = try await Self.moments(test, &generator.random)
        var found = 0
        var finding = 0
        var methods: [String: Int] = [:]
        for round in 0..<1_000 {
            let moment = generator.pick(moments)
            let type = generator.pick(OracleWorld.types)
            let asks = (0..<generator.pick([1, 1, 2, 3])).map { _ in generator.ask(type) }
            var target =
                "/fhir/\(type)?"
                + asks.map { "\($0.parameter.name)=\(escaped($0.parameter.value))" }
                .joined(separator: "&")
            if moment.at != moments.last?.at || generator.chance(2) { target += "&_at=" + escaped(moment.at) }
            target += "&_count=\(generator.pick([3, 20, 1000]))"
            if generator.chance(5) { target += "&_total=accurate" }
            let expected = moment.world.things.values.filter { thing in
                thing.type == type && asks.allSatisfy { $0.holds(thing, moment.world) }
            }.map(\.id)
            let ids = try await test.ids(target)
            #expect(ids.count == Set(ids).count, "round \(round): \(target) finds something twice")
            let excess = Set(ids).subtracting(expected).sorted()
            let lacking = Set(expected).subtracting(ids).sorted()
            #expect(excess == [] && lacking == [], "round \(round): \(target)")
            found += ids.count
            if !ids.isEmpty { finding += 1 }
            guard generator.chance(4) else { continue }
            for entry in try await test.get(target + "&_explain=true").entries(mode: "outcome") {
                for method in ["join", "follow", "index"] where entry.description.contains("method \(method)") {
                    methods[method, default: 0] += 1
                }
            }
        }
        print("\(methods) of 250 plans")
        // Chains are answered in both ways.
        for method in ["join", "follow", "index"] { #expect(methods[method] ?? 0 > 20, "\(method)") }
        print("\(finding) of 1000 searches find something, \(found) resources in all")
        #expect(finding > 400)
        #expect(test.failures.all.isEmpty, "\(test.failures.all)")
    }

    /// What the includes of a search bring, by the oracle: "Type/id" of each.
    private static func included(
        _ matches: [Thing], _ includes: [OracleInclude], _ world: OracleWorld
    ) -> Set<String> {
        var seen = Set(matches.map(\.name))
        var found: Set<String> = []
        var frontier = matches
        var isFirst = true
        while !frontier.isEmpty {
            var next: [Thing] = []
            for include in includes where isFirst || include.iterates {
                for name in include.names(around: frontier, world) where seen.insert(name).inserted {
                    guard let thing = world.things[name] else { continue }
                    found.insert(name)
                    next.append(thing)
                }
            }
            frontier = next
            isFirst = false
        }
        return found
    }

    @Test func `includes bring what references lead to, in every direction and in circles`() async throws {
        let test = try TestAPI { $0.includesMax = 10_000 }
        var generator = OracleGenerator(random: SeededRandom(seed: 77))
        let moments = try await Self.moments(test, &generator.random)
        var found = 0
        for round in 0..<200 {
            let moment = generator.pick(moments)
            let type = generator.pick(OracleWorld.types)
            let ask = generator.ask(type)
            let includes = (0..<generator.pick([1, 2, 3])).map { _ in generator.include(type) }
            var target = "/fhir/\(type)?\(ask.parameter.name)=\(escaped(ask.parameter.value))&_count=1000"
            target += "&_at=" + escaped(moment.at)
            for include in includes { target += "&\(include.parameter)" }
            let answer = try await test.get(target)
            try #require(answer.status == .ok, "\(target): \(answer.text)")
            let matches = moment.world.things.values.filter { $0.type == type && ask.holds($0, moment.world) }
            #expect(Set(answer.names(mode: "match")) == Set(matches.map(\.name)), "round \(round): \(target)")
            // The clock is no part of the world.
            let names = answer.names(mode: "include").filter { !$0.hasPrefix("Basic/") }
            let expected = Self.included(matches, includes, moment.world)
            #expect(Set(names) == expected && names.count == expected.count, "round \(round): \(target)")
            found += names.count
        }
        #expect(found > 2_000)
        #expect(test.failures.all.isEmpty, "\(test.failures.all)")
    }

    private func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                byte < 0x80 && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
