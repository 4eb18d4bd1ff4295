internal import Access
internal import Base
internal import HTTP
internal import RecordStore
internal import Vault

/// All exports of a server: those that wait, a few that run, and those that are kept until they expire. Each is in a
/// folder from before its kick-off is answered, and goes on where it was after a restart.
final class ExportJobs: @unchecked Sendable {
    // Safe to share: the jobs are used under `lock`.
    /// How an export stands.
    struct Status: Sendable {
        var job: ExportJob
        var isWaiting: Bool
        /// The entry of the log that it is at.
        var reached: UInt64
        var seconds: Int
    }

    private struct Entry {
        var job: ExportJob
        var reached: UInt64 = 0
        var isTaken = false
        /// Cancelled while a thread was at it, which will remove it.
        var isCancelled = false
        let began = monotonicNanoseconds()
    }

    let folder: ExportFolder
    private let store: RecordStore
    private let terminologies: TenantTerminologies
    private let options: FHIRAPIOptions
    private let clock: any Clock
    private let report: @Sendable (any Error) -> Void
    private let lock = Lock()
    private var entries: [String: Entry] = [:]
    private var waiting: [String] = []
    private var isStopping = false
    private var threads: [WorkerThread] = []

    private static let expiryCheckMilliseconds = 10_000

    /// Finds the exports in the folder and goes on with those that are not over.
    /// - Throws: what keeps a tenant's keys from being read; `JSONError.noMemory`.
    init(
        folder: String, store: RecordStore, terminologies: TenantTerminologies, options: FHIRAPIOptions,
        clock: any Clock,
        report: @escaping @Sendable (any Error) -> Void
    ) throws {
        self.folder = ExportFolder(path: folder)
        self.store = store
        self.terminologies = terminologies
        self.options = options
        self.clock = clock
        self.report = report
        let found = try self.folder.load { try store.exportKey(Self.scope($0)) }
        for job in found.sorted(by: { $0.transactionTime < $1.transactionTime }) {
            entries[job.id] = Entry(job: job, reached: job.after)
            if job.phase == .running { waiting.append(job.id) }
        }
        let benches = try (0..<max(1, options.exportsRunningMax)).map { _ in
            try Workbench(store: store, resourceBytesMax: options.bodyBytesMax + (1 << 20))
        }
        threads = benches.map { bench in
            WorkerThread(name: "fhir export") { [self] in
                while let id = take() { run(id, bench) }
            }
        }
    }

    private static func scope(_ tenant: TenantName) -> AccessScope {
        AccessScope(tenant: tenant, actor: "export")
    }

    /// Leaves what is under way for the next start.
    func stop() {
        lock.withLock {
            isStopping = true
            lock.signalAll()
        }
        for thread in lock.withLock({ threads }) { thread.join() }
        // The threads hold on to this object.
        lock.withLock { threads = [] }
    }

    /// Keeps an export and has it made.
    /// - Throws: `FHIRAPIError.throttled` if there are too many.
    func begin(_ job: ExportJob) throws {
        try lock.withLock {
            expire()
            let count = entries.values.count { $0.job.tenant == job.tenant }
            guard count < options.exportsKeptMax else {
                var error = FHIRAPIError(
                    .throttled, .throttled,
                    "\(count) exports are under way or kept already: delete one that is no longer needed.")
                error.headers = ["Retry-After": "60"]
                throw error
            }
            // Takes the place, so that others that begin at this moment are counted with it.
            entries[job.id] = Entry(job: job)
        }
        do {
            try folder.save(job, key: store.exportKey(Self.scope(job.tenant)))
        } catch {
            lock.withLock { entries[job.id] = nil }
            folder.remove(job)
            throw error
        }
        lock.withLock {
            waiting.append(job.id)
            lock.signal()
        }
    }

    /// How an export stands; `nil` if there is none of the tenant with that id.
    func status(_ tenant: TenantName, _ id: String) -> Status? {
        lock.withLock {
            expire()
            guard let entry = entries[id], entry.job.tenant == tenant, !entry.isCancelled else { return nil }
            return Status(
                job: entry.job, isWaiting: !entry.isTaken, reached: entry.reached,
                seconds: Int((monotonicNanoseconds() - entry.began) / 1_000_000_000))
        }
    }

    /// Ends an export and removes its files.
    /// - Returns: `false` if there is none of the tenant with that id.
    func cancel(_ tenant: TenantName, _ id: String) -> Bool {
        let removed = lock.withLock { () -> ExportJob?? in
            guard let entry = entries[id], entry.job.tenant == tenant, !entry.isCancelled else { return nil }
            if entry.isTaken, entry.job.phase == .running {
                entries[id]?.isCancelled = true
                return .some(nil)
            }
            entries[id] = nil
            waiting.removeAll { $0 == id }
            return entry.job
        }
        guard let removed else { return false }
        if let job = removed { folder.remove(job) }
        return true
    }

    /// Removes what was kept long enough. Only under the lock.
    private func expire() {
        let now = clock.now()
        for (id, entry) in entries {
            guard let ended = entry.job.ended, ended.advanced(bySeconds: Double(options.exportKeptSeconds)) <= now
            else { continue }
            entries[id] = nil
            folder.remove(entry.job)
        }
    }

    /// Waits for an export to make; `nil` once the server stops.
    private func take() -> String? {
        lock.withLock {
            while !isStopping {
                if !waiting.isEmpty {
                    let id = waiting.removeFirst()
                    entries[id]?.isTaken = true
                    return id
                }
                expire()
                lock.wait(milliseconds: Self.expiryCheckMilliseconds)
            }
            return nil
        }
    }

    private func run(_ id: String, _ bench: Workbench) {
        guard let job = lock.withLock({ entries[id]?.job }) else { return }
        var latest = job
        do {
            let scope = Self.scope(job.tenant)
            let key = try store.exportKey(scope)
            let request = try ExportRequest(
                job.level, job.parameters, plans: store.plans, now: job.transactionTime, baseURL: job.base,
                terminology: StoredTerms(
                    terminologies: terminologies, store: store, scope: scope, base: job.base),
                isLenient: false)
            let run = try ExportRun(
                job, request: request, store: store, scope: scope, folder: folder, options: options, bench: bench,
                checkpoint: { [self] job in
                    try folder.save(job, key: key)
                    lock.withLock { entries[id]?.job = job }
                    try note(id, job.after)
                },
                progress: { [self] reached in try note(id, reached) })
            try run.run()
            latest = run.job
            latest.phase = .complete
            latest.ended = clock.now()
            try folder.save(latest, key: key)
        } catch is ExportRun.Stopped {
            let isCancelled = lock.withLock {
                let isCancelled = entries[id]?.isCancelled ?? true
                if isCancelled { entries[id] = nil }
                return isCancelled
            }
            if isCancelled { folder.remove(job) }
            return
        } catch {
            latest = failed(job, error)
        }
        bench.tidy()
        let isCancelled = lock.withLock {
            let isCancelled = entries[id]?.isCancelled ?? true
            if isCancelled { entries[id] = nil } else { entries[id]?.job = latest }
            return isCancelled
        }
        if isCancelled { folder.remove(job) }
    }

    /// An export that cannot be made: its files go, and that it failed is told until it expires.
    private func failed(_ job: ExportJob, _ error: any Error) -> ExportJob {
        var failed = job
        let known = FHIRAPIError.wrapping(error)
        if known.status.code >= 500 { report(known.cause ?? known) }
        failed.phase = .failed
        failed.failure = known.detail
        failed.files = []
        failed.ended = clock.now()
        folder.removeDrafts(of: failed)
        do {
            try folder.save(failed, key: store.exportKey(Self.scope(job.tenant)))
        } catch {
            // It is tried again after a restart.
            report(error)
        }
        return failed
    }

    private func note(_ id: String, _ reached: UInt64) throws {
        try lock.withLock {
            guard !isStopping, entries[id]?.isCancelled == false else { throw ExportRun.Stopped() }
            entries[id]?.reached = reached
        }
    }
}
