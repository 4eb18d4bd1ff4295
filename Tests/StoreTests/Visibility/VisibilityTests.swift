import Access
import Base
import RecordStore
import Search
import Testing

/// Every way of reading gives a subject just what `decide` lets it see, over resources opened with the whole authority.
@Suite struct VisibilityTests {
    private static let subjects: [Subject] = {
        func facts(_ account: String, _ role: Role, _ user: String?, _ change: (inout Subject.Facts) -> Void = { _ in })
            -> Subject
        {
            var made = Subject.Facts(account: account, role: role)
            made.fhirUser = user
            change(&made)
            return Subject(made)
        }
        return [
            facts("user/c0", .clinician, "Practitioner/d0"),
            facts("user/c1", .clinician, "Practitioner/d1") { $0.organizations = ["Organization/o0"] },
            facts("user/c2", .clinician, "Practitioner/d2"),
            facts("user/c3", .clinician, "Practitioner/d3") {
                $0.emergencies = ["p1": Instant(microseconds: .max), "p2": Instant(microseconds: 5)]
            },
            facts("user/c4", .clinician, nil),
            facts("user/p3", .patient, "Patient/p3"), facts("user/p4", .patient, "Patient/p4"),
            facts("user/x", .patient, "RelatedPerson/k0"), facts("user/r", .reporter, nil),
            facts("user/a", .admin, nil), facts("user/u", .auditor, nil),
            facts("client/s", .system, nil) { $0.scopes = SMARTScopes("system/*.rs") },
            facts("client/l", .system, nil) {
                $0.scopes = SMARTScopes("system/Observation.rs?category=laboratory patient/*.rs system/Patient.s")
                $0.launchPatient = "p5"
            },
            facts("client/m", .system, nil) {
                $0.scopes = SMARTScopes(
                    "system/Observation.rs?category=laboratory system/Observation.rs?code=8867-4 "
                        + "system/Condition.rs?no-such-parameter=1")
            },
            facts("user/c0", .clinician, "Practitioner/d0") {
                $0.scopes = SMARTScopes("patient/*.rs user/Observation.rs?code=8867-4")
                $0.launchPatient = "p6"
            },
            facts("user/c1", .clinician, "Practitioner/d1") {
                $0.organizations = ["Organization/o0"]
                $0.scopes = SMARTScopes("user/Observation.rs user/Patient.r")
            },
        ]
    }()

    private func commit(_ test: TestStore, _ population: Population, _ texts: [String]) throws {
        // Each resource is written by whom the model says.
        for text in texts {
            let record = try #require(population.records.values.first { $0.json == text })
            let batch = try test.store.makeBatch(
                AccessScope(tenant: .standard, actor: record.facts.writer ?? "test"))
            try test.add([text], to: batch)
            _ = try test.store.commit(batch)
        }
    }

    @Test(arguments: [UInt64(1), 2])
    func `every reading of every subject gives what may be seen and nothing else`(_ seed: UInt64) throws {
        var limits = StoreLimits()
        limits.flushPostings = seed % 2 == 0 ? 300 : 2_000_000
        limits.mergeSegments = 2
        let test = try TestStore(limits: limits)
        var population = Population(seed: seed)
        var texts = population.staff()
        for number in 0..<Population.patientCount {
            texts.append(population.patient("p\(number)", writer: population.pick(["test", "user/c0", "user/c4"])))
        }
        for number in 0..<4 { texts.append(population.relatedPerson("k\(number)")) }
        for number in 0..<10 { texts.append(population.careTeam("t\(number)")) }
        for number in 0..<120 { texts.append(population.observation("o\(number)")) }
        for number in 0..<30 { texts.append(population.condition("n\(number)")) }
        for number in 0..<12 { texts.append(population.task("a\(number)")) }
        for number in 0..<6 { texts.append(population.binary("b\(number)")) }
        let now = SystemClock().now()
        for number in 0..<12 { texts.append(population.consent("s\(number)", at: now)) }
        try commit(test, population, texts)
        try check(test, population)
        // What changes takes effect at the next request.
        for round in 0..<3 {
            texts = []
            texts.append(population.consent("s\(Int.random(in: 0..<14, using: &population.random))", at: now))
            texts.append(population.careTeam("t\(Int.random(in: 0..<12, using: &population.random))"))
            let patient = population.patientID()
            texts.append(population.patient(patient, writer: "test"))
            texts.append(population.observation("o\(Int.random(in: 0..<120, using: &population.random))"))
            texts.append(population.relatedPerson("k0"))
            try commit(test, population, texts)
            try check(test, population) { $0 % 3 == round }
        }
        let gone = try #require(population.consents.keys.sorted().first)
        population.consents[gone] = nil
        population.records["Consent/" + gone] = nil
        _ = try test.delete("Consent", gone)
        try test.store.settle()
        try check(test, population) { $0 % 2 == 0 }
        let rules = LabelRules([
            LabelRule(CodeKey(LabelRules.labelSystem, "PSY"), codes: [.init(Population.loinc, "8867-4")])
        ])
        try check(test, population, rules: rules) { $0 % 2 == 1 }
        #expect(try test.store.check(test.scope) { _, _ in }.findings.isEmpty)
        try test.close()
    }

    private func check(
        _ test: TestStore, _ population: Population, rules: LabelRules = .standard,
        of isAsked: (Int) -> Bool = { _ in true }
    ) throws {
        try test.store.setLabelRules(rules, for: .standard)
        let now = SystemClock().now()
        for (number, subject) in Self.subjects.enumerated() where isAsked(number) {
            let scope = AccessScope(tenant: .standard, subject: subject)
            let circumstances = population.circumstances(subject.facts, at: now)
            func seen(_ action: AccessAction) -> [String: Population.Record] {
                population.records.filter { population.allows(subject, action, $0.value, circumstances, rules: rules) }
            }
            let reads = seen(.read)
            let found = seen(.search)
            let who = "subject \(number)"
            try checkReads(test, scope, population, reads, who)
            try checkSearches(test, scope, population, found, who)
            try checkWalks(test, scope, population, reads, who)
        }
    }

    // MARK: Reads and walks

    private func checkReads(
        _ test: TestStore, _ scope: AccessScope, _ population: Population, _ reads: [String: Population.Record],
        _ who: String
    ) throws {
        for record in population.records.values where record.facts.type != "Condition" {
            let facts = record.facts
            let read = try test.store.read(scope, type: facts.type, id: facts.id)
            #expect((read != nil) == (reads[record.key] != nil), "\(who) reads \(record.key)")
            let versions = try test.store.history(scope, type: facts.type, id: facts.id)
            #expect(read == nil || versions.first?.sequence == read?.sequence)
            let newest = try #require(try test.store.read(test.scope, type: facts.type, id: facts.id))
            #expect(versions.contains { $0.sequence == newest.sequence } == (reads[record.key] != nil))
            let version = try test.store.readVersion(
                scope, type: facts.type, id: facts.id, version: newest.sequence)
            #expect((version != nil) == (reads[record.key] != nil))
        }
    }

    private func checkWalks(
        _ test: TestStore, _ scope: AccessScope, _ population: Population, _ reads: [String: Population.Record],
        _ who: String
    ) throws {
        var walked: Set<String> = []
        try test.store.forEachLive(scope, LogWalk(point: test.store.now(scope))) { version, _ in
            walked.insert(version.type + "/" + version.id)
            return true
        }
        #expect(walked == Set(reads.keys), "\(who) walks over the log")
        var versions: Set<String> = []
        try test.store.forEachVersion(scope, HistoryWindow(point: test.store.now(scope))) { version in
            if !version.isDeleted { versions.insert(version.type + "/" + version.id) }
            return true
        }
        #expect(versions.isSuperset(of: reads.keys), "\(who) walks over versions")
        for patient in ["p1", "p3", "p5", "p6", "p\(reads.count % Population.patientCount)"] {
            var found: Set<String> = []
            try test.store.forEachInCompartment(scope, patient: patient) { version in
                found.insert(version.type + "/" + version.id)
                return true
            }
            let expected = reads.filter { $0.value.facts.type != "Task" && $0.value.facts.patients.contains(patient) }
            #expect(found == Set(expected.keys), "\(who) in the compartment of \(patient)")
            var walk = LogWalk(point: try test.store.now(scope))
            walk.patients = .named([patient])
            var live: Set<String> = []
            try test.store.forEachLive(scope, walk) { version, _ in
                live.insert(version.type + "/" + version.id)
                return true
            }
            #expect(live == found)
        }
    }

    // MARK: Searches

    private func ids(
        _ test: TestStore, _ scope: AccessScope, _ query: SearchQuery, pageCount: Int
    ) throws -> (ids: [String], total: Int?) {
        var ids: [String] = []
        var cursor: SearchCursor?
        var total: Int?
        repeat {
            let page = try test.store.search(
                scope, query, SearchWindow(count: pageCount, needsTotal: cursor == nil, cursor: cursor))
            if cursor == nil { total = page.total }
            ids += page.matches.map(\.id)
            cursor = page.next
        } while cursor != nil
        return (ids, total)
    }

    private func checkSearches(
        _ test: TestStore, _ scope: AccessScope, _ population: Population, _ found: [String: Population.Record],
        _ who: String
    ) throws {
        func agree(
            _ type: String, _ parameters: [(String, String)], _ holds: (Population.Record) -> Bool
        ) throws {
            let expected = Set(found.values.filter { $0.facts.type == type && holds($0) }.map(\.facts.id))
            for sort in [[], [("_sort", type == "Observation" ? "-date" : "_id")]] {
                let (ids, total) = try ids(test, scope, test.query(type, parameters + sort), pageCount: 7)
                #expect(Set(ids) == expected && ids.count == expected.count, "\(who) searches \(type) \(parameters)")
                #expect(total == expected.count, "\(who) counts \(type) \(parameters)")
            }
        }
        for type in Set(population.records.values.map(\.facts.type)) {
            try agree(type, []) { _ in true }
            #expect(
                try test.store.count(scope, type: type) == found.values.filter { $0.facts.type == type }.count,
                "\(who) counts all \(type)")
        }
        let some = population.records.values.filter { $0.facts.type == "Observation" }.map(\.facts.id).sorted()
        let few = some.prefix(9)
        try agree("Observation", [("_id", few.joined(separator: ","))]) { few.contains($0.facts.id) }
        try agree("Observation", [("code", "8867-4")]) { $0.fields["code"] == "8867-4" }
        try agree("Observation", [("code:not", "8867-4")]) { $0.fields["code"] != "8867-4" }
        try agree("Observation", [("date", "ge2020"), ("category", "laboratory")]) {
            $0.fields["date"] != "2014" && $0.fields["category"] == "laboratory"
        }
        // What is not seen helps nothing to a match.
        try agree("Observation", [("subject:Patient.gender", "female")]) { observation in
            found[observation.fields["subject"] ?? ""]?.fields["gender"] == "female"
        }
        try agree("Patient", [("_has:Observation:subject:code", "44249-1")]) { patient in
            found.values.contains {
                $0.facts.type == "Observation" && $0.fields["code"] == "44249-1" && $0.fields["subject"] == patient.key
            }
        }
        try agree("Condition", [("subject:Patient._has:Observation:subject:category", "laboratory")]) { condition in
            guard let patient = found[condition.fields["subject"] ?? ""] else { return false }
            return found.values.contains {
                $0.facts.type == "Observation" && $0.fields["category"] == "laboratory"
                    && $0.fields["subject"] == patient.key
            }
        }
        let queries = [try test.query("Observation", ("code", "7917-8")), try test.query("Condition", ("code", "I10"))]
        let page = try test.store.search(
            scope, queries, SearchWindow(count: 500, needsTotal: true))
        let expected = found.values.filter { ["7917-8", "I10"].contains($0.fields["code"]) }
        #expect(Set(page.matches.map { $0.type + "/" + $0.id }) == Set(expected.map(\.key)), "\(who) searches both")
        #expect(page.total == expected.count)
    }
}
