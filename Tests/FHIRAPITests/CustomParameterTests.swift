import Access
import Base
import Foundation
import HTTP
import RecordStore
import Testing

@Suite struct CustomParameterTests {
    private static let scope = AccessScope(tenant: .standard, actor: "test")
    private static var smallSteps: StoreLimits {
        var limits = StoreLimits()
        limits.reindexEntries = 2
        return limits
    }

    private static func waitUntilDone(_ test: TestAPI) throws {
        test.pace.release()
        try test.store.waitForReindexing(scope)
    }

    private static func check(_ test: TestAPI) throws -> [String] {
        try test.store.check(scope) { _, _ in }.findings
    }

    @Test func `a search by a new parameter says so until what was stored before is indexed`() async throws {
        let test = try TestAPI(limits: Self.smallSteps, isReindexingHeld: true)
        for number in 0..<6 {
            try await test.put(Samples.patient("p\(number)", race: number % 2 == 0 ? "2106-3" : "2054-5"))
        }
        try await test.put(Samples.observation("o1", patient: "p2"))
        #expect(try await test.get("/fhir/Patient?race=2106-3").status == .badRequest)
        let created = try await test.send(.put, "/fhir/SearchParameter/race", body: Samples.raceParameter)
        #expect(created.status == .created, "\(created.text)")

        let refused = try await test.get("/fhir/Patient?race=2106-3")
        #expect(refused.status == .serviceUnavailable && refused.headers["Retry-After"] != nil, "\(refused.text)")
        #expect(refused.issue.hasPrefix("transient: ") && refused.issue.contains("\"race\" of Patient"))
        #expect(refused.json["issue"][0]["location"][0].text == "http.race")
        for query in [
            "/fhir/Patient?_sort=race", "/fhir/Patient?_filter=race%20eq%202106-3", "/fhir/Patient?race:missing=true",
            "/fhir/Observation?subject:Patient.race=2106-3", "/fhir/Observation?subject.race=2106-3",
            "/fhir?_type=Patient&race=2106-3", "/fhir/Practitioner?_has:Patient:general-practitioner:race=2106-3",
        ] {
            let answer = try await test.get(query, headers: ["Prefer": "handling=lenient"])
            #expect(answer.status == .serviceUnavailable, "\(query): \(answer.text)")
        }
        test.pace.allow(steps: 1)
        test.pace.waitUntilHeld()
        let status = try await test.get("/fhir/SearchParameter/race/$reindex-status")
        let parts = status.json["parameter"][0]["part"].array
        #expect(parts.first { $0["name"].text == "state" }?["valueCode"].text == "reindexing", "\(status.text)")
        #expect(parts.first { $0["name"].text == "done" }?["valueDecimal"].number == 2)
        #expect(parts.first { $0["name"].text == "total" }?["valueDecimal"].number == 8)
        #expect(try await test.get("/fhir/Patient?race=2106-3").issue.contains("2 of 8"))
        let listed = try await test.get("/fhir/metadata").json["rest"][0]["resource"].array
        #expect(
            listed.first { $0["type"].text == "Patient" }?["searchParam"].array.contains { $0["name"].text == "race" }
                == false)
        // The server goes on serving; what is written now is indexed at once.
        try await test.put(Samples.patient("p7", race: "2106-3"), Samples.patient("p0", race: "2054-5"))
        _ = try await test.send(.delete, "/fhir/Patient/p4")
        #expect(try await test.ids("/fhir/Patient?given=jo").count == 6)
        #expect(try Self.check(test).isEmpty)

        try Self.waitUntilDone(test)
        #expect(try await test.ids("/fhir/Patient?race=2106-3").sorted() == ["p2", "p7"])
        #expect(try await test.ids("/fhir/Patient?race=2054-5").sorted() == ["p0", "p1", "p3", "p5"])
        #expect(try await test.ids("/fhir/Observation?subject:Patient.race=2106-3") == ["o1"])
        #expect(try await test.ids("/fhir/Patient?_filter=race%20eq%202106-3").count == 2)
        #expect(try await test.ids("/fhir/Patient?_sort=race,_id").prefix(4) == ["p0", "p1", "p3", "p5"])
        #expect(try await test.ids("/fhir/Patient?race:missing=false").count == 6)
        let then = try await test.get("/fhir/Patient/p4/_history/5").json["meta"]["lastUpdated"].text
        #expect(try await test.ids("/fhir/Patient?race=2106-3&_at=\(then)").sorted() == ["p0", "p2", "p4"])
        let active = try await test.get("/fhir/SearchParameter/$reindex-status")
        #expect(active.text.contains(#""name":"state","valueCode":"active""#), "\(active.text)")
        let now = try await test.get("/fhir/metadata").json["rest"][0]["resource"].array
        let shown = now.first { $0["type"].text == "Patient" }?["searchParam"].array.first { $0["name"].text == "race" }
        #expect(shown?["definition"].text == "http://example.org/sp/race" && shown?["type"].text == "token")
        #expect(try Self.check(test).isEmpty)
        #expect(test.failures.all.isEmpty)
    }
}

/// What changes while records are indexed for a new parameter, and what comes after.
@Suite struct CustomParameterLifeTests {
    private static let scope = AccessScope(tenant: .standard, actor: "test")

    private static func waitUntilDone(_ test: TestAPI) throws {
        test.pace.release()
        try test.store.waitForReindexing(scope)
    }

    private static func check(_ test: TestAPI) throws -> [String] {
        try test.store.check(scope) { _, _ in }.findings
    }

    private static func state(_ test: TestAPI, _ id: String) async throws -> String {
        let answer = try await test.get("/fhir/SearchParameter/\(id)/$reindex-status")
        let parts = answer.json["parameter"][0]["part"].array
        return parts.first { $0["name"].text == "state" }?["valueCode"].text ?? answer.issue
    }

    @Test
    func `a parameter that is changed or retired while records are indexed for it leaves nothing behind in searches`()
        async throws
    {
        var limits = StoreLimits()
        limits.reindexEntries = 1
        let test = try TestAPI(limits: limits, isReindexingHeld: true)
        for number in 0..<4 { try await test.put(Samples.patient("p\(number)", family: "Doe\(number)", given: "Ann")) }
        try await test.put(
            Samples.parameter("called", type: "string", expression: "Patient.name.select(family)"))
        test.pace.allow(steps: 1)
        test.pace.waitUntilHeld()
        // Another meaning of the same code: it is indexed from the beginning.
        try await test.put(
            Samples.parameter("called", type: "string", expression: "Patient.name.select(given)"))
        #expect(try await test.get("/fhir/Patient?called=ann").status == .serviceUnavailable)
        try Self.waitUntilDone(test)
        #expect(try await test.ids("/fhir/Patient?called=ann").count == 4)
        #expect(try await test.ids("/fhir/Patient?called=doe1").isEmpty)
        #expect(try Self.check(test).isEmpty)

        for status in ["retired", "draft"] {
            try await test.put(
                Samples.parameter(
                    "called", type: "string", expression: "Patient.name.select(given)", status: status))
            #expect(try await test.get("/fhir/Patient?called=ann").issue.hasPrefix("not-supported: "))
            #expect(try await Self.state(test, "called").contains("not in use"))
        }
        // What was written meanwhile must be found once it is back.
        try await test.put(Samples.patient("p9", family: "Doe9", given: "Ann"))
        test.pace.hold()
        try await test.put(
            Samples.parameter("called", type: "string", expression: "Patient.name.select(given)"))
        #expect(try await test.get("/fhir/Patient?called=ann").status == .serviceUnavailable)
        #expect(try Self.check(test).isEmpty)
        try Self.waitUntilDone(test)
        #expect(try await test.ids("/fhir/Patient?called=ann").count == 5)
        #expect(try Self.check(test).isEmpty)

        // A description alone changes nothing.
        let described = Samples.parameter(
            "called", type: "string", expression: "Patient.name.select(given)", more: #","purpose":"to find""#)
        try await test.put(described)
        #expect(try await Self.state(test, "called") == "active")
        #expect(try await test.send(.delete, "/fhir/SearchParameter/called").status == .noContent)
        #expect(try await test.get("/fhir/Patient?called=ann").status == .badRequest)
        #expect(try await Self.state(test, "called").contains("There is no"))
        #expect(try Self.check(test).isEmpty)
    }

    @Test func `the indexing goes on after a restart in its middle, and after a crash`() async throws {
        var limits = StoreLimits()
        limits.reindexEntries = 3
        // Several segments, and several parts of each.
        limits.flushPostings = 60
        limits.reindexPostings = 4
        let first = try TestAPI(limits: limits, isReindexingHeld: true)
        for number in 0..<40 {
            try await first.put(Samples.patient("p\(number)", given: number % 2 == 0 ? "Ann" : "Bob"))
        }
        try first.store.settle()
        try await first.put(
            Samples.parameter("called", type: "string", expression: "Patient.name.select(given)"))
        first.pace.allow(steps: 5)
        first.pace.waitUntilHeld()
        try await first.put(Samples.patient("p41", given: "Ann"), Samples.patient("p0", given: "Bob"))
        // What a crash would leave: the files as they are.
        let copy = first.folder + "-copy"
        try FileManager.default.copyItem(atPath: first.folder, toPath: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try first.close()
        for folder in [first.folder, copy] {
            let second = try TestAPI(limits: limits, folder: folder, isReindexingHeld: true)
            #expect(try await second.get("/fhir/Patient?called=ann").status == .serviceUnavailable, "\(folder)")
            #expect(try Self.check(second).isEmpty)
            try Self.waitUntilDone(second)
            #expect(try await second.ids("/fhir/Patient?called=ann").count == 20)
            #expect(try await second.ids("/fhir/Patient?called=bob").count == 21)
            #expect(try Self.check(second).isEmpty)
            try second.store.settle()
            #expect(try await second.ids("/fhir/Patient?called=ann").count == 20)
            #expect(try Self.check(second).isEmpty)
            try second.close()
            let third = try TestAPI(limits: limits, folder: folder)
            #expect(try await third.ids("/fhir/Patient?called=ann").count == 20)
            #expect(try await Self.state(third, "called") == "active")
            #expect(try Self.check(third).isEmpty)
            try third.close()
        }
        try FileManager.default.removeItem(atPath: first.folder)
    }

    @Test func `what was written while a parameter was out of use is found after it came back and the server crashed`()
        async throws
    {
        var limits = StoreLimits()
        limits.reindexEntries = 2
        let test = try TestAPI(limits: limits, isReindexingHeld: true)
        let parameter = Samples.parameter("called", type: "string", expression: "Patient.name.select(given)")
        for number in 0..<5 { try await test.put(Samples.patient("p\(number)", given: "Ann")) }
        try await test.put(parameter)
        try Self.waitUntilDone(test)
        #expect(try await test.ids("/fhir/Patient?called=ann").count == 5)
        for round in 1...2 {
            _ = try await test.send(.delete, "/fhir/SearchParameter/called")
            try await test.put(Samples.patient("r\(round)", given: "Ann"))
            test.pace.hold()
            try await test.put(parameter)
            test.pace.allow(steps: 1)
            test.pace.waitUntilHeld()
        }
        let copy = test.folder + "-copy"
        try FileManager.default.copyItem(atPath: test.folder, toPath: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let second = try TestAPI(limits: limits, folder: copy, isReindexingHeld: true)
        #expect(try await second.get("/fhir/Patient?called=ann").status == .serviceUnavailable)
        for api in [test, second] {
            try Self.waitUntilDone(api)
            #expect(try await api.ids("/fhir/Patient?called=ann").count == 7)
            #expect(try Self.check(api).isEmpty)
        }
        try second.close()
    }

    @Test func `a parameter is indexed anew when that is asked for`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("p1", given: "Ann"))
        try await test.put(
            Samples.parameter("called", type: "string", expression: "Patient.name.select(given)"))
        try Self.waitUntilDone(test)
        test.pace.hold()
        let asked = try await test.send(.post, "/fhir/SearchParameter/called/$reindex")
        #expect(asked.status == .ok && asked.text.contains("reindexing"), "\(asked.text)")
        #expect(try await test.get("/fhir/Patient?called=ann").status == .serviceUnavailable)
        try Self.waitUntilDone(test)
        #expect(try await test.ids("/fhir/Patient?called=ann") == ["p1"])
        #expect(try await test.send(.post, "/fhir/SearchParameter/nobody/$reindex").status == .notFound)
        #expect(try Self.check(test).isEmpty)
    }

    @Test func `another tenant knows nothing of a parameter`() async throws {
        let test = try TestAPI()
        try await test.put(
            Samples.parameter("called", type: "string", expression: "Patient.name.select(given)"))
        try Self.waitUntilDone(test)
        #expect(try await test.get("/fhir/Patient?called=ann").status == .ok)
        let other = try await test.send(.get, "/fhir/Patient?called=ann", token: TestAPI.otherToken)
        #expect(other.status == .badRequest && other.issue.contains("no search parameter"))
        let status = try await test.send(.get, "/fhir/SearchParameter/$reindex-status", token: TestAPI.otherToken)
        #expect(status.status == .ok && !status.text.contains("called"))
        let metadata = try await test.send(.get, "/fhir/metadata", token: TestAPI.otherToken)
        #expect(!metadata.text.contains("sp/called"))
        #expect(try await test.get("/fhir/metadata").text.contains("sp/called"))
    }

    @Test func `references, includes, composites and GraphQL take custom parameters`() async throws {
        let test = try TestAPI(isReindexingHeld: true)
        try await test.put(Samples.patient("p1"), Samples.patient("p2"))
        try await test.put(
            Samples.observation("o1", patient: "p1", value: "5", code: "a"),
            Samples.observation("o2", patient: "p2", value: "9", code: "a"))
        let transaction = [
            Samples.parameter(
                "whose", base: "Observation", type: "reference",
                expression: "Observation.select(subject).where(resolve() is Patient)", more: #","target":["Patient"]"#),
            Samples.parameter(
                "how-much", base: "Observation", type: "quantity", expression: "Observation.select(value) as Quantity"),
            Samples.parameter(
                "what-how-much", base: "Observation", type: "composite", expression: "Observation",
                more:
                    #","component":[{"definition":"http://hl7.org/fhir/SearchParameter/clinical-code","expression":"code"},"#
                    + #"{"definition":"http://example.org/sp/how-much|1","expression":"value as Quantity"}]"#),
        ].map { resource in
            let id = resource.split(separator: #""id":""#)[1].prefix { $0 != "\"" }
            return #"{"resource":\#(resource),"request":{"method":"PUT","url":"SearchParameter/\#(id)"}}"#
        }.joined(separator: ",")
        let bundle = #"{"resourceType":"Bundle","type":"transaction","entry":[\#(transaction)]}"#
        let answer = try await test.send(.post, "/fhir", body: bundle)
        #expect(answer.status == .ok, "\(answer.text)")
        for query in [
            "Observation?_include=Observation:whose", "Patient?_revinclude=Observation:whose",
            "Patient?_revinclude=*", "Observation?_include=Observation:*", "Observation?what-how-much=a$5",
            "Patient?_has:Observation:whose:code=a",
        ] {
            #expect(try await test.get("/fhir/" + query).status == .serviceUnavailable, "\(query)")
        }
        let export = "/fhir/$export?_type=Observation&_typeFilter=Observation%3Fhow-much%3D5"
        #expect(
            try await test.get(export, headers: ["Prefer": "respond-async"]).status == .serviceUnavailable)
        let early = try await test.send(
            .post, "/fhir/$graphql", headers: ["Content-Type": "application/graphql"],
            body: #"{ObservationList(how_much:"5"){id}}"#)
        #expect(early.text.contains("still being indexed"), "\(early.text)")
        try Self.waitUntilDone(test)
        #expect(try await test.ids("/fhir/Observation?whose=Patient/p1") == ["o1"])
        #expect(try await test.ids("/fhir/Observation?how-much=gt6") == ["o2"])
        #expect(try await test.ids("/fhir/Observation?what-how-much=a$5") == ["o1"])
        #expect(try await test.ids("/fhir/Observation?what-how-much=b$5").isEmpty)
        #expect(try await test.ids("/fhir/Patient?_has:Observation:whose:how-much=9") == ["p2"])
        #expect(try await test.ids("/fhir/Observation?whose.family=doe&_sort=-how-much") == ["o2", "o1"])
        let included = try await test.get("/fhir/Observation?how-much=9&_include=Observation:whose")
        #expect(included.names(mode: "include") == ["Patient/p2"])
        let around = try await test.get("/fhir/Patient?_id=p1&_revinclude=Observation:whose")
        #expect(around.names(mode: "include") == ["Observation/o1"])
        let found = try await test.send(
            .post, "/fhir/$graphql", headers: ["Content-Type": "application/graphql"],
            body: #"{ObservationList(how_much:"5"){id}}"#)
        #expect(found.json["data"]["ObservationList"].array.map { $0["id"].text } == ["o1"], "\(found.text)")
        let requests = ExportRequests(test)
        let exported = try await requests.contents(requests.manifest(requests.begin(export)))
        #expect(exported.resources.map(\.name) == ["Observation/o1"])
        let conditional = try await test.send(
            .put, "/fhir/Observation?how-much=9&whose=Patient/p2",
            body: Samples.observation("o2", patient: "p2", value: "10", code: "a"))
        #expect(conditional.status == .ok, "\(conditional.text)")
        #expect(try await test.ids("/fhir/Observation?how-much=10") == ["o2"])
        #expect(try Self.check(test).isEmpty)
    }

    @Test func `a definition that cannot be used is refused with the element that is wrong`() async throws {
        let test = try TestAPI()
        typealias Case = (body: String, path: String, part: String)
        func parameter(
            _ code: String = "x", base: String = "Patient", type: String = "token", _ expression: String,
            _ more: String = ""
        ) -> String {
            Samples.parameter(code, id: "x", base: base, type: type, expression: expression, more: more)
        }
        let cases: [Case] = [
            (parameter("gender", "Patient.gender.select($this)"), "code", "\"gender\""),
            (parameter("_foo", "Patient.gender"), "code", "begin with _"),
            (parameter("a:b", "Patient.gender"), "code", "cannot stand"),
            (parameter("_content", "Patient.gender"), "code", "\"_content\""),
            (parameter("x", "Patient.gendr"), "expression", "at character 9"),
            (parameter("x", "Patient.gender.where("), "expression", "at character"),
            (parameter("x", "Practitioner.gender"), "expression", "never gives"),
            (parameter("x", "Patient.birthDate = today()"), "expression", "today()"),
            (parameter("x", "Patient.gender.memberOf('http://x')"), "expression", "memberOf()"),
            (parameter(type: "date", "Patient.gender"), "type", "no date parameter"),
            (parameter(type: "quantity", "Patient.name.count()"), "type", "computed"),
            (parameter(type: "special", "Patient.gender"), "type", "special"),
            (parameter("x", "Patient.gender", #","xpathUsage":"phonetic""#), "xpathUsage", "phonetic"),
            (parameter("x", "Patient.gender", #","target":["Patient"]"#), "target", "only a reference"),
            (parameter(type: "composite", "Patient"), "component", "needs components"),
            (
                parameter(type: "composite", "Patient", #","component":[{"definition":"http://no","expression":"a"}]"#),
                "component[0].definition", "http://no"
            ),
            (
                #"{"resourceType":"SearchParameter","id":"x","url":"http://x","name":"N","status":"active","#
                    + #""description":"d","code":"x","base":["Patient"],"type":"token","xpath":"f:Patient"}"#, "xpath",
                "XPath"
            ),
            (
                #"{"resourceType":"SearchParameter","id":"x","url":"http://x","name":"N","status":"active","#
                    + #""description":"d","code":"x","base":["Patient"],"type":"token"}"#, "expression", "needs"
            ),
        ]
        for (body, path, part) in cases {
            let answer = try await test.send(.put, "/fhir/SearchParameter/x", body: body)
            #expect(answer.status == .unprocessableContent, "\(body)\n\(answer.text)")
            let issue = answer.json["issue"][0]
            #expect(issue["expression"][0].text == "SearchParameter." + path, "\(body)\n\(answer.text)")
            #expect(issue["diagnostics"].text.contains(part), "\(answer.text)")
        }
        var limits = StoreLimits()
        limits.customParametersMax = 1
        let full = try TestAPI(limits: limits)
        try await full.put(Samples.parameter("x", expression: "Patient.gender.select($this)"))
        let second = Samples.parameter("y", expression: "Patient.active.select($this)")
        let refused = try await full.send(.put, "/fhir/SearchParameter/y", body: second)
        #expect(refused.status == .unprocessableContent && refused.text.contains("as many as may be"))
        try await full.put(
            Samples.parameter("x", expression: "Patient.gender.select($this)", status: "retired"), second)
        // What is not active may be anything; what repeats the specification needs nothing.
        try await test.put(
            Samples.parameter("gender", id: "draft", expression: "Patient.nothing", status: "draft"),
            Samples.parameter("gender", id: "again", expression: "Patient.gender"),
            Samples.parameter("y", expression: "Patient.gender.select($this)"))
        let third = Samples.parameter("y", id: "z", expression: "Patient.active")
        let taken = try await test.send(.put, "/fhir/SearchParameter/z", body: third)
        #expect(taken.issue.contains("SearchParameter/y defines \"y\""), "\(taken.text)")
        let entry = #"{"resource":\#(third),"request":{"method":"POST","url":"SearchParameter"}}"#
        let bundle = try await test.send(
            .post, "/fhir", body: #"{"resourceType":"Bundle","type":"transaction","entry":[\#(entry)]}"#)
        #expect(bundle.status == .unprocessableContent)
        #expect(
            bundle.json["issue"][0]["expression"][0].text == "Bundle.entry[0].resource.code", "\(bundle.text)")
        #expect(try await test.ids("/fhir/Patient?gender=male").isEmpty)
    }
}
