import Base
import Foundation
import Synth
import TestSupport
import Testing

@Suite struct SynthTests {
    private static let population = SyntheticPopulation(seed: 42)

    private func bundle(_ index: Int, of population: SyntheticPopulation = population) -> [UInt8] {
        let out = ByteWriter()
        population.writePatientBundle(index, into: out)
        return out.copy()
    }

    @Test func `the same seed gives the same bytes in any order`() {
        let again = SyntheticPopulation(seed: 42)
        let forward = (0..<6).map { bundle($0) }
        let backward = (0..<6).reversed().map { bundle($0, of: again) }
        #expect(forward == backward.reversed())
    }

    @Test func `patients written on many threads are the same as one after another`() async {
        let population = SynthTests.population
        let together = await withTaskGroup(of: (Int, [UInt8]).self) { group in
            for index in 0..<8 {
                group.addTask {
                    let out = ByteWriter()
                    population.writePatientBundle(index, into: out)
                    return (index, out.copy())
                }
            }
            var byIndex: [Int: [UInt8]] = [:]
            for await (index, bytes) in group { byIndex[index] = bytes }
            return byIndex
        }
        for index in 0..<8 { #expect(together[index] == bundle(index)) }
    }

    @Test func `another seed gives other patients`() {
        #expect(bundle(0) != bundle(0, of: SyntheticPopulation(seed: 43)))
    }

    @Test func `a writer that is used again holds nothing of the patient before`() {
        let out = ByteWriter()
        SynthTests.population.writePatientBundle(1, into: out)
        out.removeAll()
        SynthTests.population.writePatientBundle(2, into: out)
        #expect(out.copy() == bundle(2))
    }

    @Test func `the first bytes of a seed stay what they were on every machine`() {
        let key = SipKey(low: 1, high: 2)
        func digest(_ write: (ByteWriter) -> Int) -> UInt64 {
            let out = ByteWriter()
            _ = write(out)
            return SipHash.hash64(out.bytes, key: key)
        }
        let infrastructure = digest { SynthTests.population.writeInfrastructureBundle(into: $0) }
        let patients = digest { out in
            (0..<5).reduce(0) { $0 + SynthTests.population.writePatientBundle($1, into: out) }
        }
        #expect(infrastructure == 7_205_804_721_084_529_024)
        #expect(patients == 2_654_422_757_842_058_574)
    }

    @Test func `fifty patients have some hundreds of resources each and few have very many`() {
        let out = ByteWriter()
        let counts = (0..<50).map { index in
            out.removeAll()
            return SynthTests.population.writePatientBundle(index, into: out)
        }.sorted()
        let mean = counts.reduce(0, +) / counts.count
        #expect((350...1100).contains(mean), "mean \(mean)")
        #expect((250...900).contains(counts[25]), "median \(counts[25])")
        #expect(counts[25] < mean, "the mean lies above the median")
        #expect(counts[0] >= 60, "least \(counts[0])")
        #expect(counts[49] > mean * 2, "most \(counts[49])")
        #expect(counts[49] < 6000, "most \(counts[49])")
    }

    @Test func `the file name is the given name, the family name and the id`() throws {
        for index in 0..<200 {
            let name = SynthTests.population.fileName(ofPatient: index)
            #expect(
                name.wholeMatch(
                    of: /[\p{L}_]+_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.json/) != nil)
            if index < 5 {
                let id = name.split(separator: "_").last.map { $0.dropLast(5) } ?? ""
                #expect(String(decoding: bundle(index).prefix(200), as: UTF8.self).contains(#""id":"\#(id)""#))
            }
        }
    }

    @Test func `a negative index is taken for the first patient`() {
        #expect(bundle(-7) == bundle(0))
        #expect(SynthTests.population.fileName(ofPatient: -7) == SynthTests.population.fileName(ofPatient: 0))
    }

    @Test func `social security numbers are never issued ones and no two patients share one`() {
        var seen: Set<Int> = []
        var draw = Draw(seed: 9, stream: 0)
        for index in [0, 1, 489_950, 489_951, 20_000_000, Int.max] + Array(1000..<4000) {
            let person = Person(&draw, index: index, numberOffset: 77_000, today: 20_454)
            let number = person.socialSecurityNumber
            #expect((900...999).contains(number.area))
            #expect((1...49).contains(number.group))
            #expect((1...9999).contains(number.serial))
            #expect(seen.insert(number.area * 1_000_000 + number.group * 10_000 + number.serial).inserted)
        }
    }

    @Test func `other days than the default give records that end before them`() {
        for (year, day) in [(2024, 29), (1999, 28), (2100, 1)] {
            let today = CalendarDate(year: year, month: 2, day: day)
            let population = SyntheticPopulation(seed: 5, today: today)
            let text = String(decoding: bundle(3, of: population), as: UTF8.self)
            let dates = text.matches(
                of: /"(?:start|effectiveDateTime|authoredOn|recordedDate|issued)":"(\d{4})-(\d\d)-(\d\d)T/)
            for match in dates {
                let date = CalendarDate(
                    year: Int(match.1) ?? 0, month: Int(match.2) ?? 0, day: Int(match.3) ?? 0)
                #expect(date < today)
            }
            #expect(dates.count > 20)
        }
    }

    @Test func `another parser reads every bundle and HL7's definitions find no fault in it`() throws {
        let definitions = SharedData.file("data/fhir-r4/definitions.zip")
        if definitions == nil { print("SKIPPED: no ../shared, so records are not held against HL7's definitions") }
        guard
            let check = try OutsideCheck(population: SynthTests.population, patients: 0..<12, definitions: definitions)
        else {
            print("SKIPPED: no python3, so records are not read by another parser")
            return
        }
        #expect(check.succeeded, "\(check.output)")
    }

    @Test func `the check by another parser notices what is wrong`() throws {
        let definitions = SharedData.file("data/fhir-r4/definitions.zip")
        var faults: [(text: String, by: String, notice: String)] = [
            (#""beneficiary":{"reference":"urn:uuid:"#, #""beneficiary":{"reference":"urn:uuid:0"#, "unresolved"),
            (#""maritalStatus""#, #""maritalStatu""#, "a patient lacks maritalStatus"),
        ]
        if definitions == nil {
            print("SKIPPED: no ../shared, so faults against HL7's definitions cannot be noticed")
        } else {
            faults += [
                (#""use":"official""#, #""use":"real""#, "code 'real' is not in"),
                (#""birthDate":"#, #""birthday":"#, "Patient.birthday: unknown element"),
                (#""status":"finished","#, "", "Encounter.status: missing"),
                (#""priority":{"coding""#, #""priority":{"codes""#, "Claim.priority.codes: unknown element"),
            ]
        }
        let spoiling = faults.map { (text: $0.text, by: $0.by) }
        guard
            let check = try OutsideCheck(
                population: SynthTests.population, patients: 1..<2, definitions: definitions, spoiling: spoiling),
            let torn = try OutsideCheck(
                population: SynthTests.population, patients: 1..<2, definitions: nil, spoiling: [("]", "")])
        else {
            print("SKIPPED: no python3, so records are not read by another parser")
            return
        }
        #expect(!check.succeeded)
        for fault in faults { #expect(check.output.contains(fault.notice), "\(check.output)") }
        #expect(!torn.succeeded)
        #expect(torn.output.contains("JSONDecodeError"), "\(torn.output)")
    }

    @Test func `generation keeps its pace`() {
        guard ProcessInfo.processInfo.environment["MARTLET_BENCH"] != nil else {
            print("SKIPPED: the pace of generation is measured only where MARTLET_BENCH is set")
            return
        }
        let out = ByteWriter(capacity: 1 << 24)
        let start = monotonicNanoseconds()
        var resources = 0
        var bytes = 0
        for index in 0..<400 {
            out.removeAll()
            resources += SynthTests.population.writePatientBundle(index, into: out)
            bytes += out.count
        }
        let seconds = Double(monotonicNanoseconds() - start) / 1e9
        print("synth: \(Int(Double(resources) / seconds)) resources/s, \(Int(Double(bytes) / seconds / 1e6)) MB/s")
        print("synth: \(resources / 400) resources and \(bytes / 400) bytes a patient, \(bytes / resources) a resource")
        #expect(Double(resources) / seconds > 20_000)
    }
}
