/// A file of a source that is not a path: its name, and its bytes as they can be had again and again.
package struct SourceContent: Sendable {
    /// As places in the input name it.
    package var name: String
    package var byteCount: UInt64
    /// Opens it; each reader has its own.
    package var open: @Sendable () throws -> any RandomAccess

    package init(name: String, byteCount: UInt64, open: @escaping @Sendable () throws -> any RandomAccess) {
        self.name = name
        self.byteCount = byteCount
        self.open = open
    }

    /// The file at `path`, called `name`.
    /// - Throws: `IntakeError.unreadable`.
    package init(path: String, name: String) throws {
        let byteCount = try FileAccess(path: path, followsLinks: false, progress: nil).byteCount
        self.init(name: name, byteCount: byteCount) {
            try FileAccess(path: path, followsLinks: false, progress: nil)
        }
    }
}

/// A content while it is read: counts what was read, ends the reading where it was stopped, and tells faults of what keeps
/// the bytes from those of the bytes themselves.
final class WatchedAccess: RandomAccess {
    private let access: any RandomAccess
    private let progress: ReadingProgress?
    private let isStopped: @Sendable () -> Bool
    let byteCount: UInt64

    /// - Throws: `IntakeError.source`.
    init(_ content: SourceContent, progress: ReadingProgress?, isStopped: @escaping @Sendable () -> Bool) throws {
        do {
            access = try content.open()
        } catch {
            throw IntakeError(.source, "the source can't be opened", cause: error)
        }
        guard access.byteCount == content.byteCount else {
            throw IntakeError(.source, "the source has another length than when it came")
        }
        self.progress = progress
        self.isStopped = isStopped
        byteCount = access.byteCount
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int {
        guard !isStopped() else { throw IntakeError(.cancelled, "the reading was stopped") }
        let count: Int
        do {
            count = try access.read(into: buffer, at: offset)
        } catch {
            throw IntakeError(.source, "the source can't be read", cause: error)
        }
        progress?.advance(by: UInt64(count))
        return count
    }
}

/// Reads a range of a `RandomAccess`.
final class RangeSource: ByteSource {
    private let access: any RandomAccess
    private let buffer: UnsafeMutableRawBufferPointer
    private var offset: UInt64
    private let end: UInt64

    init(_ access: any RandomAccess, _ range: Range<UInt64>, blockBytes: Int = 256 << 10) {
        self.access = access
        offset = range.lowerBound
        end = range.upperBound
        buffer = .allocate(byteCount: blockBytes, alignment: 64)
    }

    deinit {
        buffer.deallocate()
    }

    func next() throws -> UnsafeRawBufferPointer? {
        let room = Int(min(UInt64(buffer.count), end - offset))
        guard room > 0 else { return nil }
        let count = try access.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<room]), at: offset)
        guard count > 0 else { return nil }
        offset += UInt64(count)
        return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }
}
