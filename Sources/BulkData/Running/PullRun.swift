internal import Base
internal import HTTP
internal import Synchronization
internal import WebClient

/// Does what a pull's state says, one process at a time, until it is over, stopped, or the process ends.
final class PullRun: @unchecked Sendable {
    // Safe to share: what changes is used under `lock`; the rest never changes.
    let store: PullStore
    let folder: PullFolder
    let server: RemoteServer
    let clock: any Clock
    let delivery: any PullDelivery
    let lock = Lock()
    var record: PullRecord
    /// Downloads under way, by the numbers of their files.
    var downloads: [Int: WebCancellation] = [:]
    /// Files that are written to.
    var opened: [Int: SealedPullFile] = [:]
    /// Ends whatever request is under way.
    let end = WebCancellation()
    private let leaves = Atomic<Bool>(false)
    private let stops = Atomic<Bool>(false)
    private var saved = Instant(microseconds: 0)
    private var random = SystemRandomNumberGenerator()
    private let watch: @Sendable (PullState) -> Void

    /// How often the state is written while files come in, in seconds: the files know themselves how far they are.
    private static let saveSeconds = 2.0
    private static let filesPerSaveSecond = 2_000.0
    private static let tickMilliseconds = 200

    init(
        _ record: PullRecord, store: PullStore, folder: PullFolder, server: RemoteServer, clock: any Clock,
        delivery: any PullDelivery, watch: @escaping @Sendable (PullState) -> Void
    ) {
        self.record = record
        self.store = store
        self.folder = folder
        self.server = server
        self.clock = clock
        self.delivery = delivery
        self.watch = watch
    }

    /// Ends the run soon, from another thread.
    /// - Parameter isForGood: whether the pull is over then; otherwise it goes on when it is run again.
    func stop(isForGood: Bool) {
        leaves.store(true, ordering: .releasing)
        if isForGood { stops.store(true, ordering: .releasing) }
        end.cancel()
        lock.withLock { lock.signalAll() }
    }

    var isLeaving: Bool { leaves.load(ordering: .acquiring) }

    /// Runs until the pull is over, or `stop`.
    /// - Returns: how it stands then.
    /// - Throws: `BulkDataError.storage`, `SQLError`, `VaultError`: the pull goes on when it is run again.
    func run() throws -> PullState {
        try lock.withLock { try recover() }
        defer { endDownloads() }
        while true {
            if isLeaving {
                endDownloads()
                for file in lock.withLock({ Array(opened.values) }) { try file.sync() }
                if stops.load(ordering: .acquiring) { lock.withLock { take(.cancelled) } }
                try lock.withLock { try save() }
                return lock.withLock { record.state }
            }
            let action = lock.withLock { record.state.next(at: clock.now()) }
            switch action {
            case .download(let numbers):
                lock.withLock { startDownloads(numbers) }
                try pause(nil)
            case .wait(let until): try pause(until)
            case .ended:
                try lock.withLock { try save() }
                return lock.withLock { record.state }
            default:
                endDownloads()
                try perform(action)
            }
            let state = lock.withLock { record.state }
            watch(state)
        }
    }

    /// Tells the state something, under `lock`.
    func take(_ event: PullEvent) {
        record.state.take(event, at: clock.now(), draw: Double.random(in: 0...1, using: &random))
    }

    /// Writes the state down, under `lock`.
    func save() throws {
        record.updated = clock.now()
        try store.save(record)
        saved = record.updated
    }

    /// Holds the state against the files that are here, under `lock`: they may be further than it knows, or less far.
    private func recover() throws {
        let state = record.state
        let kept = Set(state.files.map(\.number) + state.superseded.map(\.number))
        folder.removeAll(but: kept)
        let present = folder.numbers
        for file in state.files where file.state == .waiting {
            // Files of which nothing is here are not opened: there may be very many.
            let handle = present.contains(file.number) ? try folder.file(file.number) : nil
            switch state.phase {
            case .searching:
                if handle?.byteCount ?? 0 < file.received { record.state.restartSearch(file.number) }
            case .downloading:
                if let handle, handle.isWhole {
                    take(.downloaded(file: file.number, bytes: handle.byteCount))
                } else {
                    record.state.resume(file.number, at: handle?.byteCount ?? 0)
                }
            default: break
            }
        }
        try save()
    }

    /// The file with a number, under `lock`.
    func openedFile(_ number: Int) throws -> SealedPullFile {
        if let known = opened[number] { return known }
        let handle = try folder.file(number)
        opened[number] = handle
        return handle
    }

    private func pause(_ until: Instant?) throws {
        try lock.withLock {
            guard !isLeaving else { return }
            var milliseconds = Self.tickMilliseconds
            if let until {
                let left = Double(until.microseconds - clock.now().microseconds) / 1_000
                milliseconds = max(1, min(milliseconds, Int(left.rounded(.up))))
            }
            lock.wait(milliseconds: milliseconds)
            // The more files, the more there is to write.
            let seconds = Self.saveSeconds + Double(record.state.files.count) / Self.filesPerSaveSecond
            if clock.now() >= saved.advanced(bySeconds: seconds) { try save() }
        }
    }

    private func startDownloads(_ numbers: [Int]) {
        for (number, cancellation) in downloads where !numbers.contains(number) { cancellation.cancel() }
        for number in numbers where downloads[number] == nil {
            let cancellation = WebCancellation()
            downloads[number] = cancellation
            _ = WorkerThread(name: "pull \(number)") { [self] in
                download(number, cancellation)
                lock.withLock {
                    opened[number] = nil
                    downloads[number] = nil
                    lock.signalAll()
                }
            }
        }
    }

    /// Ends all downloads, and returns when they have.
    private func endDownloads() {
        lock.withLock {
            for cancellation in downloads.values { cancellation.cancel() }
            while !downloads.isEmpty { lock.wait() }
        }
    }
}
