import Foundation
import Testing

import Intake

@Suite struct OrderTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    @Test func `what others refer to comes first, by the names of files`() {
        let names = [
            "00-infrastructure.json", "x/Organization.000.ndjson", "hospitalInformation1671557337.json",
            "Location.ndjson.gz", "1.Practitioner.ndjson", "practitionerInformation1671.json", "Medication-2.ndjson",
            "PractitionerRole.ndjson", "Patient.000.ndjson", "Encounter.ndjson", "Observation.ndjson",
        ]
        let ranks = names.map(FileRank.rank)
        #expect(ranks == ranks.sorted())
        #expect(ranks.first == 0 && ranks.last == FileRank.other)
        for name in ["Adán_Portillo_22bbe238.json", "0a3f1c2e-aaaa.json", "2024.json", "", "🦅.json", "a.zip"] {
            #expect(FileRank.rank(name) == FileRank.other)
        }
    }

    @Test func `a zip out of order is read rank by rank, one in order as it lies`() throws {
        try scratch.python(
            """
            names = ['Observation.ndjson', 'Patient.ndjson', 'Condition.ndjson', 'Organization.ndjson', '../x.json',
                'Patient.1.ndjson']
            with zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                for n in names: z.writestr(n, '{"n":"%s"}\\n' % n)
            """)
        let reading = try scratch.read("a.zip")
        #expect(
            reading.files.map { $0.dropFirst("a.zip!/".count) } == [
                "Organization.ndjson", "Patient.ndjson", "Patient.1.ndjson", "Condition.ndjson", "Observation.ndjson",
            ])
        #expect(reading.codes == ["unsafe-name"])
    }

    @Test func `a folder is read below, in order, and links out of it are rejected`() throws {
        try scratch.write("f/b/z.json", #"{"n":3}"#)
        try scratch.write("f/a.json", #"{"n":2}"#)
        try scratch.write("f/z/Organization.ndjson", #"{"n":1}"#)
        try scratch.write("outside.json", #"{"n":9}"#)
        try scratch.run("ln", ["-s", "../outside.json", "f/out.json"])
        try scratch.run("ln", ["-s", "a.json", "f/in.json"])
        try scratch.run("ln", ["-s", "..", "f/up"])
        try scratch.run("mkfifo", ["f/pipe.json"])
        let reading = try scratch.read("f")
        #expect(reading.texts == [#"{"n":1}"#, #"{"n":2}"#, #"{"n":3}"#])
        #expect(reading.codes == ["link", "link"])
        #expect(reading.summary.skipped.map(\.reason) == [.linkInside, .specialFile])
    }

    @Test func `a path that does not exist is rejected and the others are read`() throws {
        try scratch.write("a.json", #"{"n":1}"#)
        let reading = try scratch.read("nothing.json", "a.json")
        #expect(reading.texts == [#"{"n":1}"#])
        #expect(reading.codes == ["unreadable"])
    }

    @Test func `progress ends at the bytes of all inputs`() throws {
        try scratch.write("a.ndjson", String(repeating: "{\"n\":1}\n", count: 1000))
        try scratch.python(
            """
            with zipfile.ZipFile('b.zip', 'w') as z:
                for n in ['Patient.json', 'Organization.json']: z.writestr(n, '{"n":2}')
            """)
        let progress = ReadingProgress()
        let walker = SourceWalker(
            paths: [scratch.file("a.ndjson"), scratch.file("b.zip")],
            rejects: RejectsWriter(path: scratch.file("r")), progress: progress, makeSpool: { MemorySpool() })
        let summary = try walker.run { _ in }
        let shown = progress.snapshot
        #expect(shown.bytesTotal > 8000 && shown.bytesDone == shown.bytesTotal)
        #expect(shown.files == 3 && shown.units == summary.units && summary.units == 3)
    }
}
