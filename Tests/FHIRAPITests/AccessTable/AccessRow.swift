import Foundation
import HTTP

/// How a route is asked for in the table of who may do what, and what it must answer. In its texts `{p}` stands for the
/// patient that is asked about, `{m}` for the same in marks, `{observation}` for an Observation about this patient.
struct AccessRow: Sendable {
    /// What must come of a request.
    enum Expectation: Sendable {
        /// Everybody who is let in is answered.
        case open
        /// What cannot be seen is not there.
        case reads(String)
        /// Found is what can be seen, and nothing else.
        case finds(String)
        /// The same, found by what another resource says, which must be seen as well.
        case findsBy(String, String)
        /// A list of whatever can be seen.
        case lists
        /// Only who may change the patient's Observation gets so far that the precondition fails, or all is done.
        case changes
        /// Deletes what can be found, which may be nothing.
        case erases
        /// Only who may write an Observation into the patient's record may.
        case creates
        /// Only exporters are let in.
        case exports
        /// What nobody of these asked for is not there.
        case owned
        /// Only who runs the tenant gets so far that the request is found incomplete.
        case administers
        /// About what belongs to no patient.
        case definitions
    }

    /// `GET /{type}/{id}`, below the interface's address.
    let route: String
    let expects: Expectation
    private let target: String
    private let headers: HTTPHeaders
    private let body: String?

    private init(
        _ route: String, _ expects: Expectation, _ target: String? = nil, _ headers: HTTPHeaders = [:],
        body: String? = nil
    ) {
        self.route = route
        self.expects = expects
        self.target = target ?? String(route.drop { $0 != " " }.dropFirst())
        self.headers = headers
        self.body = body
    }

    func target(_ patient: String, of asker: AccessWorld.Asker) -> String {
        Self.filled(target.replacingOccurrences(of: "{m}", with: patient + asker.tenantMark), patient)
    }

    func headers(_ patient: String) -> HTTPHeaders {
        var filled = headers
        if let criteria = headers["If-None-Exist"] { filled["If-None-Exist"] = Self.filled(criteria, patient) }
        return filled
    }

    func body(_ patient: String) -> String? { body.map { Self.filled($0, patient) } }

    private static func filled(_ text: String, _ patient: String) -> String {
        text.replacingOccurrences(of: "{observation}", with: AccessWorld.resource("Observation", patient))
            .replacingOccurrences(of: "{p}", with: patient)
    }

    private static let wrong: HTTPHeaders = ["If-Match": "W/\"999999999\""]
    private static let form: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
    private static let json: HTTPHeaders = ["Content-Type": "application/json"]
    private static let later: HTTPHeaders = ["Prefer": "respond-async"]
    private static let jsonPatch: HTTPHeaders = [
        "Content-Type": "application/json-patch+json", "If-Match": "W/\"999999999\"",
    ]
    private static let patch = #"[{"op":"add","path":"/language","value":"en"}]"#
    private static let labels =
        #"{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"t"}]}}]}"#
    private static let nothing = #"{"resourceType":"Parameters"}"#

    private static func bundle(_ type: String, _ entry: String) -> String {
        #"{"resourceType":"Bundle","type":"\#(type)","entry":[{\#(entry)}]}"#
    }

    private static func graphQL(_ query: String) -> String {
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
        return "/$graphql?query=" + (query.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")
    }

    static let all: [AccessRow] = system + searches + instances + graphs + operations + terminology

    private static let system: [AccessRow] = [
        AccessRow(
            "POST ", .lists,
            body: bundle("batch", #""request":{"method":"GET","url":"Observation/x-{p}"}"#)),
        AccessRow(
            "POST ", .lists,
            body: bundle("transaction", #""request":{"method":"GET","url":"Observation?patient={p}"}"#)),
        AccessRow(
            "POST ", .changes,
            body: bundle(
                "transaction",
                #""resource":{observation},"request":{"method":"PUT","url":"Observation/x-{p}","#
                    + #""ifMatch":"W/\"999999999\""}"#)),
        AccessRow("GET /metadata", .open),
        AccessRow("GET /_history", .lists, "/_history?_count=1000"),
        AccessRow("GET /$meta", .lists),
    ]

    private static let searches: [AccessRow] = [
        AccessRow("GET ", .lists, "?_type=Patient,Observation&_count=100"),
        AccessRow("POST /_search", .lists, "/_search", form, body: "_type=Patient,Observation"),
        AccessRow("GET /{type}", .finds("Observation"), "/Observation?patient={p}"),
        AccessRow("GET /{type}", .finds("Patient"), "/Patient?_id={p}"),
        AccessRow(
            "GET /{type}", .findsBy("Observation", "Patient"),
            "/Observation?patient.family:contains=mark-Patient-{m}-end"),
        AccessRow(
            "GET /{type}", .findsBy("Patient", "Observation"), "/Patient?_id={p}&_has:Observation:patient:code=8302-2"),
        AccessRow("GET /{type}", .finds("Observation"), "/Observation?_id=x-{p}&_sort=-_lastUpdated&_total=accurate"),
        AccessRow("GET /{type}", .finds("Observation"), "/Observation?_filter=_id%20eq%20x-{p}"),
        AccessRow("GET /{type}", .finds("Observation"), "/Observation?_content=mark-Observation-{m}-end"),
        AccessRow("GET /{type}", .lists, "/Observation?_id=x-{p}&_include=Observation:subject&_total=accurate"),
        AccessRow("GET /{type}", .lists, "/Patient?_id={p}&_revinclude=Observation:subject"),
        AccessRow("GET /{type}", .lists, "/Observation?_summary=count"),
        AccessRow("GET /{type}", .lists, "/Patient?_sort=family&_count=3"),
        AccessRow("POST /{type}/_search", .finds("Observation"), "/Observation/_search", form, body: "patient={p}"),
        AccessRow("GET /{type}/{id}/{inner}", .lists, "/Patient/{p}/*"),
        AccessRow("GET /{type}/{id}/{inner}", .finds("Observation"), "/Patient/{p}/Observation"),
        AccessRow(
            "POST /{type}/{id}/{inner}/_search", .finds("Observation"), "/Patient/{p}/Observation/_search", form,
            body: "code=8302-2"),
        AccessRow("GET /{type}/_history", .lists, "/Observation/_history"),
        AccessRow("GET /{type}/$meta", .lists, "/Observation/$meta"),
    ]

    private static let instances: [AccessRow] = [
        AccessRow(
            "POST /{type}", .creates, "/Observation", ["If-None-Exist": "_id=x-{p}"], body: "{observation}"),
        AccessRow("PUT /{type}", .changes, "/Observation?_id=x-{p}", wrong, body: "{observation}"),
        AccessRow("PATCH /{type}", .changes, "/Observation?_id=x-{p}", jsonPatch, body: patch),
        AccessRow("DELETE /{type}", .erases, "/Observation?_id=x-{p}", wrong),
        AccessRow("GET /{type}/{id}", .reads("Observation"), "/Observation/x-{p}"),
        AccessRow("GET /{type}/{id}", .reads("Patient"), "/Patient/{p}"),
        AccessRow("GET /{type}/{id}", .reads("Encounter"), "/Encounter/x-{p}?_elements=status"),
        AccessRow("GET /{type}/{id}", .reads("DocumentReference"), "/DocumentReference/x-{p}"),
        AccessRow("PUT /{type}/{id}", .changes, "/Observation/x-{p}", wrong, body: "{observation}"),
        AccessRow("PATCH /{type}/{id}", .changes, "/Observation/x-{p}", jsonPatch, body: patch),
        AccessRow("DELETE /{type}/{id}", .changes, "/Observation/x-{p}", wrong),
        AccessRow("GET /{type}/{id}/$meta", .reads("Observation"), "/Observation/x-{p}/$meta"),
        AccessRow("POST /{type}/{id}/$meta-add", .changes, "/Observation/x-{p}/$meta-add", wrong, body: labels),
        AccessRow("POST /{type}/{id}/$meta-delete", .changes, "/Observation/x-{p}/$meta-delete", wrong, body: labels),
        AccessRow("GET /{type}/{id}/_history", .reads("Observation"), "/Observation/x-{p}/_history"),
        AccessRow(
            "GET /{type}/{id}/_history/{version}", .reads("Observation"), "/Observation/x-{p}/_history/{version}"),
        AccessRow("POST /{type}/$validate", .open, "/Observation/$validate", body: "{observation}"),
        AccessRow("POST /{type}/{id}/$validate", .lists, "/Observation/x-{p}/$validate", body: "{observation}"),
        AccessRow("GET /{type}/{id}/$validate", .reads("Observation"), "/Observation/x-{p}/$validate"),
    ]

    private static let graphs: [AccessRow] = [
        AccessRow(
            "GET /$graphql", .lists,
            graphQL(#"{Observation(id:"x-{p}"){code{text} subject{resource{...on Patient{name{family}}}}}}"#)),
        AccessRow("GET /$graphql", .lists, graphQL("{PatientList{name{family}}}")),
        AccessRow(
            "POST /$graphql", .lists, "/$graphql", json, body: #"{"query":"{Patient(id:\"{p}\"){name{family}}}"}"#),
        AccessRow(
            "GET /{type}/{id}/$graphql", .reads("Observation"), "/Observation/x-{p}" + graphQL("{code{text}}")),
        AccessRow(
            "POST /{type}/{id}/$graphql", .reads("Observation"), "/Observation/x-{p}/$graphql", json,
            body: #"{"query":"{code{text}}"}"#),
    ]

    private static let operations: [AccessRow] = {
        let parameter = #"{"resourceType":"Parameters","parameter":[{"name":"patient","value"#
        var rows: [AccessRow] = [
            AccessRow("GET /$async/{job}", .owned, "/$async/none"),
            AccessRow("DELETE /$async/{job}", .owned, "/$async/none"),
            AccessRow("GET /$async/{job}/{file}", .owned, "/$async/none/x"),
            AccessRow("POST /$import", .definitions, "/$import", later, body: nothing),
            AccessRow("GET /$import/{job}", .definitions, "/$import/none"),
            AccessRow("DELETE /$import/{job}", .definitions, "/$import/none"),
            AccessRow("POST /$bulk-submit", .definitions, "/$bulk-submit", body: nothing),
            AccessRow("POST /$bulk-submit-status", .definitions, "/$bulk-submit-status", body: nothing),
            AccessRow("GET /$bulk-submit-status/{job}", .definitions, "/$bulk-submit-status/none"),
            AccessRow("GET /$bulk-submit-status/{job}/{file}", .definitions, "/$bulk-submit-status/none/0.ndjson"),
            AccessRow("GET /SearchParameter/$reindex-status", .definitions),
            AccessRow("GET /SearchParameter/{id}/$reindex-status", .owned, "/SearchParameter/none/$reindex-status"),
            AccessRow("POST /SearchParameter/{id}/$reindex", .owned, "/SearchParameter/none/$reindex"),
            AccessRow("POST /Patient/{id}/$purge", .administers, "/Patient/{p}/$purge", body: nothing),
            AccessRow("GET /Observation/$lastn", .lists, "/Observation/$lastn?patient=Patient/{p}"),
            AccessRow("POST /Observation/$lastn", .lists, body: parameter + #"String":"Patient/{p}"}]}"#),
            AccessRow("GET /DocumentReference/$docref", .lists, "/DocumentReference/$docref?patient={p}"),
            AccessRow("POST /DocumentReference/$docref", .lists, body: parameter + #"Id":"{p}"}]}"#),
        ]
        for method in ["GET", "POST"] {
            let body = method == "GET" ? nil : nothing
            rows += [
                AccessRow(
                    method + " /Patient/{id}/$everything", .reads("Patient"), "/Patient/{p}/$everything", body: body),
                AccessRow(method + " /Patient/$everything", .lists, body: body),
                AccessRow(
                    method + " /Encounter/{id}/$everything", .reads("Encounter"), "/Encounter/x-{p}/$everything",
                    body: body),
            ]
            for path in ["/$export", "/Patient/$export", "/Group/{id}/$export"] {
                let target = path.replacingOccurrences(of: "{id}", with: "g")
                rows.append(AccessRow(method + " " + path, .exports, target, later, body: body))
            }
        }
        return rows
    }()

    private static let terminology: [AccessRow] = [
        "/ValueSet/$expand", "/ValueSet/{id}/$expand", "/ValueSet/$validate-code", "/ValueSet/{id}/$validate-code",
        "/CodeSystem/$validate-code", "/CodeSystem/{id}/$validate-code", "/CodeSystem/$lookup", "/CodeSystem/$subsumes",
        "/CodeSystem/{id}/$subsumes",
    ].flatMap { path in
        let target = path.replacingOccurrences(of: "{id}", with: path.contains("ValueSet") ? "v" : "c")
        return [
            AccessRow("GET " + path, .definitions, target),
            AccessRow("POST " + path, .definitions, target, body: nothing),
        ]
    }
}
