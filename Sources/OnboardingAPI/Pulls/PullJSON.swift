internal import Base
internal import BulkData

/// Pulls and their plans as JSON.
enum PullJSON {
    static func object(_ pull: PullRecord) -> JSONObject {
        let (state, object) = (pull.state, JSONObject())
        object.add("id", pull.id)
        object.add("state", name(of: state))
        add(state.order, to: object)
        object.add("since", state.order.since?.text)
        object.add("transactionTime", state.transactionTime?.text)
        let progress = JSONObject()
        progress.add("server", state.progress?.text)
        progress.add("files", state.files.count)
        progress.add("filesWhole", state.files.count { $0.state == .whole })
        progress.add("bytesDone", state.bytes.received)
        progress.add("bytesTotal", state.bytes.total)
        object.add("progress", progress)
        let counts = JSONObject()
        counts.add("created", state.counts.created)
        counts.add("updated", state.counts.updated)
        counts.add("unchanged", state.counts.unchanged)
        counts.add("deleted", state.counts.deleted)
        counts.add("rejected", state.counts.rejected)
        counts.add("serverErrors", state.counts.serverErrors)
        object.add("counts", counts)
        object.add("created", pull.created)
        object.add("updated", pull.updated)
        if let problem = state.problem { object.add("problem", problem.detail) }
        return object
    }

    static func object(_ plan: PullPlan) -> JSONObject {
        let object = JSONObject()
        object.add("id", plan.id)
        object.add("state", "planned")
        add(plan.pull.order, to: object)
        object.add("schedule", plan.schedule)
        object.add("timeZone", plan.timeZone)
        object.add("created", plan.created)
        return object
    }

    private static func add(_ order: PullOrder, to object: JSONObject) {
        object.add("base", order.base.withoutQuery)
        switch order.level {
        case .system: object.add("level", "system")
        case .patients: object.add("level", "patients")
        case .group(let id):
            object.add("level", "group")
            object.add("group", id)
        }
        object.add("types", order.types.isEmpty ? nil : order.types.joined(separator: ","))
    }

    private static func name(of state: PullState) -> String {
        switch state.phase {
        case .kickOff, .polling, .manifest, .capabilities: "waiting"
        case .searching, .downloading: "downloading"
        case .delivering, .releasing: "delivering"
        case .done: state.hasRejects ? "finishedWithRejects" : "finished"
        case .failed: "failed"
        case .cancelled: "cancelled"
        }
    }
}
