import Access
import Base
import FHIR
import RecordStore
import SQLDatabase
import Testing
import Vault

@Suite struct LogWalkTests {
    /// What a walk should find, kept in the plainest way.
    private struct Version {
        var sequence: UInt64
        var name: String
        var patient: String?
        var isDeleted: Bool
        /// To whom what was deleted belonged.
        var before: String?
    }

    private func observation(_ id: Int, of patient: String?, value: Int) -> String {
        let subject = patient.map { #","subject":{"reference":"Patient/\#($0)"}"# } ?? ""
        return
            #"{"resourceType":"Observation","id":"o\#(id)","status":"final","code":{"text":"c\#(value)"}\#(subject)}"#
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a walk finds what held at a point, and whose, as a plain list of all versions tells`(_ seed: UInt64) throws {
        var limits = StoreLimits()
        limits.flushPostings = 200
        limits.mergeSegments = 2
        let test = try TestStore(limits: limits)
        defer { try? test.close() }
        var random = SeededRandom(seed: seed)
        let patients = ["a", "b", "c"]
        var log: [Version] = []
        var heads: [String: Version] = [:]
        func note(_ sequence: UInt64?, _ name: String, _ patient: String?, isDeleted: Bool = false) {
            guard let sequence else { return }
            let version = Version(
                sequence: sequence, name: name, patient: patient, isDeleted: isDeleted, before: heads[name]?.patient)
            log.append(version)
            heads[name] = version
        }
        for patient in patients {
            let receipt = try test.put(#"{"resourceType":"Patient","id":"\#(patient)"}"#)
            note(receipt.outcomes.first?.sequence, "Patient/\(patient)", patient)
        }
        var value = 0
        for _ in 0..<150 {
            let ids = Set(
                (0..<Int.random(in: 1...6, using: &random)).map { _ in Int.random(in: 0..<60, using: &random) })
            if Int.random(in: 0..<4, using: &random) == 0, let id = ids.first {
                let name = "Observation/o\(id)"
                guard heads[name]?.isDeleted == false else { continue }
                note(try test.delete("Observation", "o\(id)").outcomes.first?.sequence, name, nil, isDeleted: true)
                continue
            }
            var owners: [(Int, String?)] = []
            let texts = ids.sorted().map { id in
                let owner = Int.random(in: 0..<5, using: &random) == 0 ? nil : patients.randomElement(using: &random)
                owners.append((id, owner))
                value += 1
                return observation(id, of: owner, value: value)
            }
            let receipt = try test.put(texts)
            let noted = zip(owners, receipt.outcomes).sorted { ($0.1.sequence ?? 0) < ($1.1.sequence ?? 0) }
            for ((id, owner), outcome) in noted { note(outcome.sequence, "Observation/o\(id)", owner) }
        }
        let definitions = try TestStore.definitions.get()
        let types = try [
            #require(definitions.type(named: "Observation")), #require(definitions.type(named: "Patient")),
        ]
        let last = try test.store.now(test.scope).sequence
        #expect(last == UInt64(log.count))
        for _ in 0..<120 {
            var walk = LogWalk(point: LogPoint(sequence: UInt64.random(in: 0...last, using: &random)))
            walk.after = Bool.random(using: &random) ? 0 : UInt64.random(in: 0...last, using: &random)
            walk.findsDeletions = Bool.random(using: &random)
            walk.types = [nil, [types[0]], [types[1]], Set(types), []].randomElement(using: &random) ?? nil
            var named: Set<String>?
            switch Int.random(in: 0..<3, using: &random) {
            case 0: walk.patients = .anyPatient
            case 1:
                named = Set(patients.filter { _ in Bool.random(using: &random) })
                walk.patients = .named(Array(named ?? []))
            default: break
            }
            var expected: [UInt64] = []
            let seen = log.filter { $0.sequence <= walk.point.sequence }
            for version in seen where version.sequence > walk.after && version.isDeleted == walk.findsDeletions {
                guard seen.last(where: { $0.name == version.name })?.sequence == version.sequence else { continue }
                let type = definitions.type(named: String(version.name.prefix { $0 != "/" }))
                if let wanted = walk.types, !(type.map { wanted.contains($0) } ?? false) { continue }
                let owner = version.isDeleted ? version.before : version.patient
                switch walk.patients {
                case .unlimited: break
                case .anyPatient: if owner == nil { continue }
                case .named: if !(owner.map { named?.contains($0) ?? false } ?? false) { continue }
                }
                expected.append(version.sequence)
            }
            var found: [UInt64] = []
            try test.store.forEachLive(test.scope, walk) { version, type in
                #expect(definitions[type].name == version.type)
                found.append(version.sequence)
                return true
            }
            #expect(found == expected, "seed \(seed), \(walk)")
        }
    }

    @Test func `entries whose key was shredded are passed over`() throws {
        let first = try TestStore()
        try first.put(
            #"{"resourceType":"Patient","id":"a"}"#, observation(1, of: "a", value: 1),
            observation(2, of: nil, value: 2))
        try first.put(#"{"resourceType":"Patient","id":"b"}"#, observation(3, of: "b", value: 3))
        let keys = try first.vault.keys(ofTenant: first.scope.tenant.description)
        let hash = Array("Patient/b".utf8).withUnsafeBytes { SipHash.hash128($0, key: keys.identityKey) }
        try first.close()
        let store = try SQLiteDatabase(path: first.folder + "/keys.db")
        let vault = try MasterKeySource.file(first.folder + "/master.key").open(store, mayCreate: false)
        #expect(
            try vault.keys(ofTenant: first.scope.tenant.description)
                .shred(PatientToken(low: hash.low, high: hash.high)).count == 1)
        try store.close()
        let second = try TestStore(folder: first.folder)
        defer { try? second.close() }
        var unreadable = 0
        var found: [String] = []
        let point = try second.store.now(second.scope)
        try second.store.forEachLive(second.scope, LogWalk(point: point), unreadable: { unreadable += $0 }) {
            version, _ in
            found.append(version.id)
            return true
        }
        #expect(unreadable == 0 && Set(found) == ["a", "o1", "o2"])
        var walk = LogWalk(point: point)
        walk.patients = .named(["a", "b"])
        unreadable = 0
        found = []
        try second.store.forEachLive(second.scope, walk, unreadable: { unreadable += $0 }) { version, _ in
            found.append(version.id)
            return true
        }
        #expect(unreadable == 0 && Set(found) == ["a", "o1"])
    }
}
