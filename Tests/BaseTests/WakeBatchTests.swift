import Base
import Testing

@Suite struct WakeBatchTests {
    private final class Counter: Sleeper, @unchecked Sendable {
        // Used by one thread.
        var count = 0

        func wake() { count += 1 }
    }

    @Test func `a sleeper is woken once for a whole batch`() {
        let first = Counter()
        let second = Counter()
        WakeBatch.run {
            for _ in 0..<5 { WakeBatch.wake(first) }
            WakeBatch.run { WakeBatch.wake(second) }
            #expect(first.count == 0)
            #expect(second.count == 0, "a batch within another ends with it")
        }
        #expect(first.count == 1)
        #expect(second.count == 1)
    }

    @Test func `outside of a batch a sleeper is woken at once`() {
        let sleeper = Counter()
        WakeBatch.wake(sleeper)
        WakeBatch.wake(sleeper)
        #expect(sleeper.count == 2)
    }

    @Test func `a batch that throws wakes all the same`() {
        let sleeper = Counter()
        #expect(throws: CancellationError.self) {
            try WakeBatch.run {
                WakeBatch.wake(sleeper)
                throw CancellationError()
            }
        }
        #expect(sleeper.count == 1)
    }
}
