import FHIRAPI
import HTTP
import Testing

@Suite struct PatchTests {
    private let json: HTTPHeaders = ["Content-Type": "application/json-patch+json"]

    private func parameters(_ type: String, _ path: String, _ rest: String = "") -> String {
        #"{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"\#(type)"},"#
            + #"{"name":"path","valueString":"\#(path)"}\#(rest)]}]}"#
    }

    @Test func `both kinds of patch change a resource`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.observation("o", patient: "a"))
        let first = try await test.send(
            .patch, "/fhir/Observation/o", headers: json,
            body:
                #"[{"op":"test","path":"/valueQuantity/value","value":1.5},{"op":"replace","path":"/status","value":"amended"}]"#
        )
        #expect(first.status == .ok && first.json["status"].text == "amended", "\(first.text)")
        #expect(first.text.contains("1.50") && first.headers["ETag"] == "W/\"2\"")
        #expect(first.headers["Location"] == "\(TestAPI.base)/Observation/o/_history/2")
        let second = try await test.send(
            .patch, "/fhir/Observation/o", headers: ["Prefer": "return=minimal"],
            body: parameters(
                "replace", "Observation.value.value", #",{"name":"value","valueDecimal":2.500}"#))
        #expect(second.status == .ok && second.bytes.isEmpty, "\(second.text)")
        #expect(try await test.get("/fhir/Observation/o").text.contains(#""value":2.500"#))
        let same = try await test.send(.patch, "/fhir/Observation/o", headers: json, body: "[]")
        #expect(same.status == .ok && same.headers["ETag"] == "W/\"3\"")
        #expect(try await test.get("/fhir/Observation/o/_history").json["total"].number == 3)
    }

    @Test func `a patch goes to the version and to the criteria that it names`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.practitioner("p", npi: "1"), Samples.practitioner("q", npi: "2"))
        let body = #"[{"op":"add","path":"/active","value":true}]"#
        func patch(_ target: String, _ headers: HTTPHeaders = [:]) async throws -> Int {
            var all = json
            all.merge(headers)
            return try await test.send(.patch, target, headers: all, body: body).status.code
        }
        #expect(try await patch("/fhir/Practitioner/p", ["If-Match": "W/\"9\""]) == 412)
        #expect(try await patch("/fhir/Practitioner/p", ["If-None-Match": "*"]) == 412)
        #expect(try await patch("/fhir/Practitioner/p", ["If-Match": "W/\"1\""]) == 200)
        #expect(try await patch("/fhir/Practitioner/p", ["If-Match": "W/\"1\""]) == 412)
        #expect(try await patch("/fhir/Practitioner/nobody") == 404)
        #expect(try await patch("/fhir/Practitioner?identifier=2") == 200)
        #expect(try await patch("/fhir/Practitioner?identifier=3") == 404)
        #expect(try await patch("/fhir/Practitioner?active=true") == 412)
        #expect(try await patch("/fhir/Practitioner") == 400)
        try await test.send(.delete, "/fhir/Practitioner/p")
        #expect(try await patch("/fhir/Practitioner/p") == 410)
        #expect(try await test.get("/fhir/Practitioner/q").json["active"].isThere)
    }

    @Test func `a patch that cannot be applied changes nothing and says why`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"))
        let cases: [(body: String, status: Int, word: String)] = [
            ("{", 400, "JSON"), ("{}", 400, "array"), (#"[{"op":"add"}]"#, 400, "operation 0"),
            (#"[{"op":"remove","path":"/gender"},{"op":"remove","path":"/photo"}]"#, 422, "operation 1 at \"/photo\""),
            (#"[{"op":"test","path":"/gender","value":"male"}]"#, 409, "operation 0"),
            (#"[{"op":"replace","path":"/id","value":"b"}]"#, 422, "id"),
            (#"[{"op":"replace","path":"","value":5}]"#, 422, "type"),
            (#"[{"op":"add","path":"/nmae","value":5}]"#, 422, "Patient.nmae"),
            (#"[{"op":"replace","path":"/gender","value":"unknwon"}]"#, 422, "Patient.gender"),
        ]
        for (body, status, word) in cases {
            let answer = try await test.send(.patch, "/fhir/Patient/a", headers: json, body: body)
            #expect(answer.status.code == status && answer.issue.contains(word), "\(body): \(answer.text)")
        }
        let paths: [(body: String, status: Int, word: String)] = [
            (parameters("delete", "Patient.name.where("), 400, "operation 0"),
            (parameters("replace", "Patient.photo.title", #",{"name":"value","valueString":"x"}"#), 422, "operation 0"),
            (#"{"resourceType":"Patient"}"#, 400, "Parameters"), ("[]", 400, "Parameters"),
            (#"{"resourceType":"Parameters","parameter":[{"nmae":"operation"}]}"#, 422, "nmae"),
        ]
        for (body, status, word) in paths {
            let answer = try await test.send(.patch, "/fhir/Patient/a", body: body)
            #expect(answer.status.code == status && answer.issue.contains(word), "\(body): \(answer.text)")
        }
        let format = try await test.send(
            .patch, "/fhir/Patient/a", headers: ["Content-Type": "application/xml-patch+xml"], body: "<x/>")
        #expect(
            format.status == .unsupportedMediaType && format.headers["Accept-Patch"]?.contains("json-patch") == true)
        #expect(try await test.get("/fhir/Patient/a").headers["ETag"] == "W/\"1\"")
        #expect(test.failures.all.isEmpty)
    }

    @Test func `of patches at once none is lost`() async throws {
        let test = try TestAPI { $0.workerCount = 4 }
        try await test.put(Samples.patient("a"))
        let statuses = try await withThrowingTaskGroup(of: HTTPStatus.self) { group in
            for number in 0..<48 {
                group.addTask {
                    let given = #"{"op":"add","path":"/name/0/given/-","value":"G\#(number)"}"#
                    return try await test.send(
                        .patch, "/fhir/Patient/a", headers: ["Content-Type": "application/json-patch+json"],
                        body: "[\(given)]"
                    ).status
                }
            }
            return try await group.reduce(into: [HTTPStatus]()) { $0.append($1) }
        }
        #expect(statuses.allSatisfy { $0 == .ok })
        let given = try await test.get("/fhir/Patient/a").json["name"][0]["given"].array.map(\.text)
        #expect(Set(given) == Set(["Jo"] + (0..<48).map { "G\($0)" }) && given.count == 49)
        #expect(try await test.get("/fhir/Patient/a/_history?_count=100").json["total"].number == 49)
    }
}
