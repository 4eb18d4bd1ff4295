import Access
import Base
import FHIR
import Foundation
import JSONTape
import Martlet
import RecordStore
import Search
import TestSupport
import Testing

/// The specification's own examples, through a server as its clients see it.
@Suite struct ExampleServingTests {
    private struct Example {
        var file: String
        var bytes: [UInt8]
        var type: TypeID
        var name: String
        var searches: [ValueSearches.Search]
    }

    private static let isThere = SharedData.has("data/examples/r4-examples.zip")

    @Test(.enabled(if: isThere, "needs shared/data/examples/r4-examples.zip"))
    func `each example is created, read back equal, found by each of its values, validated and deleted`() throws {
        let home = try TemporaryFolder()
        let serving = try Serving(home.path("data"))
        let client = try KeptClient(port: serving.port, token: serving.token)
        let plans = try Shared.plans.get()
        let all = try Self.examples(plans)
        #expect(all.count == 378)
        // Consents keep records from clients, themselves among them.
        let examples = all.filter { !$0.name.hasPrefix("Consent/") }
        for example in examples {
            let answer = try client.send("PUT", "/fhir/" + example.name, body: example.bytes)
            #expect(answer.status == 201, "\(example.file): \(answer.text.prefix(500))")
        }
        var different: [String] = []
        for example in examples {
            let answer = try client.send("GET", "/fhir/" + example.name)
            let isSame = try Self.isSame(example.bytes, answer.body, plans.definitions)
            if answer.status != 200 || !isSame { different.append(example.file) }
        }
        #expect(different == [])
        try search(for: examples, client)
        try validate(examples, client)
        for example in examples {
            #expect(try client.send("DELETE", "/fhir/" + example.name).status == 204)
            #expect(try client.send("GET", "/fhir/" + example.name).status == 410)
        }
        #expect(serving.stop().code == 0)
        try keep(all.filter { $0.name.hasPrefix("Consent/") }, in: home.path("data"))
    }

    /// The same for Consents, by Martlet's own authority.
    private func keep(_ consents: [Example], in data: String) throws {
        #expect(consents.count == 4)
        let store = try MartletStore.open(DataFolder(data), absence: .refuse, holder: "test")
        let scope = AccessScope(tenant: .standard, actor: "test")
        let records = store.records
        for example in consents {
            let (type, id) = Self.parts(example.name)
            let batch = try records.makeBatch(scope)
            try JSONDocument(example.bytes, names: records.definitions.names).withRoot { root in
                Array(id.utf8).withUnsafeBytes { batch.put(root, type: example.type, id: $0, precondition: .absent) }
            }
            _ = try records.commit(batch)
            let stored = try #require(try records.read(scope, type: type, id: id))
            #expect(try Self.isSame(example.bytes, stored.json, records.definitions), "\(example.file)")
            for search in example.searches {
                let parameters = search.query.split(separator: "&").map { part in
                    let halves = part.split(separator: "=", maxSplits: 1).map {
                        String($0).removingPercentEncoding ?? ""
                    }
                    return (halves[0], halves.count > 1 ? halves[1] : "")
                }
                let query = try SearchQuery.parse(
                    type: example.type, parameters: parameters, plans: records.plans, now: SystemClock().now())
                let page = try records.search(scope, query, SearchWindow(count: 1_000))
                #expect(page.matches.contains { $0.id == id }, "\(search.query) does not find \(id)")
            }
            let deletion = try records.makeBatch(scope)
            Array(id.utf8).withUnsafeBytes { deletion.delete(type: example.type, id: $0, precondition: .none) }
            _ = try records.commit(deletion)
            #expect(try records.read(scope, type: type, id: id)?.isDeleted == true)
        }
        try store.close()
    }

    private func search(for examples: [Example], _ client: KeptClient) throws {
        let parser = try JSONParser()
        var parameters: Set<String> = []
        var count = 0
        var missed: [String] = []
        for example in examples {
            let (type, id) = Self.parts(example.name)
            for search in example.searches {
                count += 1
                parameters.insert("\(type).\(search.code)")
                let target = "/fhir/\(type)?\(search.query)&_elements=id&_count=1000"
                let answer = try client.send("GET", target)
                guard answer.status == 200 else {
                    missed.append("\(answer.status) \(target): \(answer.text.prefix(300))")
                    continue
                }
                let isFound = try answer.body.withUnsafeBytes { bytes in
                    try parser.parse(bytes).member("entry")?.elements.contains { entry in
                        entry.member("resource")?.member("id")?.string == id
                    }
                }
                if isFound != true { missed.append("\(target) does not find \(id)") }
            }
        }
        print("\(count) searches by the values of \(parameters.count) parameters, \(missed.count) missed")
        #expect(missed.isEmpty, "\(missed.prefix(30).joined(separator: "\n"))")
        #expect(count > 5_000 && parameters.count > 800)
    }

    /// Examples that break rules of R4: `ValidationTests` says why.
    private static let breaches: Set = [
        "Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json", "Bundle-lri-example.json",
        "DeviceUseStatement-example.json", "EventDefinition-example.json", "MedicationRequest-medrx0301.json",
        "Observation-clinical-gender.json", "Questionnaire-qs1.json",
    ]

    private func validate(_ examples: [Example], _ client: KeptClient) throws {
        let parser = try JSONParser()
        var wrong: [String] = []
        var named: Set<String> = []
        for example in examples {
            let answer = try client.send("GET", "/fhir/\(example.name)/$validate")
            let errors = try answer.body.withUnsafeBytes { bytes in
                try parser.parse(bytes).member("issue")?.elements
                    .filter { $0.member("severity")?.equals("error") == true }
                    .map {
                        "\($0.member("expression")?.elements.first { _ in true }?.text ?? ""): "
                            + ($0.member("diagnostics")?.text ?? "")
                    }
            }
            guard answer.status == 200, let errors else {
                wrong.append("\(example.file): \(answer.status)")
                continue
            }
            if errors.isEmpty { continue }
            if Self.breaches.contains(example.file) {
                named.insert(example.file)
            } else {
                wrong.append("\(example.file): \(errors)")
            }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(30).joined(separator: "\n"))")
        #expect(named == Self.breaches)
    }

    private static func examples(_ plans: SearchPlans) throws -> [Example] {
        let file = try #require(SharedData.file("data/examples/r4-examples.zip"))
        let searches = ValueSearches(plans)
        return try SharedData.files(of: file).map { name, bytes in
            let document = try JSONDocument(bytes, names: plans.definitions.names)
            return try document.withRoot { root in
                let type = root.member("resourceType").flatMap { plans.definitions.resourceType(named: $0.utf8) }
                let found = try #require(type)
                let id = try #require(root.member("id")?.text)
                return Example(
                    file: name, bytes: bytes, type: found, name: "\(plans.definitions[found].name)/\(id)",
                    searches: searches.searches(of: root, type: found))
            }
        }
    }

    private static func parts(_ name: String) -> (type: String, id: String) {
        let parts = name.split(separator: "/").map(String.init)
        return (parts[0], parts[1])
    }

    // MARK: Equality

    /// Whether two resources are equal member by member, numbers digit for digit, but for what a server puts into `meta`.
    private static func isSame(_ left: [UInt8], _ right: [UInt8], _ definitions: Definitions) throws -> Bool {
        let left = try JSONDocument(left, names: definitions.names)
        let right = try JSONDocument(right, names: definitions.names)
        return left.withRoot { left in right.withRoot { right in isSame(left, right, isRoot: true) } }
    }

    private static func isSame(_ left: JSONValue, _ right: JSONValue, isRoot: Bool = false) -> Bool {
        guard left.kind == right.kind else { return false }
        switch left.kind {
        case .object:
            let names: Set<String> = isRoot ? ["meta"] : []
            let (ours, theirs) = (members(left, without: names), members(right, without: names))
            guard ours.map(\.name) == theirs.map(\.name) else { return false }
            guard zip(ours, theirs).allSatisfy({ isSame($0.value, $1.value) }) else { return false }
            guard isRoot, let meta = left.member("meta") else { return true }
            let own: Set = ["versionId", "lastUpdated"]
            let kept = right.member("meta").map { members($0, without: own) } ?? []
            return members(meta, without: own).allSatisfy { member in
                kept.contains { $0.name == member.name && isSame($0.value, member.value) }
            }
        case .array:
            let (ours, theirs) = (left.elements.map { $0 }, right.elements.map { $0 })
            return ours.count == theirs.count && zip(ours, theirs).allSatisfy { isSame($0, $1) }
        default: return left.utf8.elementsEqual(right.utf8)
        }
    }

    private static func members(_ object: JSONValue, without: Set<String>) -> [(name: String, value: JSONValue)] {
        object.members.map { (String(decoding: $0.name, as: UTF8.self), $0.value) }
            .filter { !without.contains($0.0) }.sorted { $0.0 < $1.0 }
    }
}
