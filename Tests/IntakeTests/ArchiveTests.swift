import Base
import Foundation
import Testing

import Intake

@Suite struct ArchiveTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    @Test func `a zip of documents and lines gives every resource with its place`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                z.writestr('d/', '')
                z.writestr('d/one.json', '{"resourceType":"Patient"}')
                z.writestr('two.ndjson', '{"a":1}\\n{"a":2}\\n')
            """)
        let reading = try scratch.read("a.zip")
        #expect(reading.texts == [#"{"resourceType":"Patient"}"#, #"{"a":1}"#, #"{"a":2}"#])
        #expect(reading.slices.map(\.place.line) == [nil, 1, 2])
        #expect(reading.slices.map(\.place.offset) == [0, 0, 8])
        #expect(reading.files == ["a.zip!/d/one.json", "a.zip!/two.ndjson"])
        #expect(reading.slices[1].place.member == 3)
        #expect(reading.rejects.isEmpty)
        #expect(reading.summary.files == 2)
    }

    @Test func `zips in zips are read down to the limit and rejected below it`() throws {
        try scratch.python(
            """
            data, name = b'{"a":1}', 'leaf.json'
            for level in range(6):
                out = io.BytesIO()
                with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
                    z.writestr(name, data)
                    z.writestr(f'x{level}.json', '{"level":%d}' % level)
                data, name = out.getvalue(), f'n{level}.zip'
                open(f'zip{level + 1}.zip', 'wb').write(data)
            """)
        let four = try scratch.read("zip4.zip")
        #expect(four.texts.sorted() == [#"{"a":1}"#] + (0..<4).map { #"{"level":\#($0)}"# })
        #expect(four.files.first == "zip4.zip!/n2.zip!/n1.zip!/n0.zip!/leaf.json")
        #expect(four.rejects.isEmpty)
        let six = try scratch.read("zip6.zip")
        #expect(six.texts.sorted() == (2..<6).map { #"{"level":\#($0)}"# })
        #expect(six.codes == ["nested-too-deep"])
        #expect(six.rejects.first?.file.hasSuffix("zip6.zip!/n4.zip!/n3.zip!/n2.zip!/n1.zip") == true)
    }

    @Test func `nested zips over the memory bound go through the spool`() throws {
        try scratch.python(
            """
            out = io.BytesIO()
            with zipfile.ZipFile(out, 'w') as z: z.writestr('p.json', '{"pad":"%s"}' % os.urandom(30000).hex())
            with zipfile.ZipFile('a.zip', 'w') as z: z.writestr('b.zip', out.getvalue())
            """)
        var limits = IntakeLimits()
        limits.spoolMemoryBytesMax = 1000
        let spooled = Spooled()
        let reading = try scratch.read("a.zip", limits: limits) { spooled.make() }
        #expect(reading.slices.count == 1)
        #expect(spooled.count == 1)
    }

    @Test func `names that lead out, links and devices are rejected and the rest goes on`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w') as z:
                for name in ['../evil.json', '/etc/evil.json', 'C:/evil.json', 'a/../../b.json', '..\\\\w.json']:
                    z.writestr(name, '{"evil":1}')
                link = zipfile.ZipInfo('link.json'); link.create_system = 3; link.external_attr = 0o120777 << 16
                z.writestr(link, '/etc/passwd')
                z.writestr('good.json', '{"good":1}')
            with tarfile.open('a.tar.gz', 'w:gz') as t:
                def add(name, **more):
                    i = tarfile.TarInfo(name)
                    for k, v in more.items(): setattr(i, k, v)
                    data = b'{"good":2}' if i.isfile() else b''
                    i.size = len(data); t.addfile(i, io.BytesIO(data))
                add('../evil.json'); add('/abs.json')
                add('s.json', type=tarfile.SYMTYPE, linkname='/etc/passwd')
                add('h.json', type=tarfile.LNKTYPE, linkname='good.json')
                add('f.json', type=tarfile.FIFOTYPE)
                add('good.json')
            """)
        let zip = try scratch.read("a.zip")
        #expect(zip.texts == [#"{"good":1}"#])
        #expect(zip.codes == Array(repeating: "unsafe-name", count: 5) + ["link"])
        let tar = try scratch.read("a.tar.gz")
        #expect(tar.texts == [#"{"good":2}"#])
        #expect(tar.codes == ["unsafe-name", "unsafe-name", "link", "link", "link"])
    }

    @Test func `an encrypted member is rejected by name and the others are read`() throws {
        try scratch.write("secret.json", #"{"secret":1}"#)
        try scratch.write("open.json", #"{"open":1}"#)
        try scratch.run("zip", ["-q", "-P", "pw", "a.zip", "secret.json"])
        try scratch.run("zip", ["-q", "a.zip", "open.json"])
        let reading = try scratch.read("a.zip")
        #expect(reading.texts == [#"{"open":1}"#])
        #expect(reading.codes == ["encrypted"])
        #expect(reading.rejects.first?.file.hasSuffix("a.zip!/secret.json") == true)
    }

    @Test func `a bomb by ratio is stopped and the rest of the zip goes on`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                z.writestr('bomb.json', '{"a":"' + ' ' * 300_000_000 + '"}')
                z.writestr('good.json', '{"good":1}')
            with gzip.open('b.json.gz', 'wb') as g: g.write(b'{"a":"' + b' ' * 300_000_000 + b'"}')
            """)
        let zip = try scratch.read("a.zip")
        #expect(zip.texts == [#"{"good":1}"#])
        #expect(zip.codes == ["bomb"])
        #expect(zip.rejects.first?.file.hasSuffix("bomb.json") == true)
        let gz = try scratch.read("b.json.gz")
        #expect(gz.texts.isEmpty)
        #expect(gz.codes == ["bomb"])
    }

    @Test func `many members that are small bombs each are stopped as a whole`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                for n in range(40): z.writestr(f'{n}.json', '[' + ' ' * 5_000_000 + ']')
            """)
        let reading = try scratch.read("a.zip")
        #expect(reading.slices.count < 15)
        #expect(reading.codes == ["bomb", "damaged"])
        #expect(reading.rejects.last?.reason.contains("not read any more") == true)
    }

    @Test(arguments: [0, 2])
    func `a zip whose list of contents is damaged loses no member`(damaged: Int) throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                for n in range(4): z.writestr(f'm{n}.json', '{"n":%d}' % n)
            data = bytearray(open('a.zip', 'rb').read())
            place = -1
            for _ in range(\(damaged) + 1): place = data.index(b'PK\\x01\\x02', place + 1)
            data[place] = 0
            open('a.zip', 'wb').write(data)
            """)
        let reading = try scratch.read("a.zip")
        #expect(reading.texts == (0..<4).map { #"{"n":\#($0)}"# })
        #expect(reading.codes == ["damaged"])
        #expect(reading.rejects.first?.reason.contains("states 4 members") == true)
    }

    @Test func `a zip of more members than 16 bits count is read whole, an empty one is named`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w') as z:
                for n in range(66000): z.writestr(f'{n}.json', '{}')
            zipfile.ZipFile('b.zip', 'w').close()
            tarfile.open('c.tar', 'w').close()
            """)
        let reading = try scratch.read("a.zip")
        #expect(reading.slices.count == 66_000 && reading.rejects.isEmpty)
        #expect(try scratch.read("b.zip").codes == ["empty"])
        #expect(try scratch.read("c.tar").rejects.count == 1)
    }

    @Test func `a list of contents that names one member many times gives it once`() throws {
        try scratch.python(
            """
            raw = b'[1]'
            c = zlib.compressobj(9, zlib.DEFLATED, -15); packed = c.compress(raw) + c.flush()
            crc, n = zlib.crc32(raw), 100
            local = struct.pack('<IHHHHHIIIHH', 0x04034b50, 20, 0, 8, 0, 33, crc, len(packed), len(raw), 6, 0)
            body = local + b'a.json' + packed
            cd = b''.join(struct.pack('<IHHHHHHIIIHHHHHII', 0x02014b50, 20, 20, 0, 8, 0, 33, crc, len(packed),
                len(raw), 6, 0, 0, 0, 0, 0, 0) + b'a.json' for _ in range(n))
            end = struct.pack('<IHHHHIIH', 0x06054b50, 0, 0, n, n, len(cd), len(body), 0)
            open('a.zip', 'wb').write(body + cd + end)
            """)
        let reading = try scratch.read("a.zip")
        #expect(reading.texts == ["[1]"])
        #expect(reading.codes == ["damaged"])
    }

    @Test func `absolute limits hold for a member and for the run`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                z.writestr('big.ndjson', ('{"a":"%s"}\\n' % ('x' * 1000)) * 3000)
                z.writestr('good.json', '{"good":1}')
            """)
        var limits = IntakeLimits()
        limits.memberBytesMax = 1_000_000
        let member = try scratch.read("a.zip", limits: limits)
        #expect(member.codes == ["too-large"])
        #expect(member.texts.last == #"{"good":1}"#)
        #expect(member.slices.count > 1)
        limits = IntakeLimits()
        limits.unpackedBytesMax = 1_000_000
        let run = try scratch.read("a.zip", limits: limits)
        #expect(run.codes.first == "too-large")
        #expect(!run.texts.contains(#"{"good":1}"#))
    }

    @Test func `of a truncated zip everything readable lands and the broken member is named`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                for n in range(3): z.writestr(f'm{n}.json', '{"n":%d,"pad":"%s"}' % (n, os.urandom(2000).hex()))
            data = open('a.zip', 'rb').read()
            open('mid.zip', 'wb').write(data[:int(len(data) * 0.8)])
            open('list.zip', 'wb').write(data[:-30])
            """)
        let mid = try scratch.read("mid.zip")
        #expect(mid.slices.count == 2)
        #expect(mid.rejects.first?.file.hasSuffix("mid.zip!/m2.json") == true)
        #expect(mid.codes == ["truncated", "truncated"], "\(mid.rejects.map(\.reason))")
        #expect(mid.rejects.last?.file.hasSuffix("mid.zip") == true)
        let list = try scratch.read("list.zip")
        #expect(list.slices.count == 3)
        #expect(list.codes == ["truncated"])
    }

    @Test func `a damaged member is rejected alone`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                for n in range(4): z.writestr(f'm{n}.json', '{"n":%d,"pad":"%s"}' % (n, os.urandom(20000).hex()))
            data = bytearray(open('a.zip', 'rb').read())
            with zipfile.ZipFile('a.zip') as z: start = z.getinfo('m1.json').header_offset
            for i in range(60, 3000): data[start + i] = 0xff
            open('a.zip', 'wb').write(data)
            with zipfile.ZipFile('c.zip', 'w') as z:
                for n in range(3): z.writestr(f'm{n}.ndjson', '{"n":%d}\\n{"m":%d}\\n' % (n, n))
            data = open('c.zip', 'rb').read().replace(b'{"m":1}', b'{"m":7}')
            open('c.zip', 'wb').write(data)
            """)
        let deflated = try scratch.read("a.zip")
        #expect(deflated.slices.count == 3)
        #expect(deflated.codes == ["damaged"])
        #expect(deflated.rejects.first?.file.hasSuffix("m1.json") == true)
        let checksum = try scratch.read("c.zip")
        #expect(checksum.texts.contains(#"{"m":2}"#))
        #expect(checksum.codes == ["damaged"])
        #expect(checksum.rejects.first?.file.hasSuffix("m1.ndjson") == true)
    }

    @Test func `names that are not UTF-8, and equal names, stay apart`() throws {
        try scratch.python(
            """
            with zipfile.ZipFile('a.zip', 'w') as z:
                z.writestr('Ångela.json', '{"n":1}')
                z.writestr('xx1.json', '{"n":2}')
                z.writestr('same.json', '{"n":3}')
                z.writestr('same.jsom', '{"n":4}')
            data = open('a.zip', 'rb').read().replace(b'xx1', b'\\x81\\xff1').replace(b'same.jsom', b'same.json')
            open('a.zip', 'wb').write(data)
            """)
        let reading = try scratch.read("a.zip")
        #expect(
            reading.files == [
                "a.zip!/Ångela.json", #"a.zip!/\x81\xff1.json"#, "a.zip!/same.json", "a.zip!/same.json#2",
            ])
        #expect(reading.slices.count == 4)
        #expect(reading.rejects.isEmpty)
    }

    @Test func `tar, gzip, zstd and gzip of several members are read`() throws {
        try scratch.python(
            """
            with tarfile.open('a.tgz', 'w:gz') as t:
                for n in range(2):
                    i = tarfile.TarInfo(f'm{n}.json'); i.size = 7
                    t.addfile(i, io.BytesIO(b'{"n":%d}' % n))
            with tarfile.open('b.tar', 'w') as t:
                i = tarfile.TarInfo('m.json'); i.size = 7
                t.addfile(i, io.BytesIO(b'{"n":2}'))
            open('c.ndjson.gz', 'wb').write(gzip.compress(b'{"n":3}\\n') + gzip.compress(b'{"n":4}\\n'))
            open('d.ndjson', 'w').write('{"n":5}\\n')
            """)
        try scratch.run("zstd", ["-q", "--rm", "d.ndjson"])
        let reading = try scratch.read("a.tgz", "b.tar", "c.ndjson.gz", "d.ndjson.zst")
        #expect(reading.texts == (0..<6).map { #"{"n":\#($0)}"# })
        #expect(reading.files == ["a.tgz!/m0.json", "a.tgz!/m1.json", "b.tar!/m.json", "c.ndjson.gz", "d.ndjson.zst"])
        #expect(reading.rejects.isEmpty)
    }

    @Test func `a truncated gzip keeps its whole lines and names the broken one`() throws {
        try scratch.python(
            """
            data = gzip.compress(b''.join(b'{"pad":"%s"}\\n' % os.urandom(500).hex().encode() for _ in range(500)))
            open('a.ndjson.gz', 'wb').write(data[:len(data) // 2])
            """)
        let reading = try scratch.read("a.ndjson.gz")
        #expect(reading.slices.count > 100)
        #expect(reading.slices.allSatisfy { $0.text.hasSuffix(#""}"#) })
        #expect(reading.codes == ["truncated"])
        #expect(reading.rejects.first?.line == reading.slices.count + 1)
    }

    @Test func `an archive that is not one is a clear reject`() throws {
        try scratch.write("fake.zip", Data([0x50, 0x4B, 3, 4] + Array(repeating: UInt8(7), count: 500)))
        try scratch.write("fake.gz", Data([0x1F, 0x8B] + Array(repeating: UInt8(7), count: 500)))
        try scratch.write("x.zip", "just text")
        try scratch.write("x.7z", Data([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0]))
        let reading = try scratch.read("fake.zip", "fake.gz", "x.zip", "x.7z")
        #expect(reading.slices.isEmpty)
        #expect(
            Set(reading.rejects.map { URL(filePath: $0.file).lastPathComponent }) == [
                "fake.zip", "fake.gz", "x.zip", "x.7z",
            ])
    }
}

/// Damage of every kind: nothing crashes, nothing hangs, and what is handed on is whole.
@Suite struct ArchiveFuzzTests {
    @Test func `archives with damaged bytes end in slices and rejects, never in a crash`() throws {
        let scratch = try Scratch()
        try scratch.python(
            """
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('i.ndjson', '{"i":1}\\n' * 50)
            with zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                z.writestr('Patient.ndjson', '{"n":1}\\n' * 100); z.writestr('b.json', '{"n":2}')
                z.writestr('inner.zip', inner.getvalue()); z.writestr('Organization.ndjson', '{"n":3}\\n')
            with tarfile.open('a.tgz', 'w:gz') as t: t.add('a.zip')
            open('a.tar', 'wb').write(gzip.open('a.tgz').read())
            """)
        for (name, rounds) in [("a.zip", 150), ("a.tgz", 60), ("a.tar", 60)] {
            let whole = Array(try #require(FileManager.default.contents(atPath: scratch.file(name))))
            for seed in 0..<rounds {
                var random = SeededRandom(seed: UInt64(seed))
                var bytes = whole
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0...3, using: &random) {
                    case 0: bytes.removeSubrange(place..<min(bytes.count, place + 9))
                    case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                    default: bytes[place] = UInt8.random(in: 0...255, using: &random)
                    }
                    if bytes.isEmpty { bytes = whole }
                }
                try scratch.write("x", Data(bytes))
                let reading = try scratch.read("x")
                let isAccounted = reading.slices.count + reading.rejects.count + reading.summary.skippedCount > 0
                #expect(isAccounted, "\(name) seed \(seed)")

            }
        }
    }
}

/// Counts spools; each is in memory.
final class Spooled: @unchecked Sendable {
    private(set) var count = 0

    func make() -> MemorySpool {
        count += 1
        return MemorySpool()
    }
}
