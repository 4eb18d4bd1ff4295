internal import Base

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
    private let sink: any RejectsSink
    private let originalBytesMax: UInt64
    private var written = 0
    private var tally: [RejectFinding: Int] = [:]
    private let line = ByteWriter()
    /// What is being written, to be counted once it is.
    private var begun: RejectFinding?

    /// - Parameters:
    ///   - path: the file; lines are appended where it exists.
    ///   - originalBytesMax: how much of one original is kept.
    package convenience init(path: String, originalBytesMax: UInt64 = IntakeLimits().originalBytesMax) {
        self.init(RejectsFile(path: path), originalBytesMax: originalBytesMax)
    }

    /// Writes to `sink` instead of a file; it is used by one thread at a time.
    package init(_ sink: any RejectsSink, originalBytesMax: UInt64 = IntakeLimits().originalBytesMax) {
        self.sink = sink
        self.originalBytesMax = originalBytesMax
    }

    /// How many rejects were written.
    package var count: Int { lock.withLock { written } }

    /// How many there are of each kind.
    package var findings: [RejectFinding: Int] { lock.withLock { tally } }

    /// Kinds that are told apart; what comes beyond them counts under its code alone.
    private static let findingsMax = 1000

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
        begun = RejectFinding(rejection)
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
        begun = RejectFinding(rejection)
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
        lock.withLock {
            written += 1
            guard var finding = begun else { return }
            if tally[finding] == nil && tally.count >= Self.findingsMax { finding.path = nil }
            tally[finding, default: 0] += 1
        }
    }

    private func flush() throws {
        try sink.append(line.bytes)
        line.removeAll()
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
