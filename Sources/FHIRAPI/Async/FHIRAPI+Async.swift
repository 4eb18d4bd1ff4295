internal import Access
internal import Audit
internal import Base
internal import Compression
internal import HTTP

extension FHIRAPI {
    /// Where to ask how answers stand that are made later.
    /// - Source: FHIR asynchronous request pattern, https://hl7.org/fhir/R4/async.html
    static let asyncRoutes: [FHIRRoute] = [
        FHIRRoute(
            .get, "/$async/{job}", "How an answer stands that is made later, and the answer", needs: .ownership,
            comesLater: false,
            event: "async-status"
        ) {
            try $0.serveAsyncStatus($1, $2)
        },
        FHIRRoute(
            .delete, "/$async/{job}", "Cancel an answer that is made later, or remove its files", needs: .ownership,
            comesLater: false, event: "async-cancel"
        ) {
            try $0.serveAsyncCancel($1, $2)
        },
        FHIRRoute(
            .get, "/$async/{job}/{file}", "A file of an answer", needs: .ownership, comesLater: false,
            event: "async-file"
        ) {
            try $0.serveAsyncFile($1, $2)
        },
    ]

    /// Has an answer made later, and tells the client where to ask for it.
    /// - Throws: `FHIRAPIError.throttled`, `.storageFull`, `.notSupported` where no folder is given.
    func accepted(_ call: Call, _ job: AsyncJob) throws -> HTTPResponse {
        try asynchronous().begin(job)
        return HTTPResponse(
            status: .accepted,
            headers: ["Content-Location": "\(call.base)/$async/\(job.id)", "Cache-Control": "no-store"])
    }

    /// Makes an answer, on a thread that has the time.
    func make(_ job: AsyncJob, _ bench: Workbench, _ steps: AsyncJobs.Steps) throws -> AsyncJob {
        switch job.work {
        case .export(let state):
            let made = try export(job, state, bench, steps)
            var entry = Self.entry(.access, .execute, "export-made", job.scope, at: clock.now())
            entry.request = "GET " + job.url
            entry.resources = made.files.map { "\($0.type) \($0.count)" }
            try record(entry, for: job.scope)
            return made
        case .request(let deferred): return try answer(job, deferred, steps)
        }
    }

    private func asynchronous() throws(FHIRAPIError) -> AsyncJobs {
        guard let asyncJobs else {
            throw FHIRAPIError(
                .notSupported, .notSupported, "This server has no folder for answers that are made later.")
        }
        return asyncJobs
    }

    private func asyncStatus(_ call: Call) throws -> AsyncJobs.Status {
        guard call.bench == nil else {
            throw FHIRAPIError(.invalid, .notSupported, "This request has no place in a Bundle.")
        }
        guard let status = try asynchronous().status(call.scope, call.request.captures["job"] ?? "") else {
            throw FHIRAPIError(
                .notFound, .notFound, "There is no such answer: it never was, was deleted, or has expired.")
        }
        return status
    }

    private func serveAsyncStatus(_ call: Call, _ reply: Reply) throws {
        let status = try asyncStatus(call)
        switch status.job.phase {
        case .running:
            reply(
                HTTPResponse(
                    status: .accepted,
                    headers: [
                        "X-Progress": status.progress, "Retry-After": String(min(30, max(1, status.seconds / 10))),
                        "Cache-Control": "no-store",
                    ]))
        case .failed:
            // Whoever reads the log was told when it failed.
            reply(FHIRAPIError(.failed, .exception, "The answer could not be made: " + status.job.failure).response)
        case .complete:
            let ended = status.job.ended ?? clock.now()
            var response: HTTPResponse
            switch status.job.work {
            case .export:
                let writer = ExportManifest(job: status.job, base: call.base).json
                response = HTTPResponse(
                    headers: ["Content-Type": "application/json"], body: .buffer(ByteBuffer(taking: writer)))
            case .request:
                response = try content(of: status.job, file: nil, call)
                response.headers["Content-Type"] = HTTPResponse.fhirContentType
            }
            response.headers["Cache-Control"] = "no-store"
            response.headers["Expires"] = HTTPDate.format(
                ended.advanced(bySeconds: Double(options.asyncKeptSeconds)))
            reply(response)
        }
    }

    private func serveAsyncCancel(_ call: Call, _ reply: Reply) throws {
        let jobs = try asynchronous()
        hand(call, reply, to: readers) { [self] _ in
            let status = try asyncStatus(call)
            _ = jobs.cancel(call.scope, status.job.id)
            return HTTPResponse(status: .accepted)
        }
    }

    private func serveAsyncFile(_ call: Call, _ reply: Reply) throws {
        let status = try asyncStatus(call)
        guard status.job.phase == .complete else {
            throw FHIRAPIError(.notFound, .notFound, "The answer has no files yet.")
        }
        reply(try content(of: status.job, file: call.request.captures["file"] ?? "", call))
    }

    /// One of an answer's files.
    /// - Parameter name: `nil` for the only one.
    private func content(of job: AsyncJob, file name: String?, _ call: Call) throws -> HTTPResponse {
        guard let file = job.files.first(where: { name == nil || $0.name == name }) else {
            throw FHIRAPIError(.notFound, .notFound, "The answer has no file \"\((name ?? "").shortened)\".")
        }
        let isCoded = AcceptEncoding.preferred(call.request.headers, among: [.gzip]) != nil
        let reader = try AsyncFileReader(file, of: job, in: asynchronous().folder, isCoded: isCoded)
        var response = HTTPResponse(
            headers: [
                "Content-Type": "application/fhir+ndjson", "Cache-Control": "no-store", "Vary": "Accept-Encoding",
            ], body: .stream(ByteStream { try reader.next() }))
        if isCoded { response.headers["Content-Encoding"] = "gzip" }
        return response
    }
}
