internal import Glibc

/// The calls by which a trail changes its files: a seam where tests let a disk fail.
package protocol TrailStorage: Sendable {
    /// Writes all bytes at an offset.
    /// - Returns: 0, or the system's error number; a part may be written then.
    func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: UInt64) -> Int32
    /// Makes what was written durable.
    /// - Returns: 0, or the system's error number.
    func sync(_ descriptor: Int32) -> Int32
    /// Cuts a file.
    /// - Returns: 0, or the system's error number.
    func truncate(_ descriptor: Int32, to count: UInt64) -> Int32
}

/// The operating system's files.
package struct SystemStorage: TrailStorage {
    package init() {}

    package func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: UInt64) -> Int32 {
        var rest = bytes
        var offset = off_t(offset)
        while !rest.isEmpty {
            let count = pwrite(descriptor, rest.baseAddress, rest.count, offset)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            offset += off_t(count)
        }
        return 0
    }

    package func sync(_ descriptor: Int32) -> Int32 {
        fdatasync(descriptor) == 0 ? 0 : errno
    }

    package func truncate(_ descriptor: Int32, to count: UInt64) -> Int32 {
        ftruncate(descriptor, off_t(count)) == 0 ? 0 : errno
    }
}
