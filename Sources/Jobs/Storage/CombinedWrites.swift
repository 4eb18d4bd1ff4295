internal import Base
internal import SQLDatabase

/// Gathers changes of many threads into shared transactions, so that they wait for the disk together: who comes while
/// one is under way goes with the next.
final class CombinedWrites: @unchecked Sendable {
    // Safe to share: `waiting`, `isLed` and the outcomes of changes are used under `lock`.
    private let database: any SQLDatabase
    private let lock = Lock()
    private var waiting: [Change] = []
    private var isLed = false

    /// Changes that go into one transaction at most.
    private static let groupMax = 512

    init(_ database: any SQLDatabase) {
        self.database = database
    }

    /// Makes a change, perhaps together with others; it is durable when this returns. Runs `body` on this thread or
    /// another. Where something failed in a transaction, each of its changes is made anew in one of its own: so `body` may
    /// run twice, but only what its last run wrote is there. Not from within another change or transaction.
    func run<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
        try withoutActuallyEscaping(body) { body in
            let outcome = Outcome<Result>()
            let change = Change { outcome.value = try body($0) }
            lock.withLock { waiting.append(change) }
            while leads(for: change) { lead() }
            if let failure = change.failure { throw failure }
            guard let value = outcome.value else { throw JobsError(.damaged, "a change was not made") }
            return value
        }
    }

    /// Waits until the change is made or nobody makes changes.
    /// - Returns: whether this thread is to make them.
    private func leads(for change: Change) -> Bool {
        lock.withLock {
            while !change.isMade && isLed { lock.wait() }
            guard !change.isMade else { return false }
            isLed = true
            return true
        }
    }

    private func lead() {
        var group: [Change] = []
        do {
            try database.write { connection in
                group = take()
                for change in group { try change.body?(connection) }
            }
        } catch {
            if group.isEmpty { group = take() }
            for change in group {
                change.failure = group.count == 1 ? error : Self.failure { try database.write { try change.body?($0) } }
            }
        }
        lock.withLock {
            for change in group {
                // Whoever waits for it may not outlive its own body.
                change.body = nil
                change.isMade = true
            }
            isLed = false
            lock.signalAll()
        }
    }

    private func take() -> [Change] {
        lock.withLock {
            let group = Array(waiting.prefix(Self.groupMax))
            waiting.removeFirst(group.count)
            return group
        }
    }

    private static func failure(_ body: () throws -> Void) -> (any Error)? {
        do {
            try body()
            return nil
        } catch {
            return error
        }
    }

    private final class Change: @unchecked Sendable {
        // Safe to share: the thread that leads alone uses it until it is made, under the lock.
        var body: ((any SQLConnection) throws -> Void)?
        var failure: (any Error)?
        var isMade = false

        init(_ body: @escaping (any SQLConnection) throws -> Void) {
            self.body = body
        }
    }

    private final class Outcome<Result> {
        var value: Result?
    }
}
