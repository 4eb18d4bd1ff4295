import Base
import Foundation
import Testing

import Intake

/// Bundles that are split while they stream: `documentBytesMax` is small here.
@Suite struct BundleTests {
    let scratch: Scratch
    var limits = IntakeLimits()

    init() throws {
        scratch = try Scratch()
        limits.documentBytesMax = 100
        limits.unitBytes = 200
    }

    private func entry(_ number: Int, pad: Int = 40) -> String {
        let uuid = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - "\(number)".count) + "\(number)"
        let padding = String(repeating: "p", count: pad)
        return """
            {"fullUrl": "urn:uuid:\(uuid)",\n "resource": {"resourceType": "Patient", "id": "\(uuid)", \
            "text": "{[\\"\\\\\(padding)"}}
            """
    }

    private func bundle(_ entries: [String]) -> String {
        #"{"resourceType":"Bundle","type":"transaction","entry":["# + entries.joined(separator: ",\n") + "]}"
    }

    @Test func `a large Bundle comes entry by entry with its head and index`() throws {
        let entries = (0..<50).map { entry($0, pad: $0 * 7) }
        let text = bundle(entries)
        try scratch.write("a.json", text)
        let reading = try scratch.read("a.json", limits: limits)
        #expect(reading.texts == entries)
        #expect(reading.slices.allSatisfy { $0.shape == .entries })
        #expect(reading.slices.map(\.place.entry) == Array(0..<50))
        for slice in reading.slices {
            #expect(text.utf8.dropFirst(Int(slice.place.offset)).starts(with: slice.text.utf8))
        }
        let context = try #require(reading.units.first?.bundle)
        #expect(context.head.type == "transaction" && context.head.resourceType == "Bundle")
        let uuid = "00000000-0000-4000-8000-000000000049"
        #expect(context.index.resource(at: "urn:uuid:\(uuid)") == .resource(type: "Patient", id: uuid))
        #expect(context.index.resource(at: "urn:uuid:00000000-0000-4000-8000-000000000050") == .none)
        #expect(context.index.count == 50)
        #expect(reading.units.count > 5)
        #expect(reading.rejects.isEmpty)
    }

    @Test func `members behind the entries are known before the first entry is out`() throws {
        let entries = (0..<5).map { entry($0) }.joined(separator: ",")
        try scratch.write(
            "a.json",
            "\u{FEFF}{ \"entry\" : [\(entries)] , \"id\":\"b\\u0031\", \"ty\\u0070e\":\"batch\", \"resourceType\":\"Bundle\"}\n"
        )
        let reading = try scratch.read("a.json", limits: limits)
        #expect(reading.slices.count == 5)
        #expect(reading.units.first?.bundle?.head.type == "batch")
        #expect(reading.units.first?.bundle?.head.id == "b1")
        #expect(reading.slices[0].place.offset == 16)
        #expect(reading.rejects.isEmpty)
    }

    @Test func `a Bundle in a zip, in gzip, in a nested zip and on standard input is split, too`() throws {
        let entries = (0..<20).map { entry($0) }
        try scratch.write("b.json", bundle(entries))
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                z.writestr('Patient.json', '{"n":1}'); z.write('b.json')
            with zipfile.ZipFile('n.zip', 'w') as z: z.write('a.zip')
            open('c.json.gz', 'wb').write(gzip.compress(open('b.json', 'rb').read()))
            with tarfile.open('t.tgz', 'w:gz') as t: t.add('b.json')
            """)
        for name in ["a.zip", "n.zip", "c.json.gz", "t.tgz"] {
            let reading = try scratch.read(name, limits: limits)
            #expect(reading.slices.filter { $0.shape == .entries }.map(\.text) == entries, "\(name)")
            #expect(reading.units.last?.bundle?.index.count == 20)
        }
        let file = try #require(FileHandle(forReadingAtPath: scratch.file("b.json")))
        let reading = try scratch.read("-", limits: limits, standardInput: file.fileDescriptor)
        #expect(reading.texts == entries)
    }

    @Test func `a large array of resources comes element by element`() throws {
        let elements = (0..<20).map { "{\"resourceType\":\"Patient\",\"n\":\($0)}" } + ["7", "null", "\"x\""]
        try scratch.write("a.json", "[\n" + elements.joined(separator: " ,\n") + "\n]")
        let reading = try scratch.read("a.json", limits: limits)
        #expect(reading.texts == elements)
        #expect(reading.slices.allSatisfy { $0.shape == .elements })
    }

    @Test func `a single resource over the document limit is one unit, over the resource limit a reject`() throws {
        let small = #"{"resourceType":"ValueSet","x":""# + String(repeating: "v", count: 200) + #""}"#
        let large = #"{"resourceType":"ValueSet","x":""# + String(repeating: "v", count: 9000) + #""}"#
        let list = #"{"resourceType":"List","entry":[{"item":{"reference":"Patient/1"}}],"x":""# + small.dropFirst(33)
        try scratch.write("a.json", small)
        try scratch.write("b.json", large)
        try scratch.write("c.json", String(list))
        var limits = limits
        limits.resourceBytesMax = 2000
        let reading = try scratch.read("a.json", "b.json", "c.json", limits: limits)
        #expect(reading.texts == [small, String(list)])
        #expect(reading.slices.allSatisfy { $0.shape == .document })
        #expect(reading.codes == ["too-large"])
        #expect(reading.rejects.first?.text == large)
    }

    @Test func `an entry that is too long or too deep is rejected alone`() throws {
        var limits = limits
        limits.resourceBytesMax = 20_000
        let deep = #"{"resource":"# + String(repeating: "[", count: 70) + String(repeating: "]", count: 70) + "}"
        let abyss = #"{"resource":"# + String(repeating: "[", count: 9000) + String(repeating: "]", count: 9000) + "}"
        let long = entry(7, pad: 600_000)
        try scratch.write("a.json", bundle([entry(0), deep, entry(2), long, entry(4), abyss, entry(6)]))
        let reading = try scratch.read("a.json", limits: limits)
        #expect(reading.texts == [0, 2, 4, 6].map { entry($0) })
        #expect(reading.slices.map(\.place.entry) == [0, 2, 4, 6])
        #expect(reading.codes == ["too-deep", "too-large", "too-deep"])
        #expect(reading.rejects.map(\.text) == [deep, long, abyss])
        #expect(reading.rejects.map(\.entry) == [1, 3, 5])
    }

    @Test(arguments: [
        #"{"fullUrl":"urn:x","resource":{"resourceType":"Patient","a":[1,2}}"#,
        #"{"fullUrl":"urn:x","resource":{"resourceType":"Patient","a":1}"#,
        #"{"fullUrl":"urn:x","resource":{"resourceType":"Patient","a":"b}}"#,
        #"{"fullUrl":"urn:x","resource":{"resourceType":"Patient","family":"Smith, "given":["A"]}}"#,
        #"{"fullUrl":"urn:x","resource":{"resourceType":"Patient"}}}"#,
        #"{"fullUrl":"urn:x","resource":{"resourceType":"Patient"}} x"#,
        #"{"fullUrl":"urn:x","resource":"resourceType":"Patient"}}"#,
        #"oops"#, #""#,
    ])
    func `a broken entry costs no other`(broken: String) throws {
        var entries = (0..<300).map { entry($0) }
        entries[100] = broken
        let text = bundle(entries)
        try scratch.write("a.json", text)
        let reading = try scratch.read("a.json", limits: limits)
        let good = Set(reading.texts).intersection(entries.indices.filter { $0 != 100 }.map { entries[$0] })
        #expect(good.count == 299)
        #expect(!reading.rejects.isEmpty)
        #expect(reading.rejects.allSatisfy { $0.code == "invalid-json" })
        // Nothing is lost: whatever is not in a slice is in a reject.
        let refused = reading.rejects.compactMap(\.text).joined()
        #expect(
            broken.isEmpty || reading.texts.contains(broken)
                || (refused + reading.texts.joined()).contains(broken.prefix(40)))
    }

    @Test func `where entries can't be told from those of an inner Bundle nothing is taken by mistake`() throws {
        let inner = bundle([entry(1000), entry(1001)])
        let broken = #"{"fullUrl":"urn:x","a":[1,2},"resource":"# + inner + "}"
        try scratch.write("a.json", bundle((0..<5).map { entry($0) } + [broken, entry(9)]))
        let reading = try scratch.read("a.json", limits: limits)
        #expect(!reading.texts.contains(entry(1000)) && !reading.texts.contains(entry(1001)))
        #expect(reading.texts.count == 5)
        #expect(reading.rejects.last?.text?.contains(entry(9)) == true)
        #expect(reading.rejects.last?.entry == 5)
    }

    @Test func `an unterminated Bundle gives all whole entries and says after which it ends`() throws {
        let text = bundle((0..<30).map { entry($0) })
        for cut in [50, 300, 301, text.utf8.count / 2, text.utf8.count - 2, text.utf8.count - 1] {
            try scratch.write(
                "a.json", String(text.prefix(cut)) + (cut < 100 ? String(repeating: " ", count: 200) : ""))
            let reading = try scratch.read("a.json", limits: limits)
            #expect(reading.codes == ["truncated"])
            #expect(reading.texts == (0..<reading.slices.count).map { entry($0) })
        }
        let reading = try scratch.read("a.json", limits: limits)
        #expect(reading.slices.count == 30)
        #expect(reading.rejects.first?.reason.contains("after entry 29") == true)
    }

    @Test func `odd shapes of a Bundle are named`() throws {
        let pad = String(repeating: " ", count: 200)
        let cases: [(String, [String], Int)] = [
            (bundle([entry(0)]) + " {}", ["invalid-json"], 1),
            (#"{"resourceType":"Bundle","entry":{"a":1}\#(pad)}"#, ["bundle-shape"], 0),
            (#"{"resourceType":"Bundle","entry":[{"a":1}],"entry":[{"a":2}]\#(pad)}"#, ["bundle-shape"], 1),
            (#"{"resourceType":"Bundle","entry":[{"a":1},]\#(pad)}"#, ["invalid-json"], 1),
            (#"{"resourceType":"Bundle","meta":{"a":tru},"entry":[\#(entry(0))]\#(pad)}"#, ["invalid-json"], 1),
            (#"{"resourceType":"Bundle","entry":[]\#(pad)}"#, [], 0),
            (#"{"resourceType":"Bundle","entrx":[{"a":1}]\#(pad)}"#, ["bundle-shape"], 0),
            (#"{"resourceType":"Bundle" "entry":[\#(entry(0))]\#(pad)}"#, ["invalid-json"], 1),
        ]
        for (text, codes, count) in cases {
            try scratch.write("a.json", text)
            let reading = try scratch.read("a.json", limits: limits)
            #expect(reading.codes == codes, "\(text)")
            #expect(reading.slices.count == count, "\(text)")
        }
    }

    @Test func `a small document that can't be parsed is taken apart on demand`() throws {
        try scratch.write("a.json", bundle([entry(0), #"{"fullUrl":"x","resource":{"a":[}}"#, entry(2)]))
        try scratch.write("b.json", #"{"resourceType":"Patient",}"#)
        let whole = try scratch.read("a.json", "b.json")
        #expect(whole.units.map(\.shape) == [.document, .document])
        let rejects = RejectsWriter(path: scratch.file("r.ndjson"))
        var texts: [String] = []
        let isBundle = try whole.units[0].salvage(limits: limits, rejects: rejects) { unit in
            unit.forEachSlice { texts.append(String(decoding: $0.bytes, as: UTF8.self)) }
        }
        #expect(isBundle && texts == [entry(0), entry(2)])
        #expect(rejects.count == 1)
        let isOther = try whole.units[1].salvage(limits: limits, rejects: rejects) { _ in }
        #expect(!isOther)
    }

    @Test func `entries under a wrong name are refused with their bytes, not passed over`() throws {
        let entries = (0..<1000).map { entry($0) }.joined(separator: ",")
        try scratch.write("a.json", #"{"resourceType":"Bundle","entrx":["# + entries + "]}")
        let reading = try scratch.read("a.json", limits: limits)
        #expect(reading.slices.isEmpty)
        #expect(reading.codes == ["bundle-shape"])
        #expect(reading.rejects.first?.text == "[" + entries + "]")
        #expect(reading.rejects.first?.reason.contains("entrx") == true)
    }
}
