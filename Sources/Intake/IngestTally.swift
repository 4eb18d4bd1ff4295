internal import Base
internal import RecordStore

/// Counts what the workers of a run did. Safe to use from any thread.
final class IngestTally: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var report = IngestReport()
    private var awaiting: Set<UInt64> = []
    private var underWay = 0
    private var failure: (any Error)?
    private var repeated: RepeatedWrites?

    /// - Parameter floor: the log's end before the first of several attempts at the same input; `nil` at the first.
    init(repeatingSince floor: UInt64? = nil) {
        repeated = floor.map { RepeatedWrites(floor: $0) }
    }

    private static let listedMax = 10_000

    /// Takes in what a durable batch did.
    func add(_ receipt: CommitReceipt, types: [String: Int]) {
        lock.withLock {
            for outcome in receipt.outcomes {
                switch outcome {
                case .created(let sequence):
                    report.created += 1
                    repeated?.created(sequence)
                case .updated(let sequence):
                    report.updated += 1
                    repeated?.updated(sequence)
                case .unchanged(let sequence):
                    report.unchanged += 1
                    repeated?.found(sequence)
                case .deleted: report.deleted += 1
                case .absent: break
                }
            }
            report.resourcesByType.merge(types) { $0 + $1 }
            awaiting.formUnion(receipt.awaiting)
        }
    }

    /// Notes an entry that waits for the target of a reference.
    func await(_ sequence: UInt64) {
        lock.withLock { _ = awaiting.insert(sequence) }
    }

    /// Takes the entries that wait, or whose target may have come.
    func takeAwaiting() -> [UInt64] {
        lock.withLock {
            defer { awaiting = [] }
            return awaiting.sorted()
        }
    }

    /// Counts what earlier attempts had written as what it was then.
    /// - Parameter origin: what a resource was when an earlier attempt wrote it first; `nil` if none did.
    func recount(_ origin: (RepeatedWrites.Candidate, RepeatedWrites) throws -> RepeatedWrites.Origin?) rethrows {
        guard let repeated = lock.withLock({ repeated }) else { return }
        for candidate in repeated.candidates {
            guard let origin = try origin(candidate, repeated) else { continue }
            lock.withLock {
                if candidate.isUpdate { report.updated -= 1 } else { report.unchanged -= 1 }
                switch origin {
                case .created: report.created += 1
                case .updated: report.updated += 1
                }
            }
        }
    }

    func add(indexFailures: [IndexFailure]) {
        lock.withLock { report.indexFailures += indexFailures.prefix(Self.listedMax - report.indexFailures.count) }
    }

    func add(unresolved: [UnresolvedReference]) {
        lock.withLock {
            report.unresolvedCount += unresolved.count
            report.unresolved += unresolved.prefix(max(0, Self.listedMax - report.unresolved.count))
        }
    }

    /// Notes why the run cannot go on; the first reason stays.
    func fail(_ error: any Error) {
        lock.withLock {
            failure = failure ?? error
            lock.signalAll()
        }
    }

    var hasFailed: Bool { lock.withLock { failure != nil } }

    func throwFailure() throws {
        if let failure = lock.withLock({ failure }) { throw failure }
    }

    /// Waits until fewer than `limit` commits are under way, and counts one more.
    func beginCommit(limit: Int) {
        lock.withLock {
            while underWay >= limit { lock.wait() }
            underWay += 1
        }
    }

    func endCommit() {
        lock.withLock {
            underWay -= 1
            lock.signalAll()
        }
    }

    /// Waits until no commit is under way.
    func waitForCommits() {
        lock.withLock {
            while underWay > 0 { lock.wait() }
        }
    }

    var current: IngestReport { lock.withLock { report } }
    var taken: Int { lock.withLock { report.created + report.updated + report.unchanged + report.deleted } }
}
