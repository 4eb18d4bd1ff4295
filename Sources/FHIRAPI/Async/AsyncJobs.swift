internal import Access
internal import Base
internal import HTTP
internal import RecordStore
internal import Vault

/// All answers of a server that are made later, as `Prefer: respond-async` asks: those that wait, a few that are made, and
/// those that are kept until they expire. Each is in a folder from before its request is answered, and after a restart is
/// gone on with where it was.
final class AsyncJobs: @unchecked Sendable {
    // Safe to share: the jobs are used under `lock`.
    /// How an answer stands.
    struct Status: Sendable {
        var job: AsyncJob
        /// How far it is, in words for the client.
        var progress: String
        /// Since it was asked for, or since the start.
        var seconds: Int
    }

    /// Thrown where an answer is not to be made further.
    struct Stopped: Error {}

    /// What is at hand where an answer is made.
    struct Steps {
        let folder: AsyncFolder
        /// Keeps a state to go on from after a restart: its files must be whole. Throws `Stopped`.
        let checkpoint: (AsyncJob) throws -> Void
        /// Takes how far the answer is, in words for the client. Throws `Stopped`.
        let progress: (String) throws -> Void
        /// Lets a second or so go by. Throws `Stopped`.
        let pause: () throws -> Void
    }

    /// Makes an answer, from where its state left off, and gives its last state with all files.
    typealias Make = @Sendable (AsyncJob, Workbench, Steps) throws -> AsyncJob

    private struct Entry {
        var job: AsyncJob
        var progress = "waiting for others"
        var isTaken = false
        /// Cancelled while a thread was at it, which will remove it.
        var isCancelled = false
        let began = monotonicNanoseconds()
    }

    let folder: AsyncFolder
    private let store: RecordStore
    private let options: FHIRAPIOptions
    private let clock: any Clock
    private let report: @Sendable (any Error) -> Void
    private let lock = Lock()
    private var entries: [String: Entry] = [:]
    private var waiting: [String] = []
    private var isStopping = false
    private var benches: [Workbench]
    private var threads: [WorkerThread] = []

    private static let expiryCheckMilliseconds = 10_000
    private static let pauseMilliseconds = 1_000

    /// Finds what is in the folder.
    /// - Parameter makeBench: makes what one thread works on.
    /// - Throws: what keeps a tenant's keys from being read; `JSONError.noMemory`.
    init(
        folder: String, store: RecordStore, options: FHIRAPIOptions,
        clock: any Clock,
        report: @escaping @Sendable (any Error) -> Void, makeBench: () throws -> Workbench
    ) throws {
        self.folder = AsyncFolder(path: folder)
        self.store = store
        self.options = options
        self.clock = clock
        self.report = report
        let found = try self.folder.load { try store.asyncKey(AccessScope(tenant: $0, actor: "async")) }
        for job in found.sorted(by: { $0.transactionTime < $1.transactionTime }) {
            entries[job.id] = Entry(job: job)
            if job.phase == .running { waiting.append(job.id) }
        }
        benches = try (0..<max(0, options.asyncRunningMax)).map { _ in try makeBench() }
    }

    /// Begins to make what waits.
    func start(_ make: @escaping Make) {
        lock.withLock {
            threads += benches.map { bench in
                WorkerThread(name: "fhir async") { [self] in
                    while let id = take() { run(id, bench, make) }
                }
            }
            benches = []
        }
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

    /// Keeps an answer that is to be made, and has it made.
    /// - Throws: `FHIRAPIError.throttled` if there are too many.
    func begin(_ job: AsyncJob) throws {
        try lock.withLock {
            expire()
            let count = entries.values.count { $0.job.tenant == job.tenant }
            guard count < options.asyncKeptMax else {
                var error = FHIRAPIError(
                    .throttled, .throttled,
                    "\(count) answers are under way or kept already: delete one that is no longer needed.")
                error.headers = ["Retry-After": "60"]
                throw error
            }
            // Takes the place, so that others that begin at this moment are counted with it.
            entries[job.id] = Entry(job: job)
        }
        do {
            try folder.save(job, key: store.asyncKey(job.scope))
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

    /// How an answer stands; `nil` if there is none that this actor asked for with that id.
    func status(_ scope: AccessScope, _ id: String) -> Status? {
        lock.withLock {
            expire()
            guard let entry = entries[id], entry.job.isOf(scope), !entry.isCancelled else { return nil }
            return Status(
                job: entry.job, progress: entry.progress,
                seconds: Int((monotonicNanoseconds() - entry.began) / 1_000_000_000))
        }
    }

    /// Ends an answer's making and removes its files.
    /// - Returns: `false` if there is none that this actor asked for with that id.
    func cancel(_ scope: AccessScope, _ id: String) -> Bool {
        let removed = lock.withLock { () -> AsyncJob?? in
            guard let entry = entries[id], entry.job.isOf(scope), !entry.isCancelled else { return nil }
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

    /// Removes what of a tenant's answers was made so far: all may hold what was erased by now. Those that were not begun
    /// are made later, without it.
    /// - Parameter spares: an answer that is left alone.
    func forgetAnswers(of tenant: TenantName, sparing spares: (AsyncJob) -> Bool) {
        let removed = lock.withLock { () -> [AsyncJob] in
            var removed: [AsyncJob] = []
            for (id, entry) in entries where entry.job.tenant == tenant && !spares(entry.job) {
                if entry.job.phase == .running, !entry.isTaken, entry.job.files.isEmpty { continue }
                if entry.job.phase == .running, entry.isTaken {
                    entries[id]?.isCancelled = true
                    continue
                }
                entries[id] = nil
                waiting.removeAll { $0 == id }
                removed.append(entry.job)
            }
            return removed
        }
        for job in removed { folder.remove(job) }
    }

    /// Removes what was kept long enough. Only under the lock.
    private func expire() {
        let now = clock.now()
        for (id, entry) in entries {
            guard let ended = entry.job.ended, ended.advanced(bySeconds: Double(options.asyncKeptSeconds)) <= now
            else { continue }
            entries[id] = nil
            folder.remove(entry.job)
        }
    }

    /// Waits for an answer to make; `nil` once the server stops.
    private func take() -> String? {
        lock.withLock {
            while !isStopping {
                if !waiting.isEmpty {
                    let id = waiting.removeFirst()
                    entries[id]?.isTaken = true
                    entries[id]?.progress = "begun"
                    return id
                }
                expire()
                lock.wait(milliseconds: Self.expiryCheckMilliseconds)
            }
            return nil
        }
    }

    private func run(_ id: String, _ bench: Workbench, _ make: Make) {
        guard let job = lock.withLock({ entries[id]?.job }) else { return }
        var latest = job
        do {
            let key = try store.asyncKey(job.scope)
            let steps = Steps(
                folder: folder,
                checkpoint: { [self] job in
                    try folder.save(job, key: key)
                    lock.withLock { entries[id]?.job = job }
                    try checkGoesOn(id)
                },
                progress: { [self] told in
                    try checkGoesOn(id)
                    lock.withLock { entries[id]?.progress = told }
                },
                pause: { [self] in
                    lock.withLock { lock.wait(milliseconds: Self.pauseMilliseconds) }
                    try checkGoesOn(id)
                })
            latest = try make(job, bench, steps)
            latest.phase = .complete
            latest.ended = clock.now()
            try folder.save(latest, key: key)
        } catch is Stopped {
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

    /// An answer that cannot be made: its files go, and that it failed is told until it expires.
    private func failed(_ job: AsyncJob, _ error: any Error) -> AsyncJob {
        var failed = job
        let known = FHIRAPIError.wrapping(error)
        if known.status.code >= 500 { report(known.cause ?? known) }
        failed.phase = .failed
        failed.failure = known.detail
        failed.files = []
        failed.ended = clock.now()
        folder.removeDrafts(of: failed)
        do {
            try folder.save(failed, key: store.asyncKey(job.scope))
        } catch {
            // It is tried again after a restart.
            report(error)
        }
        return failed
    }

    /// - Throws: `Stopped`.
    private func checkGoesOn(_ id: String) throws {
        try lock.withLock {
            guard !isStopping, entries[id]?.isCancelled == false else { throw Stopped() }
        }
    }
}
