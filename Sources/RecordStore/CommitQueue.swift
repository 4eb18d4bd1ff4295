internal import Base

/// Hands units from many committing threads to the one writer, in the order of their tickets.
final class CommitQueue: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var waiting: [UInt64: CommitUnit] = [:]
    private var nextTicket: UInt64 = 0
    private var isClosed = false

    /// Units that one group commit takes at most.
    private static let groupMax = 256

    /// Puts in a unit whose turn comes with its ticket.
    func submit(_ unit: CommitUnit) {
        lock.withLock {
            waiting[unit.ticket] = unit
            if unit.ticket == nextTicket { lock.signalAll() }
        }
    }

    /// Waits for the next units in order; empty once the queue is closed and nothing is left.
    func take() -> [CommitUnit] {
        lock.withLock {
            while waiting[nextTicket] == nil {
                if isClosed { return [] }
                lock.wait()
            }
            var group: [CommitUnit] = []
            while group.count < Self.groupMax, let unit = waiting.removeValue(forKey: nextTicket) {
                group.append(unit)
                nextTicket += 1
            }
            return group
        }
    }

    /// Lets `take` end. No unit may follow.
    func close() {
        lock.withLock {
            isClosed = true
            lock.signalAll()
        }
    }
}
