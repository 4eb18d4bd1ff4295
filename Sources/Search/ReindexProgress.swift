internal import Synchronization

/// How far the indexing of what was stored before a custom search parameter has come. Shared by all threads.
package final class ReindexProgress: Sendable {
    private let looked: Atomic<Int>
    private let all: Atomic<Int>

    /// - Parameters:
    ///   - done: versions of resources that were looked through.
    ///   - total: versions that there are to look through.
    package init(done: Int, total: Int) {
        looked = Atomic(done)
        all = Atomic(total)
    }

    /// Versions of resources that were looked through.
    package var done: Int { looked.load(ordering: .relaxed) }

    /// Versions that there are to look through.
    package var total: Int { all.load(ordering: .relaxed) }

    /// Notes how far it has come.
    package func note(done: Int, total: Int) {
        looked.store(done, ordering: .relaxed)
        all.store(total, ordering: .relaxed)
    }
}
