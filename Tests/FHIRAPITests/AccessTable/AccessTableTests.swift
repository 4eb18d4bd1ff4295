import Access
import Foundation
import FHIRAPI
import HTTP
import Testing

/// Every route, asked for by everybody about patients in every relation. Whatever is answered may hold only what the
/// asker may be shown; what may not be seen is answered like what is not there.
@Suite struct AccessTableTests {
    private static func key(_ method: HTTPMethod, _ path: String) -> String { method.name + " " + path }

    @Test func `every route has its row, and every row its route`() {
        let routes = Set(FHIRAPI.needs.map { Self.key($0.method, $0.path) })
        #expect(Set(AccessRow.all.map(\.route)) == routes)
    }

    private static func world() async throws -> TestAPI {
        let subjects = Dictionary(uniqueKeysWithValues: AccessWorld.askers.map { ($0.name, $0.scope) })
        let test = try TestAPI(subjects: subjects) {
            $0.asyncKeptMax = 10_000
            $0.asyncRunningMax = 0
        }
        try await test.put(AccessWorld.all)
        for resource in AccessWorld.all {
            let json = try JSON(Array(resource.utf8))
            let patient = String(json["id"].text.trimmingPrefix("x-"))
            let type = json["resourceType"].text
            let isMarked = AccessWorld.types.contains(type) && AccessWorld.patients.contains(patient)
            let foreign = isMarked ? AccessWorld.resource(type, patient, tenant: "-foreign") : resource
            let target = "/fhir/\(type)/\(json["id"].text)"
            let answer = try await test.send(.put, target, body: foreign, token: TestAPI.otherToken)
            #expect(answer.status == .created, "\(answer.text)")
        }
        return test
    }

    @Test(arguments: AccessWorld.askers)
    func `nobody is shown or changes more than they may`(_ asker: AccessWorld.Asker) async throws {
        let test = try await Self.world()
        var versions: [String: String] = [:]
        for patient in AccessWorld.patients {
            let token = asker.scope.tenant == .standard ? TestAPI.token : TestAPI.otherToken
            let answer = try await test.send(.get, "/fhir/Observation/x-\(patient)", token: token)
            versions[patient] = answer.json["meta"]["versionId"].text
        }
        let own = asker.marks
        var count = 0
        for (method, path, need) in FHIRAPI.needs {
            for row in AccessRow.all where row.route == Self.key(method, path) {
                for patient in AccessWorld.patients {
                    let target = row.target(patient, of: asker).replacingOccurrences(
                        of: "{version}", with: versions[patient] ?? "0")
                    let answer = try await test.send(
                        method, "/fhir" + target, headers: row.headers(patient), body: row.body(patient),
                        token: asker.name)
                    let what =
                        "\(asker.name): \(method.name) \(target): \(answer.status.code) \(answer.text.prefix(300))"
                    let sent = AccessWorld.marks(in: (row.body(patient) ?? "") + target)
                    let shown = AccessWorld.marks(in: answer.text).subtracting(sent)
                    #expect(shown.isSubset(of: own), "\(what)")
                    check(row.expects, need, asker, patient, answer, what)
                    count += 1
                }
            }
        }
        #expect(count > 500)
        for patient in AccessWorld.patients where !asker.changes.contains(patient) {
            let token = asker.scope.tenant == .standard ? TestAPI.token : TestAPI.otherToken
            let answer = try await test.send(.get, "/fhir/Observation/x-\(patient)", token: token)
            #expect(answer.json["meta"]["versionId"].text == versions[patient], "\(asker.name) changed \(patient)'s")
        }
    }

    private func check(
        _ expected: AccessRow.Expectation, _ need: AccessNeed, _ asker: AccessWorld.Asker, _ patient: String,
        _ answer: Answer, _ what: String
    ) {
        let isLetIn = asker.scope.authority.decide(need, type: "Observation") == .allow
        switch expected {
        case .open: #expect(answer.status == .ok, "\(what)")
        case .reads(let type):
            if asker.mayRead(type, patient) {
                #expect(answer.status == .ok, "\(what)")
            } else {
                #expect(answer.status == .notFound || answer.status == .forbidden, "\(what)")
            }
        case .finds(let type): checkFound(type, asker.mayRead(type, patient), patient, answer, what)
        case .findsBy(let type, let other):
            let isVisible = asker.mayRead(type, patient) && asker.mayRead(other, patient)
            checkFound(type, isVisible, patient, answer, what)
        case .lists:
            #expect([200, 403, 404].contains(answer.status.code), "\(what)")
        case .changes:
            if asker.changes.contains(patient) {
                #expect([200, 201, 204, 412].contains(answer.status.code), "\(what)")
            } else if asker.mayRead("Observation", patient) {
                // Whoever sees it may be told that it is another version; that nothing changed is looked at in the end.
                #expect([403, 404, 412].contains(answer.status.code), "\(what)")
            } else {
                #expect([403, 404].contains(answer.status.code), "\(what)")
            }
        case .erases:
            let isSeen = asker.mayRead("Observation", patient)
            #expect((isSeen ? [204, 403, 412] : [204, 403]).contains(answer.status.code), "\(what)")
        case .creates:
            let isAllowed = asker.changes.union(asker.creates).contains(patient)
            #expect((isAllowed ? [200, 201] : [403, 404]).contains(answer.status.code), "\(what)")
        case .exports:
            let isGroup = what.contains("/Group/") && asker.types.count < AccessWorld.types.count
            let expected = !isLetIn ? 403 : isGroup ? 404 : 202
            #expect(answer.status.code == expected, "\(what)")
        case .owned: #expect(answer.status == .notFound || answer.status == .forbidden, "\(what)")
        case .administers: #expect(answer.status == (isLetIn ? .badRequest : .forbidden), "\(what)")
        case .definitions: #expect(answer.status != .unauthorized, "\(what)")
        }
    }

    private func checkFound(_ type: String, _ isVisible: Bool, _ patient: String, _ answer: Answer, _ what: String) {
        guard answer.status == .ok else {
            #expect(answer.status == .forbidden && !isVisible, "\(what)")
            return
        }
        let isFound = answer.json["entry"].array.contains { $0["resource"]["id"].text == AccessWorld.id(type, patient) }
        #expect(isFound == isVisible, "\(what)")
        #expect(isFound || answer.json["total"].number ?? 0 == 0, "\(what)")
    }
}
