import Base
import FHIRAPI
import HTTP
import Testing

@Suite struct EverythingTests {
    private func encounter(_ id: String, patient: String) -> String {
        #"{"resourceType":"Encounter","id":"\#(id)","status":"finished","class":{"code":"AMB"},"#
            + #""subject":{"reference":"Patient/\#(patient)"}}"#
    }

    @Test func `a patient's whole record comes as it is now, oldest entry first, and nobody else's`() async throws {
        let test = try TestAPI()
        try await test.put(
            Samples.patient("a", family: "Before"), Samples.patient("b"), Samples.observation("o1", patient: "a"),
            Samples.observation("o2", patient: "b"), encounter("e1", patient: "a"), encounter("e2", patient: "b"),
            Samples.practitioner("dr", npi: "1"), Samples.observation("o3", patient: "a"),
            Samples.observation("o4", patient: "a"), Samples.observation("o5", patient: "a"))
        try await test.put(
            Samples.patient("a", family: "After"), Samples.observation("o3", patient: "a", value: "2.50"),
            Samples.observation("o5", patient: "b"))
        #expect(try await test.send(.delete, "/fhir/Observation/o4").status.code < 300)

        let answer = try await test.get("/fhir/Patient/a/$everything")
        #expect(answer.status == .ok && answer.json["type"].text == "searchset")
        #expect(
            answer.names(mode: "match") == [
                "Observation/o1", "Encounter/e1", "Patient/a", "Observation/o3",
            ])
        #expect(answer.json["total"].number == 4 && answer.link("next") == nil)
        #expect(answer.link("self") == "/fhir/Patient/a/$everything")
        #expect(answer.text.contains("After") && !answer.text.contains("Before"))
        #expect(answer.text.contains("2.50") && !answer.text.contains("Patient/b"))
        for entry in answer.entries(mode: "match") {
            let resource = entry["resource"]
            let name = "\(resource["resourceType"].text)/\(resource["id"].text)"
            #expect(entry["fullUrl"].text == "\(TestAPI.base)/\(name)")
            let read = try await test.get("/fhir/\(name)")
            #expect(read.headers["ETag"] == "W/\"\(resource["meta"]["versionId"].text)\"")
            // Byte for byte what a read of it gives.
            #expect(answer.text.contains("\"resource\":\(read.text),"))
        }
        #expect(
            Set(try await test.get("/fhir/Patient/b/$everything").names(mode: "match")) == [
                "Patient/b", "Observation/o2", "Encounter/e2", "Observation/o5",
            ])
        #expect(test.failures.all.isEmpty)
    }

    @Test func `a patient who never was is not found, and one who was deleted is gone`() async throws {
        let test = try TestAPI()
        try await test.put(
            Samples.patient("a"), Samples.observation("o", patient: "a"), Samples.observation("x", patient: "ghost"))
        #expect(try await test.get("/fhir/Patient/ghost/$everything").status == .notFound)
        #expect(try await test.get("/fhir/Patient/o/$everything").status == .notFound)
        let elsewhere = try await test.send(.get, "/fhir/Patient/a/$everything", token: TestAPI.otherToken)
        #expect(elsewhere.status == .notFound && !elsewhere.text.contains("8302-2"))
        #expect(try await test.send(.delete, "/fhir/Patient/a").status.code < 300)
        let gone = try await test.get("/fhir/Patient/a/$everything")
        #expect(gone.status == .gone && gone.issue.hasPrefix("deleted:") && gone.headers["ETag"] == "W/\"4\"")
        try await test.put(Samples.patient("a", family: "Back"))
        let back = try await test.get("/fhir/Patient/a/$everything").names(mode: "match")
        #expect(back == ["Observation/o", "Patient/a"])
        #expect(test.failures.all.isEmpty)
    }

    @Test(arguments: [1, 4, 100]) func `pages stay at the moment of the first`(_ count: Int) async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"), Samples.patient("b"))
        try await test.put((0..<12).map { Samples.observation("o\($0)", patient: $0 % 4 == 3 ? "b" : "a") })
        let target = "/fhir/Patient/a/$everything?_count=\(count)"
        let before = try await test.ids("/fhir/Patient/a/$everything")
        #expect(before.count == 10)

        var seen: [String] = []
        var next: String? = target
        var round = 0
        while let link = next {
            let page = try await test.get(link)
            let entries = page.entries(mode: "match").map { $0["resource"] }
            #expect(page.status == .ok && entries.count <= count)
            #expect(page.json["total"].number == (count == 100 ? 10 : nil))
            #expect(!page.text.contains("changed") && !page.text.contains("Patient/b"))
            seen += entries.map { $0["id"].text }
            next = page.link("next")
            // New, changed, deleted and moved ones, which would all show on a page to come; at last the patient.
            try await test.put(
                Samples.observation("new\(round)", patient: "a"),
                Samples.observation("o8", patient: "a", code: "changed\(round)"),
                Samples.observation("o3", patient: "a"), Samples.observation("o9", patient: "b"))
            _ = try await test.send(.delete, "/fhir/Observation/o10")
            if round == 1 { #expect(try await test.send(.delete, "/fhir/Patient/a").status.code < 300) }
            round += 1
        }
        #expect(seen == before)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `a paging link serves the patient and the tenant it was given for`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"), Samples.patient("b"))
        try await test.put((0..<4).map { Samples.observation("o\($0)", patient: "a") })
        let link = try #require(try await test.get("/fhir/Patient/a/$everything?_count=2").link("next"))
        #expect(try await test.get(link).names(mode: "match").count == 2)
        #expect(try await test.get(link.replacing("Patient/a", with: "Patient/b")).status == .badRequest)
        #expect(try await test.send(.get, link, token: TestAPI.otherToken).status == .badRequest)
        #expect(try await test.get(link + "&_count=100").status == .badRequest)
        #expect(try await test.get("/fhir/Patient/a/$everything?_count=x").status == .badRequest)
        #expect(try await test.get("/fhir/Patient/a/$everything?_type=Nothing").status == .badRequest)
        for query in ["_since=x", "start=x", "_at=x", "_count=0", "_since=2020&_since=2021", "unknown=1", "_type="] {
            let answer = try await test.get("/fhir/Patient/a/$everything?\(query)")
            #expect(answer.status == .badRequest && answer.text.contains("http."), "\(query)")
        }
        #expect(try await test.get("/fhir/Encounter/a/$everything?start=2020").status == .badRequest)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `a record larger than a page may be comes on several`() async throws {
        let test = try TestAPI { $0.pageBytesMax = 2_000 }
        try await test.put(Samples.patient("a"))
        try await test.put((0..<20).map { Samples.observation("o\($0)", patient: "a") })
        let first = try await test.get("/fhir/Patient/a/$everything")
        #expect(first.link("next") != nil && first.json["total"].number == nil)
        #expect(try await test.ids("/fhir/Patient/a/$everything") == ["a"] + (0..<20).map { "o\($0)" })
        #expect(test.failures.all.isEmpty)
    }

    @Test func `types, times of change and of care narrow a record, by POST as well`() async throws {
        let test = try TestAPI()
        try await test.put(
            Samples.patient("a"), Samples.observation("o1", patient: "a", date: "2019-12-31"),
            Samples.observation("o2", patient: "a", date: "2020-06-01"), encounter("e1", patient: "a"))
        let before = try await test.get("/fhir/Encounter/e1").json["meta"]["lastUpdated"].text
        try await test.put(
            Samples.observation("o3", patient: "a", date: "2021-01-01"), Samples.patient("a", family: "New"))
        let base = "/fhir/Patient/a/$everything"
        #expect(try await test.ids(base + "?_type=Observation") == ["o1", "o2", "o3"])
        #expect(try await test.ids(base + "?_type=Observation,Encounter&_count=1") == ["o1", "o2", "e1", "o3"])
        #expect(try await test.ids(base + "?_since=\(before)") == ["o3", "a"])
        // What has no date is of every time.
        #expect(try await test.ids(base + "?start=2020&end=2020") == ["o2", "e1", "a"])
        #expect(try await test.ids(base + "?end=2020-01") == ["o1", "e1", "a"])
        #expect(try await test.ids(base + "?start=2021-01-01&_type=Observation") == ["o3"])
        let body =
            #"{"resourceType":"Parameters","parameter":[{"name":"start","valueDate":"2020-06-01"},"#
            + #"{"name":"_type","valueCode":"Observation"},{"name":"_type","valueCode":"Encounter"},"#
            + #"{"name":"_count","valueInteger":1}]}"#
        let posted = try await test.send(.post, base, body: body)
        #expect(posted.names(mode: "match") == ["Observation/o2"])
        #expect(try await test.ids(try #require(posted.link("next"))) == ["e1", "o3"])
        let form = try await test.send(
            .post, base, headers: ["Content-Type": "application/x-www-form-urlencoded"], body: "_type=Encounter")
        #expect(form.names(mode: "match") == ["Encounter/e1"])
        #expect(test.failures.all.isEmpty)
    }

    @Test func `a record at a moment is what the same request gave then`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"), Samples.observation("o1", patient: "a"), encounter("e1", patient: "a"))
        let targets = ["Patient/a/$everything", "Encounter/e1/$everything", "Patient/$everything", "Patient/a"]
        var then: [(moment: String, answers: [[String]])] = []
        func texts(_ suffix: String) async throws -> [[String]] {
            var all: [[String]] = []
            for target in targets {
                let answer = try await test.get("/fhir/\(target)\(suffix)")
                let resources = answer.json["entry"].array.map { $0["resource"] }
                all.append(
                    (resources.isEmpty ? [answer.json] : resources).map { "\($0.name) \($0["meta"]["versionId"].text)" }
                )
            }
            return all
        }
        for round in 0..<4 {
            let answer = try await test.send(
                .put, "/fhir/Observation/o\(round)",
                body: Samples.observation("o\(round)", patient: "a", value: "\(round + 1)7"))
            then.append((answer.json["meta"]["lastUpdated"].text, try await texts("")))
            if round == 1 { #expect(try await test.send(.delete, "/fhir/Observation/o0").status.code < 300) }
            try await test.put(Samples.patient("a", family: "Name\(round)"))
        }
        for (moment, answers) in then {
            let now = try await texts("?_at=\(moment)")
            #expect(now == answers)
        }
        #expect(try await test.get("/fhir/Patient/a/$everything?_at=2001-01-01").status == .notFound)
        #expect(try await test.get("/fhir/Patient/$everything?_at=2001-01-01").json["total"].number == 0)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `an encounter's record is what refers to it, and all patients' records are what belongs to any`()
        async throws
    {
        let test = try TestAPI()
        let seen = #","encounter":{"reference":"Encounter/e1"}}"#
        func met(_ id: String) -> String { Samples.observation(id, patient: "a").dropLast() + seen }
        try await test.put(
            Samples.patient("a"), encounter("e1", patient: "a"), encounter("e2", patient: "a"), met("o1"), met("o2"),
            Samples.observation("o3", patient: "a"), Samples.practitioner("dr", npi: "1"), Samples.patient("b"))
        let target = "/fhir/Encounter/e1/$everything"
        #expect(try await test.ids(target) == ["e1", "o1", "o2"])
        #expect(try await test.ids(target + "?_count=1") == ["e1", "o1", "o2"])
        #expect(try await test.ids(target + "?_type=Observation") == ["o1", "o2"])
        #expect(try await test.get("/fhir/Encounter/ghost/$everything").status == .notFound)
        #expect(try await test.ids("/fhir/Patient/$everything?_count=2") == ["a", "e1", "e2", "o1", "o2", "o3", "b"])
        #expect(test.failures.all.isEmpty)
    }
}
