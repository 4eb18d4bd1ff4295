import Base
import FHIRAPI
import HTTP
import Testing

@Suite struct PastTests {
    private static let targets = [
        "$export", "Patient/$export", "Group/g0/$export", "$export?_type=Patient,Encounter",
        "$export?_typeFilter=Observation%3Fcode%3D1-8,Observation%3Fsubject.birthdate%3D1981",
    ]
    private static let records = ["Patient/p0", "Patient/p1", "Encounter/e0", "Patient"]

    private static func resource(_ random: inout SeededRandom) -> String {
        let patient = "p\(Int.random(in: 0..<4, using: &random))"
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<2:
            return Samples.patient(patient, birthDate: "198\(Int.random(in: 0..<3, using: &random))-02-03")
        case 2..<7:
            let encounter = #","encounter":{"reference":"Encounter/e\#(Int.random(in: 0..<3, using: &random))"}}"#
            let code = Bool.random(using: &random) ? "1-8" : "2-8"
            let id = "o\(Int.random(in: 0..<25, using: &random))"
            return Samples.observation(id, patient: patient, code: code).dropLast() + encounter
        case 7..<9:
            return
                #"{"resourceType":"Encounter","id":"e\#(Int.random(in: 0..<3, using: &random))","status":"finished","#
                + #""class":{"code":"AMB"},"subject":{"reference":"Patient/\#(patient)"}}"#
        default:
            return #"{"resourceType":"Group","id":"g\#(Int.random(in: 0..<2, using: &random))","type":"person","#
                + #""actual":true,"member":[{"entity":{"reference":"Patient/\#(patient)"}}]}"#
        }
    }

    /// What all exports and records are, at a moment or now.
    private func all(_ test: TestAPI, _ suffix: String, since: String) async throws -> [Set<String>] {
        func joined(_ target: String) -> String {
            suffix.isEmpty ? target : target + (target.contains("?") ? "&" : "?") + suffix
        }
        var all: [Set<String>] = []
        for target in Self.targets + ["$export?_since=\(since)", "Patient/$export?_since=\(since)"] {
            all.append(try await ExportRequests(test).texts("/fhir/" + joined(target)))
        }
        for record in Self.records {
            let answer = try await test.get("/fhir/" + joined(record + "/$everything?_count=1000"))
            let entries = answer.entries(mode: "match").map { entry in
                "\(entry["resource"].name) \(entry["resource"]["meta"]["versionId"].text)"
            }
            all.append(Set(entries.isEmpty ? ["\(answer.status.code)"] : entries))
        }
        return all
    }

    @Test(arguments: [1, 2] as [UInt64])
    func `an export and a record at a past moment are what they were then, whatever was changed and deleted since`(
        _ seed: UInt64
    ) async throws {
        let test = try TestAPI { $0.exportCheckpointResources = seed == 1 ? 7 : 1_000 }
        var random = SeededRandom(seed: seed)
        var stored: [String: String] = [:]
        var moments: [(moment: String, since: String, answers: [Set<String>])] = []
        for _ in 0..<6 {
            for _ in 0..<25 {
                let resource = Self.resource(&random)
                let name = try JSON(Array(resource.utf8)).name
                if Int.random(in: 0..<4, using: &random) == 0 {
                    #expect(try await test.send(.delete, "/fhir/\(name)").status.code < 300)
                    stored[name] = nil
                } else {
                    let answer = try await test.send(
                        .put, "/fhir/\(name)", headers: ["Prefer": "return=representation"], body: resource)
                    stored[name] = answer.text
                }
            }
            let manifest = try await ExportRequests(test).all("/fhir/$export?_type=Group").manifest
            let moment = manifest["transactionTime"].text
            let since = moments.last?.moment ?? "2001-01-01"
            let answers = try await all(test, "", since: since)
            #expect(answers[0] == Set(stored.values))
            moments.append((moment, since, answers))
        }
        for (moment, since, answers) in moments {
            let then = try await all(test, "_at=\(moment)", since: since)
            for (place, answer) in answers.enumerated() {
                #expect(then[place] == answer, "request \(place) at \(moment)")
            }
        }
        #expect(test.failures.all.isEmpty)
    }
}
