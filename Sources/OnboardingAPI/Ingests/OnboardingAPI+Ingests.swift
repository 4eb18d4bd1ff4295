internal import Access
internal import Audit
internal import Base
internal import HTTP
internal import Intake

/// What becomes of data that came in.
extension OnboardingAPI {
    static let ingestRoutes = [
        OnboardingRoute(
            .get, "/ingests", "The ingests, newest first", needs: .write,
            event: .init(.access, .read, "ingest-list")
        ) { try $0.listIngests($1) },
        OnboardingRoute(
            .get, "/ingests/{ingest}", "How far an ingest is; also as server-sent events", needs: .write,
            event: .init(.access, .read, "ingest-read")
        ) { try $0.readIngest($1) },
        OnboardingRoute(
            .get, "/ingests/{ingest}/report", "What an ingest came to", needs: .write,
            event: .init(.access, .read, "ingest-report")
        ) { try $0.readReport($1) },
        OnboardingRoute(
            .get, "/ingests/{ingest}/rejects", "What was not taken, and why, with its original bytes", needs: .write,
            event: .init(.access, .read, "ingest-rejects")
        ) { try $0.readRejects($1) },
        OnboardingRoute(
            .post, "/ingests/{ingest}/pause", "Have an ingest wait", needs: .write,
            event: .init(.change, .execute, "ingest-pause")
        ) { api, call in try api.change(call) { try api.ingests.pause($0, tenant: call.tenant) } },
        OnboardingRoute(
            .post, "/ingests/{ingest}/resume", "Have a paused ingest go on", needs: .write,
            event: .init(.change, .execute, "ingest-resume")
        ) { api, call in try api.change(call) { try api.ingests.resume($0, tenant: call.tenant) } },
        OnboardingRoute(
            .post, "/ingests/{ingest}/cancel", "End an ingest; what it brought stays", needs: .write,
            event: .init(.change, .execute, "ingest-cancel")
        ) { api, call in try api.change(call) { try api.ingests.cancel($0, tenant: call.tenant) } },
        OnboardingRoute(
            .post, "/ingests/{ingest}/retry", "Try again what failed of an ingest", needs: .write,
            event: .init(.change, .execute, "ingest-retry")
        ) { api, call in try api.change(call) { try api.ingests.retry($0, tenant: call.tenant) } },
    ]

    private func listIngests(_ call: OnboardingCall) throws -> OnboardingAnswer {
        var states: Set<IngestState> = []
        for name in (call.request.query["state"] ?? "").split(separator: ",") {
            guard let state = IngestState(rawValue: String(name)) else {
                let names = IngestState.allCases.map(\.rawValue).joined(separator: ", ")
                throw OnboardingAPIError(.malformed, "state is one of \(names), or several with commas.")
            }
            states.insert(state)
        }
        let after = try call.request.query["after"].map { text throws(OnboardingAPIError) in
            guard let id = IngestID(text) else { throw OnboardingAPIError(.malformed, "after is the id of an ingest.") }
            return id
        }
        let limit = try call.limit()
        let page = try known {
            try ingests.list(tenant: call.tenant, states: states, after: after, count: limit)
        }
        let object = JSONObject()
        object.add("items", page.ingests.map { IngestJSON.object($0) })
        object.add("next", page.next?.description)
        return OnboardingAnswer(.ok, object)
    }

    private func readIngest(_ call: OnboardingCall) throws -> OnboardingAnswer {
        let id = try call.ingestID()
        let facts = try known { try ingests.facts(id, tenant: call.tenant) }
        var answer: OnboardingAnswer
        if IngestEvents.areWanted(call.request) {
            let known = call.request.headers["last-event-id"]
            let event = IngestEvents.Event(facts)
            answer = OnboardingAnswer(IngestEvents.response(event, known: known))
            if event.id == known && !event.isLast {
                answer.wait = { [events, tenant = call.tenant] in events.wait(id, tenant, known: event.id, $0) }
            }
        } else {
            answer = OnboardingAnswer(.ok, IngestJSON.object(facts))
        }
        answer.resources = ["ingest/\(id)"]
        return answer
    }

    private func readReport(_ call: OnboardingCall) throws -> OnboardingAnswer {
        let id = try call.ingestID()
        let result = try known { try ingests.result(id, tenant: call.tenant) }
        var answer = OnboardingAnswer(
            .ok, IngestJSON.report(result, withLists: mayShowRecords(of: result.facts, to: call)))
        answer.resources = ["ingest/\(id)"]
        return answer
    }

    /// What tells of single records is for those who may read them, and for who sent it all and has it anyway.
    private func mayShowRecords(of facts: IngestFacts, to call: OnboardingCall) -> Bool {
        call.scope.authority.mayReadAll || facts.owner == call.owner
    }

    /// The most rejects of one page.
    private static let rejectsMax = 1_000

    private func readRejects(_ call: OnboardingCall) throws -> OnboardingAnswer {
        let id = try call.ingestID()
        let after = try call.request.query["after"].map { text throws(OnboardingAPIError) in
            guard let cursor = RejectsCursor(text) else {
                throw OnboardingAPIError(.malformed, "after is what the page before named.")
            }
            return cursor
        }
        let limit = try call.limit(standard: 100, max: Self.rejectsMax)
        guard mayShowRecords(of: try known { try ingests.facts(id, tenant: call.tenant) }, to: call) else {
            throw OnboardingAPIError(
                .forbidden, "What was sent is shown to who sent it, and to client systems with system/*.rs.")
        }
        let page = try known { try ingests.rejects(id, tenant: call.tenant, after: after, count: limit) }
        var response = HTTPResponse(
            contentType: "application/x-ndjson", body: .stream(ByteStream { try page.next() }))
        if let next = page.after {
            response.headers["Link"] = "<\(Self.root)/ingests/\(id)/rejects?limit=\(limit)&after=\(next)>; rel=\"next\""
        }
        // They hold what was sent: a browser must not take them for a page.
        response.headers["Content-Disposition"] = "attachment; filename=\"rejects.ndjson\""
        var answer = OnboardingAnswer(response)
        answer.resources = ["ingest/\(id)"]
        answer.detail = "\(page.lines) rejects"
        return answer
    }

    private func change(_ call: OnboardingCall, _ body: (IngestID) throws -> Void) throws -> OnboardingAnswer {
        let id = try call.ingestID()
        try known { try body(id) }
        var answer = OnboardingAnswer(
            .ok, IngestJSON.object(try known { try ingests.facts(id, tenant: call.tenant) }))
        answer.resources = ["ingest/\(id)"]
        return answer
    }

    /// Runs `body`; what it says of the request becomes an answer.
    private func known<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as IntakeError {
            switch error.code {
            case .notFound: throw OnboardingCall.noIngest
            case .conflict: throw OnboardingAPIError(.conflict, error.detail.asSentence)
            default: throw error
            }
        }
    }
}

extension OnboardingCall {
    static let noIngest = OnboardingAPIError(.notFound, "There is no such ingest.")

    /// - Throws: `OnboardingAPIError.notFound`.
    fileprivate func ingestID() throws(OnboardingAPIError) -> IngestID {
        guard let id = IngestID(try captured("ingest")) else { throw Self.noIngest }
        return id
    }
}

extension String {
    fileprivate var asSentence: String { prefix(1).uppercased() + dropFirst() + "." }
}
