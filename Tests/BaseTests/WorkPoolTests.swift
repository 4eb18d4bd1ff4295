import Base
import Testing

@Suite struct WorkPoolTests {
    /// Counts under a lock, and lets threads wait for the count.
    private final class Counter: @unchecked Sendable {
        // Safe to share: used under `lock`.
        private let lock = Lock()
        private var values: [Int] = []

        func add(_ value: Int) {
            lock.withLock {
                values.append(value)
                lock.signalAll()
            }
        }

        func wait(for count: Int) {
            lock.withLock { while values.count < count { lock.wait() } }
        }

        var all: [Int] { lock.withLock { values } }
    }

    @Test func `jobs are done in the order in which they came`() {
        let pool = WorkPool(name: "test", count: 1, waitingMax: 5_000)
        let counter = Counter()
        for value in 0..<5_000 { #expect(pool.run { counter.add(value) }) }
        pool.stop()
        #expect(counter.all == Array(0..<5_000))
    }

    @Test func `what is more than may wait is refused, and what waited is done before the pool stops`() {
        let pool = WorkPool(name: "test", count: 1, waitingMax: 2)
        let (begun, gate, done) = (Counter(), Counter(), Counter())
        #expect(
            pool.run {
                begun.add(0)
                gate.wait(for: 1)
                done.add(0)
            })
        begun.wait(for: 1)
        #expect(pool.run { done.add(1) })
        #expect(pool.run { done.add(2) })
        #expect(!pool.run { done.add(3) })
        gate.add(0)
        pool.stop()
        #expect(done.all == [0, 1, 2])
        #expect(!pool.run { done.add(4) })
    }

    @Test func `a queue takes what goes on with a job however many wait, until it is closed`() {
        let queue = WorkQueue<Int>(waitingMax: 1)
        #expect(queue.put(1))
        #expect(!queue.put(2))
        #expect(queue.put(3, isLimited: false))
        queue.close()
        #expect(!queue.put(4, isLimited: false))
        #expect(queue.take() == 1)
        #expect(queue.take() == 3)
        #expect(queue.take() == nil)
    }

    @Test func `a long queue gives back each job once, in order, while it grows and shrinks`() {
        let queue = WorkQueue<Int>(waitingMax: .max)
        var (put, taken) = (0, 0)
        var random = SeededRandom(seed: 5)
        for _ in 0..<40 {
            for _ in 0..<Int.random(in: 0...600, using: &random) {
                #expect(queue.put(put))
                put += 1
            }
            for _ in 0..<min(put - taken, Int.random(in: 0...600, using: &random)) {
                #expect(queue.take() == taken)
                taken += 1
            }
        }
        queue.close()
        while let job = queue.take() {
            #expect(job == taken)
            taken += 1
        }
        #expect(taken == put)
    }
}
