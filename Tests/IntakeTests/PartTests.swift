import Base
import Foundation
import Testing

import Intake

@Suite struct PartTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    /// What reading came to, without the order that parts change.
    private struct Outcome: Equatable {
        var slices: [String]
        var rejects: [String]
        var files: Int
        var skipped: [String]

        init(_ slices: [String], _ rejects: [Reading.Reject], files: Int, skipped: [SkippedFile]) {
            self.slices = slices.sorted()
            self.rejects = rejects.map { reject in
                "\(reject.file) \(reject.line ?? -1) \(reject.entry ?? -1) \(reject.offset) \(reject.code) "
                    + "\(reject.reason) \(reject.data?.base64EncodedString() ?? "")"
            }.sorted()
            self.files = files
            self.skipped = skipped.map { "\($0.file) \($0.reason)" }.sorted()
        }
    }

    private func read(_ walker: SourceWalker, _ rejectsPath: String) throws -> Outcome {
        var slices: [String] = []
        let summary = try walker.run { unit in
            unit.forEachSlice { slice in
                let place = unit.place(of: slice)
                slices.append(
                    "\(place.file) \(place.line ?? -1) \(place.entry ?? -1) \(place.member ?? -1) \(place.offset) "
                        + String(decoding: slice.bytes, as: UTF8.self))
            }
        }
        return Outcome(slices, try Reading.rejects(rejectsPath), files: summary.files, skipped: summary.skipped)
    }

    private func whole(_ names: [String], limits: IntakeLimits) throws -> Outcome {
        let path = scratch.file("rejects-\(UUID().uuidString)")
        let walker = SourceWalker(
            paths: names.map(scratch.file), limits: limits, rejects: RejectsWriter(path: path)
        ) { MemorySpool() }
        return try read(walker, path)
    }

    private func contents(_ names: [String]) throws -> [SourceContent] {
        try names.map { try SourceContent(path: scratch.file($0), name: scratch.file($0)) }
    }

    private func plan(_ names: [String], partBytes: UInt64, limits: IntakeLimits) throws -> IngestPlan {
        var options = IngestPlanOptions()
        options.partBytes = partBytes
        options.limits = limits
        return try IngestPlan(contents(names), options: options)
    }

    private func inParts(_ names: [String], _ plan: IngestPlan, limits: IntakeLimits) throws -> Outcome {
        let contents = try contents(names)
        var slices: [String] = []
        var rejects: [Reading.Reject] = []
        var files = 0
        var skipped: [SkippedFile] = []
        for part in plan.parts {
            let path = scratch.file("rejects-\(UUID().uuidString)")
            var walker = SourceWalker(paths: [], limits: limits, rejects: RejectsWriter(path: path)) { MemorySpool() }
            let coded = try #require(part.encoded().withUnsafeBytes { IngestPart(bytes: $0) })
            #expect(coded == part)
            walker.part = (contents, coded)
            var own: [String] = []
            let summary = try walker.run { unit in
                unit.forEachSlice { slice in
                    let place = unit.place(of: slice)
                    own.append(
                        "\(place.file) \(place.line ?? -1) \(place.entry ?? -1) \(place.member ?? -1) "
                            + "\(place.offset) " + String(decoding: slice.bytes, as: UTF8.self))
                }
            }
            slices += own
            rejects += try Reading.rejects(path)
            files += summary.files
            skipped += summary.skipped
        }
        return Outcome(slices, rejects, files: files, skipped: skipped)
    }

    private static let zips = """
        import random
        r = random.Random(SEED)
        names = ['Patient.%d.ndjson', 'x/Organization.%d.ndjson', 'hospitalInformation%d.json', 'p%d.json', 'log.ndjson',
                 '.DS_Store', 'readme%d.txt', 'practitionerInformation%d.json', 'same.json', '../evil%d.json',
                 'in%d.zip', 'Observation.%d.ndjson', 'folder%d/', 'empty%d.json', 'big%d.json']
        def body(name):
            if name.endswith('/'): return b''
            if name == 'log.ndjson': return b'{"exportId":"a","eventId":"b"}\\n{"exportId":"a","eventId":"c"}\\n'
            if name.startswith('empty'): return b' ' * r.randrange(3)
            if name.endswith('.txt') or name == '.DS_Store': return b'words' * r.randrange(50)
            if name.startswith('in'):
                out = io.BytesIO()
                with zipfile.ZipFile(out, 'w') as z:
                    for n in range(r.randrange(4)): z.writestr('p%d.json' % n, '{"inner":%d}' % r.randrange(99999))
                return out.getvalue()
            if name.startswith('big'):
                entries = ','.join('{"fullUrl":"urn:uuid:%d","resource":{"resourceType":"Patient","id":"%d"}}' % (n, n)
                                   for n in range(r.randrange(1, 400)))
                return ('{"resourceType":"Bundle","entry":[' + entries + ']}').encode()
            if name.endswith('.ndjson'):
                return b''.join(b'{"n":%d,"pad":"%s"}%s' % (n, b'y' * r.randrange(200), r.choice([b'\\n', b'\\r\\n', b'\\n\\n']))
                                for n in range(1 + r.randrange(60)))
            return b'{"resourceType":"Patient","pad":"%s"}' % (b'z' * r.randrange(3000))
        with zipfile.ZipFile('a.zip', 'w') as z:
            for n in range(r.randrange(1, 60)):
                name = r.choice(names)
                if '%d' in name: name = name % r.randrange(40)
                import warnings; warnings.simplefilter('ignore')
                z.writestr(name, body(name), r.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED]))
        if DAMAGED:
            b = bytearray(open('a.zip', 'rb').read())
            with zipfile.ZipFile('a.zip') as z:
                for info in r.sample(z.infolist(), min(3, len(z.infolist()))):
                    start = info.header_offset + 30 + len(info.filename.encode())
                    for n in range(min(info.compress_size, 2)): b[start + r.randrange(info.compress_size)] ^= 0x55
            open('a.zip', 'wb').write(bytes(b))
        """

    @Test(arguments: [false, true])
    func `a zip cut anywhere gives what it gives as a whole`(isDamaged: Bool) throws {
        var limits = IntakeLimits()
        limits.documentBytesMax = 20_000
        limits.unitBytes = 4_000
        var random = SeededRandom(seed: isDamaged ? 7 : 3)
        var cuts = 0
        for seed in 0..<12 {
            let program = Self.zips.replacingOccurrences(of: "SEED", with: "\(seed)")
            try scratch.python(program.replacingOccurrences(of: "DAMAGED", with: isDamaged ? "True" : "False"))
            let expected = try whole(["a.zip"], limits: limits)
            for partBytes in [1, UInt64.random(in: 1000...30_000, using: &random)] {
                let plan = try plan(["a.zip"], partBytes: partBytes, limits: limits)
                cuts += plan.parts.count
                #expect(try inParts(["a.zip"], plan, limits: limits) == expected, "seed \(seed), parts of \(partBytes)")
            }
        }
        #expect(cuts > 100)
    }

    @Test func `lines cut anywhere keep their numbers and places`() throws {
        var random = SeededRandom(seed: 11)
        var limits = IntakeLimits()
        limits.unitBytes = 500
        limits.resourceBytesMax = 4_000
        for round in 0..<20 {
            var text = round % 3 == 0 ? "\u{FEFF}" : ""
            if round % 4 == 1 { text += "\n  \r\n" }
            for number in 0..<Int.random(in: 1...300, using: &random) {
                let length =
                    Int.random(in: 0..<20, using: &random) == 0 ? 6_000 : Int.random(in: 0..<300, using: &random)
                text += #"{"n":\#(number),"pad":"\#(String(repeating: "é", count: length))"}"#
                text += ["\n", "\r\n", "\n\n", "\n \n"].randomElement(using: &random) ?? "\n"
            }
            if round % 5 == 0 { text += #"{"last":1}"# }
            try scratch.write("Observation.ndjson", text)
            let expected = try whole(["Observation.ndjson"], limits: limits)
            for partBytes: UInt64 in [1, 700, 5_000] {
                let plan = try plan(["Observation.ndjson"], partBytes: partBytes, limits: limits)
                #expect(
                    try inParts(["Observation.ndjson"], plan, limits: limits) == expected,
                    "round \(round), parts of \(partBytes)")
            }
        }
    }

    @Test func `parts of a higher rank come in a later phase than all of a lower one`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w') as z:
                for n in range(30): z.writestr(f'p{n}.json', '{"resourceType":"Bundle","pad":"%s"}' % ('x' * 2000))
                for n in range(5): z.writestr(f'practitionerInformation{n}.json', '{"pad":"%s"}' % ('x' * 2000))
                z.writestr('hospitalInformation1.json', '{}')
            """)
        let names = try plan(["a.zip"], partBytes: 9_000, limits: IntakeLimits()).parts.map { part in
            try read(part).map { $0.contains("Information") ? ($0.contains("hospital") ? 0 : 1) : 2 }
        }
        let phases = try plan(["a.zip"], partBytes: 9_000, limits: IntakeLimits()).parts.map(\.phase)
        #expect(phases == phases.sorted())
        #expect(names.flatMap { $0 } == names.flatMap { $0 }.sorted())
        for (index, ranks) in names.enumerated() {
            for other in names.indices where phases[other] == phases[index] && other != index {
                #expect(Set(ranks + names[other]).count == 1, "what shares a phase is of one rank")
            }
        }
        #expect(Set(phases).count < phases.count)
    }

    private func read(_ part: IngestPart) throws -> [String] {
        var walker = SourceWalker(paths: [], rejects: RejectsWriter(path: scratch.file("r"))) { MemorySpool() }
        walker.part = (try contents(["a.zip"]), part)
        var files: [String] = []
        _ = try walker.run { files.append($0.file.path) }
        return files
    }

    @Test func `a zip of more members than the old format counts is cut`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w') as z:
                for n in range(70_000): z.writestr('%d.json' % n, '{"n":%d}' % n)
            """)
        let plan = try plan(["a.zip"], partBytes: 150_000_000, limits: IntakeLimits())
        #expect(plan.parts.count == 1)
        #expect(try read(try #require(plan.parts.first)).count == 70_000)
        let last = try #require(try self.plan(["a.zip"], partBytes: 1 << 20, limits: IntakeLimits()).parts.last)
        #expect(try read(last).last?.hasSuffix("69999.json") == true)
    }

    @Test func `what cannot be cut is one part`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w') as z:
                for n in range(9): z.writestr(f'{n}.json', '{"n":%d}' % n)
            b = open('a.zip', 'rb').read()
            open('cut.zip', 'wb').write(b[:len(b) - 30])
            swapped = bytearray(b); swapped[b.rfind(b'PK\\1\\2') + 42] ^= 1
            open('wrong.zip', 'wb').write(bytes(swapped))
            with gzip.open('a.ndjson.gz', 'wb') as g: g.write(b'{"a":1}\\n' * 1000)
            with tarfile.open('a.tar', 'w') as t: t.add('a.zip')
            open('doc.json', 'w').write('{"resourceType":"Bundle",\\n"entry":[' + ','.join(['{}'] * 900) + ']}')
            """)
        for name in ["cut.zip", "wrong.zip", "a.ndjson.gz", "a.tar", "doc.json"] {
            let plan = try plan([name], partBytes: 10, limits: IntakeLimits())
            #expect(plan.parts.count == 1, "\(name)")
            let expected = try whole([name], limits: IntakeLimits())
            #expect(try inParts([name], plan, limits: IntakeLimits()) == expected, "\(name)")
        }
    }

    @Test func `bytes that are no part are refused`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w') as z:
                for n in range(9): z.writestr(f'Patient.json', '{"n":%d}' % n)
            """)
        let part = try #require(try plan(["a.zip"], partBytes: 1 << 20, limits: IntakeLimits()).parts.first)
        let bytes = part.encoded()
        var random = SeededRandom(seed: 5)
        for _ in 0..<5_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let read = changed.withUnsafeBytes { IngestPart(bytes: $0) }
            if let read { #expect(read.encoded().count <= changed.count + 8) }
        }
        for count in 0..<bytes.count {
            #expect(bytes[..<count].withUnsafeBytes { IngestPart(bytes: $0) } == nil)
        }
    }
}
