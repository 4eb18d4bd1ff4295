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
        return kickOffs.flatMap { path, summary, serves, ofPatients in
            [HTTPMethod.get, .post].map { method in
                FHIRRoute(
                    method, path, summary, [serves], needs: .export,
                    takes: method == .get ? ExportRequest.known + (ofPatients ? ["patient"] : []) : [],
                    comesLater: false
                ) { try $0.serveExport($1, $2, ofPatients: ofPatients) }
            }
        }
    }()

    /// Takes an order for an export and answers where to ask for it.
    /// - Source: Bulk Data Access, https://hl7.org/fhir/uv/bulkdata/export.html
    private func serveExport(_ call: Call, _ reply: Reply, ofPatients: Bool) throws {
        guard call.bench == nil else {
            throw FHIRAPIError(.invalid, .notSupported, "Exports have no place in a Bundle.")
        }
        let preferences = Preferences(call.request.headers)
        guard preferences.isAsync else {
            throw FHIRAPIError(
                .invalid, .required,
                "An export is made while the client does other things: send Prefer: respond-async.",
                location: "http.Prefer")
        }
        hand(call, reply, to: readers) { [self] bench in
            try accepted(
                call,
                exportJob(try call.decoded(bench), ofPatients: ofPatients, isLenient: preferences.isLenient, bench))
        }
    }

    private func exportJob(
        _ call: Call, ofPatients: Bool, isLenient: Bool, _ bench: Workbench
    ) throws -> AsyncJob {
        let level = !ofPatients ? ExportLevel.system : call.id.isEmpty ? .patients : .group(call.id)
        let items = try operationItems(call, bench)
        let now = clock.now()
        let request = try ExportRequest(
            level, items, plans: store.plans(call.scope), now: now, baseURL: call.base, terminology: call.terms,
            isLenient: isLenient)
        // What was committed by this moment is then seen, whatever is still under way: nothing that changes later has
        // an earlier time, and nothing falls between this export and one of what changed since.
        try store.settle(call.scope)
        let moment = min(now, request.at ?? now)
        let point = try store.point(call.scope, at: moment)
        _ = try ExportPatients(store: store, scope: call.scope, point: point).walk(request)
        return try AsyncJob(
            .export(ExportState(level: level, parameters: request.parameters)), scope: call.scope,
            url: call.base + Self.url(exportPath(level), call.request.query.items), base: call.base,
            transactionTime: moment, point: point.sequence)
    }

    private func exportPath(_ level: ExportLevel) -> String {
        switch level {
        case .system: "/$export"
        case .patients: "/Patient/$export"
        case .group(let id): "/Group/\(id)/$export"
        }
    }

    /// Makes an export.
    func export(
        _ job: AsyncJob, _ state: ExportState, _ bench: Workbench, _ steps: AsyncJobs.Steps
    ) throws -> AsyncJob {
        let terms = StoredTerms(terminologies: terminologies, store: store, scope: job.scope, base: job.base)
        let request = try ExportRequest(
            state.level, state.parameters, plans: store.plans(job.scope), now: job.transactionTime, baseURL: job.base,
            terminology: terms, isLenient: false)
        let run = try ExportRun(
            job, state, request: request, store: store, scope: job.scope, options: options, bench: bench, steps: steps)
        try run.run()
        return run.job
    }
}
