/// A place for bytes that must be read a second time but can't be asked for again, such as standard input.
///
/// What is spooled is patients' data: whoever implements this keeps it out of reach (an unlinked file of mode 0600,
/// encrypted under a key that is never stored). Used from one thread; gone when released.
package protocol Spool: RandomAccess {
    /// Adds bytes at the end.
    func append(_ bytes: UnsafeRawBufferPointer) throws
}

/// Makes an empty spool.
package typealias SpoolFactory = @Sendable () throws -> any Spool

/// A spool in memory, for what is small.
package final class MemorySpool: Spool {
    private let bytes = UnitBytes(capacity: 64 << 10)

    package init() {}

    package var byteCount: UInt64 { UInt64(bytes.count) }

    package func append(_ more: UnsafeRawBufferPointer) {
        bytes.append(more)
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) -> Int {
        guard offset < byteCount else { return 0 }
        let start = Int(offset)
        let count = min(buffer.count, bytes.count - start)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.bytes[start..<start + count]))
        return count
    }
}

/// Spools to memory first, and moves to a spool of `factory` once more than `memoryBytesMax` came.
package final class TieredSpool: Spool {
    private let factory: SpoolFactory
    private let memoryBytesMax: Int
    private var small: MemorySpool?
    private var large: (any Spool)?

    package init(memoryBytesMax: Int, factory: @escaping SpoolFactory) {
        self.memoryBytesMax = memoryBytesMax
        self.factory = factory
        small = MemorySpool()
    }

    package var byteCount: UInt64 { large?.byteCount ?? small?.byteCount ?? 0 }

    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        if let small {
            if small.byteCount + UInt64(bytes.count) <= UInt64(memoryBytesMax) {
                small.append(bytes)
                return
            }
            try moveOut(small)
        }
        do {
            try large?.append(bytes)
        } catch {
            throw IntakeError(.spool, "the spool can't be written", cause: error)
        }
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int {
        if let small { return small.read(into: buffer, at: offset) }
        do {
            return try large?.read(into: buffer, at: offset) ?? 0
        } catch {
            throw IntakeError(.spool, "the spool can't be read back", cause: error)
        }
    }

    private func moveOut(_ small: MemorySpool) throws {
        do {
            let spool = try factory()
            let source = AccessSource(small)
            while let block = try source.next() { try spool.append(block) }
            large = spool
            self.small = nil
        } catch {
            throw IntakeError(.spool, "the spool can't be written", cause: error)
        }
    }
}
