import Access
import Base
import Foundation
import RecordStore
import Testing

/// What subjects may write, and what becomes of what they may not.
@Suite struct SubjectWriteTests {
    private func scope(
        _ account: String, _ role: Role, _ user: String?, _ change: (inout Subject.Facts) -> Void = { _ in }
    ) -> AccessScope {
        var facts = Subject.Facts(account: account, role: role)
        facts.fhirUser = user
        change(&facts)
        return AccessScope(tenant: .standard, subject: Subject(facts))
    }

    private var doctor: AccessScope { scope("user/d", .clinician, "Practitioner/d") }

    private func patient(_ id: String, of doctor: String? = nil) -> String {
        let general = doctor.map { ",\"generalPractitioner\":[{\"reference\":\"\($0)\"}]" } ?? ""
        return "{\"resourceType\":\"Patient\",\"id\":\"\(id)\"\(general)}"
    }

    private func observation(_ id: String, _ patient: String, text: String = "a") -> String {
        "{\"resourceType\":\"Observation\",\"id\":\"\(id)\",\"status\":\"final\",\"code\":{\"text\":\"\(text)\"},"
            + "\"subject\":{\"reference\":\"Patient/\(patient)\"}}"
    }

    @discardableResult
    private func write(
        _ test: TestStore, _ scope: AccessScope, _ texts: [String], precondition: Precondition = .none
    ) throws -> CommitReceipt {
        let batch = try test.store.makeBatch(scope)
        try test.add(texts, to: batch, precondition: precondition)
        return try test.store.commit(batch)
    }

    private func delete(_ test: TestStore, _ scope: AccessScope, _ type: String, _ id: String) throws {
        let batch = try test.store.makeBatch(scope)
        try test.addDeletion(type, id, to: batch)
        _ = try test.store.commit(batch)
    }

    private func refusal(_ body: () throws -> Void) -> StoreError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? StoreError)?.code
        }
    }

    private func practice() throws -> TestStore {
        let test = try TestStore()
        try test.put([
            patient("mine", of: "Practitioner/d"), patient("other"), observation("own", "mine"),
            observation("foreign", "other"),
        ])
        return test
    }

    @Test func `a clinician writes into the records of patients in care and into no other`() throws {
        let test = try practice()
        try write(test, doctor, [observation("new", "mine")])
        #expect(try test.store.read(doctor, type: "Observation", id: "new") != nil)
        #expect(refusal { try write(test, doctor, [observation("new2", "other")]) } == .denied)
        #expect(refusal { try write(test, doctor, [observation("foreign", "mine")]) } == .hidden)
        #expect(refusal { try write(test, doctor, [observation("own", "other")]) } == .denied)
        #expect(refusal { try delete(test, doctor, "Observation", "foreign") } == .hidden)
        try delete(test, doctor, "Observation", "own")
        // What was another's comes back to nobody else.
        _ = try test.delete("Observation", "foreign")
        #expect(refusal { try write(test, doctor, [observation("foreign", "mine")]) } == .hidden)
        try delete(test, doctor, "Observation", "never")
    }

    @Test func `one write that is refused keeps its batch from being written, and is named`() throws {
        let test = try practice()
        let batch = try test.store.makeBatch(doctor)
        try test.add([observation("a", "mine"), observation("b", "other")], to: batch)
        let error = #expect(throws: StoreError.self) { try test.store.commit(batch) }
        #expect(error?.code == .denied)
        #expect(error?.write == 1)
        #expect(try test.read("Observation", "a") == nil)
        #expect(throws: StoreError.self) { try batch.authorize() }
    }

    @Test func `whoever makes a patient's record has the patient in care`() throws {
        let test = try practice()
        try write(test, doctor, [observation("first", "newborn"), patient("newborn")])
        #expect(try test.store.read(doctor, type: "Patient", id: "newborn") != nil)
        try write(test, doctor, [observation("second", "newborn")])
        let colleague = scope("user/e", .clinician, "Practitioner/e")
        #expect(try test.store.read(colleague, type: "Patient", id: "newborn") == nil)
        // Care outlives changes by others, and new starts.
        try test.put(patient("newborn", of: "Practitioner/x"))
        #expect(try test.store.read(doctor, type: "Observation", id: "first") != nil)
        // Nobody gets at a record by making its patient, nor by making one again that is gone.
        try test.put(observation("orphan", "unmade"))
        #expect(refusal { try write(test, doctor, [patient("unmade")]) } == .denied)
        _ = try test.delete("Patient", "other")
        #expect(refusal { try write(test, doctor, [patient("other")]) } == .hidden)
    }

    @Test func `patients add what patients write to their own record, and change what they wrote`() throws {
        let test = try practice()
        let own = scope("user/p", .patient, "Patient/mine")
        try write(test, own, [observation("diary", "mine")])
        try write(test, own, [observation("diary", "mine", text: "b")])
        #expect(refusal { try write(test, own, [observation("own", "mine", text: "b")]) } == .denied)
        #expect(refusal { try write(test, own, [observation("diary2", "other")]) } == .denied)
        #expect(refusal { try write(test, own, [patient("mine")]) } == .denied)
        try delete(test, own, "Observation", "diary")
        #expect(refusal { try delete(test, own, "Observation", "own") } == .denied)
    }

    @Test func `a token writes what its scopes allow`() throws {
        let test = try practice()
        let reads = scope("user/d", .clinician, "Practitioner/d") { $0.scopes = SMARTScopes("user/*.rs") }
        #expect(refusal { try write(test, reads, [observation("n", "mine")]) } == .denied)
        let creates = scope("user/d", .clinician, "Practitioner/d") { $0.scopes = SMARTScopes("user/Observation.crs") }
        try write(test, creates, [observation("n", "mine")])
        #expect(refusal { try write(test, creates, [observation("n", "mine", text: "b")]) } == .denied)
        let client = scope("client/c", .system, nil) { $0.scopes = SMARTScopes("system/Observation.cud") }
        try write(test, client, [observation("n", "other")])
        #expect(refusal { try write(test, client, [patient("q")]) } == .denied)
        let labelled = scope("client/c", .system, nil) {
            $0.scopes = SMARTScopes("system/Observation.c?status=final system/Observation.u?status=amended")
        }
        try write(test, labelled, [observation("m", "other")])
        #expect(refusal { try write(test, labelled, [observation("m", "other", text: "b")]) } != nil)
    }

    @Test func `a break-glass grant opens a record for a while, whatever is withheld`() throws {
        let test = try practice()
        try test.put(
            "{\"resourceType\":\"Consent\",\"id\":\"c\",\"status\":\"active\",\"scope\":{\"coding\":"
                + "[{\"code\":\"patient-privacy\"}]},\"patient\":{\"reference\":\"Patient/other\"},"
                + "\"provision\":{\"type\":\"deny\"}}")
        let far = Instant(microseconds: .max)
        let opened = scope("user/d", .clinician, "Practitioner/d") { $0.emergencies = ["other": far] }
        #expect(try test.store.read(doctor, type: "Observation", id: "foreign") == nil)
        let seen = try #require(try test.store.read(opened, type: "Observation", id: "foreign"))
        #expect(try test.store.decision(opened, .read, on: seen) == .allow(.emergency))
        #expect(try test.store.patients(opened, of: seen) == ["other"])
        try write(test, opened, [observation("urgent", "other")])
        #expect(refusal { try write(test, opened, [patient("other", of: "Practitioner/d")]) } == .denied)
        let over = scope("user/d", .clinician, "Practitioner/d") {
            $0.emergencies = ["other": Instant(microseconds: 1)]
        }
        #expect(try test.store.read(over, type: "Observation", id: "foreign") == nil)
    }

    @Test func `nobody comes between a decision and its write`() throws {
        let test = try practice()
        let mover = Thread { [self] in
            for turn in 0..<60 {
                _ = try? test.put(observation("own", turn % 2 == 0 ? "other" : "mine", text: "whole \(turn)"))
            }
        }
        mover.start()
        var written = 0
        for turn in 0..<200 where !mover.isFinished || written == 0 {
            let code = refusal { try write(test, doctor, [observation("own", "mine", text: "mine \(turn)")]) }
            if code == nil { written += 1 }
            #expect(code == nil || code == .hidden)
        }
        while !mover.isFinished { usleep(1_000) }
        for version in try test.store.history(test.scope, type: "Observation", id: "own")
        where version.actor == "user/d" {
            let replaced = try #require(version.replaces)
            let before = try test.store.entry(test.scope, sequence: replaced)
            #expect(try test.store.patients(test.scope, of: before) == ["mine"])
        }
        #expect(written > 0)
    }
}
