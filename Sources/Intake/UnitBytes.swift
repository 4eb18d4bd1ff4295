/// A growing buffer that is filled by one owner and then handed on, never changed again.
///
/// `padding` bytes behind the last are readable and zero after `seal`, as simdjson asks of its input.
/// Unchecked sendable because whoever fills it gives it away with the unit.
package final class UnitBytes: @unchecked Sendable {
    /// Readable bytes behind the content.
    package static let padding = 64

    private var base: UnsafeMutableRawPointer
    /// Bytes filled.
    package private(set) var count = 0
    /// Bytes that fit without growing.
    package private(set) var capacity: Int

    package init(capacity: Int) {
        self.capacity = max(capacity, 64)
        base = .allocate(byteCount: self.capacity + Self.padding, alignment: 64)
    }

    deinit {
        base.deallocate()
    }

    /// The content; valid until the next append and as long as the object lives.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count)
    }

    package func append(_ source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress, !source.isEmpty else { return }
        if count + source.count > capacity { grow(count + source.count) }
        (base + count).copyMemory(from: start, byteCount: source.count)
        count += source.count
    }

    /// Forgets everything behind the first `length` bytes.
    package func truncate(to length: Int) {
        count = min(count, max(length, 0))
    }

    /// Zeroes the padding.
    package func seal() {
        (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: Self.padding)
    }

    private func grow(_ needed: Int) {
        capacity = max(capacity * 2, needed)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity + Self.padding, alignment: 64)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
    }
}
