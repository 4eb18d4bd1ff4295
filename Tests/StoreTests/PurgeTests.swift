import Access
import Base
import FHIR
import Foundation
import JSONTape
import RecordStore
import SQLDatabase
import Search
import Synchronization
import Testing
import Vault

@Suite struct PurgeTests {
    private static func observation(_ id: Int, of patient: String?, value: Int) -> String {
        let subject = patient.map { #","subject":{"reference":"Patient/\#($0)"}"# } ?? ""
        return
            #"{"resourceType":"Observation","id":"o\#(id)","status":"final","code":{"text":"c\#(value)"}\#(subject)}"#
    }

    private static func patient(_ id: String, _ family: String = "F") -> String {
        #"{"resourceType":"Patient","id":"\#(id)","name":[{"family":"\#(family)"}]}"#
    }

    /// Every version that a store still tells, oldest first.
    private static func versions(_ test: TestStore) throws -> [(sequence: UInt64, text: String)] {
        var found: [(sequence: UInt64, text: String)] = []
        let point = try test.store.now(test.scope)
        try test.store.forEachVersion(test.scope, HistoryWindow(point: point)) { version in
            found.append((version.sequence, String(decoding: version.json, as: UTF8.self)))
            return true
        }
        return found.reversed()
    }

    /// What a store should tell, kept in the plainest way.
    private struct Model {
        struct Version {
            var sequence: UInt64
            var name: String
            var owner: String?
            var isDeleted: Bool
            /// Versions that lead to one another.
            var chain: Int
            var isErased = false
        }

        var log: [Version] = []
        var heads: [String: Int] = [:]
        var chains = 0

        mutating func add(_ sequence: UInt64, _ name: String, _ owner: String?, isDeleted: Bool = false) {
            let head = heads[name].map { log[$0] }
            var chain = head?.chain ?? 0
            if head == nil {
                chains += 1
                chain = chains
            }
            heads[name] = log.count
            log.append(
                Version(
                    sequence: sequence, name: name, owner: isDeleted ? head?.owner : owner, isDeleted: isDeleted,
                    chain: chain))
        }

        /// - Returns: how many versions it erased.
        mutating func purge(_ patient: String) -> Int {
            var count = 0
            for place in log.indices where log[place].owner == patient && !log[place].isErased {
                log[place].isErased = true
                count += 1
                if heads[log[place].name] == place { heads[log[place].name] = nil }
            }
            return count
        }

        func history(_ name: String) -> [UInt64] {
            guard let chain = heads[name].map({ log[$0].chain }) else { return [] }
            return log.filter { $0.chain == chain && !$0.isErased }.map(\.sequence).reversed()
        }

        func held(_ name: String, at point: UInt64) -> UInt64? {
            guard let chain = heads[name].map({ log[$0].chain }),
                let last = log.last(where: { $0.chain == chain && $0.sequence <= point }), !last.isErased
            else { return nil }
            return last.sequence
        }

        func live(of patient: String, at point: UInt64) -> Set<UInt64> {
            var newest: [String: Version] = [:]
            for version in log where version.sequence <= point { newest[version.name] = version }
            return Set(
                newest.values.filter { !$0.isErased && !$0.isDeleted && $0.owner == patient }
                    .filter { $0.name.hasPrefix("Observation/") }.map(\.sequence))
        }
    }

    private static func compare(_ test: TestStore, _ model: Model, _ context: String) throws {
        let definitions = try TestStore.definitions.get()
        let point = try test.store.now(test.scope)
        let kept = model.log.filter { !$0.isErased }
        #expect(try versions(test).map(\.sequence) == kept.map(\.sequence), "\(context)")
        for name in Set(model.log.map(\.name)) {
            let parts = name.split(separator: "/").map(String.init)
            let history = try test.store.history(test.scope, type: parts[0], id: parts[1]).map(\.sequence)
            #expect(history == model.history(name), "\(context) \(name)")
            let middle = LogPoint(sequence: point.sequence / 2)
            #expect(
                try test.store.read(test.scope, type: parts[0], id: parts[1], at: middle)?.sequence
                    == model.held(name, at: middle.sequence), "\(context) \(name)")
        }
        for version in model.log {
            let parts = version.name.split(separator: "/").map(String.init)
            let found = try test.store.readVersion(
                test.scope, type: parts[0], id: parts[1], version: version.sequence)
            #expect((found == nil) == version.isErased, "\(context) \(version)")
        }
        for patient in ["a", "b", "c"] {
            let query = try test.query("Observation", ("patient", patient))
            for at in [point, LogPoint(sequence: point.sequence / 2), LogPoint(sequence: point.sequence / 3)] {
                let page = try test.store.search(test.scope, query, SearchWindow(count: 1000, point: at))
                #expect(
                    Set(page.matches.map(\.sequence)) == model.live(of: patient, at: at.sequence),
                    "\(context) \(patient)")
            }
        }
        var walked: Set<UInt64> = []
        var walk = LogWalk(point: point)
        walk.types = [try #require(definitions.type(named: "Observation"))]
        try test.store.forEachLive(test.scope, walk, unreadable: { _ in Issue.record("\(context): unreadable") }) {
            version, _ in
            walked.insert(version.sequence)
            return true
        }
        let live = model.heads.values.map { model.log[$0] }
            .filter { !$0.isDeleted && $0.name.hasPrefix("Observation/") }
        #expect(walked == Set(live.map(\.sequence)), "\(context)")
        #expect(try test.store.count(test.scope, type: "Observation") == live.count, "\(context)")
        let findings = try test.store.check(test.scope) { _, _ in }.findings
        #expect(findings == [], "\(context)")
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `after purges a store tells what a plain list tells without the patients`(_ seed: UInt64) throws {
        var limits = StoreLimits()
        limits.flushPostings = 150
        limits.mergeSegments = 3
        var random = SeededRandom(seed: seed)
        var test = try TestStore(limits: limits)
        let folder = test
        var model = Model()
        var value = 0
        for round in 0..<140 {
            switch Int.random(in: 0..<30, using: &random) {
            case 0:
                let patient = ["a", "b", "c"].randomElement(using: &random) ?? "a"
                let expected = model.purge(patient)
                let report = try test.store.purge(test.scope, patient: patient, reason: "asked for")
                #expect((report?.entries ?? 0) == expected && report?.isIndexClean ?? true)
            case 1:
                try test.close()
                test = try TestStore(limits: limits, folder: folder.folder)
            case 2...6:
                let id = Int.random(in: 0..<25, using: &random)
                let receipt = try test.delete("Observation", "o\(id)")
                if let sequence = receipt.outcomes.first?.sequence {
                    model.add(sequence, "Observation/o\(id)", nil, isDeleted: true)
                }
            case 7...9:
                let patient = ["a", "b", "c"].randomElement(using: &random) ?? "a"
                let receipt = try test.put(Self.patient(patient, "F\(round)"))
                if let sequence = receipt.outcomes.first?.sequence {
                    model.add(sequence, "Patient/\(patient)", patient)
                }
            default:
                let ids = Set((0..<4).map { _ in Int.random(in: 0..<25, using: &random) }).sorted()
                let owners = ids.map { _ in
                    Int.random(in: 0..<6, using: &random) == 0 ? nil : ["a", "b", "c"].randomElement(using: &random)
                }
                value += 1
                let receipt = try test.put(
                    zip(ids, owners).map { Self.observation($0, of: $1, value: value) })
                let noted = zip(zip(ids, owners), receipt.outcomes)
                    .sorted { ($0.1.sequence ?? 0) < ($1.1.sequence ?? 0) }
                for ((id, owner), outcome) in noted {
                    if let sequence = outcome.sequence { model.add(sequence, "Observation/o\(id)", owner) }
                }
            }
            if round % 10 == 9 { try Self.compare(test, model, "seed \(seed) round \(round)") }
        }
        try test.close()
        let again = try TestStore(limits: limits, folder: folder.folder)
        try Self.compare(again, model, "seed \(seed), opened again")
        try again.close()
    }

    @Test func `what was planted in a patient's records is in no copy, and all others are as before`() throws {
        let test = try TestStore()
        for patient in 0..<20 {
            try test.put(Self.patient("p\(patient)", "Family\(patient)"))
            try test.put((0..<6).map { Self.observation(patient * 10 + $0, of: "p\(patient)", value: 5000 + patient) })
            _ = try test.delete("Observation", "o\(patient * 10)")
        }
        try test.put(
            #"{"resourceType":"Appointment","id":"shared","status":"booked","participant":[{"actor":{"reference":"Patient/p7"},"status":"accepted"},{"actor":{"reference":"Patient/p8"},"status":"accepted"}]}"#
        )
        try test.close()
        let copy = test.folder + "-copy"
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try FileManager.default.copyItem(atPath: test.folder, toPath: copy)
        let second = try TestStore(folder: test.folder)
        let told = Mutex<[TenantName]>([])
        second.store.onPurge { tenant in told.withLock { $0.append(tenant) } }
        let before = try Self.versions(second)
        #expect(try second.store.purgePreview(second.scope, patient: "p7")?.entries == 9)
        let report = try #require(try second.store.purge(second.scope, patient: "p7", reason: "asked for"))
        #expect(report.entries == 9 && report.sharedWithOthers == 1 && report.isIndexClean)
        #expect(try second.store.purge(second.scope, patient: "p7", reason: "again") == nil)
        #expect(told.withLock { $0 } == [second.scope.tenant], "who keeps copies is told of each purge once")
        let others = before.filter { entry in
            !["Family7", "c5007", "\"o70\"", "shared"].contains { entry.text.contains($0) }
        }
        #expect(others.count == before.count - 9)
        let isSame = { (left: [(sequence: UInt64, text: String)], right: [(sequence: UInt64, text: String)]) in
            left.map(\.sequence) == right.map(\.sequence) && left.map(\.text) == right.map(\.text)
        }
        #expect(isSame(try Self.versions(second), others))
        #expect(try second.read("Patient", "p7") == nil)
        let record = try #require(try second.store.erasures(second.scope).last)
        #expect(record.entries == 9 && record.reason == "asked for" && record.actor == "test" && record.isDone)
        // The keys that are left open nothing of it in a copy from before.
        try second.close()
        try FileManager.default.removeItem(atPath: copy + "/keys.db")
        try FileManager.default.copyItem(atPath: test.folder + "/keys.db", toPath: copy + "/keys.db")
        let older = try TestStore(folder: copy)
        #expect(isSame(try Self.versions(older), others))
        #expect(try older.read("Patient", "p7") == nil && older.read("Observation", "o71") == nil)
        #expect(try older.ids(older.query("Observation", ("patient", "p7"))) == [])
        #expect(try older.store.check(older.scope) { _, _ in }.findings == [])
        try older.close()
        // The id is free for whoever comes next.
        let third = try TestStore(folder: test.folder)
        try third.put(Self.patient("p7", "Someone"), Self.observation(71, of: "p7", value: 1))
        #expect(try third.store.history(third.scope, type: "Patient", id: "p7").count == 1)
        #expect(try third.ids(third.query("Observation", ("patient", "p7"))) == ["o71"])
        #expect(try third.store.check(third.scope) { _, _ in }.findings == [])
        try third.close()
    }

    @Test func `references of a purged patient's records wait no more`() throws {
        let first = try TestStore()
        try first.put(Self.patient("a"), Self.patient("b"))
        let batch = try first.store.makeBatch(first.scope)
        let query = try first.query("Practitioner", ("identifier", "x"))
        let token = try batch.awaitedToken(query)
        let definitions = try TestStore.definitions.get()
        let type = try #require(definitions.type(named: "Observation"))
        let parser = try JSONParser(names: definitions.names)
        for (id, patient) in [("o1", "a"), ("o2", "b"), ("o3", "b"), ("o4", "a")] {
            let text = Self.observation(0, of: patient, value: 1).replacingOccurrences(of: "\"o0\"", with: "\"\(id)\"")
            try Array(text.utf8).withUnsafeBytes { bytes in
                let resource = try parser.parse(bytes)
                Array(id.utf8).withUnsafeBytes {
                    batch.put(resource, type: type, id: $0, awaited: [token, token, token &+ 1])
                }
            }
        }
        _ = try first.store.commit(batch)
        #expect(try first.store.awaiting(first.scope).count == 4)
        try first.put(Self.observation(4, of: "a", value: 2))
        #expect(try first.store.awaiting(first.scope).count == 3)
        #expect(try first.store.purge(first.scope, patient: "b", reason: "r") != nil)
        let left = try first.store.awaiting(first.scope)
        #expect(left.count == 1)
        try first.close()
        let second = try TestStore(folder: first.folder)
        #expect(try second.store.awaiting(second.scope) == left)
        #expect(try second.store.check(second.scope) { _, _ in }.findings == [])
        try second.close()
    }

    @Test func `a patient of a store of an older program is purged as any other`() throws {
        let first = try TestStore()
        try first.put(Self.patient("a"), Self.observation(1, of: "a", value: 1))
        try first.put(Self.patient("b"), Self.observation(2, of: "b", value: 1))
        _ = try first.delete("Observation", "o2")
        try first.close()
        let old = try SQLiteDatabase(path: first.folder + "/data.db")
        try old.write {
            try $0.execute("DROP TABLE erasures")
            try $0.execute("DROP TABLE manifests")
            try $0.execute("ALTER TABLE blocks DROP COLUMN mark")
            try $0.execute("UPDATE schema_version SET version = 4")
        }
        try old.close()
        let second = try TestStore(folder: first.folder)
        #expect(try second.store.purge(second.scope, patient: "b", reason: "r")?.entries == 3)
        try second.close()
        let third = try TestStore(folder: first.folder)
        #expect(try Self.versions(third).count == 2)
        #expect(try third.store.check(third.scope) { _, _ in }.findings == [])
        try third.put(Self.patient("c"))
        try third.close()
    }

    @Test func `a purge that is cut short at any write is undone, or finished by the next start`() throws {
        let first = try TestStore()
        for patient in 0..<4 {
            try first.put(Self.patient("p\(patient)"), Self.observation(patient, of: "p\(patient)", value: 1))
            try first.put(Self.observation(patient, of: "p\(patient)", value: 2))
        }
        _ = try first.delete("Observation", "o1")
        let before = try Self.versions(first).map(\.text)
        try first.close()
        let after = before.filter { !$0.contains("\"p1\"") && !$0.contains("Patient/p1") && !$0.contains("\"o1\"") }
        #expect(after.count == before.count - 4)
        let copy = first.folder + "-copy"
        defer { try? FileManager.default.removeItem(atPath: copy) }
        var promises = 0
        for step in 0..<40 {
            for isLastKept in [false, true] {
                try? FileManager.default.removeItem(atPath: copy)
                try FileManager.default.copyItem(atPath: first.folder, toPath: copy)
                let death = DyingDatabase(writesLeft: step, isLastKept: isLastKept)
                var (isComplete, isPromised) = (false, false)
                do {
                    let test = try TestStore(folder: copy, wrap: { death.database($0) })
                    defer { try? test.close() }
                    isComplete = try test.store.purge(test.scope, patient: "p1", reason: "r") != nil
                } catch let error as StoreError {
                    isPromised = error.code == .unavailable && error.detail.contains("the next start finishes it")
                } catch {}
                if isPromised { promises += 1 }
                let again = try TestStore(folder: copy)
                let found = try Self.versions(again).map(\.text)
                #expect(found == after || (!isComplete && !isPromised && found == before), "step \(step)")
                if found == before {
                    #expect(try again.store.purge(again.scope, patient: "p1", reason: "r")?.isIndexClean == true)
                }
                try again.close()
                let third = try TestStore(folder: copy)
                #expect(try Self.versions(third).map(\.text) == after, "step \(step)")
                for _ in 0..<200 where try third.store.erasures(third.scope).map(\.isDone) != [true] { usleep(10_000) }
                #expect(try third.store.erasures(third.scope).map(\.isDone) == [true])
                #expect(try third.store.check(third.scope) { _, _ in }.findings == [], "step \(step)")
                try third.close()
                if isComplete {
                    #expect(promises > 0)
                    return
                }
            }
        }
        Issue.record("the purge never came to its end")
    }

    @Test func `what is left of a purge and cannot be finished is reported, and finished by a later start`() throws {
        let first = try TestStore()
        try first.put(Self.patient("p0"), Self.observation(0, of: "p0", value: 1))
        try first.put(Self.patient("p1"), Self.observation(1, of: "p1", value: 1))
        try first.close()
        let copy = first.folder + "-copy"
        defer { try? FileManager.default.removeItem(atPath: copy) }
        var reports = 0
        for step in 0..<40 {
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: first.folder, toPath: copy)
            let death = DyingDatabase(writesLeft: step, isLastKept: true)
            var isComplete = false
            do {
                let test = try TestStore(folder: copy, wrap: { death.database($0) })
                defer { try? test.close() }
                isComplete = try test.store.purge(test.scope, patient: "p1", reason: "r") != nil
            } catch {}
            if isComplete { break }
            for writesLeft in 0..<12 {
                let reported = Reports()
                let again = DyingDatabase(writesLeft: writesLeft, isLastKept: false)
                guard
                    let test = try? TestStore(
                        folder: copy, wrap: { again.database($0) }, report: { reported.add($0) })
                else { continue }
                for _ in 0..<200 {
                    let isDone = try test.store.erasures(test.scope).allSatisfy(\.isDone)
                    if isDone || !reported.all.isEmpty { break }
                    usleep(5_000)
                }
                try? test.close()
                for error in reported.all {
                    let error = try #require(error as? StoreError)
                    #expect(error.code == .unavailable && error.cause != nil)
                    #expect(error.detail.contains("the next start tries again"))
                }
                reports += reported.all.count
            }
            let last = try TestStore(folder: copy)
            for _ in 0..<200 where try !last.store.erasures(last.scope).allSatisfy(\.isDone) { usleep(10_000) }
            #expect(try last.store.erasures(last.scope).allSatisfy(\.isDone), "step \(step)")
            #expect(try last.store.check(last.scope) { _, _ in }.findings == [], "step \(step)")
            try last.close()
        }
        #expect(reports > 0)
    }

    /// What a store told of its background.
    private final class Reports: Sendable {
        private let errors = Mutex<[any Error]>([])

        func add(_ error: any Error) { errors.withLock { $0.append(error) } }
        var all: [any Error] { errors.withLock { $0 } }
    }

    @Test func `reads, searches and writes go on while patients are purged`() throws {
        var limits = StoreLimits()
        limits.flushPostings = 300
        limits.mergeSegments = 2
        let test = try TestStore(limits: limits)
        defer { try? test.close() }
        for patient in 0..<8 {
            try test.put(Self.patient("p\(patient)"))
            for id in 0..<8 { try test.put(Self.observation(patient * 10 + id, of: "p\(patient)", value: 1)) }
        }
        let isDone = Atomic<Bool>(false)
        let faults = Mutex<[String]>([])
        let threads = (0..<2).map { number in
            WorkerThread(name: "worker \(number)") {
                var value = 0
                while !isDone.load(ordering: .relaxed) {
                    do {
                        value += 1
                        if number == 0 {
                            try test.put(Self.observation(value % 8, of: "p0", value: value + 10))
                        } else {
                            let found = try test.ids(test.query("Observation", ("patient", "p7")))
                            if found.count != 8 { faults.withLock { $0.append("\(found.count)") } }
                        }
                    } catch {
                        faults.withLock { $0.append("\(error)") }
                    }
                }
            }
        }
        for patient in 1...6 {
            let report = try test.store.purge(test.scope, patient: "p\(patient)", reason: "r", waits: patient % 2 == 0)
            #expect(report?.entries == 9)
        }
        isDone.store(true, ordering: .relaxed)
        for thread in threads { thread.join() }
        #expect(faults.withLock { $0 } == [])
        for _ in 0..<500 where try !test.store.erasures(test.scope).allSatisfy(\.isDone) { usleep(10_000) }
        #expect(try test.store.erasures(test.scope).allSatisfy(\.isDone))
        #expect(try test.store.check(test.scope) { _, _ in }.findings == [])
        #expect(try test.ids(test.query("Patient")).sorted() == ["p0", "p7"])
    }
}
