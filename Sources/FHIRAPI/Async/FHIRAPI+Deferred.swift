internal import Access
internal import Base
internal import Compression
internal import HTTP

extension FHIRAPI {
    /// Has a request answered later, if the client prefers that and the route allows it.
    /// - Returns: whether it is; else the route is to answer.
    /// - Source: RFC 7240, respond-async; FHIR asynchronous interactions, https://hl7.org/fhir/R5/async-bundle.html
    func defers(_ route: FHIRRoute, _ call: Call, _ reply: Reply) -> Bool {
        guard route.comesLater, asyncJobs != nil, call.request.headers["prefer"] != nil,
            Preferences(call.request.headers).isAsync
        else { return false }
        hand(call, reply, to: readers) { [self] bench in
            let request = try call.decoded(bench).request
            var response = try accepted(
                call,
                AsyncJob(
                    .request(DeferredRequest(request)), scope: call.scope, url: request.target, base: call.base,
                    transactionTime: clock.now(), point: 0))
            response.headers["Preference-Applied"] = "respond-async"
            return response
        }
        return true
    }

    /// Answers a request that was put off; the answer is the one file of the job, a Bundle with one entry.
    func answer(
        _ job: AsyncJob, _ deferred: DeferredRequest, _ steps: AsyncJobs.Steps
    ) throws -> AsyncJob {
        guard !deferred.hasBegun || deferred.isRepeatable else {
            throw FHIRAPIError(
                .failed, .exception,
                "The server stopped while it did this: look whether it was done before you ask for it again.")
        }
        var job = job
        var deferred = deferred
        var response: HTTPResponse
        repeat {
            deferred.hasBegun = true
            job.work = .request(deferred)
            try steps.checkpoint(job)
            try steps.progress("under way")
            response = try outcome(of: deferred, job)
            guard response.status == .serviceUnavailable else { break }
            // Refused for want of room, and nothing was done.
            deferred.hasBegun = false
            job.work = .request(deferred)
            try steps.checkpoint(job)
            try steps.progress("waiting for others")
            try steps.pause()
        } while true
        var bundle = BundleWriter(type: "batch-response", addresses: Addresses(base: job.base))
        bundle.add(EntryResponse(response, isRead: deferred.isRepeatable))
        bundle.finish(total: nil, links: [])
        let writer = try AsyncFileWriter(
            "answer.json", type: "Bundle", content: .resources, in: steps.folder.path(of: job), seal: AsyncSeal(job))
        writer.pending.write(bundle.writer.bytes)
        try writer.endLine()
        job.files = [try writer.finish()]
        try AsyncFolder.makeDurable(steps.folder.path(of: job))
        return job
    }

    /// What a route answers to a request that was put off.
    private func outcome(of deferred: DeferredRequest, _ job: AsyncJob) throws -> HTTPResponse {
        let box = ReplyBox()
        do {
            var request = try HTTPRequest(
                method: deferred.method, target: deferred.target, headers: deferred.headers, body: deferred.body)
            // Below "fhir", or "t", the tenant and "fhir".
            let tenant = request.path.first == "t" ? request.path.dropFirst().first : nil
            let (route, captures) = try innerRoutes.find(
                request.method, Array(request.path.dropFirst(tenant == nil ? 1 : 3)))
            request.captures = captures
            let audited = audited(route, request, .admitted(job.scope), Reply { box.set($0) })
            var scope = job.scope
            scope.witness = audited.trace
            let call = Call(request: request, scope: scope, api: self, trace: audited.trace, tenant: tenant)
            do {
                try route.body(self, call, audited.reply)
            } catch {
                answer(error, audited.reply)
            }
        } catch {
            return FHIRAPIError.wrapping(error).response
        }
        switch box.wait() {
        case .response(let response): return response
        case .failure(let error): return FHIRAPIError(error).response
        }
    }
}
