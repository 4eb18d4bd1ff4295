import Foundation
import Testing

import Intake

@Suite struct TextTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    @Test func `what a file is, its content says and not its name`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('zip.json', 'w') as z: z.writestr('a.json', '{"n":1}')
            open('gz.ndjson', 'wb').write(gzip.compress(b'{"n":2}\\n{"n":3}'))
            open('lines.json', 'w').write('{"n":4}\\n{"n":5}\\n')
            open('pretty.ndjson', 'w').write('{\\n "n": 6\\n}\\n')
            open('noname', 'w').write('  \\n{"n":7}')
            """)
        let reading = try scratch.read("zip.json", "gz.ndjson", "lines.json", "pretty.ndjson", "noname")
        #expect(
            reading.slices.map(\.shape) == [.document, .lines, .lines, .lines, .lines, .document, .document])
        #expect(reading.texts[5] == "{\n \"n\": 6\n}\n")
        #expect(reading.rejects.isEmpty)
    }

    @Test func `a byte order mark and CRLF are stepped over and counted`() throws {
        try scratch.write("a.ndjson", "\u{FEFF}{\"a\":1}\r\n\r\n  {\"a\":2}\r\n{\"a\":3}")
        try scratch.write("b.json", "\u{FEFF}{\"b\":1}")
        let reading = try scratch.read("a.ndjson", "b.json")
        #expect(reading.texts == [#"{"a":1}"#, #"{"a":2}"#, #"{"a":3}"#, #"{"b":1}"#])
        #expect(reading.slices.map(\.place.line) == [1, 3, 4, nil])
        #expect(reading.slices.map(\.place.offset) == [3, 16, 25, 3])
    }

    @Test func `empty and blank files are rejected`() throws {
        try scratch.write("a.json", "")
        try scratch.write("b.ndjson", " \n\r\n")
        try scratch.write("c.json", String(repeating: " ", count: 5000))
        try scratch.write("d.json.gz", Data(base64Encoded: "H4sIAAAAAAAAAwMAAAAAAAAAAAA=") ?? Data())
        let reading = try scratch.read("a.json", "b.ndjson", "c.json", "d.json.gz")
        #expect(reading.slices.isEmpty)
        #expect(reading.codes == ["empty", "empty", "empty", "empty"])
    }

    @Test func `broken lines and bytes that are not UTF-8 reach the parser as they are`() throws {
        var data = Data("{\"a\":1}\n{broken\n".utf8)
        data.append(contentsOf: [0x7B, 0xFF, 0xFE, 0x7D, 0x0A])
        data.append(Data("{\"a\":3}\n".utf8))
        try scratch.write("a.ndjson", data)
        let reading = try scratch.read("a.ndjson")
        #expect(reading.slices.map(\.place.line) == [1, 2, 3, 4])
        var bytes: [[UInt8]] = []
        for unit in reading.units { unit.forEachSlice { bytes.append(Array($0.bytes)) } }
        #expect(bytes[2] == [0x7B, 0xFF, 0xFE, 0x7D])
    }

    @Test func `a first line that is broken makes NDJSON no document`() throws {
        try scratch.write("a.ndjson", "{\"a\":\n{\"a\":2}\n{\"a\":3}\n")
        try scratch.write("b.ndjson", "garbage\n{\"a\":2}\n")
        let reading = try scratch.read("a.ndjson", "b.ndjson")
        #expect(reading.texts == [#"{"a":"#, #"{"a":2}"#, #"{"a":3}"#, "garbage", #"{"a":2}"#])
    }

    @Test(arguments: [7, 64, 1000, 1 << 20])
    func `a line over the limit is rejected alone with its bytes`(unitBytes: Int) throws {
        let long = "{\"long\":\"" + String(repeating: "x", count: 300_000) + "\"}"
        try scratch.write("a.ndjson", "{\"a\":1}\n{\"a\":2}\n\(long)\n{\"a\":4}\n\(long)")
        var limits = IntakeLimits()
        limits.resourceBytesMax = 100_000
        limits.unitBytes = unitBytes
        let reading = try scratch.read("a.ndjson", limits: limits)
        #expect(reading.texts == [#"{"a":1}"#, #"{"a":2}"#, #"{"a":4}"#])
        #expect(reading.slices.map(\.place.line) == [1, 2, 4])
        #expect(reading.slices.last?.place.offset == UInt64(16 + long.utf8.count + 1))
        #expect(reading.codes == ["too-large", "too-large"])
        #expect(reading.rejects.map(\.line) == [3, 5])
        #expect(reading.rejects.map(\.offset) == [16, 16 + long.utf8.count + 1 + 8])
        #expect(reading.rejects[0].text == long + "\n")
        #expect(reading.rejects[1].text == long)
    }

    @Test func `units of any size give the same lines`() throws {
        let lines = (0..<2000).map { "{\"n\":\($0),\"pad\":\"\(String(repeating: "y", count: $0 % 97))\"}" }
        let text = lines.joined(separator: "\n")
        try scratch.write("a.ndjson", text)
        for unitBytes in [1, 100, 4096, 1 << 20] {
            var limits = IntakeLimits()
            limits.unitBytes = unitBytes
            let reading = try scratch.read("a.ndjson", limits: limits)
            #expect(reading.texts == lines)
            #expect(reading.slices.map(\.place.line) == (1...2000).map { $0 })
            for slice in reading.slices.prefix(50) {
                let start = text.utf8.index(text.utf8.startIndex, offsetBy: Int(slice.place.offset))
                #expect(text.utf8[start...].starts(with: slice.text.utf8))
            }
            #expect(reading.units.map(\.ordinal) == Array(0..<reading.units.count))
        }
    }

    @Test func `one endless line without a line feed is no document and takes no memory`() throws {
        try scratch.python(
            """
            with open('a.ndjson', 'wb') as f:
                f.write(b'{"a":"')
                for _ in range(60): f.write(b'x' * (1 << 20))
                f.write(b'"}\\n{"a":2}\\n')
            """)
        let reading = try scratch.read("a.ndjson")
        #expect(reading.texts == [#"{"a":2}"#])
        #expect(reading.codes == ["too-large"])
        #expect(reading.rejects.first?.data?.count == 60 << 20 + 9)
    }

    @Test func `standard input is read like a file, and a zip on it, too`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w') as z: z.writestr('a.json', '{"n":1}')
            open('b.ndjson', 'w').write('{"n":2}\\n{"n":3}\\n')
            """)
        for (name, texts) in [("a.zip", [#"{"n":1}"#]), ("b.ndjson", [#"{"n":2}"#, #"{"n":3}"#])] {
            let file = try #require(FileHandle(forReadingAtPath: scratch.file(name)))
            let reading = try scratch.read("-", standardInput: file.fileDescriptor)
            #expect(reading.texts == texts)
            try file.close()
        }
    }

    @Test func `logs and manifests of an export, and system files, are skipped and listed`() throws {
        try scratch.python(
            """
            os.makedirs('f/__MACOSX')
            open('f/log.ndjson', 'w').write('{"exportId":"e","eventId":"kickoff"}\\n{"exportId":"e"}\\n')
            open('f/manifest.json', 'w').write('{"transactionTime":"2024", "output":[{"type":"Patient"}]}')
            open('f/.DS_Store', 'w').write('x')
            open('f/__MACOSX/a.json', 'w').write('{"a":1}')
            open('f/readme.txt', 'w').write('hello')
            open('f/report.pdf', 'w').write('%PDF-1.7')
            open('f/page.json', 'w').write('hello')
            open('f/p.xml', 'w').write('<Patient/>')
            open('f/Patient.ndjson', 'w').write('{"resourceType":"Patient","exportId":1,"eventId":2}\\n')
            with zipfile.ZipFile('a.zip', 'w') as z:
                for n in sorted(os.listdir('f')):
                    if os.path.isfile('f/' + n): z.write('f/' + n, n)
                z.write('f/__MACOSX/a.json', '__MACOSX/a.json')
            """)
        for name in ["f", "a.zip"] {
            let reading = try scratch.read(name)
            #expect(reading.slices.count == (name == "f" ? 2 : 1))
            let reasons = reading.summary.skipped.map(\.reason.rawValue).sorted()
            let expected = ["export-log", "export-manifest", "not-fhir", "not-fhir", "system-file", "system-file"]
            #expect(reasons == (name == "f" ? Array(expected.dropLast()) : expected))
            #expect(reading.codes.sorted() == ["not-json", "unsupported"])
        }
    }
}
