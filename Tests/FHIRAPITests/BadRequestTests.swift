import FHIRAPI
import HTTP
import Testing

/// Requests that can't be answered: each gets an OperationOutcome that names what is wrong with it.
@Suite struct BadRequestTests {
    /// A request, and what its answer must say.
    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var method = HTTPMethod.get
        var target: String
        var headers: HTTPHeaders = [:]
        var body: String?
        var status = HTTPStatus.badRequest
        /// What the first issue's diagnostics or location must name.
        var names: [String]

        var testDescription: String { what }
    }

    private static let form: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
    private static let jsonPatch: HTTPHeaders = ["Content-Type": "application/json-patch+json"]
    private static let nested = String(repeating: "link{other{resource{...on Patient{", count: 40)

    private static func bundle(_ entries: String...) -> String {
        #"{"resourceType":"Bundle","type":"transaction","entry":[\#(entries.joined(separator: ","))]}"#
    }

    private static func entry(_ method: String, _ url: String, _ resource: String? = nil) -> String {
        let resource = resource.map { #""resource":\#($0),"# } ?? ""
        return #"{\#(resource)"request":{"method":"\#(method)","url":"\#(url)"}}"#
    }

    static let searches: [Case] = [
        Case(what: "an unknown type", target: "/fhir/Patent", status: .notFound, names: ["Patent"]),
        Case(what: "an unknown type to read", target: "/fhir/Patent/a", status: .notFound, names: ["Patent"]),
        Case(what: "an unknown parameter", target: "/fhir/Patient?famly=x", names: ["famly"]),
        Case(what: "an unknown modifier", target: "/fhir/Patient?family:like=x", names: ["family:like"]),
        Case(
            what: "a modifier of another kind", target: "/fhir/Patient?birthdate:exact=2020", names: ["birthdate:exact"]
        ),
        Case(
            what: "a date that is none", target: "/fhir/Patient?birthdate=2020-02-30",
            names: ["birthdate", "2020-02-30"]),
        Case(what: "a prefix of no kind", target: "/fhir/Patient?birthdate=xx2020", names: ["birthdate", "xx2020"]),
        Case(what: "a number that is none", target: "/fhir/RiskAssessment?probability=high", names: ["probability"]),
        Case(
            what: "a chain through a wrong type", target: "/fhir/Observation?subject:Location.family=x",
            names: ["subject:Location.family"]),
        Case(what: "a chain through no reference", target: "/fhir/Patient?family.name=x", names: ["family.name"]),
        Case(what: "a chain that ends nowhere", target: "/fhir/Observation?subject:Patient.famly=x", names: ["famly"]),
        Case(
            what: "_has of an unknown type", target: "/fhir/Patient?_has:Observaton:subject:code=x",
            names: ["Observaton"]),
        Case(
            what: "_has that leads elsewhere", target: "/fhir/Patient?_has:Observation:specimen:code=x",
            names: ["specimen"]),
        Case(
            what: "an include of no reference", target: "/fhir/Observation?_include=Observation:code",
            names: ["_include", "Observation:code"]),
        Case(
            what: "an include of an unknown type", target: "/fhir/Observation?_include=Observaton:subject",
            names: ["_include", "Observaton:subject"]),
        Case(what: "a negative _count", target: "/fhir/Patient?_count=-1", names: ["_count", "-1"]),
        Case(what: "a _count that is no number", target: "/fhir/Patient?_count=many", names: ["_count"]),
        Case(
            what: "a forged page", target: "/fhir/Patient?_page=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", names: ["_page"]),
        Case(what: "a sort by nothing", target: "/fhir/Patient?_sort=age", names: ["_sort", "age"]),
        Case(what: "a total of no kind", target: "/fhir/Patient?_total=some", names: ["_total"]),
        Case(what: "a summary of no kind", target: "/fhir/Patient?_summary=short", names: ["_summary"]),
        Case(what: "an element that is none", target: "/fhir/Patient?_elements=birthdate", names: ["_elements"]),
        Case(what: "a moment that is none", target: "/fhir/Patient?_at=yesterday", names: ["_at"]),
        Case(what: "a filter that breaks off", target: "/fhir/Patient?_filter=name%20eq", names: ["_filter"]),
        Case(what: "a list that is unknown", target: "/fhir/Patient?_list=$current", names: ["_list"]),
        Case(
            what: "a format that is not spoken", target: "/fhir/Patient?_format=xml", status: .notAcceptable,
            names: ["xml"]),
    ]

    static let bodies: [Case] = [
        Case(
            what: "a content type that is not taken", method: .post, target: "/fhir/Patient",
            headers: ["Content-Type": "text/plain"], body: Samples.patient("a"), status: .unsupportedMediaType,
            names: ["text/plain"]),
        Case(
            what: "a body that is no JSON", method: .post, target: "/fhir/Patient",
            body: "{\"resourceType\":\"Patient\",",
            names: ["JSON"]),
        Case(
            what: "a resource of another type", method: .post, target: "/fhir/Observation", body: Samples.patient("a"),
            names: ["Patient", "Observation"]),
        Case(
            what: "an id of another resource", method: .put, target: "/fhir/Patient/b", body: Samples.patient("a"),
            names: ["\"a\"", "\"b\""]),
        Case(
            what: "an element that is unknown", method: .post, target: "/fhir/Patient",
            body: #"{"resourceType":"Patient","colour":"red"}"#, status: .unprocessableContent, names: ["colour"]),
        Case(
            what: "a patch that is no list", method: .patch, target: "/fhir/Patient/a", headers: jsonPatch, body: "{}",
            names: ["patch"]),
        Case(
            what: "a patch of no kind", method: .patch, target: "/fhir/Patient/a", headers: jsonPatch,
            body: #"[{"op":"twist","path":"/active"}]"#, names: ["twist"]),
        Case(
            what: "a patch without its path", method: .patch, target: "/fhir/Patient/a", headers: jsonPatch,
            body: #"[{"op":"remove"}]"#, names: ["path"]),
        Case(
            what: "a patch that leads nowhere", method: .patch, target: "/fhir/Patient/a", headers: jsonPatch,
            body: #"[{"op":"remove","path":"/nowhere/0"}]"#, status: .unprocessableContent, names: ["/nowhere/0"]),
        Case(
            what: "a FHIRPath patch with a bad expression", method: .patch, target: "/fhir/Patient/a",
            body: #"{"resourceType":"Parameters","parameter":[{"name":"operation","part":["#
                + #"{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.name.where("}]}]}"#,
            names: ["Patient.name.where("]),
        Case(
            what: "a bad regular expression", method: .patch, target: "/fhir/Patient/a",
            body: #"{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"#
                + #""delete"},{"name":"path","valueString":"Patient.name.where(family.matches('(a'))"}]}]}"#,
            names: ["(a"]),
        Case(
            what: "a transaction's bad entry", method: .post, target: "/fhir",
            body: bundle(
                entry("PUT", "Patient/b", Samples.patient("b")), entry("PUT", "Patent/c", Samples.patient("c"))),
            names: ["Bundle.entry[1]"]),
        Case(
            what: "a transaction's entry without a request", method: .post, target: "/fhir",
            body: bundle(#"{"resource":\#(Samples.patient("b"))}"#), names: ["entry[0]", "request"]),
        Case(
            what: "an entry's moment that is none", method: .post, target: "/fhir",
            body: bundle(#"{"request":{"method":"GET","url":"Patient/a","ifModifiedSince":"yesterday"}}"#),
            names: ["Bundle.entry[0].request.ifModifiedSince"]),
        Case(
            what: "a Bundle of another kind", method: .post, target: "/fhir",
            body: #"{"resourceType":"Bundle","type":"document"}"#, names: ["document"]),
        Case(
            what: "a GraphQL query that breaks off", target: "/fhir/$graphql?query=%7BPatientList%7B",
            names: ["line 1, column 14"]),
        Case(
            what: "a GraphQL query that is too deep", method: .post, target: "/fhir/$graphql",
            headers: ["Content-Type": "application/graphql"],
            body: "{Patient(id:\"a\"){\(nested)id\(String(repeating: "}}}}", count: 40))}}", names: ["deeper"]),
        Case(
            what: "ten thousand values", method: .post, target: "/fhir/Patient/_search", headers: form,
            body: "family=" + (0..<10_000).map { "f\($0)" }.joined(separator: ","), names: ["family", "10000"]),
    ]

    @Test(arguments: searches + bodies)
    func `what is wrong is named`(_ bad: Case) async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"))
        let answer = try await test.send(bad.method, bad.target, headers: bad.headers, body: bad.body)
        #expect(answer.status == bad.status, "\(answer.status.code) \(answer.text.prefix(500))")
        // GraphQL has a form of its own for errors, in which the outcome stands.
        let isGraphQL = bad.target.contains("$graphql")
        let outcome = isGraphQL ? answer.json["errors"][0]["extensions"]["resource"] : answer.json
        #expect(outcome["resourceType"].text == "OperationOutcome")
        #expect(outcome["issue"][0]["severity"].text == "error")
        let issue = outcome["issue"][0]
        let told = issue["diagnostics"].text + " " + issue["location"].description + issue["expression"].description
        #expect(bad.names.contains { told.contains($0) }, "\(told)")
        // Nothing was left behind.
        #expect(try await test.ids("/fhir/Patient") == ["a"])
        #expect(test.failures.all.isEmpty)
    }

    @Test func `includes that lead in a circle end, each resource once`() async throws {
        let test = try TestAPI()
        func member(_ id: String, _ other: String) -> String {
            #"{"resourceType":"Observation","id":"\#(id)","status":"final","code":{"text":"x"},"#
                + #""hasMember":[{"reference":"Observation/\#(other)"}]}"#
        }
        try await test.put(member("a", "b"), member("b", "c"), member("c", "a"))
        let answer = try await test.get(
            "/fhir/Observation?_id=a&_include=Observation:has-member&_include:iterate=Observation:has-member"
                + "&_revinclude:iterate=Observation:has-member")
        #expect(answer.status == .ok)
        #expect(answer.names(mode: "match") == ["Observation/a"])
        #expect(answer.names(mode: "include").sorted() == ["Observation/b", "Observation/c"])
    }
}
