internal import Glibc

/// A regular file, opened for reading.
package final class FileAccess: RandomAccess {
    private let descriptor: Int32
    private let path: String
    private let progress: ReadingProgress?
    package let byteCount: UInt64

    /// Opens `path`. A symbolic link as its last component is an error unless `followsLinks`; `progress` is told of every
    /// byte read.
    /// - Throws: `IntakeError.unreadable` where it can't be opened or is no regular file.
    package init(path: String, followsLinks: Bool, progress: ReadingProgress?) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else {
            throw IntakeError(.unreadable, "can't be opened: \(systemMessage(errno))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw IntakeError(.unreadable, "is not a regular file")
        }
        _ = posix_fadvise(descriptor, 0, 0, Int32(POSIX_FADV_SEQUENTIAL))
        self.descriptor = descriptor
        self.path = path
        self.progress = progress
        byteCount = UInt64(max(status.st_size, 0))
    }

    deinit {
        close(descriptor)
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int {
        guard offset <= UInt64(Int64.max), !buffer.isEmpty else { return 0 }
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 {
                progress?.advance(by: UInt64(count))
                return count
            }
            if errno != EINTR { throw IntakeError(.unreadable, "can't be read: \(systemMessage(errno))") }
        }
    }
}
