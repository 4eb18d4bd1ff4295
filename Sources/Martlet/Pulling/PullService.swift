internal import Access
internal import Base
internal import BulkData
internal import Glibc
internal import Jobs
internal import OnboardingAPI
internal import RecordStore
internal import Validation

/// The pulls of a server: each runs as a job, at once or at the times of its plan, and goes on after a restart.
final class PullService: Sendable {
    static let queueName = "pull"

    private let store: MartletStore
    private let pulls: Pulls
    private let queue: JobQueue
    private let schedules: JobSchedules
    private let validation: ValidationMode
    private let report: @Sendable (any Error) -> Void

    private static let attemptsMax = 100
    private static let leaseSeconds = 60.0
    private static let lookMilliseconds = 500

    init(
        _ store: MartletStore, _ pulls: Pulls, queue: JobQueue, schedules: JobSchedules, validation: ValidationMode,
        report: @escaping @Sendable (any Error) -> Void
    ) {
        self.store = store
        self.pulls = pulls
        self.queue = queue
        self.schedules = schedules
        self.validation = validation
        self.report = report
    }

    /// Has workers run pulls, and goes on with those that are not over.
    /// - Throws: `SQLError`, `VaultError`, `JobsError`.
    func serve(_ workers: JobWorkers) throws {
        workers.serve(queue: Self.queueName, threads: 2, perTenantMax: 1, leaseSeconds: Self.leaseSeconds) {
            [self] context in try work(context)
        }
        for tenant in try store.tenantNames().compactMap(TenantName.init) {
            for pull in try pulls.unfinished(tenant: tenant) { try start(pull) }
            try announcements.resume(tenant: tenant)
        }
    }

    /// What the interface of pulls works on.
    var desk: PullDesk {
        PullDesk(
            pulls: pulls, start: { [self] in try start($0) }, schedule: { [self] in try schedule($0) },
            unschedule: { [self] in _ = try schedules.remove(Self.name(of: $0), tenant: $0.tenant) })
    }

    /// What is announced over FHIR. To be asked for once: each has a lock of its own.
    func makeAnnounced() -> AnnouncedPulls { AnnouncedPulls(announcements) }

    private var announcements: Announcements {
        Announcements(pulls: pulls) { [self] in try start($0) }
    }

    private func start(_ pull: PullRecord) throws {
        _ = try queue.enqueue([
            NewJob(
                queue: Self.queueName, tenant: pull.tenant, payload: Array("pull \(pull.id)".utf8),
                uniqueKey: "pull \(pull.id)", attemptsMax: Self.attemptsMax, group: "pull/\(pull.id)")
        ])
    }

    private static func name(of plan: PullPlan) -> String { "pull \(plan.id)" }

    private func schedule(_ plan: PullPlan) throws {
        do {
            try schedules.put(
                JobSchedule(
                    name: Self.name(of: plan), tenant: plan.tenant, cron: CronExpression(plan.schedule),
                    zone: plan.timeZone, queue: Self.queueName, payload: Array("plan \(plan.id)".utf8),
                    attemptsMax: Self.attemptsMax, group: "pull/\(plan.id)"))
        } catch let error as JobsError {
            throw BulkDataError(.invalid, error.detail, cause: error)
        }
    }

    private func work(_ context: JobContext) throws -> JobOutcome {
        let words = String(decoding: context.job.payload, as: UTF8.self).split(separator: " ").map(String.init)
        guard words.count == 2, let pull = try pull(words[0], words[1], context.job.tenant) else {
            // It was removed meanwhile.
            return .done(result: nil)
        }
        if pull.state.isOver { return .done(result: nil) }
        let delivery = RecordDelivery(
            store: store.records, folder: store.folder, rejectsPath: store.folder.rejects, validation: validation)
        try PullAudit.record(.began(pull), store)
        let pulls = pulls
        // Also while records are taken in, which may last.
        let ticker = Ticker(everyMilliseconds: Self.lookMilliseconds) {
            if context.isCancelled || context.isDraining { pulls.leave(pull.id) }
        }
        defer { ticker.stop() }
        let ended = try pulls.run(pull.id, tenant: pull.tenant, delivery: delivery) { state in
            let bytes = state.bytes
            context.progress(done: bytes.received, total: bytes.total)
        }
        guard ended.state.isOver else { return .again(notBefore: nil) }
        try PullAudit.record(.ended(ended), store)
        return .done(result: nil)
    }

    /// The pull that a job is for: itself, or one of a plan, which goes on with what the firing before left undone.
    private func pull(_ kind: String, _ id: String, _ tenant: TenantName) throws -> PullRecord? {
        if kind == "pull" { return try pulls.pull(id, tenant: tenant) }
        guard let plan = try pulls.plan(id, tenant: tenant) else { return nil }
        return try pulls.resumeOrBegin(plan.pull, tenant: tenant).pull
    }
}
