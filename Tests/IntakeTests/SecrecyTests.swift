import Base
import Foundation
import Glibc
import Intake
import RecordStore
import Testing

/// Nothing of a patient lies in clear on the disk, at whatever moment the disk is looked at.
@Suite struct SecrecyTests {
    /// What is planted: unusual enough to occur nowhere by chance.
    private static let secrets: [(what: String, value: String)] = [
        ("given name", "Zebulonia"), ("family name", "Quarkensteiner"), ("SSN", "987-65-4329"),
        ("SSN without hyphens", "987654329"), ("MRN", "MRN77XQ31Z"), ("phone", "+1-555-019-8827"),
        ("e-mail", "zebulonia.q@wombat.example"), ("street", "4711 Wombatgasse"), ("city", "Hintertupfing"),
        ("postal code", "ZX81-4QF"), ("birth date", "1931-07-29"), ("time of death", "2019-11-05T03:14:15"),
        ("patient's id", "patient-zq-0042"), ("condition's id", "condition-xk-977"),
        ("practitioner's id", "pract-ww-11"),
        ("diagnosis code", "C91.A7ZQ"), ("diagnosis", "Chronic wombat fever"), ("value", "73519.48206"),
        ("note", "confided a fear of umbrellas"), ("awaited identifier", "NPI-5550199-Q"),
        ("contained id", "inner-org-zz9"), ("logical address", "urn:uuid:5f1c7b1e-8a34-4d2a-9d55-0b7bb2f0c9aa"),
        ("deleted patient's id", "patient-deleted-88"), ("deleted name", "Vanishington"),
        ("replaced name", "Formerlyknownas"),
    ]

    private static let lines = [
        #"{"resourceType":"Patient","id":"patient-zq-0042","identifier":[{"system":"http://hl7.org/fhir/sid/us-ssn","#
            + #""value":"987-65-4329"},{"system":"http://us-ssn","value":"987654329"},{"type":{"coding":[{"code":"MR"}]},"#
            + #""value":"MRN77XQ31Z"}],"name":[{"family":"Quarkensteiner","given":["Zebulonia"]}],"telecom":[{"system":"#
            + #""phone","value":"+1-555-019-8827"},{"system":"email","value":"zebulonia.q@wombat.example"}],"birthDate":"#
            + #""1931-07-29","deceasedDateTime":"2019-11-05T03:14:15Z","address":[{"line":["4711 Wombatgasse"],"city":"#
            + #""Hintertupfing","postalCode":"ZX81-4QF"}]}"#,
        #"{"resourceType":"Condition","id":"condition-xk-977","code":{"coding":[{"system":"http://icd","code":"C91.A7ZQ","#
            + #""display":"Chronic wombat fever"}]},"subject":{"reference":"Patient/patient-zq-0042"},"contained":[{"#
            + #""resourceType":"Organization","id":"inner-org-zz9","name":"x"}],"asserter":{"reference":"#
            + #""Practitioner?identifier=http://npi|NPI-5550199-Q"},"note":[{"text":"confided a fear of umbrellas"}]}"#,
        #"{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"x"},"subject":{"reference":"#
            + #""Patient/patient-zq-0042"},"valueQuantity":{"value":73519.48206,"unit":"mg"},"performer":[{"reference":"#
            + #""Practitioner/pract-ww-11"}],"focus":[{"reference":"urn:uuid:5f1c7b1e-8a34-4d2a-9d55-0b7bb2f0c9aa"}]}"#,
        #"{"resourceType":"Patient","id":"patient-deleted-88","name":[{"family":"Vanishington"}]}"#,
        #"{"resourceType":"Patient","id":"p3","name":[{"family":"Formerlyknownas"}]}"#,
        #"{"resourceType":"Patient","id":"p3","name":[{"family":"Renamed"}]}"#,
    ]

    private static let deletion =
        #"{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"#
        + #""Patient/patient-deleted-88"}}]}"#

    /// The forms in which a value might be read by somebody who looks for it.
    private static func forms(_ value: String) -> [(form: String, bytes: [UInt8])] {
        let bytes = Array(value.utf8)
        var forms: [(form: String, bytes: [UInt8])] = [
            ("plain", bytes), ("lower case", Array(value.lowercased().utf8)),
            ("upper case", Array(value.uppercased().utf8)),
            ("UTF-16", bytes.flatMap { [$0, 0] }), ("reversed", Array(bytes.reversed())),
            ("hex", Array(bytes.map { String(format: "%02x", $0) }.joined().utf8)),
            ("HEX", Array(bytes.map { String(format: "%02X", $0) }.joined().utf8)),
        ]
        for shift in 0..<3 {
            // What stands before the value, and after it, spoils the first and last characters of its base64.
            let text = Data(repeating: 0, count: shift) + Data(bytes)
            let characters = Array(text.base64EncodedString().utf8)
            let first = shift == 0 ? 0 : shift + 1
            let last = (shift + bytes.count) * 8 / 6
            forms.append(("base64", Array(characters[first..<last])))
        }
        return forms
    }

    /// All forms of all secrets, by their first eight bytes.
    private static let wanted: [UInt64: [(name: String, bytes: [UInt8])]] = {
        var wanted: [UInt64: [(name: String, bytes: [UInt8])]] = [:]
        for (what, value) in secrets {
            for (form, bytes) in forms(value) {
                let start = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
                wanted[start, default: []].append((name: "\(what) (\(form))", bytes: bytes))
            }
        }
        return wanted
    }()

    /// The secrets that occur in some bytes, each with its form.
    private func secrets(in bytes: Data) -> Set<String> {
        let wanted = Self.wanted
        var isStart = [Bool](repeating: false, count: 1 << 16)
        for start in wanted.keys { isStart[Int(start & 0xFFFF)] = true }
        var found: Set<String> = []
        bytes.withUnsafeBytes { bytes in
            guard bytes.count >= 8 else { return }
            for offset in 0...bytes.count - 8 {
                let start = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                guard isStart[Int(start & 0xFFFF)], let candidates = wanted[start] else { continue }
                let rest = bytes[offset...]
                for candidate in candidates where rest.starts(with: candidate.bytes) { found.insert(candidate.name) }
            }
        }
        return found
    }

    /// Looks into every file of a folder, and at their names.
    private func expectNothing(in folder: String, when: String) throws -> Int {
        var byteCount = 0
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            #expect(secrets(in: Data(name.utf8)) == [], "the name of \(name), \(when)")
            guard let bytes = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            #expect(secrets(in: bytes) == [], "\(name), \(when)")
            byteCount += bytes.count
        }
        return byteCount
    }

    @Test func `the search for secrets finds each of them in each form where it is`() {
        for (what, value) in Self.secrets {
            for (form, bytes) in Self.forms(value) {
                let around = Data(repeating: 0x2A, count: 1000)
                #expect(secrets(in: around + Data(bytes) + around).contains("\(what) (\(form))"))
            }
            for shift in 0..<3 {
                let text = Data(repeating: 0x41, count: shift) + Data(value.utf8) + Data("tail".utf8)
                #expect(secrets(in: Data(text.base64EncodedString().utf8)).contains("\(what) (base64)"))
            }
        }
        let all = Data((Self.lines.joined() + Self.deletion).utf8)
        let plain = Set(secrets(in: all).filter { $0.hasSuffix("(plain)") })
        #expect(plain.count == Self.secrets.count, "a secret is not planted")
    }

    @Test func `a store's files tell nothing: in the log, in segments, after the end`() throws {
        var limits = StoreLimits()
        limits.flushPostings = 300
        limits.mergeSegments = 2
        for (name, limits) in [("large", StoreLimits()), ("small", limits)] {
            let bench = try IngestBench(limits: limits)
            let source = try bench.file("patients.ndjson", Self.lines.joined(separator: "\n"))
            let first = try bench.ingest(source)
            try #require(first.rejected == 0)
            #expect(first.unresolvedCount == 2)
            #expect(try bench.json("Patient", "patient-zq-0042")?.contains("Quarkensteiner") == true)
            let fresh = try expectNothing(in: bench.data, when: "just committed, limits \(name)")
            #expect(fresh > 50_000)
            #expect(try FileManager.default.contentsOfDirectory(atPath: bench.data).contains("data.db-wal"))

            _ = try bench.ingest(bench.file("delete.json", Self.deletion))
            #expect(try bench.ids("Patient", [(name: "family", value: "quarken")]) == ["patient-zq-0042"])
            // Enough for several segments, and for their merging.
            for round in 0..<6 {
                let more = (0..<40).map { number in
                    Self.lines[2].replacing("\"o1\"", with: "\"o\(round)-\(number)\"")
                }
                _ = try bench.ingest(bench.file("more.ndjson", more.joined(separator: "\n")))
            }
            _ = try expectNothing(in: bench.data, when: "in use, limits \(name)")
            try bench.close()
            let closed = try expectNothing(in: bench.data, when: "closed, limits \(name)")
            #expect(closed > 50_000)
            let opened = try IngestBench(limits: limits, folder: bench.folder)
            #expect(try opened.json("Patient", "patient-zq-0042")?.contains("Quarkensteiner") == true)
            _ = try expectNothing(in: opened.data, when: "opened again, limits \(name)")
            try opened.close()
        }
    }

    @Test func `what is spooled of a stream cannot be read on the disk, and is gone afterwards`() throws {
        let bench = try IngestBench()
        let pipe = bench.folder + "/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        let filler = String(repeating: "fill ", count: 2000)
        let observations = (0..<2600).map { number in
            #"{"resource":"# + Self.lines[2].replacing("\"o1\"", with: "\"o\(number)\"").dropLast()
                + #","note":[{"text":"confided a fear of umbrellas \#(filler)"}]}}"#
        }
        let head = #"{"resourceType":"Bundle","type":"collection","entry":["# + observations.joined(separator: ",")
        let spooled = SpoolSight()
        let folder = bench.folder
        let writer = WorkerThread(name: "sender") {
            guard let file = FileHandle(forWritingAtPath: pipe) else { return }
            try? file.write(contentsOf: Data(head.utf8))
            spooled.look(at: folder)
            try? file.write(contentsOf: Data("]}".utf8))
            try? file.close()
        }
        let report = try bench.ingest(pipe)
        writer.join()
        #expect(report.created == 2600)
        #expect(report.rejected == 0, "\(bench.rejects().first?.prefix(300) ?? "")")
        let bytes = try #require(spooled.bytes, "no spool file was seen while the stream was open")
        #expect(bytes.count > 1 << 20)
        #expect(secrets(in: bytes) == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder).filter { $0.contains("spool") } == [])
        _ = try expectNothing(in: bench.data, when: "after a stream")
        #expect(SpoolSight.descriptors(below: bench.folder) == [])
    }

    @Test func `only its owner can read what a store and a run write`() throws {
        let bench = try IngestBench()
        let lines = Self.lines + ["{broken Quarkensteiner"]
        _ = try bench.ingest(bench.file("patients.ndjson", lines.joined(separator: "\n")))
        for name in try FileManager.default.contentsOfDirectory(atPath: bench.data) {
            let facts = try FileManager.default.attributesOfItem(atPath: bench.data + "/" + name)
            #expect((facts[.posixPermissions] as? Int).map { $0 & 0o077 } == 0, "\(name)")
        }
        let facts = try FileManager.default.attributesOfItem(atPath: bench.folder + "/rejects.ndjson")
        #expect(facts[.posixPermissions] as? Int == 0o600)
    }
}

/// What an unlinked spool file of this process held when it was looked at.
private final class SpoolSight: @unchecked Sendable {
    // Safe to share: written by the sender, read after it was joined.
    private(set) var bytes: Data?

    /// Waits for a spool of more than a megabyte and keeps what is in it.
    func look(at folder: String) {
        for _ in 0..<500 {
            for descriptor in Self.descriptors(below: folder) {
                if let found = FileManager.default.contents(atPath: descriptor), found.count > 1 << 20 {
                    bytes = found
                    return
                }
            }
            usleep(20_000)
        }
    }

    /// The open files of this process that have no name any more.
    static func descriptors(below folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.map { "/proc/self/fd/" + $0 }.filter { link in
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else { return false }
            return target.hasPrefix(folder + "/") && target.hasSuffix(" (deleted)")
        }
    }
}
