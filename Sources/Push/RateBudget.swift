internal import Base

/// Lets so many bytes a second through, of all threads together.
final class RateBudget: @unchecked Sendable {
    // Safe to share: `due` is used under `lock`.
    private let lock = Lock()
    private let bytesPerSecond: UInt64
    private var due: UInt64 = 0

    /// How far ahead of the rate one may be.
    private static let burstNanoseconds: UInt64 = 100_000_000

    init(bytesPerSecond: UInt64) {
        self.bytesPerSecond = max(bytesPerSecond, 1)
    }

    /// Books bytes.
    /// - Returns: how many milliseconds to wait before they are sent.
    func take(_ bytes: Int) -> Int {
        let nanoseconds = UInt64(Double(max(bytes, 0)) * 1e9 / Double(bytesPerSecond))
        let now = monotonicNanoseconds()
        let wait = lock.withLock { () -> UInt64 in
            due = max(due, now &- min(now, Self.burstNanoseconds)) + nanoseconds
            return due > now ? due - now : 0
        }
        return Int(wait / 1_000_000)
    }
}
