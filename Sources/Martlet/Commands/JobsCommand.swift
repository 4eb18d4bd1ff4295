internal import Access
internal import Audit
internal import Base
internal import Jobs
internal import RecordStore
internal import WebApp

/// `martlet jobs list|retry|bury|cancel`: what is done later or takes long, and its dead letters.
enum JobsCommand {
    static let command = Command(
        name: "jobs", summary: "list, retry, bury and cancel jobs",
        operands: OperandFacts("list|retry|bury|cancel [ID…]", min: 1, max: 1 + idsMax),
        options: [
            OptionFacts("tenant", "T", "the tenant (default)"),
            OptionFacts("group", "G", "the jobs of a group, such as ingest/ID; for retry and cancel instead of ids"),
            OptionFacts("queue", "Q", "list: the jobs of a queue"),
            OptionFacts("state", "S", "list: those that are waiting, paused, running, done, dead or cancelled"),
            OptionFacts("after", "ID", "list: those that come behind this one"),
            OptionFacts("count", "N", "list: how many at most (50)"),
            OptionFacts("reason", "TEXT", "bury: why"),
            CommandTable.jsonOption,
        ],
        notes: """
            list shows the newest first, and before them how many there are in each queue. retry puts dead letters and
            cancelled jobs back, and has one that waits for its time run now. bury makes dead letters of jobs that wait or
            run: whoever runs one has lost it. cancel ends those that wait, and tells those that run to end. What jobs
            were given and what they gave is not shown: it may hold patients' data.
            """,
        onStore: run)

    private static let idsMax = 1000
    private static let countMax = 1000

    @Sendable
    private static func run(
        _ installation: Installation, _ arguments: Arguments, _ console: Console
    ) throws -> ExitCode {
        let call = Call(
            arguments: arguments, console: console, installation: installation, tenant: try arguments.tenant())
        switch arguments.operands.first {
        case "list":
            guard arguments.operands.count == 1 else { throw MartletError(.usage, "list takes no ids") }
            return try list(call)
        case "retry":
            return try change(call, "job-retry", group: { try $0.retry(group: $1, tenant: $2) }) {
                try $0.retry($1, tenant: $2)
            }
        case "bury":
            let reason = arguments.text("reason") ?? "buried by the operator"
            return try change(call, "job-bury", group: nil) { try $0.bury($1, tenant: $2, reason: reason) }
        case "cancel":
            return try change(call, "job-cancel", group: { try $0.cancel(group: $1, tenant: $2) }) {
                try $0.cancel($1, tenant: $2)
            }
        default: throw MartletError(.usage, "jobs takes list, retry, bury or cancel")
        }
    }

    private struct Call {
        let arguments: Arguments
        let console: Console
        let installation: Installation
        let tenant: TenantName

        var isJSON: Bool { arguments.flag("json") }

        func audit(_ action: AuditEntry.Action, _ event: String, _ detail: String?, isDone: Bool) throws {
            var entry = AuditEntry(
                .configuration, action, event, time: SystemClock().now(), agent: "martlet operator")
            entry.detail = detail
            entry.outcome = isDone ? .success : .minorFailure
            _ = try installation.store.trails.record(entry, tenant: tenant)
        }
    }

    // MARK: list

    private static func list(_ call: Call) throws -> ExitCode {
        let arguments = call.arguments
        let state = try arguments.text("state").map { text throws(MartletError) in
            guard let state = JobState(rawValue: text) else {
                let names = JobState.allCases.map(\.rawValue).joined(separator: ", ")
                throw MartletError(.usage, "--state takes one of \(names)")
            }
            return state
        }
        let page = try call.installation.jobs.jobs(
            tenant: call.tenant, queue: arguments.text("queue"), state: state, group: arguments.text("group"),
            after: try arguments.text("after").map(id), count: try arguments.integer("count", in: 1...countMax) ?? 50)
        let counts = try call.installation.jobs.counts(tenant: call.tenant, withEnded: true)
        guard !call.isJSON else {
            let object = JSONObject()
            object.add("queues", counts.map(Self.object))
            object.add("jobs", page.jobs.map(Self.object))
            if let next = page.next { object.add("next", next.description) }
            try call.console.say(object.text)
            return .done
        }
        if counts.isEmpty { try call.console.say("There are no jobs.") }
        for counts in counts { try call.console.say(line(counts)) }
        for job in page.jobs { try call.console.say(line(job)) }
        if let next = page.next { call.console.note("More: --after \(next)") }
        return .done
    }

    private static func line(_ counts: QueueCounts) -> String {
        let parts = JobState.allCases.compactMap { state in
            counts.counts[state].map { "\(Figures.count($0)) \(state.rawValue)" }
        }
        let age = counts.oldestReadySeconds.map { ", the oldest for \(Figures.count(Int($0))) s" } ?? ""
        return "\(counts.queue): \(parts.joined(separator: ", "))\(age)"
    }

    private static func line(_ job: JobFacts) -> String {
        var line = "  \(job.id)  \(job.queue)  \(job.state.rawValue)  \(text(job.created))"
        line += "  \(job.attempts)/\(job.attemptsMax)"
        if let group = job.group { line += "  \(group)" }
        if let progress = job.progress {
            line += "  \(Figures.count(Int(clamping: progress.done)))"
            if let total = progress.total { line += " of \(Figures.count(Int(clamping: total)))" }
            if let note = progress.note { line += " \(note)" }
        }
        if let reason = job.reason, job.state != .done { line += "  \(reason)" }
        return String(line.map { $0.isNewline ? " " : $0 })
    }

    private static func object(_ counts: QueueCounts) -> JSONObject {
        let object = JSONObject()
        object.add("queue", counts.queue)
        for state in JobState.allCases { object.add(state.rawValue, counts.counts[state] ?? 0) }
        object.add("ready", counts.ready)
        if let age = counts.oldestReadySeconds { object.add("oldestReadySeconds", age) }
        return object
    }

    private static func object(_ job: JobFacts) -> JSONObject {
        let object = JSONObject()
        object.add("id", job.id.description)
        object.add("queue", job.queue)
        object.add("state", job.state.rawValue)
        if let group = job.group { object.add("group", group) }
        object.add("priority", job.priority)
        object.add("attempts", job.attempts)
        object.add("attemptsMax", job.attemptsMax)
        object.add("losses", job.losses)
        object.add("created", text(job.created))
        if let started = job.started { object.add("started", text(started)) }
        if let ended = job.ended { object.add("ended", text(ended)) }
        if let reason = job.reason { object.add("reason", reason) }
        return object
    }

    private static func text(_ instant: Instant) -> String {
        let writer = ByteWriter(capacity: 32)
        writeInstant(instant, to: writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    // MARK: retry, bury, cancel

    private static func change(
        _ call: Call, _ event: String, group changeGroup: ((JobQueue, String, TenantName) throws -> Int)?,
        _ change: (JobQueue, JobID, TenantName) throws -> OperatorAnswer
    ) throws -> ExitCode {
        let ids = call.arguments.operands.dropFirst()
        if let group = call.arguments.text("group") {
            guard let changeGroup, ids.isEmpty else {
                throw MartletError(.usage, "--group goes with retry and cancel, without ids")
            }
            let count = try changeGroup(call.installation.jobs, group, call.tenant)
            try call.audit(.execute, event, "group \(group): \(count) jobs", isDone: true)
            try tell(call, changed: count, left: [])
            return .done
        }
        guard !ids.isEmpty else {
            throw MartletError(.usage, "name the ids of jobs, as 'martlet jobs list' shows them")
        }
        var changed = 0
        var left: [(id: String, why: String)] = []
        for text in ids {
            switch try change(call.installation.jobs, id(text), call.tenant) {
            case .done, .signalled, .unchanged: changed += 1
            case .notFound: left.append((text, "there is no such job of this tenant"))
            case .refused(let state): left.append((text, "it is \(state.rawValue)"))
            case .taken(let other): left.append((text, "the job \(other) has its unique key"))
            }
            try call.audit(.execute, event, "job \(text)", isDone: left.last?.id != text)
        }
        try tell(call, changed: changed, left: left)
        return left.isEmpty ? .done : .failed
    }

    private static func tell(_ call: Call, changed: Int, left: [(id: String, why: String)]) throws {
        guard !call.isJSON else {
            let object = JSONObject()
            object.add("changed", changed)
            object.add(
                "left",
                left.map { entry in
                    let inner = JSONObject()
                    inner.add("id", entry.id)
                    inner.add("reason", entry.why)
                    return inner
                })
            return try call.console.say(object.text)
        }
        try call.console.say("\(Figures.count(changed)) jobs were changed.")
        for entry in left { call.console.note("\(entry.id) stays as it is: \(entry.why).") }
    }

    @Sendable
    private static func id(_ text: String) throws(MartletError) -> JobID {
        guard let id = JobID(text) else { throw MartletError(.usage, "'\(text)' is no id of a job") }
        return id
    }
}
