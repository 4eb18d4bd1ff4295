internal import Glibc

/// The calls by which a trail changes its files and reads its heads: a seam where tests let a disk fail.
package protocol TrailStorage: Sendable {
    /// Reads bytes at an offset until the target is full or the file ends.
    /// - Returns: how many; or the system's error number, negated.
    func read(into target: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: UInt64) -> Int
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

    package func read(
        into target: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: UInt64
    ) -> Int {
        guard offset <= UInt64(Int64.max) else { return 0 }
        var done = 0
        while done < target.count {
            let count = pread(
                descriptor, target.baseAddress.map { $0 + done }, target.count - done, off_t(offset) + off_t(done))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return -Int(errno) }
            if count == 0 { break }
            done += count
        }
        return done
    }

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
