internal import Base
internal import Access
internal import Audit
internal import HTTP
internal import Jobs

/// What is done later or takes long, for those who run the tenant.
extension OnboardingAPI {
    static let jobRoutes = [
        OnboardingRoute(
            .get, "/jobs", "The jobs, newest first", needs: .admin, event: .init(.access, .read, "job-list")
        ) { try $0.listJobs($1) },
        OnboardingRoute(
            .get, "/jobs/{job}", "A job", needs: .admin, event: .init(.access, .read, "job-read")
        ) { try $0.readJob($1) },
        OnboardingRoute(
            .post, "/jobs/{job}/retry", "Put a dead letter or cancelled job back, or have a waiting one run now",
            needs: .admin, event: .init(.change, .execute, "job-retry")
        ) { api, call in
            try api.changeJob(call) { try api.jobs.retry($0, tenant: call.tenant) }
        },
        OnboardingRoute(
            .post, "/jobs/{job}/bury", "Make a job a dead letter", needs: .admin,
            event: .init(.change, .execute, "job-bury")
        ) { api, call in
            let reason = try call.body("reason").text("reason") ?? "buried by an administrator"
            return try api.changeJob(call) { try api.jobs.bury($0, tenant: call.tenant, reason: reason) }
        },
        OnboardingRoute(
            .post, "/jobs/{job}/cancel", "Cancel a job", needs: .admin, event: .init(.change, .execute, "job-cancel")
        ) { api, call in
            try api.changeJob(call) { try api.jobs.cancel($0, tenant: call.tenant) }
        },
    ]

    private func listJobs(_ call: OnboardingCall) throws -> OnboardingAnswer {
        let query = call.request.query
        let state = try query["state"].map { text throws(OnboardingAPIError) in
            guard let state = JobState(rawValue: text) else {
                let names = JobState.allCases.map(\.rawValue).joined(separator: ", ")
                throw OnboardingAPIError(.malformed, "state is one of \(names).")
            }
            return state
        }
        let after = try query["after"].map { text throws(OnboardingAPIError) in
            guard let id = JobID(text) else { throw OnboardingAPIError(.malformed, "after is the id of a job.") }
            return id
        }
        let page = try jobs.jobs(
            tenant: call.tenant, queue: query["queue"], state: state, group: query["group"], after: after,
            count: try call.limit())
        let object = JSONObject()
        object.add("items", page.jobs.map(JobJSON.object))
        object.add("next", page.next?.description)
        return OnboardingAnswer(.ok, object)
    }

    private func readJob(_ call: OnboardingCall) throws -> OnboardingAnswer {
        try answer(try call.jobID(), call)
    }

    private func changeJob(
        _ call: OnboardingCall, _ change: (JobID) throws -> OperatorAnswer
    ) throws -> OnboardingAnswer {
        let id = try call.jobID()
        switch try change(id) {
        case .done, .signalled, .unchanged: return try answer(id, call)
        case .notFound: throw OnboardingCall.noJob
        case .refused(let state):
            throw OnboardingAPIError(.conflict, "A job that is \(state.rawValue) does not allow that.")
        case .taken(let other):
            throw OnboardingAPIError(.conflict, "The same work is asked for by the job \(other) already.")
        }
    }

    private func answer(_ id: JobID, _ call: OnboardingCall) throws -> OnboardingAnswer {
        guard let facts = try jobs.job(id, tenant: call.tenant) else { throw OnboardingCall.noJob }
        var answer = OnboardingAnswer(.ok, JobJSON.object(facts))
        answer.resources = ["job/\(id)"]
        return answer
    }
}

extension OnboardingCall {
    static let noJob = OnboardingAPIError(.notFound, "There is no such job.")

    /// The job that the path names.
    fileprivate func jobID() throws(OnboardingAPIError) -> JobID {
        guard let id = JobID(try captured("job")) else { throw Self.noJob }
        return id
    }
}
