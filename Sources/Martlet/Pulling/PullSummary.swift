internal import BulkData

/// How a pull stands, for people and for programs.
struct PullSummary {
    private let pull: PullRecord

    init(_ pull: PullRecord) {
        self.pull = pull
    }

    /// The state's name, as interfaces write it.
    private var stateName: String {
        let state = pull.state
        return switch state.phase {
        case .kickOff, .polling, .manifest, .capabilities: "waiting"
        case .searching, .downloading: "downloading"
        case .delivering, .releasing: "delivering"
        case .done: state.hasRejects ? "finishedWithRejects" : "finished"
        case .failed: "failed"
        case .cancelled: "cancelled"
        }
    }

    var object: JSONObject {
        let (state, object) = (pull.state, JSONObject())
        object.add("id", pull.id)
        object.add("state", stateName)
        object.add("base", state.order.base.withoutQuery)
        if let since = state.order.since { object.add("since", since.text) }
        if let time = state.transactionTime { object.add("transactionTime", time.text) }
        object.add("files", state.files.count)
        object.add("bytes", Int(clamping: state.bytes.received))
        object.add("created", state.counts.created)
        object.add("updated", state.counts.updated)
        object.add("unchanged", state.counts.unchanged)
        object.add("deleted", state.counts.deleted)
        object.add("rejected", state.counts.rejected)
        object.add("serverErrors", state.counts.serverErrors)
        if let problem = state.problem { object.add("problem", problem.detail) }
        return object
    }

    var json: String { object.text }

    var line: String {
        "\(pull.id)  \(stateName)  \(pull.state.order.base)" + (pull.state.problem.map { "  " + $0.detail } ?? "")
    }

    var text: String {
        let (state, counts) = (pull.state, pull.state.counts)
        var lines: [String] = []
        switch state.phase {
        case .done:
            lines.append(
                "Pulled \(state.files.count) files: \(counts.created) created, \(counts.updated) updated, "
                    + "\(counts.unchanged) unchanged, \(counts.deleted) deleted, \(counts.rejected) rejected.")
            if counts.serverErrors > 0 { lines.append("The server reports \(counts.serverErrors) errors of its own.") }
        case .failed: lines.append("The pull failed: \(state.problem?.detail ?? "no reason is known").")
        case .cancelled: lines.append("The pull was stopped.")
        default: lines.append("The pull is not over; give the same command again, and it goes on.")
        }
        return lines.joined(separator: "\n")
    }
}
