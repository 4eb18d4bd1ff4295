import Access
import Base
import FHIR
import FHIRAPI
import HTTP
import JSONTape
import RecordStore
import Testing

@Suite struct ConditionalTests {
    private func practitioner(_ npi: String, id: String? = nil, family: String = "Doe") -> String {
        let member = id.map { #""id":"\#($0)","# } ?? ""
        return #"{"resourceType":"Practitioner",\#(member)"identifier":[{"system":"http://npi","value":"\#(npi)"}],"#
            + #""name":[{"family":"\#(family)"}]}"#
    }

    private func create(_ test: TestAPI, _ npi: String, _ criteria: String) async throws -> Answer {
        try await test.send(
            .post, "/fhir/Practitioner", headers: ["If-None-Exist": criteria], body: practitioner(npi))
    }

    @Test func `a resource is created only if the criteria find none`() async throws {
        let test = try TestAPI()
        let first = try await create(test, "1", "identifier=http://npi|1")
        #expect(first.status == .created)
        for criteria in [
            "identifier=http://npi%7C1", "?identifier=http://npi|1", "Practitioner?identifier=1&family=doe",
        ] {
            let again = try await create(test, "1", criteria)
            #expect(again.status == .ok && again.json["id"].text == first.json["id"].text, "\(again.text)")
            #expect(again.headers["Location"] == first.headers["Location"])
            #expect(again.headers["ETag"] == first.headers["ETag"])
        }
        try await test.put(practitioner("2", id: "a"), practitioner("2", id: "b"))
        let many = try await create(test, "2", "identifier=http://npi|2")
        #expect(many.status == .preconditionFailed && many.issue.hasPrefix("multiple-matches"))
        #expect(try await test.ids("/fhir/Practitioner").count == 3)
    }

    @Test(arguments: [
        ("nonsense=1", "nonsense"), ("", "criteria"), ("_count=1", "_count"), ("_format=json", "criteria"),
        ("identifier=%zz", "escape"), ("Patient?identifier=1", "Patient"), ("identifier=1&_sort=family", "_sort"),
        ("_has:PractitionerRole:practitioner:active=true", "_has"), ("identifier:nonsense=1", "nonsense"),
    ])
    func `criteria that cannot be searched by are refused`(_ criteria: String, _ word: String) async throws {
        let test = try TestAPI()
        let answer = try await create(test, "1", criteria)
        #expect(answer.status == .badRequest && answer.issue.contains(word), "\(answer.text)")
        #expect(answer.json["issue"][0]["location"][0].text == "http.If-None-Exist" || criteria.isEmpty)
        #expect(try await test.ids("/fhir/Practitioner").isEmpty)
    }

    @Test func `of many conditional creates at once one creates`() async throws {
        let test = try TestAPI { $0.workerCount = 4 }
        for round in 0..<5 {
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<32 {
                    group.addTask { try await create(test, "r\(round)", "identifier=http://npi|r\(round)") }
                }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(answers.count { $0.status == .created } == 1)
            #expect(answers.allSatisfy { $0.status == .created || $0.status == .ok })
            #expect(Set(answers.map { $0.json["id"].text }).count == 1)
        }
        #expect(try await test.ids("/fhir/Practitioner").count == 5 && test.failures.all.isEmpty)
    }

    @Test func `a conditional create and another way of writing never both create unseen`() async throws {
        let test = try TestAPI()
        let scope = AccessScope(tenant: .standard, actor: "ingest")
        for round in 0..<40 {
            let text = practitioner("w\(round)", id: "direct\(round)")
            async let direct = Task.detached {
                let batch = try test.store.makeBatch(scope)
                let document = try JSONDocument(Array(text.utf8), names: test.store.definitions.names)
                document.withRoot { root in
                    guard let type = test.store.definitions.type(named: "Practitioner") else { return }
                    Array("direct\(round)".utf8).withUnsafeBytes { batch.put(root, type: type, id: $0) }
                }
                return try test.store.commit(batch).outcomes[0].sequence ?? 0
            }.value
            let conditional = try await create(test, "w\(round)", "identifier=http://npi|w\(round)")
            let written = try await direct
            if conditional.status == .created {
                // It came first: had the other been there, it would have been found.
                let version = UInt64(conditional.json["meta"]["versionId"].text) ?? .max
                #expect(version < written)
            } else {
                #expect(conditional.status == .ok && conditional.json["id"].text == "direct\(round)")
            }
        }
    }

    @Test func `an update goes to what the criteria find`() async throws {
        let test = try TestAPI()
        func update(_ npi: String, id: String? = nil, _ headers: HTTPHeaders = [:], family: String) async throws
            -> Answer
        {
            try await test.send(
                .put, "/fhir/Practitioner?identifier=http://npi%7C\(npi)", headers: headers,
                body: practitioner(npi, id: id, family: family))
        }
        let created = try await update("1", family: "A")
        let id = created.json["id"].text
        #expect(created.status == .created && !id.isEmpty)
        let updated = try await update("1", family: "B")
        #expect(updated.status == .ok && updated.json["id"].text == id && updated.json["name"][0]["family"].text == "B")
        #expect(try await update("1", id: id, family: "C").status == .ok)
        #expect(try await update("1", id: "other", family: "D").status == .badRequest)
        let named = try await update("2", id: "mine", family: "A")
        #expect(named.status == .created && named.json["id"].text == "mine")
        let taken = try await update("3", id: "mine", family: "A")
        #expect(taken.status == .conflict, "\(taken.text)")
        #expect(try await update("1", ["If-Match": "W/\"1\""], family: "E").status == .preconditionFailed)
        #expect(try await update("9", ["If-Match": "W/\"1\""], family: "E").status == .preconditionFailed)
        try await test.put(practitioner("1", id: "twin"))
        let many = try await update("1", family: "F")
        #expect(many.status == .preconditionFailed && many.issue.hasPrefix("multiple-matches"))
        #expect(try await test.send(.put, "/fhir/Practitioner", body: practitioner("1")).status == .badRequest)
        #expect(
            try await test.send(.put, "/fhir/Practitioner?nmae=x", body: practitioner("1")).status == .badRequest)
    }

    @Test func `updates by the same criteria at once all happen, to one resource`() async throws {
        let test = try TestAPI { $0.workerCount = 4 }
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for writer in 0..<48 {
                group.addTask {
                    try await test.send(
                        .put, "/fhir/Practitioner?identifier=http://npi%7C1",
                        body: practitioner("1", family: "F\(writer)"))
                }
            }
            return try await group.reduce(into: [Answer]()) { $0.append($1) }
        }
        #expect(answers.count { $0.status == .created } == 1 && answers.count { $0.status == .ok } == 47)
        #expect(try await test.ids("/fhir/Practitioner").count == 1)
        let id = answers[0].json["id"].text
        let history = try await test.get("/fhir/Practitioner/\(id)/_history?_count=100")
        #expect(history.json["total"].number == 48)
    }

    @Test func `a deletion takes what the criteria find, up to the limit`() async throws {
        let test = try TestAPI { $0.conditionalDeleteMax = 3 }
        #expect(try await test.send(.delete, "/fhir/Practitioner?identifier=1").status == .noContent)
        for number in 0..<4 { try await test.put(practitioner("1", id: "p\(number)")) }
        try await test.put(practitioner("2", id: "other"))
        let many = try await test.send(.delete, "/fhir/Practitioner?identifier=1")
        #expect(many.status == .preconditionFailed && many.issue.contains("3"), "\(many.text)")
        #expect(try await test.send(.delete, "/fhir/Practitioner").status == .badRequest)
        #expect(try await test.send(.delete, "/fhir/Practitioner?_count=1").status == .badRequest)
        #expect(try await test.ids("/fhir/Practitioner").count == 5)
        try await test.send(.delete, "/fhir/Practitioner/p0")
        let told = try await test.send(
            .delete, "/fhir/Practitioner?identifier=1", headers: ["Prefer": "return=OperationOutcome"])
        #expect(told.status == .ok && told.issue.contains("3 resources were deleted"))
        #expect(try await test.ids("/fhir/Practitioner") == ["other"])
        let one = try await test.send(.delete, "/fhir/Practitioner?_id=other")
        #expect(one.status == .noContent && one.headers["ETag"] != nil)
        #expect(try await test.get("/fhir/Practitioner/other").status == .gone)
    }

    @Test func `a read tells exactly whether a version is known`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"))
        let read = try await test.get("/fhir/Patient/a")
        let tag = read.headers["ETag"] ?? ""
        let time = read.headers["Last-Modified"] ?? ""
        func status(_ headers: HTTPHeaders) async throws -> Int {
            try await test.get("/fhir/Patient/a", headers: headers).status.code
        }
        #expect(try await status(["If-None-Match": tag]) == 304)
        #expect(try await status(["If-None-Match": "W/\"99\", \(tag)"]) == 304)
        #expect(try await status(["If-None-Match": "*"]) == 304)
        #expect(try await status(["If-None-Match": "W/\"99\""]) == 200)
        #expect(try await status(["If-Modified-Since": time]) == 304)
        #expect(try await status(["If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"]) == 200)
        #expect(try await status(["If-None-Match": "W/\"99\"", "If-Modified-Since": time]) == 200)
        #expect(try await status(["If-Modified-Since": "yesterday"]) == 200)
    }
}
