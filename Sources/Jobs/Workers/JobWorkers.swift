internal import Base
internal import Glibc
internal import SQLDatabase
internal import Synchronization

/// Threads that do the jobs of queues: they wait for new work without asking again and again, renew their leases, and let
/// go of what they cannot finish when the process stops.
package final class JobWorkers: Sendable {
    private let queue: JobQueue
    private let name: String
    private let report: @Sendable (any Error) -> Void
    private let running = RunningJobs()
    private let tending = WorkSignal()
    private let state = Mutex(State())

    /// Does one job, on a thread of its own. What it throws counts as a failure that is tried again.
    package typealias Body = @Sendable (JobContext) throws -> JobOutcome

    private struct Service: Sendable {
        var queue: String
        var threads: Int
        var leaseSeconds: Double
        var signal: WorkSignal
        var body: Body
    }

    private struct State {
        var services: [Service] = []
        var threads: [WorkerThread] = []
        /// For heartbeats and for what is due.
        var keepers: [WorkerThread] = []
        var isStarted = false
        var isStopping = false
    }

    /// How long a thread waits after the database failed.
    private static let failureMilliseconds = 1000
    private static let tendMilliseconds = 1000
    private static let threadsMax = 1024

    /// - Parameters:
    ///   - name: who the workers are, for those who look at jobs; the process by default.
    ///   - report: told what failed that no caller is told of; without patients' data.
    package init(
        _ queue: JobQueue, name: String? = nil, report: @escaping @Sendable (any Error) -> Void
    ) {
        self.queue = queue
        self.name = name ?? "process \(getpid())"
        self.report = report
        queue.onNewWork { [weak self] name, isDelayed in
            self?.wake(name, isDelayed: isDelayed)
        }
    }

    /// Has threads do the jobs of a queue from `start` on.
    /// - Parameters:
    ///   - threads: how many run at once here; 1 to 1,024.
    ///   - perTenantMax: how many of one tenant run at once, in all processes together.
    ///   - leaseSeconds: how long a job stays with this process after its last sign of life.
    package func serve(
        queue name: String, threads: Int, perTenantMax: Int? = nil, leaseSeconds: Double = 30, _ body: @escaping Body
    ) {
        if perTenantMax != nil { queue.setConcurrency(JobConcurrency(perTenantMax: perTenantMax), of: name) }
        let service = Service(
            queue: name, threads: max(1, min(threads, Self.threadsMax)), leaseSeconds: leaseSeconds,
            signal: WorkSignal(), body: body)
        let isStarted = state.withLock { state in
            state.services.append(service)
            return state.isStarted && !state.isStopping
        }
        if isStarted { start(service) }
    }

    /// Starts all threads.
    package func start() {
        let services = state.withLock { state -> [Service] in
            guard !state.isStarted, !state.isStopping else { return [] }
            state.isStarted = true
            state.keepers.append(WorkerThread(name: "job-heartbeat") { [self] in beat() })
            state.keepers.append(WorkerThread(name: "job-tend") { [self] in tend() })
            return state.services
        }
        for service in services { start(service) }
    }

    /// Takes no more jobs, tells the bodies under way, and waits for them; what is not done in time is released for
    /// others and no longer counts. Returns when that is so, and the threads that wait have ended.
    package func drain(deadlineSeconds: Double) {
        let (services, threads, keepers) = state.withLock { state in
            state.isStopping = true
            defer {
                state.threads.removeAll()
                state.keepers.removeAll()
            }
            return (state.services, state.threads, state.keepers)
        }
        for service in services { service.signal.close() }
        for context in running.all { context.drain() }
        let isIdle = running.waitUntilEmpty(seconds: deadlineSeconds, queue.options.monotonic)
        for context in running.all {
            context.lose()
            attempt { _ = try queue.finish([(context.job, .again(notBefore: nil))]) }
        }
        running.close()
        tending.close()
        for thread in keepers { thread.join() }
        // A body that does not end must not keep the process from stopping.
        if isIdle {
            for thread in threads { thread.join() }
        }
    }

    // MARK: Threads

    private func start(_ service: Service) {
        for _ in 0..<service.threads {
            let thread = WorkerThread(name: "job-" + service.queue.prefix(11)) { [self] in work(service) }
            state.withLock { $0.threads.append(thread) }
        }
    }

    private func wake(_ name: String, isDelayed: Bool) {
        guard !isDelayed else { return tending.call() }
        let services = state.withLock { $0.isStarted ? $0.services : [] }
        for service in services where service.queue == name { service.signal.call() }
    }

    private func work(_ service: Service) {
        while let mark = service.signal.mark {
            do {
                guard let context = try running.whileClaiming({ try claim(service) }) else {
                    service.signal.wait(since: mark)
                    continue
                }
                service.signal.pass()
                perform(context, service)
            } catch {
                report(error)
                service.signal.wait(since: mark, milliseconds: Self.failureMilliseconds)
            }
        }
    }

    /// The next job, which counts as running from now on.
    private func claim(_ service: Service) throws -> JobContext? {
        // Not after a stop has begun.
        guard service.signal.mark != nil else { return nil }
        let asked = queue.options.monotonic()
        let jobs = try queue.claim([service.queue], worker: name, count: 1, leaseSeconds: service.leaseSeconds)
        guard let job = jobs.first else { return nil }
        let context = JobContext(job, confirmed: asked)
        running.add(context, at: queue.options.monotonic())
        return context
    }

    private func perform(_ context: JobContext, _ service: Service) {
        defer { running.remove(context) }
        if state.withLock({ $0.isStopping }) { context.drain() }
        let outcome: JobOutcome
        do {
            outcome = try service.body(context)
        } catch {
            report(error)
            outcome = .failed(reason: String(describing: error), isFinal: false)
        }
        finish(context, outcome)
    }

    /// Ends an attempt; goes on trying while the database fails and the lease is not lost. An outcome that cannot be kept
    /// makes the job a dead letter.
    private func finish(_ context: JobContext, _ outcome: JobOutcome) {
        var outcome = outcome
        var isRefused = false
        while !context.isLost {
            let alongside = Alongside(outcome, context)
            do {
                if let progress = context.takeProgress() {
                    _ = try queue.heartbeat([context.job], progress: [context.job.id: progress])
                }
                _ = try queue.finish([(context.job, outcome)], alongside: alongside?.run)
                return
            } catch {
                report(error)
                if let failure = alongside?.failure {
                    outcome = .failed(reason: String(describing: failure), isFinal: false)
                } else if error is SQLError {
                    usleep(UInt32(Self.failureMilliseconds) * 1000)
                } else if !isRefused {
                    isRefused = true
                    outcome = .failed(reason: String(describing: error), isFinal: true)
                } else {
                    context.lose()
                }
            }
        }
    }

    private func beat() {
        while let contexts = running.nextBeats(queue.options.monotonic) {
            let now = queue.options.monotonic()
            var progress: [JobID: JobProgress] = [:]
            for context in contexts { progress[context.job.id] = context.takeProgress() }
            do {
                let signals = try queue.heartbeat(contexts.map(\.job), progress: progress)
                for (context, signal) in zip(contexts, signals) { context.heard(signal, at: now) }
            } catch {
                report(error)
                for context in contexts { context.heardNothing(at: queue.options.monotonic()) }
            }
        }
    }

    private func tend() {
        var tended: UInt64 = 0
        while let mark = tending.mark {
            var wait = Self.tendMilliseconds
            attempt {
                let now = queue.options.monotonic()
                var due: Double?
                if now >= tended + UInt64(Self.tendMilliseconds) * 1_000_000 || tended == 0 {
                    tended = now
                    due = try queue.tend()
                    // What another process asked for is told to nobody here.
                    for service in state.withLock({ $0.services }) { service.signal.call() }
                } else {
                    due = try queue.nextDueSeconds()
                    if due == 0 { due = try queue.tend() }
                }
                if let due { wait = max(1, min(wait, Int((due * 1000).rounded(.up)))) }
            }
            tending.wait(since: mark, milliseconds: wait)
        }
    }

    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch {
            report(error)
        }
    }
}

/// What a body wants written with its job's end, and how that failed.
private final class Alongside: Sendable {
    private let body: @Sendable (any SQLConnection) throws -> Void
    private let failed = Mutex<(any Error)?>(nil)

    init?(_ outcome: JobOutcome, _ context: JobContext) {
        guard case .done = outcome, let body = context.alongside else { return nil }
        self.body = body
    }

    var failure: (any Error)? { failed.withLock { $0 } }

    func run(_ connection: any SQLConnection) throws {
        failed.withLock { $0 = nil }
        do {
            try body(connection)
        } catch {
            failed.withLock { $0 = error }
            throw error
        }
    }
}
