import Foundation
import Testing

/// What the built program tells of itself: figures, probes and its log.
@Suite struct MetricsTests {
    private let home: TemporaryFolder

    init() throws {
        home = try TemporaryFolder()
    }

    private var data: String { home.path("data") }

    private static let planted = "Quillfeather"
    private static let metricsToken = "a-collector-of-figures-41"

    private static func patient(_ id: String) -> String {
        #"{"resourceType":"Patient","id":"\#(id)","name":[{"family":"\#(planted)"}]}"#
    }

    /// The samples of the text, by name and labels as they stand there.
    private static func samples(_ text: String) -> [String: Double] {
        var found: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            found[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return found
    }

    /// Starts a server whose metrics have a listener of their own.
    private func listening() throws -> (serving: Serving, metricsPort: Int) {
        let serving = try Serving(data, "--metrics-listen", "127.0.0.1:0", "--log-format", "json", "--log-requests")
        let address = try #require(serving.process.output.range(of: #""metricsAddress":"http://127.0.0.1:"#))
        let digits = serving.process.output[address.upperBound...].prefix { $0 != "\"" }
        return (serving, try #require(Int(digits)))
    }

    @Test func `the figures tell what was done, by route and never by what was asked for`() throws {
        let (serving, port) = try listening()
        let client = Browser(port: serving.port, token: serving.token)
        #expect(try client.send("PUT", "/fhir/Patient/m1", Self.patient("m1")).status == 201)
        #expect(try client.send("PUT", "/fhir/Patient/m2", Self.patient("m2")).status == 201)
        #expect(try client.get("/fhir/Patient?family=\(Self.planted)").status == 200)
        #expect(try client.get("/fhir/Patient/\(Self.planted)").status == 404)
        #expect(try client.get("/nowhere/\(Self.planted)").status == 404)
        #expect(try Browser(port: serving.port).get("/fhir/Patient/m1").status == 401)

        let text = try Browser(port: port).get("/metrics").text
        #expect(!text.contains(Self.planted) && !text.contains("m1") && !text.contains("\"default\""))
        let samples = Self.samples(text)
        func requests(_ route: String, _ method: String, _ status: String) -> Double? {
            samples["martlet_http_requests_total{route=\"\(route)\",method=\"\(method)\",status=\"\(status)\"}"]
        }
        #expect(requests("/fhir/{type}/{id}", "PUT", "2xx") == 2)
        #expect(requests("/fhir/{type}", "GET", "2xx") == 1)
        #expect(requests("/fhir/{type}/{id}", "GET", "4xx") == 2)
        #expect(requests("none", "other", "4xx") == 1)
        #expect(
            samples["martlet_http_request_duration_seconds_count{route=\"/fhir/{type}\",method=\"GET\"}"] == 1)
        #expect(samples["martlet_http_request_body_bytes_total"] == Double(Self.patient("m1").utf8.count * 2))
        #expect(samples["martlet_store_commits_total"] == 2)
        #expect(samples["martlet_store_versions_written_total"] == 2)
        #expect(samples["martlet_store_log_entries"] == 2)
        #expect(samples["martlet_audit_entries_total{category=\"change\"}"] == 2)
        #expect(samples["martlet_audit_waiting_entries"] == 0)
        #expect(samples["martlet_http_answers_total{status=\"5xx\"}"] == 0)
        for name in ["martlet_store_bytes{part=\"records\"}", "martlet_disk_free_bytes", "process_threads"] {
            #expect(try #require(samples[name]) > 0, "\(name)")
        }
        let open = try Browser(port: port).get(
            "/metrics", headers: ["Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"])
        #expect(open.text.hasSuffix("# EOF\n"))
        #expect(serving.stop().code == 0)
    }

    @Test func `the figures are for this machine, for administrators and for who has the token`() throws {
        try home.write("token", Self.metricsToken + "\n")
        let administration = try Administration(data)
        let port = administration.serving.port
        #expect(try Browser(port: port).get("/metrics").status == 200)
        #expect(try Browser(port: port).get("/metrics", headers: ["X-Forwarded-For": "192.0.2.7"]).status == 401)
        #expect(
            try administration.browser.get("/metrics", headers: ["X-Forwarded-For": "192.0.2.7"]).status == 200)
        let other = Browser(port: port, token: administration.serving.token)
        #expect(try other.get("/metrics").status == 401)
        _ = try administration.invite("cara@example.org", role: "clinician", fhirUser: "Practitioner/c1")
        let clinician = Browser(port: port)
        try Administration.signIn(clinician, "cara@example.org", Administration.password)
        #expect(try clinician.get("/metrics", headers: ["X-Forwarded-For": "192.0.2.7"]).status == 401)
        let samples = Self.samples(try Browser(port: port).get("/metrics").text)
        #expect(try #require(samples["martlet_sign_ins_total{outcome=\"success\"}"]) >= 2)
        #expect(administration.serving.stop().code == 0)

        let guarded = try Serving(
            data, "--metrics-listen", "127.0.0.1:0", "--metrics-token-file", home.path("token"))
        let address = try #require(guarded.process.output.range(of: #""metricsAddress":"http://127.0.0.1:"#))
        let own = try #require(Int(guarded.process.output[address.upperBound...].prefix { $0 != "\"" }))
        for (port, token, status) in [
            (own, nil, 401), (own, Self.metricsToken, 200), (own, Self.metricsToken + "x", 401),
            (guarded.port, Self.metricsToken, 200), (guarded.port, guarded.token, 401), (guarded.port, nil, 200),
        ] as [(Int, String?, Int)] {
            #expect(try Browser(port: port, token: token).get("/metrics").status == status, "\(token ?? "-")")
        }
        #expect(guarded.stop().code == 0)
        try home.write("short", "short")
        let refused = try ProgramProcess.run(
            ["serve", "--data", data, "--metrics-token-file", home.path("short")])
        #expect(refused.code == 1)
        #expect(refused.errors.contains("16 to 512"))
    }

    @Test func `the probes tell that it drains while requests are under way`() throws {
        let (serving, port) = try listening()
        let ready = try Browser(port: port).get("/readyz")
        #expect(ready.status == 200)
        #expect(ready.text == #"{"status":"ready","parts":{"records":"ok","audit":"ok"}}"# + "\n")

        let slow = try WireClient(port: serving.port)
        try slow.send(
            WireClient.head("PUT", "/fhir/Patient/slow", token: serving.token)
                + "Content-Type: application/fhir+json\r\nContent-Length: 38\r\n\r\n{\"resourceType\"")
        // The server has the request's header once it has told of it.
        var isUnderWay = false
        for _ in 0..<500 where !isUnderWay {
            let samples = Self.samples(try Browser(port: port).get("/metrics").text)
            isUnderWay = samples["martlet_http_requests_in_flight"] ?? 0 > 0
            usleep(10_000)
        }
        #expect(isUnderWay)
        serving.process.signal(SIGTERM)
        #expect(serving.process.waitForError("\"stopping\""))
        var draining = try Browser(port: port).get("/readyz")
        for _ in 0..<500 where draining.status == 200 {
            usleep(10_000)
            draining = try Browser(port: port).get("/readyz")
        }
        #expect(draining.status == 503)
        #expect(draining.text.hasPrefix(#"{"status":"draining""#))
        #expect(try Browser(port: port).get("/livez").status == 200)
        try slow.send(":\"Patient\",\"id\":\"slow\"}")
        #expect(try slow.receive().status == 201)
        #expect(serving.process.finish().code == 0)
    }

    @Test func `each line of the log is an object, with the request's id and nothing of a patient`() throws {
        let (serving, _) = try listening()
        let client = Browser(port: serving.port, token: serving.token)
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        #expect(
            try client.send(
                "PUT", "/fhir/Patient/\(Self.planted)", Self.patient(Self.planted),
                headers: ["X-Request-Id": "request-17", "traceparent": "00-\(trace)-00f067aa0ba902b7-01"]
            ).status == 201)
        #expect(try client.get("/fhir/Patient?family=\(Self.planted)&birthdate=nonsense").status == 400)
        #expect(try client.send("PLANTED\(Self.planted)", "/fhir/Patient").status >= 400)
        let outcome = serving.stop()
        #expect(outcome.code == 0)
        #expect(!outcome.errors.contains(Self.planted), "\(outcome.errors)")
        var messages: [String] = []
        for line in outcome.errors.split(separator: "\n") {
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
            let message = try #require(object["message"] as? String)
            messages.append(message)
            #expect(try #require(object["time"] as? String).hasSuffix("Z"))
            #expect(["info", "warning", "error"].contains(object["level"] as? String))
            guard message == "request" else { continue }
            #expect((object["request_id"] as? String)?.isEmpty == false)
            #expect((object["trace_id"] as? String)?.utf8.count == 32)
            guard object["request_id"] as? String == "request-17" else { continue }
            #expect(object["trace_id"] as? String == trace)
            let fields = try #require(object["fields"] as? [String: Any])
            #expect(fields["route"] as? String == "/fhir/{type}/{id}")
            #expect(fields["status"] as? Int == 201)
        }
        #expect(messages.first == "serving" && messages.suffix(2) == ["stopping", "stopped"])
        #expect(messages.count { $0 == "request" } >= 3)
    }

    @Test func `what keeps the server from starting is a line of its log too`() throws {
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        try home.write("data/other", "not a store")
        let outcome = try ProgramProcess.run(["serve", "--data", data, "--log-format", "json"])
        #expect(outcome.code == 1)
        let object = try JSONSerialization.jsonObject(with: Data(outcome.errors.utf8)) as? [String: Any]
        #expect(object?["message"] as? String == "the server failed")
        #expect(try ProgramProcess.run(["serve", "--data", data, "--log-format", "xml"]).code == 2)
    }
}
