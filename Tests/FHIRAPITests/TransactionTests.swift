import FHIRAPI
import HTTP
import Testing

/// Bundles for tests.
enum Bundles {
    static func entry(
        _ method: String, _ url: String, _ resource: String? = nil, fullURL: String? = nil, _ conditions: String = ""
    ) -> String {
        let full = fullURL.map { #""fullUrl":"\#($0)","# } ?? ""
        let body = resource.map { #""resource":\#($0),"# } ?? ""
        return #"{\#(full)\#(body)"request":{"method":"\#(method)","url":"\#(url)"\#(conditions)}}"#
    }

    static func patch(_ type: String, _ path: String, _ value: String) -> String {
        #"{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"\#(type)"},"#
            + #"{"name":"path","valueString":"\#(path)"},{"name":"value",\#(value)}]}]}"#
    }

    static func bundle(_ type: String, _ entries: [String]) -> String {
        #"{"resourceType":"Bundle","type":"\#(type)","entry":[\#(entries.joined(separator: ","))]}"#
    }
}

@Suite struct TransactionTests {
    private func send(_ test: TestAPI, _ entries: String..., prefer: String? = nil) async throws -> Answer {
        let headers: HTTPHeaders = prefer.map { ["Prefer": $0] } ?? [:]
        return try await test.send(.post, "/fhir", headers: headers, body: Bundles.bundle("transaction", entries))
    }

    private func response(_ answer: Answer, _ place: Int) -> JSON { answer.json["entry"][place]["response"] }

    @Test func `entries refer to each other by their addresses`() async throws {
        let test = try TestAPI()
        let answer = try await send(
            test,
            Bundles.entry(
                "POST", "Observation",
                Samples.observation("x", patient: "x").replacing(
                    "Patient/x", with: "urn:uuid:11111111-1111-4111-8111-111111111111")),
            Bundles.entry(
                "POST", "Patient", Samples.patient("x"), fullURL: "urn:uuid:11111111-1111-4111-8111-111111111111"),
            Bundles.entry(
                "PUT", "Practitioner/p", Samples.practitioner("p", npi: "1"),
                fullURL: "http://old.example/fhir/Practitioner/7"),
            Bundles.entry(
                "POST", "PractitionerRole",
                #"{"resourceType":"PractitionerRole","practitioner":{"reference":"Practitioner/7"},"#
                    + #""organization":{"reference":"http://old.example/fhir/Practitioner/7"},"#
                    + #""location":[{"reference":"Location/9"}]}"#,
                fullURL: "http://old.example/fhir/PractitionerRole/8"))
        #expect(answer.status == .ok && answer.json["type"].text == "transaction-response", "\(answer.text)")
        #expect(answer.json["entry"].array.count == 4)
        for place in 0..<4 {
            #expect(response(answer, place)["status"].text == "201 Created")
            #expect(response(answer, place)["etag"].text.hasPrefix("W/\""))
            #expect(response(answer, place)["lastModified"].text == response(answer, 0)["lastModified"].text)
            #expect(!answer.json["entry"][place]["resource"].isThere)
        }
        let ids = try await test.ids("/fhir/Patient")
        #expect(ids.count == 1 && ids[0] != "x")
        let observation = try await test.get("/fhir/Observation?subject=Patient/\(ids[0])")
        #expect(observation.entries(mode: "match").count == 1)
        let role = try await test.get("/fhir/PractitionerRole").json["entry"][0]["resource"]
        #expect(role["practitioner"]["reference"].text == "Practitioner/p")
        #expect(role["organization"]["reference"].text == "Practitioner/p")
        #expect(role["location"][0]["reference"].text == "Location/9")
        let location = response(answer, 2)["location"].text
        #expect(location.hasPrefix("\(TestAPI.base)/Practitioner/p/_history/"))
        let stored = try await test.get(String(location.dropFirst("http://fhir.test".count)))
        #expect(stored.json["meta"]["lastUpdated"].text == response(answer, 2)["lastModified"].text)
    }

    @Test func `deletions come first and reads last, whatever the order of the entries`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.practitioner("old", npi: "1"), Samples.patient("a"))
        let answer = try await send(
            test, Bundles.entry("GET", "Practitioner?identifier=http://npi|1"),
            Bundles.entry("PATCH", "Patient/a", Bundles.patch("replace", "Patient.gender", #""valueCode":"male""#)),
            Bundles.entry(
                "POST", "Practitioner", Samples.practitioner("x", npi: "1"),
                #","ifNoneExist":"identifier=http://npi|1""#),
            Bundles.entry("DELETE", "Practitioner/old"), Bundles.entry("GET", "Patient/a"),
            Bundles.entry("DELETE", "Practitioner?identifier=none"), Bundles.entry("HEAD", "Patient/a"))
        #expect(answer.status == .ok, "\(answer.text)")
        let found = answer.json["entry"][0]["resource"]
        #expect(found["total"].number == 1 && found["entry"][0]["resource"]["id"].text != "old")
        #expect(response(answer, 1)["status"].text == "200 OK" && response(answer, 2)["status"].text == "201 Created")
        #expect(response(answer, 3)["status"].text == "204 No Content")
        #expect(answer.json["entry"][4]["resource"]["gender"].text == "male")
        #expect(response(answer, 5)["status"].text == "204 No Content")
        #expect(try await test.get("/fhir/Practitioner/old").status == .gone)
    }

    @Test func `a failed transaction names the entry and leaves nothing behind`() async throws {
        let test = try TestAPI()
        try await test.put(
            Samples.patient("a"), Samples.practitioner("p", npi: "1"), Samples.practitioner("q", npi: "1"))
        let good = Bundles.entry("POST", "Patient", Samples.patient("x"))
        let cases: [(entry: String, status: Int, path: String, word: String)] = [
            (
                Bundles.entry("POST", "Patient", #"{"resourceType":"Patient","birthDate":5}"#), 422,
                ".resource.birthDate", "string"
            ),
            (Bundles.entry("POST", "Patient", Samples.practitioner("p", npi: "1")), 400, ".resource", "Practitioner"),
            (Bundles.entry("POST", "Patent", Samples.patient("p")), 400, "", "Patent"),
            (Bundles.entry("PUT", "Patient/b", Samples.patient("a")), 400, "", "\"a\""),
            (Bundles.entry("PUT", "Patient/a/_history/1", Samples.patient("a")), 400, "", "url"),
            (Bundles.entry("DELETE", "Patient/a/_history/1"), 400, "", "url"),
            (
                Bundles.entry("PUT", "Patient/a", Samples.patient("a"), #","ifMatch":"W/\"99\"""#), 412, "",
                "version"
            ),
            (Bundles.entry("DELETE", "Patient/a", nil, #","ifMatch":"W/\"99\"""#), 412, "", "version"),
            (Bundles.entry("PUT", "Patient/a", Samples.patient("a"), #","ifNoneMatch":"*""#), 412, "", "version"),
            (
                Bundles.entry(
                    "POST", "Practitioner", Samples.practitioner("x", npi: "1"), #","ifNoneExist":"identifier=1""#),
                412, "", "more than one"
            ),
            (
                Bundles.entry("PATCH", "Patient/nobody", Bundles.patch("delete", "Patient.name", #""valueCode":"x""#)),
                404, "", "nobody"
            ),
            (
                Bundles.entry(
                    "PATCH", "Patient/a", Bundles.patch("replace", "Patient.photo.title", #""valueString":"x""#)), 422,
                "",
                "operation 0"
            ),
            (Bundles.entry("GET", "Patient/a/b/c/d"), 404, "", "path"),
            (Bundles.entry("POST", "Patient/a/$meta-add", "{}"), 400, "", "operation"),
            (Bundles.entry("FETCH", "Patient/a"), 400, ".request.method", "GET"),
            (Bundles.entry("POST", "Patient"), 400, ".resource", "resource"),
            (#"{"resource":{}}"#, 400, ".request", "request"), ("5", 400, "", "object"),
            (
                Bundles.entry("GET", "http://elsewhere.example/fhir/Patient/1"), 400, ".request.url",
                "not of this server"
            ),
            (
                Bundles.entry(
                    "POST", "Observation",
                    Samples.observation("x", patient: "x").replacing(
                        "Patient/x", with: "urn:uuid:22222222-2222-4222-8222-222222222222")),
                422, "", "urn:uuid:2222"
            ),
            (
                Bundles.entry(
                    "POST", "Observation",
                    Samples.observation("x", patient: "x").replacing("Patient/x", with: "Patient?identifier=none")),
                412, "", "Patient?identifier=none"
            ),
        ]
        for (entry, status, path, word) in cases {
            let answer = try await send(test, good, entry, good)
            #expect(answer.status.code == status, "\(entry): \(answer.text)")
            let issue = answer.json["issue"][0]
            #expect(issue["expression"][0].text == "Bundle.entry[1]\(path)", "\(entry): \(answer.text)")
            #expect(
                issue["diagnostics"].text.hasPrefix("Bundle.entry[1]\(path): ") && answer.issue.contains(word),
                "\(answer.text)")
        }
        #expect(try await test.ids("/fhir/Patient") == ["a"])
        #expect(try await test.get("/fhir/_history").json["total"].number == 3)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `no resource is written by two entries`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.practitioner("p", npi: "1"))
        let cases = [
            [Bundles.entry("PUT", "Patient/a", Samples.patient("a")), Bundles.entry("DELETE", "Patient/a")],
            [
                Bundles.entry("PUT", "Patient/a", Samples.patient("a")),
                Bundles.entry("PUT", "Patient/a", Samples.patient("a")),
            ],
            [Bundles.entry("DELETE", "Practitioner/p"), Bundles.entry("DELETE", "Practitioner?identifier=1")],
            [
                Bundles.entry("PUT", "Practitioner?identifier=1", Samples.practitioner("p", npi: "1")),
                Bundles.entry(
                    "PATCH", "Practitioner/p", Bundles.patch("replace", "Practitioner.active", #""valueBoolean":true"#)),
            ],
            [
                Bundles.entry(
                    "POST", "Patient", Samples.patient("a"), fullURL: "urn:uuid:33333333-3333-4333-8333-333333333333"),
                Bundles.entry(
                    "POST", "Patient", Samples.patient("a"), fullURL: "urn:uuid:33333333-3333-4333-8333-333333333333"),
            ],
        ]
        for entries in cases {
            let answer = try await test.send(.post, "/fhir", body: Bundles.bundle("transaction", entries))
            #expect(answer.status == .badRequest && answer.issue.contains("entry[1]"), "\(answer.text)")
        }
        // Criteria that would find what another entry writes.
        let condition = #","ifNoneExist":"identifier=http://npi|7""#
        let twice = try await send(
            test, Bundles.entry("POST", "Practitioner", Samples.practitioner("x", npi: "7"), condition),
            Bundles.entry("POST", "Practitioner", Samples.practitioner("y", npi: "7"), condition))
        #expect(twice.status == .preconditionFailed && twice.issue.contains("entry"), "\(twice.text)")
        #expect(try await test.ids("/fhir/Practitioner") == ["p"])
    }

    @Test func `a conditional reference finds what is stored and what the transaction writes`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.practitioner("stored", npi: "1"), Samples.practitioner("gone", npi: "2"))
        func role(_ npi: String) -> String {
            #"{"resourceType":"PractitionerRole","practitioner":{"reference":"Practitioner?identifier=http://npi|\#(npi)"}}"#
        }
        let answer = try await send(
            test, Bundles.entry("POST", "PractitionerRole", role("1")),
            Bundles.entry("POST", "PractitionerRole", role("2")),
            Bundles.entry("DELETE", "Practitioner/gone"),
            Bundles.entry("PUT", "Practitioner/new", Samples.practitioner("new", npi: "2")),
            prefer: "return=representation")
        #expect(answer.status == .ok, "\(answer.text)")
        #expect(answer.json["entry"][0]["resource"]["practitioner"]["reference"].text == "Practitioner/stored")
        #expect(answer.json["entry"][1]["resource"]["practitioner"]["reference"].text == "Practitioner/new")
        let two = try await send(
            test, Bundles.entry("POST", "PractitionerRole", role("1")),
            Bundles.entry("PUT", "Practitioner/twin", Samples.practitioner("twin", npi: "1")))
        #expect(two.status == .preconditionFailed && two.issue.contains("more than one"))
        let gone = try await send(
            test, Bundles.entry("POST", "PractitionerRole", role("1")), Bundles.entry("DELETE", "Practitioner/stored"))
        #expect(gone.status == .preconditionFailed && gone.issue.contains("no resource"))
    }

    @Test func `a transaction of conditional creates can be repeated`() async throws {
        let test = try TestAPI { $0.workerCount = 4 }
        func bundle(_ round: Int) -> String {
            Bundles.bundle(
                "transaction",
                (0..<5).map { number in
                    Bundles.entry(
                        "POST", "Practitioner", Samples.practitioner("x", npi: "\(round)-\(number)"),
                        #","ifNoneExist":"identifier=http://npi|\#(round)-\#(number)""#)
                })
        }
        for round in 0..<4 {
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<8 { group.addTask { try await test.send(.post, "/fhir", body: bundle(round)) } }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == .ok }, "\(answers.map(\.text))")
            let locations = Set(answers.map { $0.json["entry"].array.map { $0["response"]["location"].text } })
            #expect(locations.count == 1)
            let created = answers.count { $0.json["entry"][0]["response"]["status"].text == "201 Created" }
            #expect(created == 1)
        }
        #expect(try await test.ids("/fhir/Practitioner").count == 20)
    }

    @Test func `a JSON Patch comes as a Binary`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"))
        // [{"op":"replace","path":"/gender","value":"male"}]
        let data = "W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9nZW5kZXIiLCJ2YWx1ZSI6Im1hbGUifV0="
        let binary = #"{"resourceType":"Binary","contentType":"application/json-patch+json","data":"\#(data)"}"#
        for type in ["transaction", "batch"] {
            try await test.put(Samples.patient("a"))
            let answer = try await test.send(
                .post, "/fhir", body: Bundles.bundle(type, [Bundles.entry("PATCH", "Patient/a", binary)]))
            #expect(response(answer, 0)["status"].text == "200 OK", "\(answer.text)")
            #expect(try await test.get("/fhir/Patient/a").json["gender"].text == "male")
        }
    }

    @Test func `a Bundle that is too much or something else is refused`() async throws {
        let test = try TestAPI {
            $0.bundleEntriesMax = 3
            $0.bundleBytesMax = 2_000
        }
        let read = Bundles.entry("GET", "Patient/a")
        let many = try await send(test, read, read, read, read)
        #expect(many.status == .contentTooLarge && many.issue.hasPrefix("too-costly"))
        let large = try await send(test, Bundles.entry("GET", "Patient?name=" + String(repeating: "x", count: 2_000)))
        #expect(large.status == .contentTooLarge)
        for body in [
            "{}", "[]", Samples.patient("a"), #"{"resourceType":"Bundle","type":"collection"}"#,
            #"{"resourceType":"Bundle"}"#,
        ] {
            let answer = try await test.send(.post, "/fhir", body: body)
            #expect(answer.status == .badRequest && answer.json["resourceType"].text == "OperationOutcome", "\(body)")
        }
        let empty = try await test.send(.post, "/fhir", body: #"{"resourceType":"Bundle","type":"transaction"}"#)
        #expect(empty.status == .ok && empty.json["type"].text == "transaction-response")
        // What is answered is a Bundle of R4 itself.
        let stored = try await test.send(.post, "/fhir/Bundle", body: empty.text)
        #expect(stored.status == .created, "\(stored.text)")
    }
}
