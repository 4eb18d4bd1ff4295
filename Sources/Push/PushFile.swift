internal import Base
internal import Glibc
internal import Vault

/// A file that is pushed, read where it lies.
package final class PushFile: @unchecked Sendable {
    // Safe to share: reading at an offset changes nothing of a descriptor.
    /// What the server knows it by; it tells the kind of the content.
    package let name: String
    package let byteCount: UInt64
    private let descriptor: Int32
    private let changedAt: (Int, Int)

    private static let pieceBytes = 1 << 20

    /// - Parameters:
    ///   - name: without folders.
    ///   - descriptor: of a file that can be read at any offset; closed when this goes.
    /// - Throws: `PushError.file`.
    package init(name: String, taking descriptor: Int32) throws(PushError) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw PushError(.file, "\(name) is no regular file")
        }
        self.name = name
        self.descriptor = descriptor
        byteCount = UInt64(max(facts.st_size, 0))
        changedAt = (facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec)
    }

    /// Opens a file.
    /// - Throws: `PushError.file`.
    package convenience init(path: String) throws(PushError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw PushError(.file, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        try self.init(name: name, taking: descriptor)
    }

    deinit {
        close(descriptor)
    }

    /// Fills as much of a buffer as there is from an offset.
    /// - Returns: how many bytes, at least 1.
    /// - Throws: `PushError.file`, also at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(PushError) -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count < 0 && errno == EINTR { continue }
            guard count != 0 else { throw changed }
            guard count > 0 else {
                throw PushError(.file, "cannot read \(name): \(String(cString: strerror(errno)))")
            }
            return count
        }
    }

    /// SHA-256 of a range.
    /// - Parameter progress: told of each piece that was read; `false` ends it.
    /// - Throws: `PushError.file`, `.cancelled`.
    func digest(
        from offset: UInt64, count: UInt64, progress: (UInt64) -> Bool = { _ in true }
    ) throws(PushError) -> [UInt8] {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 16)
        defer { piece.deallocate() }
        do {
            let digest = try StreamDigest(.sha256)
            var done: UInt64 = 0
            while done < count {
                let room = UnsafeMutableRawBufferPointer(
                    rebasing: piece[..<Int(min(UInt64(Self.pieceBytes), count - done))])
                let read = try read(into: room, at: offset + done)
                try digest.update(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(piece)[..<read]))
                done += UInt64(read)
                guard progress(UInt64(read)) else { throw PushError(.cancelled, "it was ended") }
            }
            return try digest.finish()
        } catch {
            throw (error as? PushError) ?? PushError(.system, "SHA-256 failed", cause: error)
        }
    }

    /// - Throws: `PushError.file` if the file is not what it was when it was opened.
    func checkUnchanged() throws(PushError) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, UInt64(max(facts.st_size, 0)) == byteCount,
            (facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec) == changedAt
        else { throw changed }
    }

    private var changed: PushError {
        PushError(.file, "\(name) changed while it was sent: push it again once nobody writes to it")
    }
}
