import Base
import Testing

import Synth

@Suite struct CourseTests {
    /// The records of the first patients of a seed, drawn but not written.
    private let records: [PatientRecord] = {
        let network = CareNetwork(seed: 8)
        return (0..<240).map { index in
            PatientRecord(
                seed: 8, index: index, today: 20_454, network: network,
                writer: ResourceWriter(ByteWriter(), form: .lines))
        }
    }()

    private func lines(_ record: PatientRecord) -> [Substring] {
        var record = record
        record.write()
        return String(decoding: record.writer.out.bytes, as: UTF8.self).split(separator: "\n")
    }

    @Test func `HbA1c rises with diabetes and falls under treatment`() throws {
        var count = 0
        for record in records {
            let onset = record.course.onsets[Illness.diabetes.rawValue]
            guard onset != .max else { continue }
            count += 1
            let before = record.physiology.hemoglobinA1c(on: onset - 1)
            let found = record.physiology.hemoglobinA1c(on: onset)
            let treated = record.physiology.hemoglobinA1c(on: onset + 300)
            #expect(before < 65)
            #expect(found >= 65)
            #expect(treated < found)
        }
        #expect(count > 10)
    }

    @Test func `blood pressure rises with hypertension and falls under treatment`() {
        var count = 0
        for record in records where record.course.onsets[Illness.hypertension.rawValue] != .max {
            let onset = record.course.onsets[Illness.hypertension.rawValue]
            count += 1
            let before = record.physiology.pressure(on: onset - 1)
            let found = record.physiology.pressure(on: onset)
            let treated = record.physiology.pressure(on: onset + 300)
            #expect(found.systolic >= before.systolic + 20)
            #expect(treated.systolic < found.systolic)
            #expect(treated.diastolic < found.diastolic)
        }
        #expect(count > 40)
    }

    @Test func `an illness begins within its ages and after what it follows`() {
        for record in records {
            for illness in Illness.allCases where record.course.onsets[illness.rawValue] != .max {
                let facts = illness.facts
                let onset = record.course.onsets[illness.rawValue]
                #expect(record.person.age(on: onset) >= facts.ages.lowerBound - 1)
                #expect(facts.sex == nil || facts.sex == record.person.sex)
                if let earlier = facts.follows {
                    #expect(record.course.onsets[earlier.illness.rawValue] + earlier.days <= onset)
                }
            }
        }
    }

    @Test func `visits are in order, within life, and office visits on weekdays`() {
        for record in records {
            let visits = record.plan.visits
            #expect(zip(visits, visits.dropFirst()).allSatisfy { $0.start <= $1.start })
            #expect(visits.allSatisfy { $0.day >= record.person.birthDay && $0.end.day < record.person.lastDay })
            let planned = visits.filter { $0.kind == .wellness || $0.kind == .followUp }
            #expect(planned.allSatisfy { (1...5).contains(Zone.weekday($0.day)) })
        }
    }

    @Test func `children grow and nobody's measures are absurd`() {
        for record in records {
            var last = 0
            var absurd: [String] = []
            for day in stride(from: record.person.birthDay, to: record.person.lastDay, by: 91) {
                let height = record.physiology.height(on: day)
                let mass = record.physiology.massIndex(on: day)
                let age = record.person.age(on: day)
                if age < 18 && height < last { absurd.append("shrinks at \(age)") }
                if !(430...2150).contains(height) { absurd.append("\(height) mm at \(age)") }
                if !(110...560).contains(mass) { absurd.append("index \(mass) at \(age)") }
                last = height
            }
            #expect(absurd.isEmpty)
        }
    }

    @Test func `nobody who is allergic to penicillin is given one`() {
        let penicillins = [Drug.penicillin, Drug.amoxicillin, Drug.amoxicillinClavulanate].map { $0.number }
        var allergic = 0
        var given = 0
        for record in records {
            let isAllergic = record.constitution.allergies.contains { Allergen.all[$0].drugClass == .penicillins }
            // whoever is not allergic only shows that penicillins are given at all
            guard isAllergic || record.person.index < 40 else { continue }
            if isAllergic { allergic += 1 }
            for line in lines(record) where line.hasPrefix(#"{"resourceType":"MedicationRequest""#) {
                guard penicillins.contains(where: { line.contains("\"code\":\"\($0)\"") }) else { continue }
                given += 1
                #expect(!isAllergic)
            }
        }
        #expect(allergic > 8)
        #expect(given > 2)
    }

    @Test func `values in a report agree with each other`() {
        for record in records.prefix(120) where record.person.age(on: 20_000) >= 18 {
            var draw = Draw(seed: 3, stream: UInt64(record.person.index))
            let physiology = record.physiology
            let lipids = physiology.results(&draw, panel: .lipids, on: 20_000, inflammation: 0)
            #expect(abs(lipids[0] - lipids[2] - lipids[3] - lipids[1] / 5) <= 1 || lipids[3] == 30)
            let count = physiology.results(&draw, panel: .bloodCount, on: 20_000, inflammation: 0)
            let (red, hematocrit, volume) = (count[1], count[3], count[4])
            #expect(abs(red * volume / 1000 - hematocrit) <= 2, "hematocrit is red cells by their volume")
            #expect(count.count == Panel.bloodCount.analytes.count)
        }
    }
}
