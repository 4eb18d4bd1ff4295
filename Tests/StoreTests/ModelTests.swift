import Base
import FHIR
import Foundation
import JSONTape
import RecordStore
import Search
import Testing

/// Random writes, deletions, closings and crashes, held against a dictionary that remembers everything.
@Suite struct ModelTests {
    /// What an observation says: whose it is and its value.
    private struct Facts: Equatable {
        var patient: Int
        var value: Int

        func json(_ id: String) -> String {
            #"{"resourceType":"Observation","id":"\#(id)","status":"final","code":{"text":"x"},"#
                + #""subject":{"reference":"Patient/p\#(patient)"},"valueQuantity":{"value":\#(value)}}"#
        }
    }

    /// The live observations at one point of the log.
    private struct Moment {
        var point: LogPoint
        var time: Instant
        var live: [String: Facts]
    }

    private func commit(
        _ test: TestStore, _ moments: inout [Moment], _ versions: inout [String: [Facts?]], _ random: inout SeededRandom
    ) throws {
        let batch = try test.store.makeBatch(test.scope)
        let parser = try JSONParser(names: test.store.definitions.names)
        let type = try #require(test.store.definitions.type(named: "Observation"))
        // The store puts the entries of a patient together: the writes of one resource keep their order.
        var live = moments.last?.live ?? [:]
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let id = "o\(Int.random(in: 0..<30, using: &random))"
            let facts = Facts(patient: .random(in: 0..<3, using: &random), value: .random(in: 0..<5, using: &random))
            let isDeletion = Int.random(in: 0..<5, using: &random) == 0
            try Array(id.utf8).withUnsafeBytes { idBytes in
                if isDeletion { return batch.delete(type: type, id: idBytes) }
                try Array(facts.json(id).utf8).withUnsafeBytes { bytes in
                    batch.put(try parser.parse(bytes), type: type, id: idBytes)
                }
            }
            let new = isDeletion ? nil : facts
            if live[id] != new { versions[id, default: []].append(new) }
            live[id] = new
        }
        let receipt = try test.store.commit(batch)
        moments.append(Moment(point: try test.store.now(test.scope), time: receipt.committedAt, live: live))
    }

    private func ids(_ test: TestStore, _ parameters: [(String, String)], _ point: LogPoint?) throws -> [String] {
        let type = try #require(test.store.definitions.type(named: "Observation"))
        let query = try SearchQuery.parse(
            type: type, parameters: parameters.map { (name: $0.0, value: $0.1) }, plans: test.store.plans,
            now: SystemClock().now())
        return try test.ids(query, pageCount: 7, point: point)
    }

    private func expectAgreement(
        _ test: TestStore, _ moment: Moment, isLast: Bool, _ random: inout SeededRandom
    ) throws {
        let point = isLast ? nil : moment.point
        let live = moment.live
        #expect(try ids(test, [], point).sorted() == live.keys.sorted())
        let patient = Int.random(in: 0..<3, using: &random)
        let value = Int.random(in: 0..<5, using: &random)
        let found = try ids(test, [("patient", "p\(patient)"), ("value-quantity", "ge\(value)")], point)
        #expect(
            found.sorted() == live.filter { $0.value.patient == patient && $0.value.value >= value }.keys.sorted())
        let others = try ids(test, [("subject:Patient", "p\(patient),p9"), ("_sort", "-value-quantity")], point)
        let owned = live.filter { $0.value.patient == patient }
        #expect(others.sorted() == owned.keys.sorted())
        let values = others.compactMap { live[$0]?.value }
        #expect(values == values.sorted(by: >))
        for number in 0..<30 {
            let id = "o\(number)"
            let read = try test.store.read(test.scope, type: "Observation", id: id, at: moment.point)
            let text = read.flatMap { $0.isDeleted ? nil : String(decoding: $0.json, as: UTF8.self) }
            #expect((text == nil) == (live[id] == nil))
            if let facts = live[id] { #expect(text?.contains("\"valueQuantity\":{\"value\":\(facts.value)}") == true) }
        }
        #expect(try test.store.point(test.scope, at: moment.time) == moment.point)
    }

    @Test(arguments: 1...4)
    func `whatever was done, every moment of the past can be asked for`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var limits = StoreLimits()
        limits.flushPostings = 120
        limits.mergeSegments = 2
        let home = try TestStore(limits: limits)
        var test = home
        var moments: [Moment] = []
        var versions: [String: [Facts?]] = [:]
        for _ in 0..<150 {
            try commit(test, &moments, &versions, &random)
            switch Int.random(in: 0..<40, using: &random) {
            case 0:
                try test.close()
                test = try TestStore(limits: limits, folder: home.folder)
            case 1...3:
                let moment = try #require(moments.randomElement(using: &random))
                try expectAgreement(test, moment, isLast: false, &random)
            default: break
            }
        }
        try expectAgreement(test, try #require(moments.last), isLast: true, &random)
        for moment in moments where Int.random(in: 0..<8, using: &random) == 0 {
            try expectAgreement(test, moment, isLast: false, &random)
        }
        for (id, states) in versions {
            let history = try test.store.history(test.scope, type: "Observation", id: id)
            #expect(history.count == states.count)
            for (version, facts) in zip(history.reversed(), states) {
                #expect(version.isDeleted == (facts == nil))
                guard let facts else { continue }
                #expect(String(decoding: version.json, as: UTF8.self).contains("Patient/p\(facts.patient)\""))
            }
        }
        let live = try #require(moments.last).live
        #expect(try test.store.count(test.scope, type: "Observation") == live.count)
        #expect(try test.store.check(test.scope) { _, _ in }.findings == [])
        try test.close()
    }
}
