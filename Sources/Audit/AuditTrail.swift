internal import Access
internal import Base
internal import Compression
internal import Glibc
internal import Vault

/// One tenant's trail: what is appended waits until its thread writes it, together with all else that waits.
final class AuditTrail: @unchecked Sendable {
    // Safe to share: what is marked so is used under `lock`; `writer` and what follows it by the trail's thread alone.
    typealias Completion = @Sendable (Result<UInt64, AuditError>) -> Void

    private struct Waiting {
        var entry: AuditEntry
        var then: Completion
    }

    /// Work that is done between two batches.
    private struct Order {
        var work: (TrailWriter) throws -> Void
        var done: @Sendable (AuditError?) -> Void
    }

    let tenant: TenantName
    let folder: TrailFolder
    /// Index parts that readers have open.
    let parts = IndexPartCache()
    private let wrapping: @Sendable () throws -> SecretKey
    private let dictionaries: Dictionaries
    private let clock: any Clock
    private let options: AuditOptions

    private let lock = Lock()
    // Under `lock`.
    private var waiting: [Waiting] = []
    private var orders: [Order] = []
    private var isStopping = false
    private var thread: WorkerThread?
    private var opened: (live: LiveIndex, keys: TrailKeys)?

    // The thread's.
    private var writer: TrailWriter?
    private var failure: (error: AuditError, at: UInt64)?
    private var headDue: UInt64?
    /// How many entries waited the last time.
    private var gathered = 0

    /// A batch takes no more entries once it has so many bytes.
    private static let batchBytes = 1 << 20
    /// How long after a trail could not be opened it is tried again.
    private static let retryNanoseconds: UInt64 = 2_000_000_000

    private static let gatheredMin = 2
    private static let manyGathered = 24
    private static let gatherRounds = 6
    private static let gatherMicroseconds: UInt32 = 50
    private static let lingerRounds = 8
    private static let lingerMicroseconds: UInt32 = 150

    init(
        tenant: TenantName, folder: TrailFolder, wrapping: @escaping @Sendable () throws -> SecretKey,
        dictionaries: Dictionaries, clock: any Clock, options: AuditOptions
    ) {
        self.tenant = tenant
        self.folder = folder
        self.wrapping = wrapping
        self.dictionaries = dictionaries
        self.clock = clock
        self.options = options
    }

    func append(_ entry: AuditEntry, then: @escaping Completion) {
        let refusal = lock.withLock { () -> AuditError? in
            if isStopping { return AuditError(.stopped, "the audit trail was stopped") }
            guard waiting.count < options.waitingMax else {
                return AuditError(.busy, "\(waiting.count) entries of the audit trail wait already")
            }
            waiting.append(Waiting(entry: entry, then: then))
            if waiting.count == 1 { wake() }
            return nil
        }
        if let refusal { then(.failure(refusal)) }
    }

    /// Has the trail's thread do something between two batches, and waits.
    func perform<Answer>(_ work: @escaping (TrailWriter) throws -> Answer) throws(AuditError) -> Answer {
        let box = AnswerBox<Answer>()
        let isStopped = lock.withLock {
            if isStopping { return true }
            orders.append(
                Order(work: { box.set(try work($0)) }, done: { box.end($0) }))
            wake()
            return false
        }
        if isStopped { throw AuditError(.stopped, "the audit trail was stopped") }
        return try box.wait()
    }

    /// What readers need; opens the trail if it is not open yet.
    func reading() throws(AuditError) -> (live: LiveIndex, keys: TrailKeys) {
        if let opened = lock.withLock({ opened }) { return opened }
        return try perform { writer in (writer.live, writer.keys) }
    }

    /// How many entries and heads there are; `nil` if the trail is not open.
    func written() -> (entries: UInt64, heads: Int)? {
        guard let found = lock.withLock({ opened })?.live.snapshot() else { return nil }
        return (found.size, found.heads)
    }

    /// Writes what waits, signs a last head and ends the thread.
    func stop() throws(AuditError) {
        let thread = lock.withLock { () -> WorkerThread? in
            isStopping = true
            lock.signalAll()
            return self.thread
        }
        thread?.join()
        if let failure = lock.withLock({ stopFailure }) { throw failure }
    }

    private var stopFailure: AuditError?

    /// Only under `lock`.
    private func wake() {
        if thread == nil { thread = WorkerThread(name: "audit \(tenant)") { [self] in run() } }
        lock.signalAll()
    }

    private func run() {
        while true {
            waitForWork()
            gather()
            var entries: [Waiting] = []
            var tasks: [Order] = []
            let isOver = lock.withLock { () -> Bool in
                swap(&entries, &waiting)
                swap(&tasks, &orders)
                return isStopping && entries.isEmpty && tasks.isEmpty
            }
            if isOver { break }
            gathered = entries.count
            write(entries)
            for task in tasks { perform(task) }
            signIfDue()
        }
        end()
    }

    /// Returns once there is something to write, to do or to sign, or the trail is to stop.
    private func waitForWork() {
        lock.withLock {
            while waiting.isEmpty && orders.isEmpty && !isStopping {
                guard let due = headDue else {
                    lock.wait()
                    continue
                }
                let now = monotonicNanoseconds()
                if now >= due { return }
                lock.wait(milliseconds: Int(min((due - now) / 1_000_000 + 1, 60_000)))
            }
        }
    }

    /// Gives those who come just after a batch began a moment to be in this one, or they would wait for two. Where many
    /// wait for each batch they come back together; where few do, they come one by one, and a sync for each few would
    /// take more of the processor than what they ask for.
    private func gather() {
        guard gathered >= Self.gatheredMin else { return }
        let areMany = gathered >= Self.manyGathered
        var before = 0
        for _ in 0..<(areMany ? Self.gatherRounds : Self.lingerRounds) {
            let count = lock.withLock { isStopping ? 0 : waiting.count }
            guard count > before, !areMany || count < gathered else { return }
            before = count
            usleep(areMany ? Self.gatherMicroseconds : Self.lingerMicroseconds)
        }
    }

    private func end() {
        var found: AuditError?
        if let writer {
            do {
                try writer.signHead(at: clock.now())
            } catch {
                found = error
            }
            writer.waitForParts()
        }
        writer = nil
        lock.withLock {
            stopFailure = found
            opened = nil
        }
    }

    /// The open trail; a trail that could not be opened is tried again after a while only.
    private func openWriter() throws(AuditError) -> TrailWriter {
        if let writer { return writer }
        let now = monotonicNanoseconds()
        if let failure, now - failure.at < Self.retryNanoseconds { throw failure.error }
        do {
            let found = try OpenedTrail(
                folder, tenant: tenant, wrapping: wrapping(), dictionaries: dictionaries, now: clock.now(),
                options: options)
            let made = try TrailWriter(found, options: options)
            if made.live.buildingCount() > 0 { made.startParts() }
            try made.saveAnchor()
            if found.cutBytes > 0 { try note(found.cutBytes, made) }
            writer = made
            failure = nil
            lock.withLock { opened = (made.live, made.keys) }
            if made.lacksHead { headDue = now + headPause }
            return made
        } catch {
            let error = (error as? AuditError) ?? AuditError(.keys, "the audit trail cannot be opened", cause: error)
            failure = (error, now)
            throw error
        }
    }

    /// Writes down that a crash left something half written.
    private func note(_ cutBytes: UInt64, _ writer: TrailWriter) throws(AuditError) {
        var entry = AuditEntry(
            .system, .execute, "recover", outcome: .minorFailure, time: clock.now(), agent: "martlet audit")
        entry.detail = "\(cutBytes) bytes of a write that was cut off, and never acknowledged, were removed"
        _ = try writer.begin(1)
        try writer.add(entry)
        _ = try writer.commit(at: clock.now())
    }

    private var headPause: UInt64 { UInt64(max(options.headEverySeconds, 0.001) * 1e9) }

    private func write(_ entries: [Waiting]) {
        guard !entries.isEmpty else { return }
        let writer: TrailWriter
        do {
            writer = try openWriter()
        } catch {
            for waiting in entries { waiting.then(.failure(error)) }
            return
        }
        var next = 0
        while next < entries.count {
            next = writeBatch(entries, from: next, writer)
            if writer.size - (writer.lastHead?.size ?? 0) >= options.headEveryEntries { sign(writer) }
        }
    }

    /// - Returns: where the next batch begins.
    private func writeBatch(_ entries: [Waiting], from start: Int, _ writer: TrailWriter) -> Int {
        var taken: [Int] = []
        var next = start
        do {
            let room = try writer.begin(entries.count - start)
            taken.reserveCapacity(room)
            while next < entries.count, taken.count < room, writer.stagedBytes < Self.batchBytes {
                do {
                    try writer.add(entries[next].entry)
                    taken.append(next)
                } catch {
                    entries[next].then(.failure(error))
                }
                next += 1
            }
            let first = try writer.commit(at: clock.now())
            WakeBatch.run {
                for (offset, index) in taken.enumerated() { entries[index].then(.success(first + UInt64(offset))) }
            }
            if headDue == nil, writer.lacksHead { headDue = monotonicNanoseconds() + headPause }
        } catch {
            for index in taken { entries[index].then(.failure(error)) }
            // What was not looked at fails too: the next batch would find the same disk.
            if next == start { next += 1; entries[start].then(.failure(error)) }
        }
        return next
    }

    private func perform(_ order: Order) {
        do {
            try order.work(openWriter())
            order.done(nil)
        } catch {
            order.done((error as? AuditError) ?? AuditError(.storage, "the audit trail failed", cause: error))
        }
    }

    private func signIfDue() {
        guard let due = headDue, monotonicNanoseconds() >= due, let writer else { return }
        sign(writer)
    }

    /// Signs a head. If that fails the entries stand all the same, and it is tried again after the usual pause.
    private func sign(_ writer: TrailWriter) {
        do {
            try writer.signHead(at: clock.now())
            headDue = nil
        } catch {
            headDue = monotonicNanoseconds() + headPause
        }
    }
}

/// Carries an answer from the trail's thread to one that waits for it.
final class AnswerBox<Answer>: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var answer: Answer?
    private var error: AuditError?
    private var isEnded = false

    func set(_ answer: Answer) {
        lock.withLock { self.answer = answer }
    }

    func end(_ error: AuditError?) {
        lock.withLock {
            self.error = error
            isEnded = true
            lock.signalAll()
        }
    }

    func wait() throws(AuditError) -> Answer {
        let (answer, error) = lock.withLock {
            while !isEnded { lock.wait() }
            return (self.answer, self.error)
        }
        guard let answer, error == nil else {
            throw error ?? AuditError(.storage, "the audit trail gave no answer")
        }
        return answer
    }
}
