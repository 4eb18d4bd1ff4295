internal import Glibc

/// Where the lines of rejects go.
package protocol RejectsSink: AnyObject {
    /// Adds bytes at the end: a line, or a piece of one.
    /// - Throws: `IntakeError.rejectsUnwritable`.
    func append(_ bytes: UnsafeRawBufferPointer) throws
}

/// The file `rejects.ndjson`: mode 0600, made with the first reject.
final class RejectsFile: RejectsSink {
    private let path: String
    private var descriptor: Int32 = -1

    init(path: String) {
        self.path = path
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        if descriptor < 0 {
            descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if descriptor >= 0 { try endOldLine() }
        }
        try writeOut(bytes)
    }

    /// A run that was killed may have left half a line: what follows begins on a line of its own.
    private func endOldLine() throws {
        _ = fchmod(descriptor, 0o600)
        var last: UInt8 = 0x0A
        let end = lseek(descriptor, 0, SEEK_END)
        if end > 0, pread(descriptor, &last, 1, end - 1) == 1, last != 0x0A {
            try withUnsafeBytes(of: UInt8(0x0A)) { try writeOut($0) }
        }
    }

    private func writeOut(_ text: UnsafeRawBufferPointer) throws {
        var bytes = text
        while !bytes.isEmpty {
            let count = write(descriptor, bytes.baseAddress, bytes.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw IntakeError(.rejectsUnwritable, "\(path) can't be written: \(systemMessage(errno))")
            }
            bytes = UnsafeRawBufferPointer(rebasing: bytes[count...])
        }
    }
}
