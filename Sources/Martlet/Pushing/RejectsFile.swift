internal import Glibc

/// The file that takes what servers rejected: it holds records in clear, and so has mode 0600.
final class RejectsFile {
    private let descriptor: Int32
    private let path: String

    /// Makes the file anew.
    /// - Throws: `MartletError.output`.
    init(_ path: String) throws(MartletError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        self.path = path
        guard descriptor >= 0, fchmod(descriptor, 0o600) == 0 else { throw failure }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// How many bytes it has.
    var position: Int64 { Int64(lseek(descriptor, 0, SEEK_END)) }

    /// Drops what came behind a position.
    /// - Throws: `MartletError.output`.
    func cut(to position: Int64) throws(MartletError) {
        guard ftruncate(descriptor, off_t(position)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else { throw failure }
    }

    /// - Throws: `MartletError.output`.
    func write(_ piece: UnsafeRawBufferPointer) throws(MartletError) {
        var rest = piece
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    private var failure: MartletError {
        MartletError(.output, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
