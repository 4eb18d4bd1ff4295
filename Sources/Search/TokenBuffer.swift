/// The tokens of one resource, in memory that is kept from resource to resource.
///
/// Not thread-safe: one buffer a thread.
package final class TokenBuffer {
    private var start: UnsafeMutablePointer<UInt64>
    private var capacity: Int
    /// How many tokens there are.
    package private(set) var count = 0

    package init() {
        capacity = 256
        start = .allocate(capacity: capacity)
    }

    deinit {
        start.deallocate()
    }

    /// The tokens; valid until the next change.
    package var tokens: UnsafeBufferPointer<UInt64> { UnsafeBufferPointer(start: start, count: count) }

    /// Forgets all tokens and keeps the memory.
    package func removeAll() {
        count = 0
    }

    @inline(__always)
    func append(_ token: UInt64) {
        if count == capacity { grow() }
        start[count] = token
        count += 1
    }

    private func grow() {
        let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * 2)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
        capacity *= 2
    }

    /// Sorts the tokens and leaves each once.
    func sortAndDeduplicate() {
        if count < 48 {
            insertionSort()
        } else {
            var all = UnsafeMutableBufferPointer(start: start, count: count)
            all.sort()
        }
        var kept = 0
        for place in 0..<count where kept == 0 || start[place] != start[kept - 1] {
            start[kept] = start[place]
            kept += 1
        }
        count = kept
    }

    private func insertionSort() {
        guard count > 1 else { return }
        for place in 1..<count {
            let token = start[place]
            var hole = place
            while hole > 0, start[hole - 1] > token {
                start[hole] = start[hole - 1]
                hole -= 1
            }
            start[hole] = token
        }
    }
}
