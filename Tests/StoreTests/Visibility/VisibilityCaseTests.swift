import Access
import Base
import FHIR
import JSONTape
import RecordStore
import Search
import Synchronization
import Testing

/// A clock that stands where it is put.
private final class SetClock: Base.Clock {
    private let time = Mutex<Int64>(1_780_000_000_000_000)

    func now() -> Instant { Instant(microseconds: time.withLock { $0 }) }

    func advance(days: Int64) { time.withLock { $0 += days * 86_400_000_000 } }
}

/// Cases of what may be seen that chance rarely makes.
@Suite struct VisibilityCaseTests {
    fileprivate func scope(
        _ account: String, _ role: Role, _ user: String?, _ change: (inout Subject.Facts) -> Void = { _ in }
    ) -> AccessScope {
        var facts = Subject.Facts(account: account, role: role)
        facts.fhirUser = user
        change(&facts)
        return AccessScope(tenant: .standard, subject: Subject(facts))
    }

    fileprivate var doctor: AccessScope { scope("user/d", .clinician, "Practitioner/d") }

    private func patient(_ id: String) -> String {
        "{\"resourceType\":\"Patient\",\"id\":\"\(id)\",\"generalPractitioner\":[{\"reference\":\"Practitioner/d\"}]}"
    }

    fileprivate func observation(_ id: String, _ patient: String, code: String = "a") -> String {
        "{\"resourceType\":\"Observation\",\"id\":\"\(id)\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":"
            + "\"s\",\"code\":\"\(code)\"}]},\"subject\":{\"reference\":\"Patient/\(patient)\"}}"
    }

    fileprivate func consent(_ id: String, _ patient: String, _ provision: String) -> String {
        "{\"resourceType\":\"Consent\",\"id\":\"\(id)\",\"status\":\"active\",\"scope\":{\"coding\":[{\"code\":"
            + "\"patient-privacy\"}]},\"patient\":{\"reference\":\"Patient/\(patient)\"},\"provision\":{\(provision)}}"
    }

    fileprivate func isSeen(_ test: TestStore, _ scope: AccessScope, _ type: String, _ id: String) throws -> Bool {
        let read = try test.store.read(scope, type: type, id: id) != nil
        let found = try test.store.search(scope, test.query(type, ("_id", id)), SearchWindow(count: 2))
        #expect(found.matches.isEmpty != read)
        return read
    }

    @Test func `what is withheld for a time comes back without a write`() throws {
        let clock = SetClock()
        let test = try TestStore(clock: clock)
        try test.put([patient("p"), observation("o", "p")])
        let end = CalendarDate(daysSinceEpoch: Int(clock.now().microseconds / 86_400_000_000) + 2)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = "\(end.year)-\(two(end.month))-\(two(end.day))"
        try test.put(consent("c", "p", "\"type\":\"deny\",\"period\":{\"end\":\"\(day)\"}"))
        #expect(try !isSeen(test, doctor, "Observation", "o"))
        clock.advance(days: 1)
        #expect(try !isSeen(test, doctor, "Observation", "o"))
        clock.advance(days: 2)
        #expect(try isSeen(test, doctor, "Observation", "o"))
        // A grant ends likewise.
        let until = Instant(microseconds: clock.now().microseconds + 1_000)
        let stranger = scope("user/e", .clinician, "Practitioner/e") { $0.emergencies = ["p": until] }
        #expect(try isSeen(test, stranger, "Observation", "o"))
        clock.advance(days: 1)
        #expect(try !isSeen(test, stranger, "Observation", "o"))
    }

    @Test func `a record is kept from its own patient only by a rule that names the patient`() throws {
        let test = try TestStore()
        let own = scope("user/p", .patient, "Patient/p")
        try test.put([patient("p"), observation("o", "p"), consent("c", "p", "\"type\":\"deny\"")])
        #expect(try isSeen(test, own, "Observation", "o"))
        #expect(try !isSeen(test, doctor, "Observation", "o"))
        let named =
            "\"type\":\"deny\",\"data\":[{\"meaning\":\"instance\",\"reference\":{\"reference\":"
            + "\"Observation/o\"}}],\"actor\":[{\"reference\":{\"reference\":\"Patient/p\"}}]"
        try test.put(consent("c", "p", named))
        #expect(try !isSeen(test, own, "Observation", "o"))
        #expect(try isSeen(test, own, "Patient", "p"))
        #expect(try isSeen(test, doctor, "Observation", "o"))
    }

    @Test func `a file is seen by whom its security context is seen`() throws {
        let test = try TestStore()
        func binary(_ id: String, _ context: String) -> String {
            "{\"resourceType\":\"Binary\",\"id\":\"\(id)\",\"contentType\":\"text/plain\",\"securityContext\":"
                + "{\"reference\":\"\(context)\"}}"
        }
        try test.put([
            patient("p"), "{\"resourceType\":\"Patient\",\"id\":\"q\"}", observation("o", "p"), observation("x", "q"),
            binary("b", "Observation/o"), binary("c", "Patient/q"), binary("d", "Observation/x"),
        ])
        #expect(try isSeen(test, doctor, "Binary", "b"))
        #expect(try !isSeen(test, doctor, "Binary", "c"))
        #expect(try !isSeen(test, doctor, "Binary", "d"))
        try test.put(observation("o", "q"))
        #expect(try !isSeen(test, doctor, "Binary", "b"))
    }

    @Test func `a deletion is seen by whom the deleted was seen, and older versions each for themselves`() throws {
        let test = try TestStore()
        try test.put([patient("p"), observation("o", "p"), observation("x", "else")])
        try test.put(observation("o", "else"))
        try test.put(observation("o", "p", code: "b"))
        _ = try test.delete("Observation", "o")
        _ = try test.delete("Observation", "x")
        #expect(try test.store.read(doctor, type: "Observation", id: "o")?.isDeleted == true)
        #expect(try test.store.read(doctor, type: "Observation", id: "x") == nil)
        let versions = try test.store.history(doctor, type: "Observation", id: "o")
        #expect(versions.count == 3)
        #expect(try test.store.history(doctor, type: "Observation", id: "x").isEmpty)
        // From version to version the same are passed.
        var walked = 0
        var next = try test.store.read(doctor, type: "Observation", id: "o")
        while let version = next {
            walked += 1
            next = try test.store.version(doctor, before: version)
        }
        #expect(walked == 3)
        var window = HistoryWindow(point: try test.store.now(doctor))
        window.type = test.store.definitions.type(named: "Observation")
        var told = 0
        try test.store.forEachVersion(doctor, window) { _ in
            told += 1
            return true
        }
        #expect(told == 3)
        var walk = LogWalk(point: try test.store.now(doctor))
        walk.findsDeletions = true
        var deletions: [String] = []
        try test.store.forEachLive(doctor, walk) { version, _ in
            deletions.append(version.id)
            return true
        }
        #expect(deletions == ["o"])
    }

    @Test func `what withdraws a page's matches meanwhile keeps them off the next page`() throws {
        let test = try TestStore()
        try test.put([patient("p"), patient("q")] + (0..<20).map { observation("o\($0)", $0 % 2 == 0 ? "p" : "q") })
        let query = try test.query("Observation", [])
        let first = try test.store.search(doctor, query, SearchWindow(count: 5))
        #expect(first.matches.count == 5)
        try test.put(consent("c", "q", "\"type\":\"deny\""))
        var seen: [String] = []
        var cursor = first.next
        while let at = cursor {
            let page = try test.store.search(doctor, query, SearchWindow(count: 5, cursor: at))
            seen += page.matches.map(\.id)
            cursor = page.next
        }
        #expect(seen.allSatisfy { (Int($0.dropFirst()) ?? 1) % 2 == 0 })
        #expect(try test.store.search(doctor, query, SearchWindow(count: 0, needsTotal: true)).total == 10)
    }

    @Test func `the plan of a search tells nothing of what is not seen`() throws {
        let test = try TestStore()
        try test.put([patient("p"), observation("o", "p")] + (0..<30).map { observation("x\($0)", "else") })
        var window = SearchWindow(count: 10, needsTotal: true)
        window.explains = true
        let page = try test.store.search(doctor, test.query("Observation", ("code", "a")), window)
        #expect(page.total == 1)
        for step in try #require(page.plan) {
            #expect(step.estimate == nil)
            #expect((step.opened ?? 0) <= 2 && (step.count ?? 0) <= 1)
        }
    }

    @Test func `a store opened again knows who made whose record and what is withheld`() throws {
        let test = try TestStore()
        let maker = scope("user/m", .clinician, nil)
        let batch = try test.store.makeBatch(maker)
        try test.add(["{\"resourceType\":\"Patient\",\"id\":\"n\"}", observation("o", "n")], to: batch)
        _ = try test.store.commit(batch)
        try test.put(consent("c", "n", "\"type\":\"deny\",\"class\":[{\"code\":\"Observation\"}]"))
        try test.close()
        let again = try TestStore(folder: test.folder)
        #expect(try isSeen(again, maker, "Patient", "n"))
        #expect(try !isSeen(again, maker, "Observation", "o"))
        #expect(try again.store.check(again.scope) { _, _ in }.findings.isEmpty)
        try again.close()
    }

    @Test func `care ends with its period, its team and the person's part in it`() throws {
        let clock = SetClock()
        let test = try TestStore(clock: clock)
        try test.put(["{\"resourceType\":\"Patient\",\"id\":\"p\"}", observation("o", "p")])
        func team(_ more: String, _ part: String = "") -> String {
            "{\"resourceType\":\"CareTeam\",\"id\":\"t\",\"subject\":{\"reference\":\"Patient/p\"}\(more),\"participant\":"
                + "[{\"member\":{\"reference\":\"Practitioner/d\"}\(part)}]}"
        }
        #expect(try !isSeen(test, doctor, "Observation", "o"))
        try test.put(team(",\"status\":\"active\""))
        #expect(try isSeen(test, doctor, "Observation", "o"))
        for more in [",\"status\":\"inactive\"", ",\"period\":{\"end\":\"2020\"}", ",\"period\":{\"start\":\"2090\"}"] {
            try test.put(team(more))
            #expect(try !isSeen(test, doctor, "Observation", "o"))
        }
        try test.put(team("", ",\"period\":{\"end\":\"2020\"}"))
        #expect(try !isSeen(test, doctor, "Observation", "o"))
        try test.put(team("", ",\"period\":{\"start\":\"2020\"}"))
        #expect(try isSeen(test, doctor, "Observation", "o"))
        _ = try test.delete("CareTeam", "t")
        #expect(try !isSeen(test, doctor, "Observation", "o"))
    }

    @Test func `whoever cares for a patient sees the record while that is so`() throws {
        let test = try TestStore()
        let mother = scope("user/m", .patient, "Patient/m")
        let person = scope("user/k", .patient, "RelatedPerson/k")
        func related(_ more: String) -> String {
            "{\"resourceType\":\"RelatedPerson\",\"id\":\"k\",\"patient\":{\"reference\":\"Patient/p\"}\(more)}"
        }
        try test.put([
            patient("p"), observation("o", "p"), related(""),
            "{\"resourceType\":\"Patient\",\"id\":\"m\",\"link\":[{\"type\":\"seealso\",\"other\":{\"reference\":"
                + "\"RelatedPerson/k\"}}]}",
        ])
        #expect(try isSeen(test, mother, "Observation", "o") && isSeen(test, mother, "Patient", "m"))
        #expect(try isSeen(test, person, "Observation", "o") && !isSeen(test, person, "Patient", "m"))
        for more in [",\"active\":false", ",\"period\":{\"end\":\"2020-02-03\"}"] {
            try test.put(related(more))
            #expect(try !isSeen(test, mother, "Observation", "o") && !isSeen(test, person, "Observation", "o"))
        }
        try test.put(related(",\"period\":{\"end\":\"2090\"}"))
        #expect(try isSeen(test, person, "Observation", "o"))
        // What is the patient's own to say is not said by others.
        let batch = try test.store.makeBatch(person)
        try test.add([consent("c", "p", "\"type\":\"deny\"")], to: batch)
        #expect(throws: StoreError.self) { try test.store.commit(batch) }
    }

    @Test func `a subject of one tenant finds nothing in another`() throws {
        let test = try TestStore()
        try test.put([patient("p"), observation("o", "p")])
        let other = AccessScope(
            tenant: try #require(TenantName("other")), actor: "user/d", authority: doctor.authority)
        #expect(try test.store.read(other, type: "Patient", id: "p") == nil)
        #expect(try test.store.count(other, type: "Observation") == 0)
    }

    @Test func `damaged Consents withhold or do nothing, and never let more be seen`() throws {
        let test = try TestStore()
        try test.put([patient("p"), observation("o", "p")])
        let stranger = scope("user/e", .clinician, "Practitioner/e")
        let source = Array(
            consent(
                "c", "p",
                "\"type\":\"deny\",\"period\":{\"start\":\"2001\"},\"class\":[{\"code\":\"Observation\"}],\"code\":[{"
                    + "\"coding\":[{\"system\":\"s\",\"code\":\"a\"}]}],\"provision\":[{\"type\":\"permit\",\"actor\":"
                    + "[{\"reference\":{\"reference\":\"Practitioner/x\"}}],\"dataPeriod\":{\"end\":\"2020-02\"}}]"
            ).utf8)
        var random = SeededRandom(seed: 11)
        let parser = try JSONParser(names: test.store.definitions.names)
        let type = try #require(test.store.definitions.type(named: "Consent"))
        var put = 0
        for _ in 0..<400 {
            var bytes = source
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 60..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 32...126, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[Int.random(in: 60..<bytes.count, using: &random)], at: place)
                }
            }
            guard let resource = try? bytes.withUnsafeBytes({ try parser.parse($0) }), resource.isObject else {
                continue
            }
            let batch = try test.store.makeBatch(test.scope)
            Array("c".utf8).withUnsafeBytes { batch.put(resource, type: type, id: $0) }
            _ = try test.store.commit(batch)
            put += 1
            #expect(try !isSeen(test, stranger, "Observation", "o"))
            #expect(try isSeen(test, doctor, "Patient", "p") || !isSeen(test, doctor, "Observation", "o"))
        }
        #expect(put > 20)
    }
}

extension VisibilityCaseTests {
    @Test func `whoever is put under the id of an erased patient is seen by nobody who saw the other`() throws {
        let test = try TestStore()
        let maker = scope("user/m", .clinician, nil)
        let batch = try test.store.makeBatch(maker)
        try test.add(["{\"resourceType\":\"Patient\",\"id\":\"n\"}"], to: batch)
        _ = try test.store.commit(batch)
        let shared = "\"type\":\"permit\",\"actor\":[{\"reference\":{\"reference\":\"Practitioner/d\"}}]"
        try test.put(observation("o", "n"), consent("c", "n", shared))
        #expect(try isSeen(test, maker, "Observation", "o") && isSeen(test, doctor, "Observation", "o"))
        _ = try test.store.purge(test.scope, patient: "n", reason: "asked for", waits: false)
        #expect(try !isSeen(test, maker, "Observation", "o") && !isSeen(test, doctor, "Observation", "o"))
        try test.put("{\"resourceType\":\"Patient\",\"id\":\"n\"}", observation("o2", "n"))
        #expect(try !isSeen(test, maker, "Patient", "n") && !isSeen(test, doctor, "Patient", "n"))
        #expect(try !isSeen(test, maker, "Observation", "o2") && !isSeen(test, doctor, "Observation", "o2"))
        try test.close()
    }
}
