internal import Glibc
internal import Synchronization

/// Keeps other processes from opening the same store. The system lets it go when the process ends, however it ends.
package final class FolderLock: Sendable {
    /// `nil` once the lock was let go.
    private let descriptor: Mutex<Int32?>

    /// Takes the lock, or fails at once.
    /// - Parameters:
    ///   - folder: exists already.
    ///   - holder: the command that takes it, for the message that another process gives.
    /// - Throws: `MartletError.inUse`, naming the process that holds it; `MartletError.folder`.
    package init(_ folder: DataFolder, holder: String) throws(MartletError) {
        let descriptor = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw MartletError(.folder, "cannot open \(folder.lock): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            defer { close(descriptor) }
            guard reason == EWOULDBLOCK else {
                throw MartletError(.folder, "cannot lock \(folder.lock): \(String(cString: strerror(reason)))")
            }
            throw MartletError(
                .inUse, "the store in \(folder.path) is in use by \(Self.holder(descriptor)); stop that one first")
        }
        self.descriptor = Mutex(descriptor)
        let text = "\(getpid()) \(holder)\n"
        ftruncate(descriptor, 0)
        _ = text.utf8CString.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count - 1, 0) }
    }

    deinit {
        release()
    }

    /// Lets other processes open the store; again does nothing.
    package func release() {
        descriptor.withLock { held in
            guard let descriptor = held else { return }
            held = nil
            // The file stays: who opened it a moment ago would else lock a file that is no longer there.
            ftruncate(descriptor, 0)
            close(descriptor)
        }
    }

    /// The process that wrote its number into the file, as far as it can be told.
    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
        let parts = text.split(whereSeparator: \.isWhitespace)
        guard let first = parts.first, let process = Int32(first) else { return "another process" }
        let command = parts.count > 1 ? "martlet \(parts[1])" : "another martlet"
        return "'\(command)', process \(process)"
    }
}
