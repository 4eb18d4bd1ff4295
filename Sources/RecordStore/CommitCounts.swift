internal import Synchronization

/// How much was committed since the store was opened, by all tenants together.
package final class CommitCounts: Sendable {
    private let durable = Atomic<Int>(0)
    private let groups = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)
    private let entries = Atomic<Int>(0)

    /// Commits that are durable, those that changed nothing among them.
    package var commits: Int { durable.load(ordering: .relaxed) }
    /// Transactions in which they became durable: each took one sync.
    package var transactions: Int { groups.load(ordering: .relaxed) }
    /// Commits of which nothing was kept.
    package var failures: Int { failed.load(ordering: .relaxed) }
    /// Versions of resources that were written.
    package var versions: Int { entries.load(ordering: .relaxed) }

    init() {}

    /// Notes commits that became durable together.
    func note(commits: Int, versions: Int) {
        durable.wrappingAdd(commits, ordering: .relaxed)
        entries.wrappingAdd(versions, ordering: .relaxed)
        if versions > 0 { groups.wrappingAdd(1, ordering: .relaxed) }
    }

    func noteFailures(_ count: Int) {
        failed.wrappingAdd(count, ordering: .relaxed)
    }
}
