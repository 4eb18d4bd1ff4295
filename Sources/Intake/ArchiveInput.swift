internal import Glibc

/// What libarchive reads from: a stream, or bytes at any place.
final class ArchiveInput {
    static let blockBytes = 128 << 10

    private let access: (any RandomAccess)?
    private let source: (any ByteSource)?
    private let buffer: UnsafeMutableRawBufferPointer
    private var offset: UInt64 = 0
    /// Bytes given to libarchive.
    private(set) var packedBytes: UInt64 = 0
    /// What reading failed with.
    private(set) var error: (any Error)?

    /// - Parameter blockBytes: how much is read at a time: less where only the members' headers are wanted.
    init(_ access: any RandomAccess, blockBytes: Int = blockBytes) {
        self.access = access
        source = nil
        buffer = .allocate(byteCount: blockBytes, alignment: 64)
    }

    init(_ source: any ByteSource) {
        access = nil
        self.source = source
        buffer = .allocate(byteCount: 1, alignment: 1)
    }

    deinit {
        buffer.deallocate()
    }

    /// Bytes in all; `nil` for a stream.
    var byteCount: UInt64? { access?.byteCount }

    /// The next bytes, empty at the end; `nil` after an error.
    func read() -> UnsafeRawBufferPointer? {
        do {
            let block: UnsafeRawBufferPointer
            if let access {
                let count = try access.read(into: buffer, at: offset)
                block = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            } else {
                block = try source?.next() ?? UnsafeRawBufferPointer(start: nil, count: 0)
            }
            offset += UInt64(block.count)
            packedBytes += UInt64(block.count)
            return block
        } catch {
            self.error = error
            return nil
        }
    }

    /// Moves where the next read starts; the new place, or `nil` where it can't be.
    func seek(_ distance: Int64, _ whence: Int32) -> Int64? {
        guard let access else { return nil }
        let base: Int64
        switch whence {
        case SEEK_SET: base = 0
        case SEEK_CUR: base = Int64(clamping: offset)
        case SEEK_END: base = Int64(clamping: access.byteCount)
        default: return nil
        }
        let (place, isOver) = base.addingReportingOverflow(distance)
        guard !isOver, place >= 0 else { return nil }
        offset = UInt64(place)
        return place
    }
}
