internal import Base
internal import Glibc
internal import Vault

/// A spool on the disk that nobody else can read: an unlinked file, sealed under a key that is in memory alone.
package final class SealedSpool: Spool {
    private static let chunkBytes = 256 << 10
    private static let sealedChunkBytes = chunkBytes + Sealer.overheadBytes

    private let descriptor: Int32
    private let key: SecretKey
    private let sealer: Sealer
    /// Whole chunks that are in the file; the rest waits in `pending`.
    private var chunkCount = 0
    private let pending = ByteWriter(capacity: chunkBytes)
    private let sealed = ByteWriter(capacity: sealedChunkBytes)
    private let opened = ByteWriter(capacity: chunkBytes + 16)
    private var openedChunk: Int?

    /// Makes an empty spool.
    /// - Parameter prefix: how the path of its file begins, for the moment that it has a name.
    /// - Throws: `IntakeError.spool`.
    package init(prefix: String) throws {
        do {
            key = try SecretKey.random()
            sealer = try Sealer()
        } catch {
            throw IntakeError(.spool, "a spool file can't be sealed", cause: error)
        }
        var template = Array((prefix + "-XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw IntakeError(.spool, "a spool file can't be made at \(prefix): \(systemMessage(errno))")
        }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        pending.wipe()
        opened.wipe()
    }

    /// Bytes appended so far.
    package var byteCount: UInt64 {
        UInt64(chunkCount) * UInt64(Self.chunkBytes) + UInt64(pending.count)
    }

    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = min(rest.count, Self.chunkBytes - pending.count)
            pending.write(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if pending.count == Self.chunkBytes { try writeOut() }
        }
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int {
        var done = 0
        while done < buffer.count, offset + UInt64(done) < byteCount {
            let chunk = Int((offset + UInt64(done)) / UInt64(Self.chunkBytes))
            let start = Int((offset + UInt64(done)) % UInt64(Self.chunkBytes))
            let source = chunk == chunkCount ? pending.bytes : try open(chunk)
            let count = min(buffer.count - done, source.count - start)
            UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start..<start + count]))
            done += count
        }
        return done
    }

    private func writeOut() throws {
        sealed.removeAll()
        try withContext(chunkCount) { try sealer.seal(pending.bytes, key: key, context: $0, into: sealed) }
        var done = 0
        while done < sealed.count {
            let place = off_t(chunkCount * Self.sealedChunkBytes + done)
            let count = pwrite(descriptor, sealed.base + done, sealed.count - done, place)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw IntakeError(.spool, "the spool can't be written: \(systemMessage(errno))")
            }
            done += count
        }
        chunkCount += 1
        pending.removeAll()
    }

    private func open(_ chunk: Int) throws -> UnsafeRawBufferPointer {
        if openedChunk == chunk { return opened.bytes }
        openedChunk = nil
        sealed.removeAll()
        sealed.reserve(Self.sealedChunkBytes)
        while sealed.count < Self.sealedChunkBytes {
            let place = off_t(chunk * Self.sealedChunkBytes + sealed.count)
            let count = pread(descriptor, sealed.base + sealed.count, Self.sealedChunkBytes - sealed.count, place)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw IntakeError(.spool, "the spool can't be read back") }
            sealed.count += count
        }
        opened.removeAll()
        try withContext(chunk) { try sealer.open(sealed.bytes, key: key, context: $0, into: opened) }
        openedChunk = chunk
        return opened.bytes
    }

    /// A chunk is bound to its place.
    private func withContext(_ chunk: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try withUnsafeBytes(of: UInt64(chunk).littleEndian) { try body($0) }
    }
}
