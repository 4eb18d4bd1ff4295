internal import Base
internal import Glibc

/// Writes `rejects.ndjson`: one object a line for everything that was not taken, with its original bytes.
///
/// Members: `file`, `line` or `entry`, `member` (number in the archive), `offset`, `path`, `reason`, `code`, and `data`
/// (the original where it is UTF-8 and small) or `dataBase64`; `dataTruncated` with `bytes` where the original was longer
/// than what is kept. The file holds patients' data: it has mode 0600, and exists only once there is a reject. Each
/// line is written out at once. Safe to use from any thread.
package final class RejectsWriter: @unchecked Sendable {
    // Unchecked sendable: every stored property below the lock is touched only while `isTaken` is held by the caller.
    private let lock = Lock()
    private var isTaken = false
    private let path: String
    private let originalBytesMax: UInt64
    private var descriptor: Int32 = -1
    private var written = 0
    private let line = ByteWriter()

    /// - Parameters:
    ///   - path: the file; lines are appended where it exists.
    ///   - originalBytesMax: how much of one original is kept.
    package init(path: String, originalBytesMax: UInt64 = IntakeLimits().originalBytesMax) {
        self.path = path
        self.originalBytesMax = originalBytesMax
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// How many rejects were written.
    package var count: Int { lock.withLock { written } }

    /// Writes a reject with the whole of its original, or without one.
    /// - Throws: `IntakeError.rejectsUnwritable`.
    package func reject(_ rejection: Rejection, original: UnsafeRawBufferPointer? = nil) throws {
        if let original, original.count > 1 << 20 || !isText(original) {
            let stream = try begin(rejection)
            try stream.append(original)
            return try stream.finish()
        }
        take()
        defer { release() }
        writeHead(rejection)
        if let original, !original.isEmpty {
            line.write(",\"data\":\"")
            writeJSONEscaped(original, to: line)
            line.write(UInt8(ascii: "\""))
        }
        try end()
    }

    /// Begins a reject whose original follows piece by piece. Other rejects wait until it is finished.
    /// - Throws: `IntakeError.rejectsUnwritable`.
    package func begin(_ rejection: Rejection) throws -> RejectedOriginal {
        take()
        writeHead(rejection)
        line.write(",\"dataBase64\":\"")
        return RejectedOriginal(writer: self, bytesMax: originalBytesMax)
    }

    /// Base64 of `bytes`, whose number is a multiple of three but for the last piece.
    func writePiece(_ bytes: UnsafeRawBufferPointer) throws {
        line.writeBase64(bytes)
        if line.count >= 64 << 10 { try flush() }
    }

    /// Ends what `begin` began.
    func endPieces(bytes: UInt64, isTruncated: Bool) throws {
        defer { release() }
        line.write(UInt8(ascii: "\""))
        if isTruncated {
            line.write(",\"dataTruncated\":true,\"bytes\":")
            line.write(String(bytes))
        }
        try end()
    }

    private func take() {
        lock.withLock {
            while isTaken { lock.wait() }
            isTaken = true
        }
    }

    private func release() {
        lock.withLock {
            isTaken = false
            lock.signalAll()
        }
    }

    private func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }

    private func writeHead(_ rejection: Rejection) {
        line.removeAll()
        let place = rejection.place
        line.write("{\"file\":")
        writeJSONString(place.file, to: line)
        for (name, number) in [("line", place.line), ("entry", place.entry), ("member", place.member)] {
            guard let number else { continue }
            line.write(",\"\(name)\":\(number)")
        }
        line.write(",\"offset\":\(place.offset)")
        if let path = rejection.path {
            line.write(",\"path\":")
            writeJSONString(path, to: line)
        }
        line.write(",\"reason\":")
        writeJSONString(rejection.reason, to: line)
        line.write(",\"code\":")
        writeJSONString(rejection.code.rawValue, to: line)
    }

    private func end() throws {
        line.write("}\n")
        try flush()
        lock.withLock { written += 1 }
    }

    private func flush() throws {
        if descriptor < 0 {
            descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if descriptor >= 0 { try endOldLine() }
        }
        try writeOut(line.bytes)
        line.removeAll()
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

/// The original bytes of one reject, on their way into the rejects file.
package final class RejectedOriginal {
    private let writer: RejectsWriter
    private let bytesMax: UInt64
    private var bytes: UInt64 = 0
    private var odd: [UInt8] = []
    private var isOpen = true

    init(writer: RejectsWriter, bytesMax: UInt64) {
        self.writer = writer
        self.bytesMax = bytesMax
    }

    deinit {
        // Only where an error cut the original short, and is under way already: this frees the file for others.
        try? finish()
    }

    /// Adds bytes; those beyond the limit are only counted.
    package func append(_ piece: UnsafeRawBufferPointer) throws {
        let room = bytes < bytesMax ? bytesMax - bytes : 0
        bytes += UInt64(piece.count)
        var rest = UnsafeRawBufferPointer(rebasing: piece.prefix(Int(clamping: room)))
        if !odd.isEmpty {
            let missing = min(3 - odd.count, rest.count)
            odd.append(contentsOf: rest.prefix(missing))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(missing))
            guard odd.count == 3 else { return }
            try odd.withUnsafeBytes { try writer.writePiece($0) }
            odd = []
        }
        let whole = rest.count - rest.count % 3
        var start = 0
        while start < whole {
            let end = min(start + 48 << 10, whole)
            try writer.writePiece(UnsafeRawBufferPointer(rebasing: rest[start..<end]))
            start = end
        }
        odd = Array(rest[whole...])
    }

    /// Completes the reject.
    package func finish() throws {
        guard isOpen else { return }
        isOpen = false
        try odd.withUnsafeBytes { try writer.writePiece($0) }
        try writer.endPieces(bytes: bytes, isTruncated: bytes > bytesMax)
    }
}
