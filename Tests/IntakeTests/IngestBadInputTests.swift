import Base
import Foundation
import Intake
import RecordStore
import Testing

/// Whatever is wrong with the input: it is named with file and place, kept as it came, and the rest lands.
@Suite struct IngestBadInputTests {
    private static func patient(_ id: String, _ more: String = "") -> String {
        #"{"resourceType":"Patient","id":"\#(id)"\#(more)}"#
    }

    /// A line that no store should take.
    struct Fault: Sendable, CustomTestStringConvertible {
        var what: String
        var bytes: [UInt8]
        var code: String
        var path: String?

        init(_ what: String, _ text: String, _ code: String, _ path: String? = nil) {
            self.init(what, Array(text.utf8), code, path)
        }

        init(_ what: String, _ bytes: [UInt8], _ code: String, _ path: String? = nil) {
            self.what = what
            self.bytes = bytes
            self.code = code
            self.path = path
        }

        var testDescription: String { what }
    }

    private static let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)

    /// Well-formed JSON that is no resource to store.
    static let unfit: [Fault] = [
        Fault("an id twice", #"{"resourceType":"Patient","id":"bad","id":"bad2"}"#, "invalid-resource", "Patient.id"),
        Fault(
            "an element twice", patient("bad", #","gender":"male","gender":"female""#), "invalid-resource",
            "Patient.gender"),
        Fault("a type twice", #"{"resourceType":"Patient","resourceType":"Group","id":"bad"}"#, "invalid-resource"),
        Fault("an unknown type", #"{"resourceType":"Patiant","id":"bad"}"#, "unknown-type"),
        Fault("no type", #"{"id":"bad"}"#, "unknown-type"),
        Fault("a type that is a number", #"{"resourceType":7,"id":"bad"}"#, "unknown-type"),
        Fault("an abstract type", #"{"resourceType":"DomainResource","id":"bad"}"#, "unknown-type"),
        Fault("no id", #"{"resourceType":"Patient"}"#, "invalid-resource", "Patient.id"),
        Fault("an id with a blank", patient("bad id"), "invalid-resource", "Patient.id"),
        Fault("an id with a slash", patient("../bad"), "invalid-resource", "Patient.id"),
        Fault("an empty id", patient(""), "invalid-resource", "Patient.id"),
        Fault("an id of 65 letters", patient(String(repeating: "a", count: 65)), "invalid-resource", "Patient.id"),
        Fault("an id that is a number", #"{"resourceType":"Patient","id":5}"#, "invalid-resource", "Patient.id"),
        Fault("a number for a date", patient("bad", #","birthDate":5"#), "invalid-resource", "Patient.birthDate"),
        Fault(
            "a date of no calendar", patient("bad", #","birthDate":"1970-13-01""#), "invalid-resource",
            "Patient.birthDate"),
        Fault("a text for a list", patient("bad", #","name":"x""#), "invalid-resource", "Patient.name"),
        Fault("a list for a text", patient("bad", #","gender":["male"]"#), "invalid-resource", "Patient.gender"),
        Fault("a text for true", patient("bad", #","active":"true""#), "invalid-resource", "Patient.active"),
        Fault(
            "a code of no list", patient("bad", #","gender":"attack helicopter""#), "invalid-resource", "Patient.gender"
        ),
        Fault("an unknown element", patient("bad", #","frobnicate":1"#), "invalid-resource", "Patient.frobnicate"),
        Fault("null for a value", patient("bad", #","active":null"#), "invalid-resource", "Patient.active"),
        Fault(
            "an observation without status", #"{"resourceType":"Observation","id":"bad","code":{"text":"x"}}"#,
            "invalid-resource", "Observation.status"),
    ]

    /// What is no JSON, or too much of it.
    static let broken: [Fault] = [
        Fault("an object that ends early", #"{"resourceType":"Patient","id":"bad","#, "invalid-json"),
        Fault("a missing comma", #"{"resourceType":"Patient" "id":"bad"}"#, "invalid-json"),
        Fault("a missing colon", #"{"resourceType":"Patient","id" "bad"}"#, "invalid-json"),
        Fault("a comma too much", patient("bad", ","), "invalid-json"),
        Fault("a word that is none", patient("bad", #","active":tru"#), "invalid-json"),
        Fault("a number with a leading zero", patient("bad", #","multipleBirthInteger":01"#), "invalid-json"),
        Fault(
            "bytes that are no UTF-8",
            Array(#"{"resourceType":"Patient","id":"bad","name":[{"text":""#.utf8)
                + [0xFF, 0xFE] + Array(#""}]}"#.utf8), "invalid-json"),
        Fault(
            "an overlong UTF-8 form",
            Array(#"{"resourceType":"Patient","id":"bad","name":[{"text":""#.utf8)
                + [0xC0, 0x80] + Array(#""}]}"#.utf8), "invalid-json"),
        Fault("half a surrogate pair", patient("bad", #","name":[{"text":"\ud800"}]"#), "invalid-json"),
        Fault("a bare control character", patient("bad", ",\"name\":[{\"text\":\"a\u{1}b\"}]"), "invalid-json"),
        Fault("a NUL", patient("bad", ",\"name\":[{\"text\":\"a\u{0}b\"}]"), "invalid-json"),
        Fault("100,000 arrays in one another", patient("bad", #","extension":"# + deep), "too-deep"),
    ]

    /// Lines that are JSON but no object.
    static let noObjects: [Fault] = [
        Fault("a number", "5", "invalid-resource"), Fault("a text", #""Pati\u0065nt""#, "invalid-resource"),
        Fault("null", "null", "invalid-resource"), Fault("true", "true", "invalid-resource"),
    ]

    /// What a reject must say wherever it comes from.
    private func expectClear(_ reject: Reject, _ fault: Fault, file: String) {
        #expect(reject.code == fault.code, "\(fault.what): \(reject.reason)")
        #expect(reject.file.hasSuffix(file))
        #expect(!reject.reason.isEmpty)
        if let path = fault.path { #expect(reject.path == path, "\(fault.what): \(reject.reason)") }
    }

    @Test(arguments: [[], [0xEF, 0xBB, 0xBF]] as [[UInt8]], ["\n", "\r\n"])
    func `bad lines are rejected one by one and every good line lands`(mark: [UInt8], lineEnd: String) throws {
        let bench = try IngestBench()
        let faults = Self.unfit + Self.broken + Self.noObjects
        var bytes = mark
        for (number, fault) in faults.enumerated() {
            bytes += Array((Self.patient("good-\(number)", #","active":true"#) + lineEnd).utf8)
            bytes += fault.bytes + Array(lineEnd.utf8)
        }
        bytes += Array(Self.patient("last").utf8)
        let report = try bench.ingest(bench.file("lines.ndjson", bytes))
        #expect(report.created == faults.count + 1)
        #expect(report.rejected == faults.count)
        #expect(try bench.store.count(bench.scope, type: "Patient") == faults.count + 1)
        let rejects = try bench.rejected().sorted { ($0.line ?? 0) < ($1.line ?? 0) }
        try #require(rejects.count == faults.count)
        for (number, (reject, fault)) in zip(rejects, faults).enumerated() {
            expectClear(reject, fault, file: "lines.ndjson")
            #expect(reject.line == number * 2 + 2)
            #expect(reject.original == Data(fault.bytes), "\(fault.what)")
        }
        #expect(try bench.json("Patient", "last") != nil)
        #expect(try bench.json("Patient", "bad") == nil)
    }

    @Test func `a bad entry of a Bundle is rejected alone with its place and bytes`() throws {
        let bench = try IngestBench()
        let entries = Self.unfit.enumerated().flatMap { number, fault in
            [
                #"{"fullUrl":"urn:x:\#(number)","resource":\#(Self.patient("good-\(number)"))}"#,
                #"{ "resource": "# + String(decoding: fault.bytes, as: UTF8.self) + " }",
            ]
        }
        let others = [
            #"{"fullUrl":"urn:x"}"#, #"{"resource":7}"#, "{}", "[1]", "7",
            #"{"request":{"method":"PATCH","url":"Patient/good-1"},"resource":{"resourceType":"Binary","contentType":"x"}}"#,
            #"{"request":{"method":"DELETE","url":"Patient?name=x"}}"#, #"{"request":{"method":"DELETE"}}"#,
            #"{"request":{"method":"DELETE","url":"Patient/good-0/_history/1"}}"#,
        ]
        let all = entries + others + [#"{"resource":\#(Self.patient("last"))}"#]
        let bundle = #"{"resourceType":"Bundle","type":"batch","entry":[\#n"# + all.joined(separator: ",\n") + "]}"
        let report = try bench.ingest(bench.file("bundle.json", bundle))
        #expect(report.created == Self.unfit.count + 1)
        let rejects = try bench.rejected().sorted { ($0.entry ?? 0) < ($1.entry ?? 0) }
        try #require(rejects.count == Self.unfit.count + others.count)
        for (number, reject) in rejects.enumerated() {
            let entry = number < Self.unfit.count ? number * 2 + 1 : number + Self.unfit.count
            #expect(reject.entry == entry)
            #expect(reject.original == Data(all[entry].utf8))
            if number < Self.unfit.count { expectClear(reject, Self.unfit[number], file: "bundle.json") }
            let text = Array(bundle.utf8)[reject.offset...].prefix(all[entry].utf8.count)
            #expect(text.elementsEqual(all[entry].utf8), "the offset of entry \(entry)")
        }
        #expect(try bench.json("Patient", "last") != nil)
        #expect(try bench.json("Patient", "good-0") != nil, "a version cannot be deleted, nor its resource by it")
    }

    @Test(arguments: broken)
    func `an entry that is no JSON is rejected alone, or with what cannot be told apart from it`(fault: Fault) throws {
        let bench = try IngestBench()
        var bytes = Array(#"{"resourceType":"Bundle","type":"collection","entry":["#.utf8)
        for number in 0..<5 { bytes += Array(#"{"resource":\#(Self.patient("before-\(number)"))},"#.utf8) }
        bytes += Array(#"{"resource":"#.utf8) + fault.bytes + Array("},".utf8)
        for number in 0..<5 { bytes += Array(#"{"resource":\#(Self.patient("after-\(number)"))},"#.utf8) }
        bytes.removeLast()
        bytes += Array("]}".utf8)
        let report = try bench.ingest(bench.file("bundle.json", bytes))
        let rejects = try bench.rejected()
        #expect(rejects.contains { $0.entry == 5 && $0.file.hasSuffix("bundle.json") }, "\(rejects)")
        let kept = rejects.compactMap(\.original).reduce(Data(), +)
        #expect(kept.range(of: Data(fault.bytes)) != nil, "the broken bytes are not kept")
        for number in 0..<5 {
            #expect(try bench.json("Patient", "before-\(number)") != nil)
            let isKept = kept.range(of: Data("after-\(number)".utf8)) != nil
            #expect(try bench.json("Patient", "after-\(number)") != nil || isKept, "after-\(number) is lost")
        }
        #expect(report.created >= 5)
        #expect(try bench.json("Patient", "bad") == nil)
    }

    @Test func `whole documents that are no resource are rejected with their bytes`() throws {
        let bench = try IngestBench()
        for fault in Self.broken + Self.unfit {
            let before = try bench.rejected().count
            let path = try bench.file("document.json", fault.bytes)
            let report = try bench.ingest(path, bench.file("good.json", Self.patient("good")))
            #expect(report.rejected == 1, "\(fault.what)")
            #expect(report.resources == 1)
            let reject = try #require(try bench.rejected().dropFirst(before).first)
            expectClear(reject, fault, file: "document.json")
            #expect(reject.original == Data(fault.bytes), "\(fault.what)")
        }
        #expect(try bench.json("Patient", "bad") == nil)
    }

    private static let twice = #"{"resource":\#(patient("fourth")),"resource":\#(patient("fifth"))}"#

    @Test func `what is wrong beside a Bundle's entries is named, and the entries land`() throws {
        let bench = try IngestBench()
        let entry = #"{"resource":\#(Self.patient("good"))}"#
        for (number, text) in [
            #"{"resourceType":"Bundle","type":nonsense,"entry":[\#(entry)]}"#,
            #"{"resourceType":"Bundle","entry":[\#(entry)],"link":[{"url":"\u{1}"}]}"#,
            #"{"resourceType":"Bundle","entry":[\#(entry)]"#, #"{"resourceType":"Bundle","entry":[\#(entry)"#,
            #"{"resourceType":"Bundle","entry":[\#(entry)]} trailing"#,
            #"{"resourceType":"Bundle","entry":[\#(entry)],"entry":[\#(entry.replacing("good", with: "second"))]}"#,
            #"{"resourceType":"Bundle","entries":[\#(entry.replacing("good", with: "third"))],"entry":[\#(entry)]}"#,
            #"{"resourceType":"Bundle","entry":[\#(entry),\#(Self.twice)]}"#,
        ].enumerated() {
            let report = try bench.ingest(bench.file("bundle-\(number).json", text))
            #expect(report.rejected >= 1, "bundle \(number)")
            #expect(report.resources == 1, "bundle \(number)")
            #expect(try bench.rejected().contains { $0.file.hasSuffix("bundle-\(number).json") && !$0.reason.isEmpty })
        }
        #expect(try bench.json("Patient", "good") != nil)
        let kept = try bench.rejected().compactMap(\.original).reduce(Data(), +)
        for id in ["second", "third", "fourth", "fifth"] {
            #expect(try bench.json("Patient", id) != nil || kept.range(of: Data(id.utf8)) != nil, "\(id) is lost")
        }
    }

    @Test func `archives that are empty, cut, encrypted, bombs or traps cost nothing of what lies beside`() throws {
        let bench = try IngestBench()
        let folder = bench.folder + "/archives"
        let _: Int? = try Oracle.run("archives", folder)
        let report = try bench.ingest(folder)
        let expected: [(file: String, codes: Set<String>)] = [
            ("empty.json", ["empty"]), ("blank.ndjson", ["empty"]), ("empty.zip", ["empty"]),
            ("no-bytes.zip", ["empty"]),
            ("truncated.zip", ["truncated"]), ("truncated.json.gz", ["truncated"]), ("bomb.zip", ["bomb"]),
            ("escape.zip", ["unsafe-name", "link"]), ("links.tar", ["unsafe-name", "link"]),
            ("encrypted.zip", ["encrypted"]), ("damaged.zip", ["damaged"]), ("nested.zip", ["nested-too-deep"]),
            ("not-an-archive.zip", ["not-json"]), ("noise.ndjson", ["invalid-json"]), ("picture.json", ["not-json"]),
            ("utf16.json", ["unsupported"]),
        ]
        let rejects = try bench.rejected()
        var byFile: [String: Set<String>] = [:]
        for reject in rejects {
            let below = try #require(
                reject.file.hasPrefix(folder + "/") ? reject.file.dropFirst(folder.count + 1) : nil)
            byFile[String(below.prefix { $0 != "!" }), default: []].insert(reject.code)
            #expect(!reject.reason.isEmpty)
        }
        for (file, codes) in expected { #expect(byFile[file] == codes, "\(file)") }
        #expect(Set(byFile.keys) == Set(expected.map(\.file)))
        let escapes = rejects.filter { $0.file.contains("escape.zip") }
        #expect(escapes.count == 5)
        #expect(escapes.allSatisfy { $0.member != nil })
        for id in [
            "truncated-a", "truncated-b", "beside-bomb", "beside-escape", "beside-links", "beside-secret",
            "beside-damage",
            "level-5", "level-4", "level-3", "level-2",
        ] {
            #expect(try bench.json("Patient", id) != nil, "\(id)")
        }
        #expect(report.created == 11)
        #expect(!FileManager.default.fileExists(atPath: bench.folder + "/up.json"))
        #expect(!FileManager.default.fileExists(atPath: "/absolute.json"))
        let again = try bench.ingest(folder)
        #expect(again.unchanged == 11)
        #expect(again.rejected == report.rejected)
    }

    @Test func `absolute limits hold for a member, for the run and for the number of members`() throws {
        let bench = try IngestBench()
        let folder = bench.folder + "/archives"
        let _: Int? = try Oracle.run("archives", folder)
        func codes(_ change: (inout IntakeLimits) -> Void) throws -> Set<String> {
            let before = try bench.rejected().count
            var limits = IntakeLimits()
            change(&limits)
            let report = try bench.ingest(folder + "/escape.zip", folder + "/truncated.zip", limits: limits)
            let rejects = try bench.rejected().dropFirst(before)
            #expect(report.rejected == rejects.count)
            return Set(rejects.map(\.code))
        }
        #expect(try codes { $0.memberBytesMax = 1_000 }.contains("too-large"))
        #expect(try codes { $0.unpackedBytesMax = 100 }.contains("too-large"))
        #expect(try codes { $0.membersMax = 2 }.contains("too-large"))
        let lines = try bench.file(
            "lines.ndjson", Self.patient("a") + "\n" + Self.patient("long-\(folder)".filter { $0 != "/" }))
        var limits = IntakeLimits()
        limits.resourceBytesMax = 60
        #expect(try bench.ingest(lines, limits: limits).created == 1)
        #expect(try bench.rejected().last?.code == "too-large")
    }

    @Test func `a text of 200 MB is rejected alone and kept`() throws {
        let bench = try IngestBench()
        let path = bench.folder + "/long.ndjson"
        try #require(FileManager.default.createFile(atPath: path, contents: nil))
        let file = try #require(FileHandle(forWritingAtPath: path))
        let head = Self.patient("bad", #","name":[{"text":""#).dropLast()
        try file.write(contentsOf: Data((Self.patient("first") + "\n" + head).utf8))
        let block = Data(String(repeating: "0123456789", count: 100_000).utf8)
        for _ in 0..<200 { try file.write(contentsOf: block) }
        try file.write(contentsOf: Data(("\"}]}\n" + Self.patient("last") + "\n").utf8))
        try file.close()
        let report = try bench.ingest(path)
        #expect(report.created == 2)
        #expect(report.rejected == 1)
        // The line of the rejects file holds 267 MB of base64: its size and ends are looked at, not all of it.
        let rejects = try #require(FileHandle(forReadingAtPath: bench.folder + "/rejects.ndjson"))
        let start = String(decoding: try rejects.read(upToCount: 600) ?? Data(), as: UTF8.self)
        #expect(start.contains("long.ndjson"))
        #expect(start.contains(#""line":2"#))
        #expect(start.contains(#""code":"too-large""#))
        let base64 = try #require(start.range(of: #""dataBase64":""#))
        let text = String(start[base64.upperBound...].prefix(40))
        #expect(Data(base64Encoded: text).map { head.utf8.starts(with: $0) } == true)
        // A line that is not held in memory is kept with its end.
        let originalBytes = head.utf8.count + 200 * block.count + 5
        let headBytes = start[..<base64.upperBound].utf8.count
        #expect(try rejects.seekToEnd() == UInt64(headBytes + (originalBytes + 2) / 3 * 4 + 3))
        #expect(try bench.json("Patient", "first") != nil)
        #expect(try bench.json("Patient", "last") != nil)
    }

    @Test func `no damage to a Bundle or to lines loses a resource silently`() throws {
        var random = SeededRandom(seed: 20_261_121)
        let count = 24
        let resources = (0..<count).map { Self.patient("id-\($0)x", #","name":[{"family":"marker-\#($0)x"}]"#) }
        func document(_ isBundle: Bool) -> (bytes: [UInt8], ranges: [Range<Int>]) {
            var bytes = isBundle ? Array(#"{"resourceType":"Bundle","type":"batch","entry":["#.utf8) : []
            var ranges: [Range<Int>] = []
            for (number, resource) in resources.enumerated() {
                let text =
                    isBundle ? #"{"resource":\#(resource)}"# + (number + 1 < count ? "," : "]}") : resource + "\n"
                ranges.append(bytes.count..<bytes.count + text.utf8.count)
                bytes += Array(text.utf8)
            }
            return (bytes, ranges)
        }
        let alphabet = Array(#"{}[]",:\0e \#n"#.utf8) + [0x00, 0xFF, 0x80]
        for round in 0..<80 {
            let bench = try IngestBench()
            let whole = document(round % 2 == 0)
            var bytes = whole.bytes
            var hit: Set<Int> = []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                for (number, range) in whole.ranges.enumerated() where range.contains(place) { hit.insert(number) }
                bytes[place] = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            _ = try bench.ingest(bench.file(round % 2 == 0 ? "a.json" : "a.ndjson", bytes))
            let kept = try bench.rejected().compactMap(\.original).reduce(Data(), +)
            for number in 0..<count where !hit.contains(number) {
                let isThere = try bench.json("Patient", "id-\(number)x") != nil
                let isKept = kept.range(of: Data("marker-\(number)x".utf8)) != nil
                #expect(isThere || isKept, "round \(round) lost resource \(number) (damage in \(hit.sorted()))")
            }
        }
    }
}
