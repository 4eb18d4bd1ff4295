import Base
import Foundation
import RecordStore
import SQLDatabase
import Testing

/// A clock that stands still.
private struct FixedClock: Base.Clock {
    let microseconds: Int64

    func now() -> Instant { Instant(microseconds: microseconds) }
}

@Suite struct RecordStoreTests {
    private func patient(_ id: String, family: String = "Doe", birthDate: String = "1970-01-31") -> String {
        #"{"resourceType":"Patient","id":"\#(id)","meta":{"versionId":"9","profile":["http://p"]},"#
            + #""name":[{"family":"\#(family)"}],"birthDate":"\#(birthDate)"}"#
    }

    private func observation(_ id: String, patient: String, value: String = "1.50") -> String {
        #"{"resourceType":"Observation","id":"\#(id)","status":"final","code":{"coding":[{"system":"http://loinc.org","#
            + #""code":"8302-2"}]},"subject":{"reference":"Patient/\#(patient)"},"effectiveDateTime":"2020-02-03","#
            + #""valueQuantity":{"value":\#(value),"unit":"cm"}}"#
    }

    @Test func `what goes in comes out with its version and time`() throws {
        let test = try TestStore()
        let receipt = try test.put(patient("a"))
        #expect(receipt.outcomes == [.created(1)])
        let json = try #require(try test.read("Patient", "a"))
        #expect(json.hasPrefix(#"{"resourceType":"Patient","id":"a","meta":{"versionId":"1","lastUpdated":"20"#))
        #expect(json.hasSuffix(#"Z","profile":["http://p"]},"name":[{"family":"Doe"}],"birthDate":"1970-01-31"}"#))
        #expect(try test.read("Patient", "b") == nil)
        #expect(try test.read("Practitioner", "a") == nil)
    }

    @Test func `a resource sent twice adds nothing`() throws {
        let test = try TestStore()
        try test.put(patient("a"), observation("o", patient: "a"))
        let again = try test.put(patient("a"), observation("o", patient: "a"))
        #expect(again.outcomes == [.unchanged(1), .unchanged(2)])
        #expect(try test.store.now(test.scope).sequence == 2)
    }

    @Test
    func `within a commit a patient's entries stand by type and code, and versions of one resource in their order`()
        throws
    {
        func coded(_ id: String, _ code: String) -> String {
            #"{"resourceType":"Observation","id":"\#(id)","status":"final","subject":{"reference":"Patient/a"},"#
                + #""code":{"coding":[{"system":"http://s","code":"\#(code)"}]}}"#
        }
        let test = try TestStore()
        let receipt = try test.put(
            coded("x1", "x"), coded("y1", "y"), patient("a"), coded("x2", "x"), coded("y2", "y"), coded("y1", "x"))
        let sequences = receipt.outcomes.compactMap(\.sequence)
        #expect(sequences[2] == 1)
        #expect(sequences[3] == sequences[0] + 1)
        #expect(
            try test.store.history(test.scope, type: "Observation", id: "y1").map(\.sequence) == [
                sequences[5], sequences[1],
            ])
        #expect(Set([sequences[1], sequences[4], sequences[5]]).count == 3)
        #expect(try test.read("Observation", "y1")?.contains(#""code":"x""#) == true)
        #expect(try test.store.check(test.scope) { _, _ in }.findings == [])
    }

    @Test func `a resource twice in one batch is one if equal and two versions if not`() throws {
        let test = try TestStore()
        let receipt = try test.put(patient("a"), patient("a"), patient("a", family: "Roe"))
        #expect(receipt.outcomes == [.created(1), .unchanged(1), .updated(2)])
        #expect(try test.store.history(test.scope, type: "Patient", id: "a").map(\.sequence) == [2, 1])
    }

    @Test func `writes of one resource in a batch keep their order, whoever the patients are`() throws {
        let test = try TestStore()
        let batch = try test.store.makeBatch(test.scope)
        try test.add([observation("x", patient: "b"), observation("o", patient: "a")], to: batch)
        try test.addDeletion("Observation", "o", to: batch)
        try test.add([observation("o", patient: "b")], to: batch)
        let outcomes = try test.store.commit(batch).outcomes
        #expect(outcomes == [.created(1), .created(2), .deleted(3), .created(4)])
        #expect(try test.read("Observation", "o")?.contains("Patient/b") == true)
    }

    @Test func `times never go back, even if the clock does`() throws {
        let test = try TestStore()
        let first = try test.put(patient("a"))
        try test.close()
        let again = try TestStore(folder: test.folder, clock: FixedClock(microseconds: 1000))
        let second = try again.put(patient("b"))
        #expect(second.committedAt > first.committedAt)
        let point = try again.store.point(again.scope, at: first.committedAt)
        #expect(point.sequence == 1)
    }

    @Test func `versions, deletion and return keep the whole history`() throws {
        let test = try TestStore()
        try test.put(patient("a"))
        try test.put(patient("a", family: "Roe"))
        #expect(try test.delete("Patient", "a").outcomes == [.deleted(3)])
        #expect(try test.delete("Patient", "a").outcomes == [.absent])
        #expect(try test.store.read(test.scope, type: "Patient", id: "a")?.isDeleted == true)
        #expect(try test.put(patient("a")).outcomes == [.created(4)])
        let history = try test.store.history(test.scope, type: "Patient", id: "a")
        #expect(history.map(\.sequence) == [4, 3, 2, 1])
        #expect(history.map(\.isDeleted) == [false, true, false, false])
        let second = try test.store.readVersion(test.scope, type: "Patient", id: "a", version: 2)
        #expect(second.map { String(decoding: $0.json, as: UTF8.self).contains("Roe") } == true)
        #expect(try test.store.readVersion(test.scope, type: "Patient", id: "b", version: 2) == nil)
        #expect(try test.store.readVersion(test.scope, type: "Patient", id: "a", version: 99) == nil)
    }

    @Test func `a precondition that does not hold leaves nothing behind`() throws {
        let test = try TestStore()
        try test.put(patient("a"))
        #expect(throws: StoreError.self) { try test.put(patient("b"), patient("a"), precondition: .absent) }
        #expect(try test.read("Patient", "b") == nil)
        #expect(throws: StoreError.self) { try test.put(patient("a", family: "R"), precondition: .version(7)) }
        #expect(try test.put(patient("a", family: "R"), precondition: .version(1)).outcomes == [.updated(2)])
        #expect(throws: StoreError.self) { try test.put(patient("c"), precondition: .present) }
    }

    @Test func `searches find by code, reference, date, number and name, in memory and in segments`() throws {
        let test = try TestStore()
        try test.put(patient("a"), patient("b", family: "Müller", birthDate: "1980-05-06"))
        try test.put(
            observation("o1", patient: "a"), observation("o2", patient: "b", value: "7"),
            observation("o3", patient: "a", value: "9.0"))
        // The entries of a patient stand together in the log: o3 comes before o2.
        func check(_ store: TestStore) throws {
            #expect(try store.ids(store.query("Patient", ("family", "mull"))) == ["b"])
            #expect(try store.ids(store.query("Patient", ("birthdate", "ge1975"))) == ["b"])
            #expect(try store.ids(store.query("Observation", ("patient", "a"))) == ["o3", "o1"])
            #expect(
                try store.ids(
                    store.query("Observation", ("patient", "Patient/a"), ("code", "http://loinc.org|8302-2"))) == [
                        "o3", "o1",
                    ])
            #expect(try store.ids(store.query("Observation", ("value-quantity", "gt6"))) == ["o2", "o3"])
            #expect(
                try store.ids(store.query("Observation", ("_sort", "value-quantity"))) == ["o1", "o2", "o3"])
            #expect(try store.ids(store.query("Observation", ("_id", "o1,o3,x"))) == ["o3", "o1"])
            #expect(try store.ids(store.query("Observation", ("code", "none"))) == [])
            #expect(try store.ids(store.query("Observation"), pageCount: 1) == ["o2", "o3", "o1"])
            #expect(try store.store.count(store.scope, type: "Observation") == 3)
        }
        try check(test)
        try test.close()
        let again = try TestStore(folder: test.folder)
        try check(again)
    }

    @Test func `a compartment holds the patient and what refers to it, as it is now`() throws {
        let test = try TestStore()
        try test.put(patient("a"), observation("o1", patient: "a"), observation("o2", patient: "b"))
        let before = try test.store.now(test.scope)
        try test.put(observation("o1", patient: "b"), observation("o3", patient: "a"))
        func ids(_ patient: String, at point: LogPoint? = nil) throws -> [String] {
            var ids: [String] = []
            try test.store.forEachInCompartment(test.scope, patient: patient, at: point) { version in
                ids.append(version.id)
                return true
            }
            return ids
        }
        #expect(try ids("a") == ["a", "o3"])
        #expect(try ids("b") == ["o2", "o1"])
        #expect(try ids("a", at: before) == ["a", "o1"])
        #expect(try ids("c") == [])
    }

    @Test func `a page shows what was there when the search began`() throws {
        let test = try TestStore()
        for number in 0..<6 { try test.put(observation("o\(number)", patient: "a")) }
        let query = try test.query("Observation", ("patient", "a"))
        let first = try test.store.search(test.scope, query, SearchWindow(count: 2))
        #expect(first.matches.map(\.id) == ["o5", "o4"])
        _ = try test.delete("Observation", "o3")
        try test.put(observation("o2", patient: "z"), observation("o9", patient: "a"))
        let second = try test.store.search(test.scope, query, SearchWindow(count: 9, cursor: first.next))
        #expect(second.matches.map(\.id) == ["o3", "o2", "o1", "o0"])
        #expect(try test.ids(query) == ["o9", "o5", "o4", "o1", "o0"])
        #expect(try test.ids(query, point: first.point) == ["o5", "o4", "o3", "o2", "o1", "o0"])
    }

    @Test func `a store opened again goes on where it was, with and without a clean end`() throws {
        let test = try TestStore()
        try test.put(patient("a"), observation("o", patient: "a"))
        try test.put(patient("a", family: "Roe"))
        // Not closed: as after a crash, the index is made from the log again.
        let crashed = try TestStore(folder: test.folder)
        #expect(try crashed.store.now(crashed.scope).sequence == 3)
        #expect(try crashed.put(patient("a", family: "Roe")).outcomes == [.unchanged(3)])
        #expect(try crashed.ids(crashed.query("Patient", ("family", "doe"))) == [])
        #expect(try crashed.put(patient("c")).outcomes == [.created(4)])
        try crashed.close()
        let closed = try TestStore(folder: test.folder)
        #expect(try closed.put(patient("c")).outcomes == [.unchanged(4)])
        #expect(try closed.ids(closed.query("Patient")) == ["c", "a"])
    }

    @Test func `many small segments are merged and answer the same`() throws {
        var limits = StoreLimits()
        limits.flushPostings = 500
        limits.mergeSegments = 2
        let test = try TestStore(limits: limits)
        var expected: Set<String> = []
        for round in 0..<40 {
            var texts = [patient("p\(round % 7)", family: "F\(round)")]
            for number in 0..<20 {
                let id = "o\(round)-\(number)"
                texts.append(observation(id, patient: "p\(round % 7)", value: "\(number)"))
                if round % 7 == 3 { expected.insert(id) }
            }
            try test.put(texts)
            if round % 5 == 0, round > 0 {
                _ = try test.delete("Observation", "o\(round - 1)-0")
                expected.remove("o\(round - 1)-0")
            }
        }
        let query = try test.query("Observation", ("patient", "p3"))
        #expect(Set(try test.ids(query)) == expected)
        try test.close()
        let again = try TestStore(folder: test.folder)
        #expect(Set(try again.ids(again.query("Observation", ("patient", "p3")))) == expected)
        #expect(try again.ids(again.query("Patient")).count == 7)
        #expect(try again.store.history(again.scope, type: "Patient", id: "p0").count == 6)
        let report = try again.store.check(again.scope) { _, _ in }
        #expect(report.findings == [])
        #expect(report.entries == Int(try again.store.now(again.scope).sequence))
    }

    @Test func `a check finds what is missing from the index or altered in the log`() throws {
        var limits = StoreLimits()
        limits.flushPostings = 200
        let test = try TestStore(limits: limits)
        for round in 0..<20 {
            try test.put(patient("p\(round % 3)", family: "F\(round)"), observation("o\(round)", patient: "p1"))
        }
        #expect(try test.store.check(test.scope) { _, _ in }.findings == [])
        try test.close()
        let database = try SQLiteDatabase(path: test.folder + "/data.db")
        try database.write {
            try $0.execute("UPDATE blocks SET committed_at = committed_at + 1 WHERE position % 16 = 5")
        }
        try database.close()
        let altered = try TestStore(folder: test.folder)
        #expect(try altered.store.check(altered.scope) { _, _ in }.findings.contains { $0.contains("was altered") })
    }

    @Test func `a store of the version before takes on what it lacks`() throws {
        let test = try TestStore()
        try test.put(patient("a"))
        try test.close()
        let old = try SQLiteDatabase(path: test.folder + "/data.db")
        try old.write {
            try $0.execute("DROP TABLE custom_paths")
            try $0.execute("DROP TABLE erasures")
            try $0.execute("DROP TABLE manifests")
            try $0.execute("ALTER TABLE blocks DROP COLUMN mark")
            try $0.execute("UPDATE schema_version SET version = 3")
        }
        try old.close()
        for _ in 1...2 {
            let opened = try TestStore(folder: test.folder)
            #expect(try opened.read("Patient", "a") != nil)
            #expect(try opened.store.customParameters(opened.scope).isEmpty)
            #expect(try opened.store.check(opened.scope) { _, _ in }.findings.isEmpty)
            try opened.close()
        }
    }

    @Test func `concurrent writers of one resource each replace what they read`() async throws {
        let test = try TestStore()
        try test.put(patient("a"))
        let wins = Lock()
        nonisolated(unsafe) var won = 0
        let threads = (0..<4).map { writer in
            WorkerThread(name: "writer \(writer)") {
                for attempt in 0..<50 {
                    guard let seen = try? test.store.read(test.scope, type: "Patient", id: "a")?.sequence else {
                        continue
                    }
                    let text = self.patient("a", family: "W\(writer)x\(attempt)")
                    if (try? test.put(text, precondition: .version(seen))) != nil { wins.withLock { won += 1 } }
                }
            }
        }
        for thread in threads { thread.join() }
        let history = try test.store.history(test.scope, type: "Patient", id: "a")
        #expect(history.count == won + 1)
        #expect(won > 4)
    }
}
