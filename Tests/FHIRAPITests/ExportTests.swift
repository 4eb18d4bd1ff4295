import Base
import Compression
import FHIRAPI
import Foundation
import HTTP
import Testing

@Suite struct ExportTests {
    private func group(_ id: String, _ members: [String], gone: [String] = []) -> String {
        let list =
            members.map { #"{"entity":{"reference":"Patient/\#($0)"}}"# }
            + gone.map { #"{"entity":{"reference":"Patient/\#($0)"},"inactive":true}"# }
        let head = #"{"resourceType":"Group","id":"\#(id)","type":"person","actual":true"#
        return head + (list.isEmpty ? "}" : #","member":["# + list.joined(separator: ",") + "]}")
    }

    private func fill(_ test: TestAPI) async throws {
        try await test.put(
            Samples.patient("a", family: "Almsworth"), Samples.patient("b", family: "Birkenhead"), Samples.patient("c"),
            Samples.observation("o1", patient: "a"), Samples.observation("o2", patient: "b", value: "7"),
            Samples.observation("o3", patient: "c", code: "1-8"), Samples.practitioner("dr", npi: "1"),
            group("g", ["a", "b"], gone: ["c"]), group("empty", []))
    }

    /// Resources whose export, with many checkpoints, lasts long beside a few requests on a busy machine.
    private static let many = 6_000

    /// Stores that many Observations of a patient.
    private func fill(_ test: TestAPI, many count: Int) async throws {
        for start in stride(from: 0, to: count, by: 500) {
            let entries = (start..<min(count, start + 500)).map { number in
                #"{"resource":\#(Samples.observation("many\(number)", patient: "a")),"#
                    + #""request":{"method":"PUT","url":"Observation/many\#(number)"}}"#
            }
            let bundle = #"{"resourceType":"Bundle","type":"transaction","entry":[\#(entries.joined(separator: ","))]}"#
            #expect(try await test.send(.post, "/fhir", body: bundle).status == .ok)
        }
    }

    private static let everything: Set = [
        "Patient/a", "Patient/b", "Patient/c", "Observation/o1", "Observation/o2", "Observation/o3", "Practitioner/dr",
        "Group/g", "Group/empty",
    ]

    @Test func `an export of the system holds each resource as a read gives it, and nothing of it lies in clear`()
        async throws
    {
        let test = try TestAPI()
        try await fill(test)
        try await test.put(Samples.observation("o1", patient: "a", value: "2.50"), Samples.patient("x"))
        #expect(try await test.send(.delete, "/fhir/Patient/x").status.code < 300)
        let requests = ExportRequests(test)
        let status = try await requests.begin("/fhir/$export?_outputFormat=ndjson")
        let answer = try await requests.manifest(status)
        #expect(answer.headers["Content-Type"] == "application/json" && answer.headers["Expires"] != nil)
        #expect(answer.json["request"].text == "\(TestAPI.base)/$export?_outputFormat=ndjson")
        #expect((answer.json["requiresAccessToken"].value as? Bool) == true)
        #expect(answer.json["deleted"].array.isEmpty && answer.json["error"].array.isEmpty)
        #expect(answer.json["transactionTime"].text.hasSuffix("Z"))
        let found = try await requests.contents(answer)
        #expect(Set(found.resources.map(\.name)) == Self.everything && found.resources.count == 9)
        let observations = try #require(answer.json["output"].array.first { $0["type"].text == "Observation" })
        let plain = try await requests.raw(observations)
        #expect(plain.headers["Content-Type"] == "application/fhir+ndjson" && plain.headers["Content-Encoding"] == nil)
        let lines = String(decoding: plain.body, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 3)
        for line in lines {
            let name = try JSON(Array(line.utf8)).name
            #expect(try await test.get("/fhir/\(name)").text == line)
        }
        let coded = try await requests.raw(observations, headers: ["Accept-Encoding": "zstd, gzip"])
        #expect(coded.headers["Content-Encoding"] == "gzip")
        let writer = ByteWriter()
        try coded.body.withUnsafeBytes {
            try ContentCoder().decode($0, as: .gzip, bytesMax: 1 << 20, to: writer)
        }
        #expect(writer.copy() == plain.body)

        let folder = test.folder + "/async"
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder).map { folder + "/" + $0 }
        let contents = files.compactMap { FileManager.default.contents(atPath: $0) }
        #expect(contents.count == 5)
        for content in contents {
            for secret in ["Almsworth", "Birkenhead", "loinc", "resourceType", "$export"] {
                #expect(content.range(of: Data(secret.utf8)) == nil)
            }
            // zstd's and gzip's first bytes, which compressed content has.
            #expect(content.range(of: Data([0x28, 0xB5, 0x2F, 0xFD])) == nil)
        }
        #expect(test.failures.all.isEmpty)
    }

    @Test func `patients' and groups' exports hold what is in their compartments`() async throws {
        let test = try TestAPI()
        try await fill(test)
        let requests = ExportRequests(test)
        let ofPatients = Self.everything.subtracting(["Practitioner/dr", "Group/empty"])
        #expect(try await requests.names("/fhir/Patient/$export") == ofPatients)
        let ofGroup: Set = ["Patient/a", "Patient/b", "Observation/o1", "Observation/o2", "Group/g"]
        #expect(try await requests.names("/fhir/Group/g/$export") == ofGroup)
        #expect(try await requests.names("/fhir/Group/empty/$export").isEmpty)
        #expect(
            try await requests.names("/t/default/fhir/Group/g/$export?_type=Patient") == ["Patient/a", "Patient/b"])
        let body =
            #"{"resourceType":"Parameters","parameter":[{"name":"patient","valueReference":{"reference":"Patient/b"}},"#
            + #"{"name":"_type","valueString":"Observation,Patient"}]}"#
        #expect(try await requests.names("/fhir/Group/g/$export", body: body) == ["Patient/b", "Observation/o2"])
        #expect(try await requests.names("/fhir/Patient/$export", body: body) == ["Patient/b", "Observation/o2"])
        let stranger = try await requests.kickOff(
            "/fhir/Group/g/$export", body: body.replacing("Patient/b", with: "Patient/c"))
        #expect(stranger.status == .badRequest && stranger.issue.contains("no member of Group/g"))
        let nobody = try await requests.kickOff("/fhir/Patient/$export?patient=Patient/ghost")
        #expect(nobody.status == .badRequest && nobody.issue.contains("not there"))
        #expect(try await requests.kickOff("/fhir/Group/ghost/$export").status == .notFound)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `types, filters and elements narrow an export`() async throws {
        let test = try TestAPI()
        try await fill(test)
        let requests = ExportRequests(test)
        #expect(
            try await requests.names("/fhir/$export?_type=Practitioner,Group&_type=Observation")
                == ["Practitioner/dr", "Group/g", "Group/empty", "Observation/o1", "Observation/o2", "Observation/o3"])
        let filters = "Observation%3Fcode%3D1-8,Observation%3Fvalue-quantity%3Dgt6%26status%3Dfinal,preliminary"
        #expect(
            try await requests.names("/fhir/$export?_type=Observation,Group&_typeFilter=\(filters)")
                == ["Group/g", "Group/empty", "Observation/o2", "Observation/o3"])
        #expect(
            try await requests.names("/fhir/Patient/$export?_typeFilter=Observation%3Fsubject%3DPatient/b")
                == ["Patient/a", "Patient/b", "Patient/c", "Observation/o2", "Group/g"])
        let parts = try await requests.all(
            "/fhir/$export?_type=Patient,Practitioner&_elements=Patient.birthDate,identifier"
        ).resources
        for part in parts {
            // What changes the meaning of the rest stays.
            let kept: Set = part["resourceType"].text == "Patient" ? ["birthDate", "active"] : ["identifier"]
            #expect(part.keys == kept.union(["resourceType", "id", "meta"]))
            #expect(part["meta"]["tag"][0]["code"].text == "SUBSETTED")
        }
        #expect(parts.count == 4 && test.failures.all.isEmpty)
    }

    @Test func `filters ask for value sets and hierarchies as searches do`() async throws {
        let test = try TestAPI()
        try await fill(test)
        try await test.put(Samples.terms)
        try await test.put(["dog", "poodle", "cat"].map { Samples.animal($0, patient: "a") })
        let requests = ExportRequests(test)
        for (filter, expected) in [
            ("code:in=http://x.test/pets", ["cat", "dog"]), ("code:in=ValueSet/v", ["cat", "dog"]),
            ("code:below=urn:animals|dog", ["dog", "poodle"]), ("code:above=urn:animals|poodle", ["dog", "poodle"]),
        ] {
            let coded = filter.replacing("=", with: "%3D").replacing("|", with: "%7C")
            let found = try await requests.names("/fhir/$export?_type=Observation&_typeFilter=Observation%3F\(coded)")
            #expect(found == Set(expected.map { "Observation/\($0)" }), "\(filter)")
        }
        let unknown = try await requests.kickOff("/fhir/$export?_typeFilter=Observation%3Fcode:in%3Dhttp://x.test/no")
        #expect(unknown.status == .badRequest && unknown.issue.contains("http://x.test/no"))
        #expect(test.failures.all.isEmpty)
    }

    @Test func `an export since the one before holds what changed and tells what was deleted, nothing twice`()
        async throws
    {
        let test = try TestAPI()
        try await fill(test)
        let requests = ExportRequests(test)
        let first = try await requests.all("/fhir/$export").manifest["transactionTime"].text
        try await test.put(Samples.observation("o1", patient: "a", value: "9"), Samples.patient("new"))
        for name in ["Observation/o2", "Observation/o3", "Practitioner/dr"] {
            #expect(try await test.send(.delete, "/fhir/\(name)").status.code < 300)
        }
        try await test.put(Samples.practitioner("dr", npi: "2"))
        let second = try await requests.all("/fhir/$export?_since=\(first)")
        #expect(Set(second.resources.map(\.name)) == ["Observation/o1", "Patient/new", "Practitioner/dr"])
        #expect(Set(second.deleted) == ["Observation/o2", "Observation/o3"] && second.deleted.count == 2)
        let time = second.manifest["transactionTime"].text
        let ofGroup = try await requests.all("/fhir/Group/g/$export?_since=\(first)")
        #expect(ofGroup.resources.map(\.name) == ["Observation/o1"] && ofGroup.deleted == ["Observation/o2"])
        let ofPatients = try await requests.all("/fhir/Patient/$export?_since=\(first)&_type=Observation")
        #expect(Set(ofPatients.deleted) == ["Observation/o2", "Observation/o3"])
        let none = try await requests.all("/fhir/$export?_since=\(time)")
        #expect(none.resources.isEmpty && none.deleted.isEmpty)
        // The state of the first export, exactly; and of what is there now, what had not changed by then.
        let then = try await requests.all("/fhir/$export?_at=\(first)")
        #expect(Set(then.resources.map(\.name)) == Self.everything && then.manifest["transactionTime"].text == first)
        #expect(then.resources.first { $0.name == "Observation/o1" }?["valueQuantity"]["value"].number == 1)
        let until = try await requests.names("/fhir/$export?_until=\(first)&_type=Observation,Patient")
        #expect(until == ["Patient/a", "Patient/b", "Patient/c"])
        #expect(test.failures.all.isEmpty)
    }

    @Test func `bad orders are refused with the parameter's name, or taken without it where the client is lenient`()
        async throws
    {
        let test = try TestAPI()
        try await fill(test)
        let requests = ExportRequests(test)
        let bad = [
            "_type=Nothing", "_type=", "_type=Patient,,Group", "_since=yesterday", "_until=2020-13-01", "_at=x",
            "_outputFormat=csv", "_elements=nothing", "_elements=Patient.nothing", "_elements=a.b.c",
            "_typeFilter=Observation", "_typeFilter=Nothing%3Fa%3Db", "_typeFilter=Observation%3Fnothing%3D1",
            "_typeFilter=Observation%3Fdate%3Dxx", "_typeFilter=Observation%3F_include%3D*",
            "_typeFilter=Observation%3F_sort%3Ddate", "_typeFilter=%3F%3F%3F",
            "includeAssociatedData=LatestProvenanceResources",
            "organizeOutputBy=Patient", "patient=Patient/a", "unknown=1", "_since=2020&_since=2021",
        ]
        for query in bad {
            let name = String(query.prefix { $0 != "=" })
            let answer = try await requests.kickOff("/fhir/$export?\(query)")
            #expect(answer.status == .badRequest && answer.json["issue"].array.count == 1, "\(query): \(answer.text)")
            let place = answer.json["issue"][0]["location"][0].text
            #expect(place == "http.\(name)" || name == "_typeFilter", "\(query): \(answer.text)")
            let lenient = "respond-async, handling=lenient"
            let taken = try await requests.kickOff("/fhir/$export?\(query)", prefer: lenient)
            #expect(taken.status == .accepted, "\(query): \(taken.text)")
            let status = ExportRequests.path(taken.headers["Content-Location"] ?? "")
            #expect(try await requests.manifest(status).status == .ok)
            #expect(try await test.send(.delete, status).status == .accepted)
        }
        let filtered = try await requests.kickOff(
            "/fhir/$export?_type=Patient&_typeFilter=Observation%3Fstatus%3Dfinal")
        #expect(filtered.status == .badRequest && filtered.issue.contains("leaves out"))
        let now = try await requests.kickOff("/fhir/$export", prefer: "return=minimal")
        #expect(now.status == .badRequest && now.issue.contains("respond-async"))
        for body in [
            "{", "[]", #"{"resourceType":"Patient"}"#, #"{"resourceType":"Parameters","parameter":{}}"#,
            #"{"resourceType":"Parameters","parameter":[{"name":"_type"}]}"#,
            #"{"resourceType":"Parameters","parameter":[{"name":"_type","valueString":{"a":1}}]}"#,
            #"{"resourceType":"Parameters","parameter":[7]}"#,
        ] {
            #expect(try await requests.kickOff("/fhir/$export", body: body).status == .badRequest)
        }
        let batch = #"{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"$export"}}]}"#
        let inner = try await test.send(.post, "/fhir", body: batch)
        #expect(inner.json["entry"][0]["response"]["status"].text.hasPrefix("400"))
        #expect(test.failures.all.isEmpty)
    }

    @Test func `an export is deleted, expires, and is nobody else's`() async throws {
        let test = try TestAPI { $0.asyncKeptMax = 3 }
        try await fill(test)
        let requests = ExportRequests(test)
        for forged in ["nothing", "..", "%2e%2e%2fdefault", String(repeating: "x", count: 500)] {
            for target in ["/fhir/$async/\(forged)", "/fhir/$async/\(forged)/Patient.1.ndjson"] {
                let answer = try await test.get(target)
                #expect([400, 404].contains(answer.status.code) && answer.json["issue"].isThere, "\(target)")
            }
        }
        let others = ExportRequests(test, token: TestAPI.otherToken)
        let status = try await requests.begin("/fhir/$export")
        let manifest = try await requests.manifest(status)
        let file = ExportRequests.path(manifest.json["output"][0]["url"].text)
        for target in [status, file] {
            #expect(try await others.send(.get, target, [:], nil).status == .notFound)
            #expect(try await test.client.send(.get, target, headers: [:], body: []).status == .unauthorized)
        }
        #expect(try await others.send(.delete, status, [:], nil).status == .notFound)
        for name in ["job", "Patient.2.ndjson", "..%2Fjob", "%2e%2e", "Patient.1.ndjson.part"] {
            let answer = try await test.get("\(status)/\(name)")
            #expect([400, 404].contains(answer.status.code))
        }
        _ = try await requests.begin("/fhir/$export")
        _ = try await requests.begin("/fhir/$export")
        let full = try await requests.kickOff("/fhir/$export")
        #expect(
            full.status == .tooManyRequests && full.issue.hasPrefix("throttled") && full.headers["Retry-After"] != nil)
        #expect(try await others.all("/fhir/$export").resources.isEmpty)
        #expect(try await test.send(.delete, status).status == .accepted)
        #expect(try await test.get(status).status == .notFound)
        #expect(try await test.get(file).status == .notFound)
        #expect(try await test.send(.delete, status).status == .notFound)
        let id = try #require(status.split(separator: "/").last)
        #expect(!FileManager.default.fileExists(atPath: "\(test.folder)/async/default/\(id)"))

        let brief = try TestAPI { $0.asyncKeptSeconds = 0 }
        let gone = try await ExportRequests(brief).begin("/fhir/$export")
        #expect(try await ExportRequests(brief).manifest(gone).status == .notFound)
        #expect(test.failures.all.isEmpty && brief.failures.all.isEmpty)
    }

    @Test func `an export tells how it stands while others are made first, and a cancelled one stops`() async throws {
        let test = try TestAPI {
            $0.asyncRunningMax = 1
            $0.exportCheckpointResources = 1
        }
        try await fill(test)
        try await fill(test, many: Self.many)
        let slow = try await ExportRequests(test).begin("/fhir/$export")
        let next = try await ExportRequests(test).begin("/fhir/$export?_type=Patient")
        let standing = try await test.get(next)
        #expect(standing.status == .accepted && standing.headers["X-Progress"] == "waiting for others")
        #expect(standing.headers["Retry-After"] == "1" && standing.bytes.isEmpty)
        var running = try await test.get(slow)
        while running.headers["X-Progress"]?.contains("%") == false { running = try await test.get(slow) }
        #expect(running.status == .accepted && running.headers["X-Progress"]?.hasSuffix("% of the log read") == true)
        #expect(try await test.get(slow + "/Patient.1.ndjson").status == .notFound)
        #expect(try await test.send(.delete, slow).status == .accepted)
        #expect(try await test.get(slow).status == .notFound)
        let found = try await ExportRequests(test).contents(try await ExportRequests(test).manifest(next))
        #expect(Set(found.resources.map(\.name)) == ["Patient/a", "Patient/b", "Patient/c"])
        let id = try #require(slow.split(separator: "/").last)
        #expect(!FileManager.default.fileExists(atPath: "\(test.folder)/async/default/\(id)"))
        #expect(test.failures.all.isEmpty)
    }

    @Test func `an export goes on after a restart where it was, and shows the moment of its order`() async throws {
        let test = try TestAPI { $0.exportCheckpointResources = 5 }
        try await fill(test)
        try await fill(test, many: Self.many)
        let status = try await ExportRequests(test).begin("/fhir/$export?_type=Observation,Patient")
        let id = try #require(status.split(separator: "/").last)
        let folder = "\(test.folder)/async/default/\(id)"
        while try FileManager.default.contentsOfDirectory(atPath: folder).count < 4 {
            try await Task.sleep(for: .milliseconds(1))
        }
        test.api.stop()
        let before = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".ndjson") }
        #expect(before.count < Self.many / 5)
        // Files that are not whole, as a kill leaves them, and an export whose state is not.
        for name in ["Observation.999.ndjson.part", "Observation.998.ndjson"] {
            #expect(FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data([1, 2, 3])))
        }
        let broken = "\(test.folder)/async/default/broken"
        try FileManager.default.createDirectory(atPath: broken, withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: broken + "/job", contents: Data([1, 2, 3])))

        let restarted = try test.restarted { $0.exportCheckpointResources = 100_000 }
        defer { restarted.api.stop() }
        let requests = ExportRequests(restarted.client)
        for change in [Samples.patient("late"), Samples.observation("many3", patient: "a", value: "77")] {
            let json = try JSON(Array(change.utf8))
            let answer = try await requests.send(.put, "/fhir/\(json.name)", [:], change)
            #expect(answer.status.code < 300)
        }
        let found = try await requests.contents(try await requests.manifest(status))
        #expect(found.resources.count == Self.many + 6)
        let names = Set(found.resources.map(\.name))
        #expect(names.count == Self.many + 6 && !names.contains("Patient/late"))
        #expect(found.resources.allSatisfy { $0["valueQuantity"]["value"].number != 77 })
        #expect(
            Set(before).isSubset(
                of: found.manifest["output"].array.map {
                    String($0["url"].text.split(separator: "/").last ?? "")
                }))
        #expect(!FileManager.default.fileExists(atPath: broken))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).count
                == found.manifest["output"].array.count + 1)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `what was changed on the disk is not handed out`() async throws {
        let test = try TestAPI()
        try await fill(test)
        let requests = ExportRequests(test)
        let status = try await requests.begin("/fhir/$export")
        let files = try await requests.manifest(status).json["output"].array
        let id = try #require(status.split(separator: "/").last)
        let folder = URL(filePath: "\(test.folder)/async/default/\(id)")
        func file(_ type: String) throws -> JSON { try #require(files.first { $0["type"].text == type }) }
        let patients = folder.appending(path: "Patient.1.ndjson")
        let whole = try Data(contentsOf: patients)
        let others = try Data(contentsOf: folder.appending(path: "Observation.1.ndjson"))
        var flipped = whole
        flipped[whole.count / 2] ^= 1
        var larger = whole
        larger.replaceSubrange(0..<4, with: [0xFF, 0xFF, 0xFF, 0x7F])
        for changed in [flipped, larger, whole.dropLast(), whole.prefix(2), Data(), others] {
            try changed.write(to: patients)
            for headers in [[:], ["Accept-Encoding": "gzip"]] as [HTTPHeaders] {
                await #expect(throws: (any Error).self) { try await requests.raw(file("Patient"), headers: headers) }
            }
        }
        try whole.write(to: patients)
        #expect(try await requests.lines(file("Patient")).count == 3)
        try FileManager.default.removeItem(at: patients)
        #expect(try await test.get(ExportRequests.path(file("Patient")["url"].text)).status == .notFound)
    }

    @Test func `an export that cannot be kept or made says so`() async throws {
        let nowhere = try TestAPI { $0.asyncFolder = "/dev/null/async" }
        let refused = try await ExportRequests(nowhere).kickOff("/fhir/$export")
        #expect(refused.status == .internalServerError && refused.issue.hasPrefix("exception"))
        #expect(nowhere.failures.all.count == 1)
        let none = try TestAPI { $0.asyncFolder = nil }
        let absent = try await ExportRequests(none).kickOff("/fhir/$export")
        #expect(absent.status == .badRequest && absent.issue.hasPrefix("not-supported"))

        let test = try TestAPI {
            $0.asyncRunningMax = 1
            $0.exportCheckpointResources = 1
        }
        try await fill(test)
        try await fill(test, many: Self.many)
        let slow = try await ExportRequests(test).begin("/fhir/$export")
        let broken = try await ExportRequests(test).begin("/fhir/$export")
        let id = try #require(broken.split(separator: "/").last)
        try FileManager.default.removeItem(atPath: "\(test.folder)/async/default/\(id)")
        #expect(try await test.send(.delete, slow).status == .accepted)
        let failed = try await ExportRequests(test).manifest(broken)
        #expect(failed.status == .internalServerError && failed.issue.hasPrefix("exception"))
        #expect(try await test.get(broken).status == .internalServerError && !test.failures.all.isEmpty)
        #expect(try await test.send(.delete, broken).status == .accepted)
        #expect(try await test.get(broken).status == .notFound)
    }

    @Test func `two clients export a large record at the same time`() async throws {
        let test = try TestAPI { $0.asyncRunningMax = 2 }
        try await test.put(Samples.patient("a"))
        try await fill(test, many: 4_000)
        try await withThrowingTaskGroup(of: Int.self) { tasks in
            for target in ["/fhir/$export", "/fhir/Patient/$export", "/fhir/Patient/$export?patient=a"] {
                tasks.addTask {
                    let found = try await ExportRequests(test).all(target)
                    return Set(found.resources.map(\.name)).count
                }
            }
            for try await count in tasks { #expect(count == 4_001) }
        }
        let cancelled = try await ExportRequests(test).begin("/fhir/$export")
        #expect(try await test.send(.delete, cancelled).status == .accepted)
        #expect(try await test.get(cancelled).status == .notFound)
        #expect(test.failures.all.isEmpty)
    }
}
