internal import Glibc
internal import Synchronization

/// Rows of counts that many threads add to at once: each thread has one of a few stripes to itself, as far as there are
/// enough, so that adding takes no lock and no cache line from another. Sums are exact once nobody adds any more.
final class StripedCells: @unchecked Sendable {
    // Safe to share: the memory is made by `init`, freed by `deinit`, and holds atomics alone.
    private let base: UnsafeMutablePointer<Atomic<UInt64>>
    /// From one stripe to the next, in cells; a whole number of cache lines.
    private let stride: Int
    let count: Int

    private static let stripeBits: UInt64 = 3
    private static let stripes = 1 << Int(stripeBits)
    private static let lineBytes = 128

    /// - Parameter count: how many counts there are; at least 1.
    init(_ count: Int) {
        precondition(count > 0, "a row has cells")
        self.count = count
        let cellsPerLine = Self.lineBytes / MemoryLayout<Atomic<UInt64>>.stride
        stride = (count + cellsPerLine - 1) / cellsPerLine * cellsPerLine
        let cells = stride * Self.stripes
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: cells * MemoryLayout<Atomic<UInt64>>.stride, alignment: Self.lineBytes)
        base = memory.bindMemory(to: Atomic<UInt64>.self, capacity: cells)
        for cell in 0..<cells { (base + cell).initialize(to: Atomic(0)) }
    }

    deinit {
        base.deinitialize(count: stride * Self.stripes)
        UnsafeMutableRawPointer(base).deallocate()
    }

    /// Adds to a count.
    @inline(__always)
    func add(_ value: UInt64, at index: Int) {
        precondition(index >= 0 && index < count, "no such count")
        base[Self.stripe * stride + index].wrappingAdd(value, ordering: .relaxed)
    }

    /// Adds to two counts of the same row.
    @inline(__always)
    func add(_ first: UInt64, at firstIndex: Int, _ second: UInt64, at secondIndex: Int) {
        precondition(min(firstIndex, secondIndex) >= 0 && max(firstIndex, secondIndex) < count, "no such count")
        let row = base + Self.stripe * stride
        row[firstIndex].wrappingAdd(first, ordering: .relaxed)
        row[secondIndex].wrappingAdd(second, ordering: .relaxed)
    }

    /// What was added to a count by now.
    func sum(at index: Int) -> UInt64 {
        precondition(index >= 0 && index < count, "no such count")
        var sum: UInt64 = 0
        for stripe in 0..<Self.stripes { sum &+= base[stripe * stride + index].load(ordering: .relaxed) }
        return sum
    }

    /// The stripe of the calling thread: by the address of its control block, which no two live threads share.
    @inline(__always)
    private static var stripe: Int {
        Int(truncatingIfNeeded: (UInt64(pthread_self()) &* 0x9E37_79B9_7F4A_7C15) >> (64 - stripeBits))
    }
}
