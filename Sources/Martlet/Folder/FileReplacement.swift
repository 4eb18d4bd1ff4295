internal import Glibc

/// A file that appears under its name only when it is whole; what stood there before stays until then.
final class FileReplacement {
    /// To be written to, by whoever makes the content.
    let descriptor: Int32

    private let path: String
    private let draft: String
    private let isDurable: Bool
    private var isEnded = false

    /// Begins a file beside `path`.
    /// - Parameter isDurable: whether `finish` waits until the content would survive a loss of power.
    /// - Throws: `MartletError.output`.
    init(_ path: String, mode: mode_t = 0o644, isDurable: Bool = true) throws(MartletError) {
        self.path = path
        self.isDurable = isDurable
        draft = path + ".part"
        // A draft left over from a run that was cut off is nobody's; a link in its place is not followed.
        unlink(draft)
        descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            isEnded = true
            throw MartletError(.output, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        guard !isEnded else { return }
        close(descriptor)
        unlink(draft)
    }

    /// Writes all of `bytes` behind what was written before.
    /// - Throws: `MartletError.output`.
    func write(_ bytes: UnsafeRawBufferPointer) throws(MartletError) {
        try FileReplacement.write(bytes, to: descriptor, named: path)
    }

    /// Gives the content its name, durable before if asked for.
    /// - Throws: `MartletError.output`; what stood under the name before is still there then.
    func finish() throws(MartletError) {
        guard !isDurable || fsync(descriptor) == 0, rename(draft, path) == 0 else {
            throw MartletError(.output, "cannot finish \(path): \(String(cString: strerror(errno)))")
        }
        isEnded = true
        close(descriptor)
    }

    /// Writes all of `bytes` to a descriptor.
    static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, named name: String
    ) throws(MartletError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw MartletError(.output, "cannot write \(name): \(String(cString: strerror(errno)))")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}
