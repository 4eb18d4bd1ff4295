internal import Access
internal import Base
internal import SQLDatabase

/// An upload whose digest is being made.
struct VerifiedUpload: Hashable, Sendable {
    let id: UploadID
    let tenant: TenantName
}

/// Makes the digests of whole uploads, one after the other, on a thread of its own: of a large one it takes hours.
final class UploadVerifier: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var waiting: [VerifiedUpload] = []
    private var current: VerifiedUpload?
    private var thread: WorkerThread?
    private var isStopped_ = false
    private var begin_: UploadStore.Begin?

    func start(
        _ store: UploadStore, report: @escaping @Sendable (any Error) -> Void, begin: @escaping UploadStore.Begin
    ) {
        lock.withLock {
            guard thread == nil, !isStopped_ else { return }
            begin_ = begin
            thread = WorkerThread(name: "upload digest") { [self, unowned store] in
                while let next = take() {
                    do {
                        try store.verify(next)
                    } catch {
                        report(error)
                    }
                    lock.withLock {
                        current = nil
                        lock.signalAll()
                    }
                }
            }
        }
    }

    /// What a complete upload is told to.
    /// - Throws: `UploadError.stopping` before the start and after the stop.
    var begin: UploadStore.Begin {
        get throws(UploadError) {
            guard let begin = lock.withLock({ isStopped_ ? nil : begin_ }) else {
                throw UploadError(.stopping, "The server is starting or stopping.")
            }
            return begin
        }
    }

    var isStopped: Bool { lock.withLock { isStopped_ } }

    /// Has an upload verified, unless it waits for that already.
    func add(_ upload: VerifiedUpload) {
        lock.withLock {
            guard current != upload, !waiting.contains(upload) else { return }
            waiting.append(upload)
            lock.signalAll()
        }
    }

    /// Waits until an upload has been verified, but no longer than this.
    func wait(for upload: VerifiedUpload, milliseconds: Int) {
        let end = monotonicNanoseconds() + UInt64(max(0, milliseconds)) * 1_000_000
        lock.withLock {
            while current == upload || waiting.contains(upload), !isStopped_ {
                let now = monotonicNanoseconds()
                guard now < end else { return }
                lock.wait(milliseconds: Int((end - now) / 1_000_000) + 1)
            }
        }
    }

    func stop() {
        let thread = lock.withLock {
            isStopped_ = true
            lock.signalAll()
            return self.thread
        }
        thread?.join()
    }

    private func take() -> VerifiedUpload? {
        lock.withLock {
            while waiting.isEmpty {
                if isStopped_ { return nil }
                lock.wait()
            }
            guard !isStopped_ else { return nil }
            current = waiting.removeFirst()
            return current
        }
    }
}
