internal import Access
internal import Base
internal import Compression
internal import FHIR
internal import HTTP
internal import RecordStore
internal import Vault

extension FHIRAPI {
    static let exportRoutes: [FHIRRoute] = {
        let definition = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"
        let kickOffs: [(path: String, summary: String, serves: FHIRRoute.Served, ofPatients: Bool)] = [
            ("/$export", "Export all resources", .systemOperation("export", definition: definition + "export"), false),
            (
                "/Patient/$export", "Export all patients' records",
                .operation("export", definition: definition + "patient-export", type: "Patient"), true
            ),
            (
                "/Group/{id}/$export", "Export the records of a group's patients",
                .operation("export", definition: definition + "group-export", type: "Group"), true
            ),
        ]
        let job = "/$export-jobs/{job}"
        return kickOffs.flatMap { path, summary, serves, ofPatients in
            [HTTPMethod.get, .post].map { method in
                FHIRRoute(
                    method, path, summary, [serves],
                    takes: method == .get ? ExportRequest.known + (ofPatients ? ["patient"] : []) : []
                ) { try $0.serveExport($1, $2, ofPatients: ofPatients) }
            }
        } + [
            FHIRRoute(.get, job, "How an export stands, and its manifest") { try $0.serveExportStatus($1, $2) },
            FHIRRoute(.delete, job, "Cancel an export, or remove its files") { try $0.serveExportCancel($1, $2) },
            FHIRRoute(.get, job + "/{file}", "A file of an export") { try $0.serveExportFile($1, $2) },
        ]
    }()

    private func exports(_ call: Call) throws(FHIRAPIError) -> ExportJobs {
        guard call.bench == nil else {
            throw FHIRAPIError(.invalid, .notSupported, "Exports have no place in a Bundle.")
        }
        guard let exportJobs else {
            throw FHIRAPIError(.notSupported, .notSupported, "This server has no folder for exports.")
        }
        return exportJobs
    }

    /// Takes an order for an export and answers where to ask for it.
    /// - Source: Bulk Data Access, https://hl7.org/fhir/uv/bulkdata/export.html
    private func serveExport(_ call: Call, _ reply: Reply, ofPatients: Bool) throws {
        let jobs = try exports(call)
        let preferences = Preferences(call.request.headers)
        guard preferences.isAsync else {
            throw FHIRAPIError(
                .invalid, .required,
                "An export is made while the client does other things: send Prefer: respond-async.",
                location: "http.Prefer")
        }
        hand(call, reply, to: readers) { [self] bench in
            let job = try exportJob(
                try call.decoded(bench), ofPatients: ofPatients, isLenient: preferences.isLenient, bench)
            try jobs.begin(job)
            return HTTPResponse(
                status: .accepted,
                headers: ["Content-Location": "\(call.base)/$export-jobs/\(job.id)", "Cache-Control": "no-store"])
        }
    }

    private func exportJob(
        _ call: Call, ofPatients: Bool, isLenient: Bool, _ bench: Workbench
    ) throws -> ExportJob {
        let level = !ofPatients ? ExportLevel.system : call.id.isEmpty ? .patients : .group(call.id)
        let items = try operationItems(call, bench)
        let now = clock.now()
        let request = try ExportRequest(
            level, items, plans: store.plans, now: now, baseURL: call.base, terminology: call.terms,
            isLenient: isLenient)
        // What was committed by this moment is then seen, whatever is still under way: nothing that changes later has
        // an earlier time, and nothing falls between this export and one of what changed since.
        try store.settle(call.scope)
        let moment = min(now, request.at ?? now)
        let point = try store.point(call.scope, at: moment)
        _ = try ExportPatients(store: store, scope: call.scope, point: point).walk(request)
        return try ExportJob(
            id: ResourceID.random(), tenant: call.scope.tenant, level: level, parameters: request.parameters,
            url: call.base + Self.url(exportPath(level), call.request.query.items), base: call.base,
            transactionTime: moment, point: point.sequence, key: SecretKey.random())
    }

    private func exportPath(_ level: ExportLevel) -> String {
        switch level {
        case .system: "/$export"
        case .patients: "/Patient/$export"
        case .group(let id): "/Group/\(id)/$export"
        }
    }

    private func exportStatus(_ call: Call) throws -> ExportJobs.Status {
        guard let status = try exports(call).status(call.scope.tenant, call.request.captures["job"] ?? "") else {
            throw FHIRAPIError(
                .notFound, .notFound, "There is no such export: it never was, was deleted, or has expired.")
        }
        return status
    }

    private func serveExportStatus(_ call: Call, _ reply: Reply) throws {
        let status = try exportStatus(call)
        switch status.job.phase {
        case .running:
            let told: String
            if status.isWaiting {
                told = "waiting for other exports"
            } else if status.job.isAtDeletions {
                told = "looking for deletions"
            } else {
                told = "\(min(99, status.reached * 100 / max(1, status.job.point)))% of the log read"
            }
            reply(
                HTTPResponse(
                    status: .accepted,
                    headers: [
                        "X-Progress": told, "Retry-After": String(min(30, max(1, status.seconds / 10))),
                        "Cache-Control": "no-store",
                    ]))
        case .failed:
            throw FHIRAPIError(.failed, .exception, "The export failed: " + status.job.failure)
        case .complete:
            let ended = status.job.ended ?? clock.now()
            let expires = ended.advanced(bySeconds: Double(options.exportKeptSeconds))
            let writer = ExportManifest(job: status.job, base: call.base).json
            reply(
                HTTPResponse(
                    headers: [
                        "Content-Type": "application/json", "Cache-Control": "no-store",
                        "Expires": HTTPDate.format(expires),
                    ], body: .buffer(ByteBuffer(taking: writer))))
        }
    }

    private func serveExportCancel(_ call: Call, _ reply: Reply) throws {
        let jobs = try exports(call)
        hand(call, reply, to: readers) { [self] _ in
            let status = try exportStatus(call)
            _ = jobs.cancel(call.scope.tenant, status.job.id)
            return HTTPResponse(status: .accepted)
        }
    }

    private func serveExportFile(_ call: Call, _ reply: Reply) throws {
        let jobs = try exports(call)
        let status = try exportStatus(call)
        let name = call.request.captures["file"] ?? ""
        guard status.job.phase == .complete, let file = status.job.files.first(where: { $0.name == name }) else {
            throw FHIRAPIError(.notFound, .notFound, "The export has no file \"\(name.shortened)\".")
        }
        let isCoded = AcceptEncoding.preferred(call.request.headers, among: [.gzip]) != nil
        let reader = try ExportFileReader(file, of: status.job, in: jobs.folder, isCoded: isCoded)
        var response = HTTPResponse(
            headers: [
                "Content-Type": "application/fhir+ndjson", "Cache-Control": "no-store", "Vary": "Accept-Encoding",
            ], body: .stream(ByteStream { try reader.next() }))
        if isCoded { response.headers["Content-Encoding"] = "gzip" }
        reply(response)
    }
}
