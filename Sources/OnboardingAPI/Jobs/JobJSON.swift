internal import Base
internal import Jobs

/// Jobs as JSON: all but what they were given and what they gave, which may hold patients' data.
enum JobJSON {
    static func object(_ job: JobFacts) -> JSONObject {
        let object = JSONObject()
        object.add("id", job.id.description)
        object.add("queue", job.queue)
        object.add("state", job.state.rawValue)
        object.add("group", job.group)
        object.add("priority", job.priority)
        object.add("attempts", job.attempts)
        object.add("attemptsMax", job.attemptsMax)
        object.add("losses", job.losses)
        object.add("created", job.created)
        if let visible = job.visible { object.add("visible", visible) }
        if let nominal = job.nominal { object.add("nominal", nominal) }
        if let started = job.started { object.add("started", started) }
        if let ended = job.ended { object.add("ended", ended) }
        if let worker = job.worker { object.add("worker", worker) }
        if job.isCancelRequested { object.add("cancelRequested", true) }
        if let progress = job.progress {
            let inner = JSONObject()
            inner.add("done", progress.done)
            if let total = progress.total { inner.add("total", total) }
            if let note = progress.note { inner.add("note", note) }
            object.add("progress", inner)
        }
        if let reason = job.reason { object.add("reason", reason) }
        return object
    }
}
