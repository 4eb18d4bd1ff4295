import Access
import Base
import FHIR
import RecordStore
import Search
import Synchronization
import Testing

/// Commits that depend on what a search found.
@Suite struct GuardTests {
    private func patient(_ id: String, family: String) -> String {
        #"{"resourceType":"Patient","id":"\#(id)","name":[{"family":"\#(family)"}]}"#
    }

    private func query(_ test: TestStore, _ parameters: [(String, String)]) throws -> SearchQuery {
        let type = try #require(test.store.definitions.type(named: "Patient"))
        return try SearchQuery.parse(
            type: type, parameters: parameters.map { (name: $0.0, value: $0.1) }, plans: test.store.plans,
            now: SystemClock().now())
    }

    /// Searches, lets something happen, and commits what depends on the search.
    /// - Returns: whether it was committed.
    private func commits(
        _ test: TestStore, _ parameters: [(String, String)], after happening: () throws -> Void
    ) throws -> Bool {
        let query = try query(test, parameters)
        let page = try test.store.search(test.scope, query, SearchWindow(count: 10))
        try happening()
        let batch = try test.store.makeBatch(test.scope)
        try batch.expect(query, at: page.point, finds: page.matches)
        try test.add([patient("made", family: "\(UInt64.random(in: 0...UInt64.max))")], to: batch)
        do {
            _ = try test.store.commit(batch)
            return true
        } catch let error as StoreError where error.code == .changed {
            return false
        }
    }

    @Test(arguments: [0, 1]) func `a commit depends on just what its search may find`(_ flushes: Int) throws {
        // With a limit of one posting every commit is soon in a segment.
        var limits = StoreLimits()
        if flushes == 1 { limits.flushPostings = 1 }
        let test = try TestStore(limits: limits)
        try test.put(patient("a", family: "Doe"), patient("b", family: "Roe"))
        let doe = [("family", "doe")]
        #expect(try commits(test, doe) {})
        // What the search does not find plays no part, nor what it found before.
        #expect(try commits(test, doe) { try test.put(patient("c", family: "Poe")) })
        #expect(try commits(test, doe) { try test.put(patient("b", family: "Poe")) })
        // A further match; one that no longer is; one that is gone.
        #expect(try !commits(test, doe) { try test.put(patient("d", family: "Doe")) })
        #expect(try !commits(test, doe) { try test.put(patient("d", family: "Moe")) })
        #expect(try !commits(test, doe) { _ = try test.delete("Patient", "a") })
        #expect(try !commits(test, doe) { try test.put(patient("a", family: "Doe")) })
        // What came and went again is not found either.
        #expect(
            try commits(test, doe) {
                try test.put(patient("e", family: "Doe"))
                try test.put(patient("e", family: "Zoe"))
            })
        // By id.
        #expect(try !commits(test, [("_id", "new")]) { try test.put(patient("new", family: "X")) })
        #expect(try commits(test, [("_id", "new")]) { try test.put(patient("new", family: "Y")) })
        #expect(try !commits(test, [("_id", "new")]) { _ = try test.delete("Patient", "new") })
        #expect(try commits(test, [("_id", "never")]) { try test.put(patient("other", family: "Z")) })
        // By time every new version may be one more.
        #expect(try !commits(test, [("_lastUpdated", "gt2000")]) { try test.put(patient("f", family: "X")) })
        try test.close()
    }

    @Test func `new versions of what was found hinder nobody as long as they are found`() throws {
        let test = try TestStore()
        try test.put(
            #"{"resourceType":"Patient","id":"a","identifier":[{"system":"s","value":"1"}],"gender":"male"}"#)
        let criteria = [("identifier", "s|1")]
        #expect(
            try commits(test, criteria) {
                try test.put(
                    #"{"resourceType":"Patient","id":"a","identifier":[{"system":"s","value":"1"}],"gender":"other"}"#)
            })
        #expect(
            try !commits(test, criteria) {
                try test.put(#"{"resourceType":"Patient","id":"a","identifier":[{"system":"s","value":"2"}]}"#)
            })
        try test.close()
    }

    @Test func `what is under way and not yet durable is seen`() throws {
        let test = try TestStore()
        let query = try query(test, [("family", "doe")])
        var refused = 0
        for round in 0..<200 {
            let page = try test.store.search(test.scope, query, SearchWindow(count: 1_000))
            let first = try test.store.makeBatch(test.scope)
            try test.add([patient("first\(round)", family: "Doe")], to: first)
            let second = try test.store.makeBatch(test.scope)
            try second.expect(query, at: page.point, finds: page.matches)
            try test.add([patient("second\(round)", family: "Doe")], to: second)
            let results = Mutex<[Bool]>([])
            test.store.commit(first) { _ in }
            test.store.commit(second) { result in
                results.withLock { $0.append((try? result.get()) != nil) }
            }
            try test.store.settle(test.scope)
            refused += results.withLock { $0 } == [false] ? 1 : 0
            #expect(try test.store.read(test.scope, type: "Patient", id: "second\(round)") == nil)
        }
        #expect(refused == 200)
        let report = try test.store.check(test.scope) { _, _ in }
        #expect(report.findings.isEmpty)
        try test.close()
    }

    @Test func `a deletion is in the history of its type, and in no search`() throws {
        var limits = StoreLimits()
        limits.flushPostings = 1
        let test = try TestStore(limits: limits)
        try test.put(patient("a", family: "Doe"))
        _ = try test.delete("Patient", "a")
        try test.put(#"{"resourceType":"Basic","id":"b","code":{"text":"x"}}"#)
        func versions(_ change: (inout HistoryWindow) -> Void = { _ in }) throws -> [UInt64] {
            var window = HistoryWindow(
                type: test.store.definitions.type(named: "Patient"), point: try test.store.now(test.scope))
            change(&window)
            var found: [UInt64] = []
            try test.store.forEachVersion(test.scope, window) {
                found.append($0.sequence)
                return true
            }
            return found
        }
        #expect(try versions() == [2, 1])
        #expect(try versions { $0.type = nil } == [3, 2, 1])
        #expect(try versions { $0.before = 2 } == [1])
        #expect(try versions { $0.after = 1 } == [2])
        #expect(try versions { $0.heldAfter = LogPoint(sequence: 2) } == [2])
        #expect(try versions { $0.point = LogPoint(sequence: 0) } == [])
        let found = try test.store.search(test.scope, query(test, []), SearchWindow(count: 10, needsTotal: true))
        #expect(found.matches.isEmpty && found.total == 0)
        try test.close()
    }
}
