import Access
import Base
import Foundation
import RecordStore
import Synchronization
import Testing

import Intake

@Suite struct IngestServiceTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    /// A zip of Bundles that share practitioners, a file of lines with faults, references that come too early.
    private func makeZip(_ name: String = "upload.zip", patients: Int = 40) throws -> String {
        try scratch.python(
            """
            import uuid, random
            r = random.Random(4)
            def bundle(entries):
                return json.dumps({'resourceType': 'Bundle', 'type': 'transaction', 'entry': entries})
            def entry(resource):
                return {'fullUrl': 'urn:uuid:' + resource['id'], 'resource': resource,
                        'request': {'method': 'POST', 'url': resource['resourceType']}}
            def doctor(n):
                return {'resourceType': 'Practitioner', 'id': 'd%d' % n, 'identifier': [{'system': 'urn:d', 'value': str(n)}]}
            with zipfile.ZipFile('\(name)', 'w', zipfile.ZIP_DEFLATED) as z:
                for n in range(\(patients)):
                    p = str(uuid.UUID(int=r.getrandbits(128)))
                    entries = [entry({'resourceType': 'Patient', 'id': p, 'birthDate': '19%02d-01-01' % (n % 90)})]
                    entries.append(entry(doctor(n % 7)))
                    for k in range(5):
                        entries.append(entry({'resourceType': 'Observation', 'id': str(uuid.UUID(int=r.getrandbits(128))),
                            'status': 'final', 'code': {'text': 'c%d' % k}, 'subject': {'reference': 'urn:uuid:' + p},
                            'performer': [{'reference': 'Practitioner?identifier=urn:d|%d' % r.randrange(9)}]}))
                    if n % 10 == 3: entries.append(entry({'resourceType': 'Observation', 'id': 'bad', 'status': 7}))
                    z.writestr('p%d.json' % n, bundle(entries))
                z.writestr('Patient.1.ndjson', ''.join(
                    ('{"resourceType":"Patient","id":"l%d"}\\n' % n) if n % 9 else 'broken %d\\n' % n for n in range(60)))
                z.writestr('notes.txt', 'not read')
                z.writestr('empty.json', '')
            """)
        return scratch.file(name)
    }

    /// What one run over the whole comes to.
    private func plain(_ path: String) throws -> (report: IngestReport, resources: [String: String], rejects: [String])
    {
        let bench = try IngestBench()
        let report = try bench.ingest(path)
        var resources: [String: String] = [:]
        try bench.store.forEachCurrent(bench.scope) { name, json in resources[name] = json }
        let rejects = bench.rejects()
        try bench.close()
        return (report, resources, rejects)
    }

    private func expect(
        _ bench: ServiceBench, _ id: IngestID,
        _ expected: (report: IngestReport, resources: [String: String], rejects: [String]), _ when: Comment
    ) throws {
        let result = try bench.ingests.result(id, tenant: .standard)
        let (totals, report) = (result.totals, expected.report)
        #expect(totals.resourcesByType == report.resourcesByType, when)
        #expect(totals.created == report.created, when)
        #expect(totals.updated == report.updated, when)
        #expect(totals.unchanged == report.unchanged, when)
        #expect(totals.rejected == report.rejected, when)
        #expect(totals.files == report.files, when)
        #expect(totals.skipped == report.skippedCount, when)
        #expect(totals.unresolved == report.unresolvedCount, when)
        #expect(totals.findings.values.reduce(0, +) == report.rejected, when)
        #expect(try bench.rejects(id).sorted() == expected.rejects.sorted(), when)
        #expect(try bench.resources() == expected.resources, when)
        #expect(result.facts.progress.partsDone == result.facts.progress.partsTotal, when)
        #expect(result.facts.progress.bytesDone == result.facts.progress.bytesTotal, when)
    }

    @Test func `an upload cut in parts comes to what one run over the whole comes to`() throws {
        let zip = try makeZip()
        let expected = try plain(zip)
        let bench = try ServiceBench(folder: scratch.file("service"))
        try bench.start()
        let id = try bench.begin(zip)
        let facts = try bench.wait(id)
        #expect(facts.state == .finishedWithRejects)
        #expect(facts.progress.partsTotal > 5)
        try expect(bench, id, expected, "first")
        #expect(try bench.rejects(id, pagesOf: 2) == bench.rejects(id))

        let again = try bench.begin(zip)
        try bench.wait(again)
        let second = try bench.ingests.result(again, tenant: .standard).totals
        #expect(second.created + second.updated == 0)
        #expect(second.unchanged == expected.report.resources)
        #expect(try bench.resources() == expected.resources)
        let list = try bench.ingests.list(tenant: .standard, count: 1)
        #expect(list.ingests.map(\.id) == [again])
        #expect(try bench.ingests.list(tenant: .standard, after: list.next, count: 1).ingests.map(\.id) == [id])
        while bench.source.events.withLock({ $0.count }) < 6 { usleep(10_000) }
        try bench.stop()
        #expect(bench.source.events.withLock { $0.first } == "client/test began")
        #expect(bench.source.events.withLock { $0.contains("\(zip) finishedWithRejects") })
    }

    @Test func `whatever write the process dies at, everything is there and counted once`() throws {
        let zip = try makeZip(patients: 15)
        let expected = try plain(zip)
        var random = SeededRandom(seed: 21)
        for round in 0..<5 {
            let folder = scratch.file("service\(round)")
            let source = ServiceBench.Source()
            var id: IngestID?
            var deaths = 0
            var facts: IngestFacts?
            while facts == nil {
                let process = MortalProcess(
                    writesLeft: deaths < 8 ? Int.random(in: 8..<40, using: &random) : .max,
                    isLastKept: Bool.random(using: &random))
                let bench: ServiceBench
                do {
                    bench = try ServiceBench(folder: folder, source: source, partBytes: 8_000, process: process)
                } catch {
                    #expect(process.isDead, "\(error)")
                    deaths += 1
                    continue
                }
                do {
                    id = try id ?? bench.begin(zip)
                    try bench.start()
                    while !process.isDead, facts == nil {
                        if let id, let now = try? bench.ingests.facts(id, tenant: .standard), !now.state.isLive {
                            facts = now
                        }
                        usleep(2_000)
                    }
                } catch {
                    #expect(process.isDead, "\(error)")
                }
                try bench.stop(seconds: process.isDead ? 0.2 : 20)
                if process.isDead { deaths += 1 }
            }
            #expect(deaths >= 1)
            let bench = try ServiceBench(folder: folder)
            try expect(bench, try #require(id), expected, "round \(round) after \(deaths) deaths")
            try bench.stop()
        }
    }

    @Test func `a part that is paused half way counts what it brought before, once`() throws {
        var text = ""
        for number in 0..<9_000 { text += #"{"resourceType":"Patient","id":"p\#(number)"}"# + "\n" }
        let bytes = Array(text.utf8)
        let held = HeldAccess(bytes, from: UInt64(bytes.count) * 3 / 4, .held)
        let bench = try ServiceBench(folder: scratch.file("service"), partBytes: 1 << 30) {
            $0.plan.limits.unitBytes = 4_000
        }
        bench.source.contents.withLock {
            $0["u"] = [SourceContent(name: "Patient.ndjson", byteCount: UInt64(bytes.count)) { held }]
        }
        try bench.start()
        let id = try bench.begin("u", name: "Patient.ndjson")
        try bench.wait(id) { $0.progress.resources >= 2_000 }
        try bench.ingests.pause(id, tenant: .standard)
        held.mode.withLock { $0 = .open }
        try bench.wait(id) { $0.progress.resources == 0 }
        #expect(try bench.ingests.facts(id, tenant: .standard).state == .paused)
        #expect(try bench.store.count(bench.scope, type: "Patient") >= 2_000)
        try bench.ingests.resume(id, tenant: .standard)
        #expect(try bench.wait(id).state == .finished)
        let totals = try bench.ingests.result(id, tenant: .standard).totals
        #expect(totals.created == 9_000)
        #expect(totals.unchanged == 0)
        #expect(throws: IntakeError.self) { try bench.ingests.pause(id, tenant: .standard) }
        try bench.stop()
    }

    @Test func `a cancelled ingest ends, and what it brought stays`() throws {
        var text = ""
        for number in 0..<9_000 { text += #"{"resourceType":"Patient","id":"p\#(number)"}"# + "\n" }
        let bytes = Array(text.utf8)
        let held = HeldAccess(bytes, from: UInt64(bytes.count) * 3 / 4, .held)
        let bench = try ServiceBench(folder: scratch.file("service"), partBytes: 1 << 30) {
            $0.plan.limits.unitBytes = 4_000
        }
        bench.source.contents.withLock {
            $0["u"] = [SourceContent(name: "Patient.ndjson", byteCount: UInt64(bytes.count)) { held }]
        }
        try bench.start()
        let id = try bench.begin("u", name: "Patient.ndjson")
        try bench.wait(id) { $0.progress.resources >= 2_000 }
        try bench.ingests.cancel(id, tenant: .standard)
        try bench.ingests.cancel(id, tenant: .standard)
        held.mode.withLock { $0 = .open }
        #expect(try bench.wait(id).state == .cancelled)
        #expect(throws: IntakeError.self) { try bench.ingests.resume(id, tenant: .standard) }
        #expect(throws: IntakeError.self) { try bench.ingests.retry(id, tenant: .standard) }
        while !bench.source.events.withLock({ $0.contains("u cancelled") }) { usleep(10_000) }
        #expect(try bench.store.count(bench.scope, type: "Patient") >= 2_000)
        try bench.stop()
    }

    @Test func `a part that fails is put aside with its reason, the rest goes on, and a retry mends it`() throws {
        var text = ""
        for number in 0..<300 { text += #"{"resourceType":"Patient","id":"p\#(number)"}"# + "\n" }
        let bytes = Array(text.utf8)
        let broken = HeldAccess(bytes, from: UInt64(bytes.count) * 3 / 4, .failing)
        let whole = HeldAccess(bytes, from: 0, .open)
        let opened = Atomic<Int>(0)
        let bench = try ServiceBench(folder: scratch.file("service"), partBytes: 3_000) { $0.attemptsMax = 2 }
        bench.source.contents.withLock {
            // The leader looks at it and counts its lines; the workers find it broken.
            let content = SourceContent(name: "Patient.ndjson", byteCount: UInt64(bytes.count)) {
                opened.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue < 2 ? whole : broken
            }
            $0["u"] = [content]
        }
        let id = try bench.begin("u", name: "Patient.ndjson")
        try bench.start()
        let facts = try bench.wait(id)
        #expect(facts.state == .failed)
        let result = try bench.ingests.result(id, tenant: .standard)
        #expect(result.failures.count == facts.progress.partsFailed)
        #expect(!result.failures.isEmpty && result.failures.allSatisfy { $0.problem == "the source can't be read" })
        #expect(facts.progress.partsDone > 1)
        #expect(result.totals.resources < 300 && result.totals.resources > 100)
        broken.mode.withLock { $0 = .open }
        try bench.ingests.retry(id, tenant: .standard)
        #expect(try bench.wait(id).state == .finished)
        #expect(try bench.ingests.result(id, tenant: .standard).totals.created == 300)
        #expect(try bench.ingests.facts(id, tenant: .standard).progress.partsFailed == 0)
        try bench.stop()
    }

    @Test func `a part that was begun too often is put aside unread`() throws {
        let bench = try ServiceBench(folder: scratch.file("service")) { $0.startsMax = 0 }
        try bench.start()
        let id = try bench.begin(try scratch.write("Patient.ndjson", #"{"resourceType":"Patient","id":"a"}"# + "\n"))
        let facts = try bench.wait(id)
        #expect(facts.state == .failed)
        #expect(facts.problem == "1 of 1 parts failed")
        let failure = try #require(try bench.ingests.result(id, tenant: .standard).failures.first)
        #expect(failure.problem.contains("never ended"))
        try bench.stop()
    }

    @Test func `a source that cannot be had fails with its reason, and can be tried again`() throws {
        let bench = try ServiceBench(folder: scratch.file("service")) { $0.attemptsMax = 2 }
        try bench.start()
        let path = try scratch.write("Patient.ndjson", #"{"resourceType":"Patient","id":"a"}"# + "\n")
        let id = try bench.ingests.begin(
            IngestSource(.upload, path, name: "Patient.ndjson"), tenant: .standard, owner: "client/test")
        let facts = try bench.wait(id)
        #expect(facts.state == .failed)
        #expect(facts.problem == "the source is gone")
        bench.source.contents.withLock { $0[path] = [try? SourceContent(path: path, name: "p")].compactMap(\.self) }
        try bench.ingests.retry(id, tenant: .standard)
        #expect(try bench.wait(id).state == .finished)
        try bench.stop()
    }

    @Test func `nothing of an ingest lies in clear on the disk, and no other tenant sees it`() throws {
        let folder = scratch.file("service")
        let bench = try ServiceBench(folder: folder)
        try bench.start()
        let path = try scratch.write(
            "Katzenstein.ndjson", #"{"resourceType":"Patient","id":"Muellerskind","birthDate":7}"# + "\n")
        let id = try bench.begin(path)
        try bench.wait(id)
        #expect(try bench.rejects(id).first?.contains("Muellerskind") == true)
        let other = try #require(TenantName("other"))
        #expect(throws: IntakeError.self) { try bench.ingests.facts(id, tenant: other) }
        #expect(throws: IntakeError.self) { try bench.ingests.cancel(id, tenant: other) }
        #expect(throws: IntakeError.self) { try bench.ingests.rejects(id, tenant: other, count: 1) }
        #expect(try bench.ingests.list(tenant: other, count: 10).ingests.isEmpty)
        try bench.stop()
        let files = try #require(FileManager.default.enumerator(atPath: folder))
        var seen = 0
        for case let name as String in files {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            seen += 1
            #expect(data.range(of: Data("Muellerskind".utf8)) == nil, "\(name)")
            #expect(data.range(of: Data("Katzenstein".utf8)) == nil, "\(name)")
        }
        #expect(seen >= 4)
        let sealed = try #require(try FileManager.default.contentsOfDirectory(atPath: folder + "/ingests").first)
        var bytes = try #require(FileManager.default.contents(atPath: folder + "/ingests/" + sealed))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: folder + "/ingests/" + sealed))
        let opened = try ServiceBench(folder: folder)
        #expect(throws: IntakeError.self) { try opened.rejects(id) }
        try opened.stop()
    }
}
