import Base
import FHIRAPI
import HTTP
import Testing

@Suite struct RecentTests {
    private func document(_ id: String, type: String, date: String, status: String = "current", period: String? = nil)
        -> String
    {
        let context = period.map { #","context":{"period":{"start":"\#($0)","end":"\#($0)"}}"# } ?? ""
        return #"{"resourceType":"DocumentReference","id":"\#(id)","status":"\#(status)","subject":"#
            + #"{"reference":"Patient/a"},"type":{"coding":[{"system":"http://loinc.org","code":"\#(type)"}]},"#
            + #""date":"\#(date)T00:00:00Z","content":[{"attachment":{"url":"http://x"}}]\#(context)}"#
    }

    @Test func `of each code come the last observations, whatever system names it`() async throws {
        let test = try TestAPI()
        let both =
            #"{"resourceType":"Observation","id":"both","status":"final","code":{"coding":[{"system":"http://loinc.org","#
            + #""code":"1"},{"system":"http://local","code":"one"}]},"subject":{"reference":"Patient/a"},"#
            + #""effectivePeriod":{"start":"2018-01-01","end":"2020-05-01"}}"#
        let local = both.replacing(#"{"system":"http://loinc.org","code":"1"},"#, with: "").replacing(
            "both", with: "local"
        )
        .replacing("2020-05-01", with: "2020-04-01")
        try await test.put(Samples.patient("a"), Samples.patient("b"))
        try await test.put(
            Samples.observation("x1", patient: "a", code: "1", date: "2020-03-01"),
            Samples.observation("x2", patient: "a", code: "1", date: "2020-01-01"), local, both,
            Samples.observation("y1", patient: "a", code: "2", date: "2021-01-01"),
            Samples.observation("y2", patient: "a", code: "2", date: "2021-01-02"),
            Samples.observation("z", patient: "b", code: "1", date: "2022-01-01"))
        let target = "/fhir/Observation/$lastn?patient=Patient/a"
        #expect(try await test.ids(target) == ["y2", "both"])
        #expect(try await test.ids(target + "&max=2") == ["y2", "y1", "both", "local"])
        #expect(try await test.ids(target + "&max=9&code=1") == ["both", "x1", "x2"])
        #expect(try await test.ids("/fhir/Observation/$lastn?subject=Patient/b&max=1") == ["z"])
        let moment = try await test.get("/fhir/Observation/y1").json["meta"]["lastUpdated"].text
        #expect(try await test.ids(target + "&_at=\(moment)") == ["y1", "both"])
        try await test.put(Samples.terms)
        try await test.put(["dog", "poodle", "cat"].map { Samples.animal($0, patient: "b") })
        let pets = "/fhir/Observation/$lastn?patient=b&code"
        #expect(Set(try await test.ids(pets + ":in=http://x.test/pets")) == ["dog", "cat"])
        #expect(Set(try await test.ids(pets + ":above=urn:animals%7Cpoodle")) == ["dog", "poodle"])
        #expect(try await test.get(pets + ":in=http://x.test/nowhere").status == .badRequest)
        let body =
            #"{"resourceType":"Parameters","parameter":[{"name":"subject","valueReference":{"reference":"Patient/a"}},"#
            + #"{"name":"max","valuePositiveInt":1}]}"#
        let posted = try await test.send(.post, "/fhir/Observation/$lastn", body: body)
        #expect(posted.names(mode: "match") == ["Observation/y2", "Observation/both"])
        #expect(posted.json["total"].number == 2)
        for query in [
            "", "code=1", "patient=a&max=0", "patient=a&max=x", "patient=a&max=-1", "patient=a&max=1&max=2",
            "patient=a&max=99999999999999999999", "patient=a&_sort=date", "patient=a&nothing=1", "patient=a&_include=*",
        ] {
            let answer = try await test.get("/fhir/Observation/$lastn?\(query)")
            #expect(answer.status == .badRequest && answer.json["issue"][0]["location"].isThere, "\(query)")
        }
        #expect(test.failures.all.isEmpty)
    }

    @Test func `a patient's documents come by the time of care, or the newest current of each type`() async throws {
        let test = try TestAPI()
        try await test.put(
            Samples.patient("a"), Samples.patient("b"), document("d1", type: "A", date: "2020-01-01"),
            document("d2", type: "A", date: "2021-01-01"),
            document("d3", type: "A", date: "2022-01-01", status: "superseded"),
            document("d4", type: "B", date: "2022-01-01", period: "2019-06-01"))
        let target = "/fhir/DocumentReference/$docref?patient=a"
        #expect(Set(try await test.ids(target)) == ["d2", "d4"])
        #expect(try await test.ids(target + "&type=http://loinc.org%7CB") == ["d4"])
        #expect(Set(try await test.ids(target + "&type=A&type=B&start=2019")) == ["d1", "d2", "d3", "d4"])
        #expect(try await test.ids(target + "&start=2019&end=2019") == ["d4"])
        #expect(Set(try await test.ids(target + "&end=2020")) == ["d1", "d4"])
        let body =
            #"{"resourceType":"Parameters","parameter":[{"name":"patient","valueId":"a"},{"name":"type","#
            + #""valueCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"A"}]}}]}"#
        let posted = try await test.send(.post, "/fhir/DocumentReference/$docref", body: body)
        #expect(posted.names(mode: "match") == ["DocumentReference/d2"])
        try await test.put(Samples.terms)
        let poodle = document("d5", type: "poodle", date: "2021-02-01").replacing(
            "http://loinc.org", with: "urn:animals")
        try await test.put(poodle)
        #expect(try await test.ids(target + "&type:below=urn:animals%7Cdog") == ["d5"])
        #expect(try await test.ids("/fhir/DocumentReference/$docref?patient=b").isEmpty)
        #expect(try await test.get("/fhir/DocumentReference/$docref?patient=ghost").status == .notFound)
        for query in ["", "start=2020", "patient=a&start=x", "patient=a&on-demand=true", "patient=a&other=1"] {
            #expect(try await test.get("/fhir/DocumentReference/$docref?\(query)").status == .badRequest, "\(query)")
        }
        #expect(test.failures.all.isEmpty)
    }
}
