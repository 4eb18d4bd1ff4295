internal import Base

/// Lets files that others refer to go first: a unit waits until every unit of a lower rank that came before it is done.
final class RankGate: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var running: [Int: Int] = [:]

    /// Enters a unit taken from the queue. Called in the queue's order: see `UnitFeed`.
    func enter(_ rank: Int) {
        lock.withLock { running[rank, default: 0] += 1 }
    }

    /// Waits until nothing of a lower rank is under way.
    func waitForTurn(_ rank: Int) {
        lock.withLock {
            while running.contains(where: { $0.key < rank && $0.value > 0 }) { lock.wait() }
        }
    }

    func leave(_ rank: Int) {
        lock.withLock {
            running[rank, default: 0] -= 1
            lock.signalAll()
        }
    }
}

/// Hands the queue's units to workers, each with its place at the gate taken before anybody else takes the next.
final class UnitFeed: Sendable {
    private let queue: UnitQueue
    private let lock = Lock()
    let gate = RankGate()

    init(queue: UnitQueue) {
        self.queue = queue
    }

    func next() throws -> RawUnit? {
        try lock.withLock {
            guard let unit = try queue.pop() else { return nil }
            gate.enter(unit.file.rank)
            return unit
        }
    }
}
