internal import Base

/// The index entries of one resource, in memory that is kept from resource to resource.
///
/// Not thread-safe: one buffer a thread.
package final class IndexEntryBuffer {
    private var start: UnsafeMutablePointer<IndexEntry>
    private var capacity: Int
    /// How many entries there are.
    package private(set) var count = 0
    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var used = 0

    private static let chunkBytes = 16_384

    package init() {
        capacity = 64
        start = .allocate(capacity: capacity)
    }

    deinit {
        start.deallocate()
        for chunk in chunks { chunk.deallocate() }
    }

    /// The entries; valid until the next change.
    package var entries: UnsafeBufferPointer<IndexEntry> { UnsafeBufferPointer(start: start, count: count) }

    /// Forgets all entries and texts and keeps some memory.
    package func removeAll() {
        count = 0
        used = 0
        if chunks.count > 1 || (chunks.first?.count ?? 0) > Self.chunkBytes {
            for chunk in chunks { chunk.deallocate() }
            chunks.removeAll(keepingCapacity: true)
        }
    }

    func append(_ entry: IndexEntry) {
        if count == capacity { grow() }
        (start + count).initialize(to: entry)
        count += 1
    }

    /// Gives the entries from `first` on a component and a group, for composites.
    func mark(from first: Int, component: UInt8, group: UInt16) {
        for place in first..<count {
            start[place].component = component
            start[place].group = group
        }
    }

    private func grow() {
        let larger = UnsafeMutablePointer<IndexEntry>.allocate(capacity: capacity * 2)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
        capacity *= 2
    }

    /// Memory for `count` bytes that stays where it is until `removeAll`.
    func reserve(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if let last = chunks.last, last.count - used >= count {
            return UnsafeMutableRawBufferPointer(rebasing: last[used..<used + count])
        }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, Self.chunkBytes), alignment: 16)
        chunks.append(chunk)
        used = 0
        return UnsafeMutableRawBufferPointer(rebasing: chunk[0..<count])
    }

    /// Keeps the first `count` bytes of what `reserve` last gave.
    func commit(_ memory: UnsafeMutableRawBufferPointer, count: Int) -> TextSlice {
        used += count
        return TextSlice(UnsafeRawBufferPointer(rebasing: memory[0..<count]))
    }
}
