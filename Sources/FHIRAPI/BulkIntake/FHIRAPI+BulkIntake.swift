internal import Access
internal import Base
internal import HTTP
internal import JSONTape

/// Data that other systems announce: the server fetches it from them.
/// - Source: SMART Bulk Data Import proposal (import.md, import-pnp.md), https://github.com/smart-on-fhir/bulk-import;
///   Bulk Data Access STU 4, Bulk Submit, https://hl7.org/fhir/uv/bulkdata/4.0.0-202609-ballot/en/submit.html
extension FHIRAPI {
    private static let definition = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"

    static let bulkIntakeRoutes = [
        FHIRRoute(
            .post, "/$import", "Fetch data that another system offers",
            [.systemOperation("import", definition: definition + "import")], needs: .admission, comesLater: false
        ) { try $0.serveImport($1, $2) },
        FHIRRoute(
            .get, "/$import/{job}", "How far the fetching is", needs: .admission, comesLater: false,
            event: "import-status"
        ) { try $0.serveImportStatus($1, $2) },
        FHIRRoute(
            .delete, "/$import/{job}", "Stop the fetching", needs: .admission, comesLater: false,
            event: "import-cancel"
        ) { try $0.serveImportCancel($1, $2) },
        FHIRRoute(
            .post, "/$bulk-submit", "Announce a manifest of a submission, or end the submission",
            [.systemOperation("bulk-submit", definition: definition + "bulk-submit")], needs: .admission,
            comesLater: false
        ) { try $0.serveSubmit($1, $2) },
        FHIRRoute(
            .post, "/$bulk-submit-status", "Ask for the status of a submission",
            [.systemOperation("bulk-submit-status", definition: definition + "bulk-submit-status")],
            needs: .admission, comesLater: false
        ) { try $0.serveSubmitStatus($1, $2) },
        FHIRRoute(
            .get, "/$bulk-submit-status/{job}", "The status of a submission", needs: .admission, comesLater: false,
            event: "bulk-submit-poll"
        ) { try $0.serveSubmitPoll($1, $2) },
        FHIRRoute(
            .get, "/$bulk-submit-status/{job}/{file}", "What came of a manifest of a submission", needs: .admission,
            comesLater: false, event: "bulk-submit-file"
        ) { try $0.serveSubmitFile($1, $2) },
    ]

    private static let pauseSeconds = "5"

    /// Lets in who may write everything: whoever runs the tenant, and client systems with create and update of all
    /// types.
    private func intake(_ call: Call) throws(FHIRAPIError) -> any BulkIntake {
        guard call.bench == nil else {
            throw FHIRAPIError(.invalid, .notSupported, "This request has no place in a Bundle.")
        }
        if case .subject(let subject) = call.scope.authority {
            let facts = subject.facts
            let held = (facts.scopes?.clinical ?? [])
                .filter { $0.context == .system && $0.type == nil && $0.criteria == nil }
                .reduce(into: SMARTPermissions()) { $0.formUnion($1.permissions) }
            let isAllowed =
                facts.role == .admin && facts.scopes == nil
                || facts.role == .system && held.isSuperset(of: [.create, .update])
            guard isAllowed else {
                throw FHIRAPIError(
                    .forbidden, .forbidden,
                    "This is for administrators who are signed in, and for client systems with system/*.cu.")
            }
        }
        guard let bulkIntake else {
            throw FHIRAPIError(.notSupported, .notSupported, "This server fetches nothing from others.")
        }
        return bulkIntake
    }

    // MARK: $import

    private func serveImport(_ call: Call, _ reply: Reply) throws {
        let intake = try intake(call)
        guard Preferences(call.request.headers).isAsync else {
            throw FHIRAPIError(
                .invalid, .required,
                "An import is made while the client does other things: send Prefer: respond-async.",
                location: "http.Prefer")
        }
        hand(call, reply, to: readers) { [self] bench in
            try ContentNegotiation.checkBody(call.request)
            let announcement = try call.request.body.withUnsafeBytes { bytes in
                try ImportRequest.read(try bench.parse(bytes))
            }
            let id = try taken { try intake.begin(announcement, scope: call.scope) }
            return HTTPResponse(
                status: .accepted,
                headers: ["Content-Location": "\(call.base)/$import/\(id)", "Cache-Control": "no-store"])
        }
    }

    /// Has what cannot be taken answered as a mistake of whoever sent it.
    private func taken<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let refusal as BulkIntakeRefusal {
            throw FHIRAPIError(.invalid, .businessRule, refusal.detail)
        }
    }

    private func serveImportStatus(_ call: Call, _ reply: Reply) throws {
        let intake = try intake(call)
        hand(call, reply, to: readers) { _ in
            guard let status = try intake.status(call.request.captures["job"] ?? "", scope: call.scope) else {
                throw Self.noImport
            }
            guard status.isOver else { return Self.underWay(status) }
            if status.items.count == 1, let problem = status.items[0].problem, status.items[0].count ?? 0 == 0 {
                throw FHIRAPIError(.failed, .exception, "The import failed: " + problem)
            }
            return Self.json(IntakeManifest(status: status, request: call.base + "/$import").importJSON)
        }
    }

    private func serveImportCancel(_ call: Call, _ reply: Reply) throws {
        let intake = try intake(call)
        hand(call, reply, to: readers) { _ in
            guard try intake.cancel(call.request.captures["job"] ?? "", scope: call.scope) else { throw Self.noImport }
            return HTTPResponse(status: .accepted)
        }
    }

    private static let noImport = FHIRAPIError(
        .notFound, .notFound, "There is no such import: it never was, or was deleted.")

    private static func underWay(_ status: BulkIntakeStatus) -> HTTPResponse {
        HTTPResponse(
            status: .accepted,
            headers: [
                "X-Progress": status.progress, "Retry-After": pauseSeconds, "Cache-Control": "no-store",
            ])
    }

    private static func json(_ writer: ByteWriter) -> HTTPResponse {
        HTTPResponse(
            headers: ["Content-Type": "application/json", "Cache-Control": "no-store"],
            body: .buffer(ByteBuffer(taking: writer)))
    }

    // MARK: $bulk-submit

    private func serveSubmit(_ call: Call, _ reply: Reply) throws {
        let intake = try intake(call)
        hand(call, reply, to: readers) { [self] bench in
            try ContentNegotiation.checkBody(call.request)
            let submission = try call.request.body.withUnsafeBytes { bytes in
                try ImportRequest.submission(try bench.parse(bytes))
            }
            try taken { try intake.submit(submission, scope: call.scope) }
            let words =
                submission.status == .complete
                ? "The submission is complete; its manifests are fetched." : "The submission is taken note of."
            return OperationOutcome(
                issues: [Issue(severity: .information, kind: .informational, diagnostics: words)]
            ).response(status: .ok)
        }
    }

    private func serveSubmitStatus(_ call: Call, _ reply: Reply) throws {
        let intake = try intake(call)
        hand(call, reply, to: readers) { bench in
            try ContentNegotiation.checkBody(call.request)
            let parameters = try call.request.body.withUnsafeBytes { bytes in
                try SubmitParameters(
                    try bench.parse(bytes), known: ["submitter", "submissionId", "_outputFormat"])
            }
            guard let submitter = parameters.submitter else {
                throw FHIRAPIError(
                    .invalid, .required, "The parameter \"submitter\" is missing.", location: "http.submitter")
            }
            let id = try parameters.required("submissionId")
            guard let key = try intake.submission(id, submitter: submitter, scope: call.scope) else {
                throw FHIRAPIError(.notFound, .notFound, "There is no such submission.")
            }
            return HTTPResponse(
                status: .accepted,
                headers: ["Content-Location": "\(call.base)/$bulk-submit-status/\(key)", "Cache-Control": "no-store"])
        }
    }

    private func submission(
        _ call: Call, _ intake: any BulkIntake
    ) throws -> (id: String, status: BulkIntakeStatus) {
        guard let found = try intake.submissionStatus(call.request.captures["job"] ?? "", scope: call.scope) else {
            throw FHIRAPIError(.notFound, .notFound, "There is no such submission.")
        }
        return found
    }

    private func serveSubmitPoll(_ call: Call, _ reply: Reply) throws {
        let intake = try intake(call)
        hand(call, reply, to: readers) { [self] _ in
            let found = try submission(call, intake)
            guard found.status.isOver else { return Self.underWay(found.status) }
            let files = "\(call.base)/$bulk-submit-status/\(call.request.captures["job"] ?? "")"
            return Self.json(IntakeManifest(status: found.status, request: "").submitJSON(found.id, files: files))
        }
    }

    private func serveSubmitFile(_ call: Call, _ reply: Reply) throws {
        let intake = try intake(call)
        hand(call, reply, to: readers) { [self] _ in
            let found = try submission(call, intake)
            let name = call.request.captures["file"] ?? ""
            guard name.hasSuffix(".ndjson"), let place = Int(name.dropLast(7)), found.status.isOver,
                found.status.items.indices.contains(place)
            else { throw FHIRAPIError(.notFound, .notFound, "The submission has no such file.") }
            let writer = ByteWriter(capacity: 512)
            IntakeManifest.outcome(of: found.status.items[place]).writeJSON(to: writer)
            writer.write("\n")
            return HTTPResponse(
                headers: ["Content-Type": "application/fhir+ndjson", "Cache-Control": "no-store"],
                body: .buffer(ByteBuffer(taking: writer)))
        }
    }
}
