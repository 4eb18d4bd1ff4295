internal import Base
internal import Synchronization

/// Runs numbered pieces of work on several threads.
final class ParallelRun: Sendable {
    private let next = Atomic<Int>(0)
    private let failure = Mutex<(any Error)?>(nil)

    /// Calls `body` once for each piece; each thread makes its own tools first.
    /// - Parameter threads: one a core where none are named.
    /// - Throws: what a thread threw, after all have ended.
    static func run<Tools>(
        pieces: Int, threads: Int = processorCount(), makeTools: @escaping @Sendable () throws -> Tools,
        _ body: @escaping @Sendable (Tools, Int) throws -> Void
    ) throws {
        let run = ParallelRun()
        let threads = (0..<threads).map { _ in
            WorkerThread(name: "bench floor", stackBytes: 8 << 20) {
                do {
                    let tools = try makeTools()
                    while true {
                        let piece = run.next.add(1, ordering: .relaxed).oldValue
                        guard piece < pieces else { return }
                        try body(tools, piece)
                    }
                } catch {
                    run.failure.withLock { $0 = error }
                }
            }
        }
        for thread in threads { thread.join() }
        if let error = run.failure.withLock({ $0 }) { throw error }
    }
}
