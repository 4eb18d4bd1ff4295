internal import Access
internal import Audit
internal import Base
internal import BulkData
internal import HTTP

/// Records that are brought in from other FHIR servers.
extension OnboardingAPI {
    static let pullRoutes = [
        OnboardingRoute(
            .post, "/pulls", "Pull the records of another FHIR server, once or on a schedule", needs: .admin,
            event: .init(.change, .create, "pull-create")
        ) { try $0.beginPull($1) },
        OnboardingRoute(
            .get, "/pulls", "The pulls, newest first, and those that are planned", needs: .admin,
            event: .init(.access, .read, "pull-list")
        ) { try $0.listPulls($1) },
        OnboardingRoute(
            .get, "/pulls/{pull}", "A pull, or a plan of pulls", needs: .admin,
            event: .init(.access, .read, "pull-read")
        ) { try $0.readPull($1) },
        OnboardingRoute(
            .delete, "/pulls/{pull}", "Stop a pull, or end a plan", needs: .admin,
            event: .init(.change, .delete, "pull-cancel")
        ) { try $0.stopPull($1) },
    ]

    private func beginPull(_ call: OnboardingCall) throws -> OnboardingAnswer {
        let desk = pulls
        let body = try call.body(
            "base", "level", "group", "types", "typeFilter", "since", "full", "search", "clientKey", "clientID",
            "keyID", "tokenOrigins", "schedule", "timeZone")
        return try asked {
            let new = try newPull(body)
            guard let schedule = try body.text("schedule") else {
                guard try body.text("timeZone") == nil else {
                    throw OnboardingAPIError(.malformed, "timeZone goes with schedule.")
                }
                let pull = try desk.pulls.begin(new, tenant: call.tenant)
                try desk.start(pull)
                return created(pull.id, PullJSON.object(pull))
            }
            let plan = try desk.pulls.plan(
                new, schedule: schedule, timeZone: try body.text("timeZone") ?? "UTC", owner: call.owner,
                tenant: call.tenant)
            do {
                try desk.schedule(plan)
            } catch {
                try desk.pulls.removePlan(plan.id, tenant: call.tenant)
                throw error
            }
            return created(plan.id, PullJSON.object(plan))
        }
    }

    private func created(_ id: String, _ object: JSONObject) -> OnboardingAnswer {
        var answer = OnboardingAnswer(.created, object)
        answer.response.headers["Location"] = "\(Self.root)/pulls/\(id)"
        answer.resources = ["pull/\(id)"]
        return answer
    }

    private func newPull(_ body: JSONBody) throws -> NewPull {
        guard let base = WebLocation(try body.required("base")) else {
            throw OnboardingAPIError(.malformed, "base is an address of https.")
        }
        let group = try body.text("group")
        let level: PullOrder.Level
        switch (try body.text("level"), group) {
        case (nil, nil), ("system", nil): level = .system
        case ("patients", nil): level = .patients
        case (nil, let id?), ("group", let id?): level = .group(id)
        default: throw OnboardingAPIError(.malformed, "level is system, patients, or group with the group's id.")
        }
        let since = try body.text("since").map { text throws(OnboardingAPIError) in
            guard let since = FHIRInstant(text) else {
                throw OnboardingAPIError(.malformed, "since is an instant such as 2026-01-31T08:00:00Z.")
            }
            return since
        }
        let order = try PullOrder(
            base: base, level: level, source: try body.bool("search") == true ? .search : .export,
            types: words(try body.text("types")), typeFilters: try body.text("typeFilter").map { [$0] } ?? [],
            since: since)
        let origins = words(try body.text("tokenOrigins"))
        guard origins.allSatisfy({ WebLocation($0)?.origin == $0 }) else {
            throw OnboardingAPIError(.malformed, "tokenOrigins are such as https://files.example, with commas.")
        }
        let key = try body.text("clientKey").map { text in
            try ClientKeyFile.named(
                Array(text.utf8), clientID: try body.text("clientID"), keyID: try body.text("keyID"))
        }
        return NewPull(order, clientKey: key, tokenOrigins: origins, isFull: try body.bool("full") ?? false)
    }

    private func words(_ text: String?) -> [String] {
        (text ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    }

    private func listPulls(_ call: OnboardingCall) throws -> OnboardingAnswer {
        let desk = pulls
        let count = try call.limit()
        return try asked {
            var before = Instant(microseconds: .max)
            if let after = call.request.query["after"] {
                guard let pull = try desk.pulls.pull(after, tenant: call.tenant) else {
                    throw OnboardingAPIError(.malformed, "after is the id of a pull.")
                }
                before = pull.created
            }
            let object = JSONObject()
            let found = try desk.pulls.pulls(tenant: call.tenant, before: before, count: count)
            object.add("pulls", found.map(PullJSON.object))
            object.add("plans", try desk.pulls.plans(tenant: call.tenant).map(PullJSON.object))
            object.add("next", found.count == count ? found.last?.id : nil)
            return OnboardingAnswer(.ok, object)
        }
    }

    private func readPull(_ call: OnboardingCall) throws -> OnboardingAnswer {
        let (desk, id) = (pulls, try call.captured("pull"))
        return try asked {
            let object: JSONObject
            if let pull = try desk.pulls.pull(id, tenant: call.tenant) {
                object = PullJSON.object(pull)
            } else if let plan = try desk.pulls.plan(id, tenant: call.tenant) {
                object = PullJSON.object(plan)
            } else {
                throw OnboardingAPIError(.notFound, "There is no such pull.")
            }
            var answer = OnboardingAnswer(.ok, object)
            answer.resources = ["pull/\(id)"]
            return answer
        }
    }

    private func stopPull(_ call: OnboardingCall) throws -> OnboardingAnswer {
        let (desk, id) = (pulls, try call.captured("pull"))
        return try asked {
            if let plan = try desk.pulls.plan(id, tenant: call.tenant) {
                try desk.unschedule(plan)
                try desk.pulls.removePlan(id, tenant: call.tenant)
            } else {
                guard try desk.pulls.pull(id, tenant: call.tenant) != nil else {
                    throw OnboardingAPIError(.notFound, "There is no such pull.")
                }
                // One that is over stays as it ended.
                _ = try desk.pulls.cancel(id, tenant: call.tenant)
            }
            var answer = OnboardingAnswer.nothing
            answer.resources = ["pull/\(id)"]
            return answer
        }
    }

    /// Tells whoever asks what is wrong with what they ask for.
    private func asked(_ body: () throws -> OnboardingAnswer) throws -> OnboardingAnswer {
        do {
            return try body()
        } catch let error as BulkDataError {
            let detail = error.detail.prefix(1).uppercased() + error.detail.dropFirst() + "."
            switch error.code {
            case .invalid, .key: throw OnboardingAPIError(.malformed, detail)
            case .missing: throw OnboardingAPIError(.notFound, detail)
            default: throw error
            }
        }
    }
}
