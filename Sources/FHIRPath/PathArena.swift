/// Memory for the texts and quantities that an evaluation makes: it stays where it is until all is forgotten at once.
final class PathArena {
    private var chunks: [(start: UnsafeMutableRawPointer, size: Int)] = []
    private var used = 0
    /// How many bytes were given out since the last `removeAll`.
    private(set) var total = 0

    private static let chunkSize = 16_384

    deinit {
        for chunk in chunks { chunk.start.deallocate() }
    }

    /// Forgets everything and keeps one chunk of memory.
    func removeAll() {
        guard total > 0 else { return }
        while let last = chunks.last, chunks.count > 1 || last.size > Self.chunkSize {
            last.start.deallocate()
            chunks.removeLast()
        }
        used = 0
        total = 0
    }

    /// How far the memory is used.
    struct Mark {
        var chunkCount: Int
        var used: Int
        var total: Int
    }

    var mark: Mark { Mark(chunkCount: chunks.count, used: used, total: total) }

    /// Forgets what was given out since `mark`.
    func rewind(to mark: Mark) {
        guard total > mark.total else { return }
        while let last = chunks.last, chunks.count > max(1, mark.chunkCount) {
            last.start.deallocate()
            chunks.removeLast()
        }
        used = mark.chunkCount == 0 ? 0 : mark.used
        total = mark.total
    }

    /// Memory that is nobody else's, aligned for everything that is kept here.
    func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        let size = (count + 15) & ~15
        total += size
        if let last = chunks.last, last.size - used >= size {
            defer { used += size }
            return last.start + used
        }
        let chunk = (
            start: UnsafeMutableRawPointer.allocate(byteCount: max(size, Self.chunkSize), alignment: 16),
            size: max(size, Self.chunkSize)
        )
        chunks.append(chunk)
        used = size
        return chunk.start
    }

    /// A copy of the bytes.
    func store(_ bytes: some Collection<UInt8>) -> UnsafeRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer(start: allocate(bytes.count), count: bytes.count)
        memory.copyBytes(from: bytes)
        return UnsafeRawBufferPointer(memory)
    }

    /// A copy of the quantity.
    func store(_ quantity: QuantityValue) -> UnsafePointer<QuantityValue> {
        let place = allocate(MemoryLayout<QuantityValue>.size).bindMemory(to: QuantityValue.self, capacity: 1)
        place.initialize(to: quantity)
        return UnsafePointer(place)
    }
}
