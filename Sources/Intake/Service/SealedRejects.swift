internal import Base
internal import Glibc
internal import Vault

/// Where the rejects of one attempt at a part lie, sealed: chunks of one length, each bound to its place.
struct SealedRejects: Sendable {
    static let chunkBytes = 64 << 10

    let path: String
    let key: SecretKey
    /// Ingest, part and attempt: what is sealed for these opens for no others.
    let binding: String

    /// What a chunk is bound to.
    func context(chunk: Int) -> [UInt8] {
        Array("\(binding)/\(chunk)".utf8)
    }
}

/// Writes rejects of a part. The file is made with the first; it is whole and durable only after `finish`.
final class SealedRejectsWriter: RejectsSink {
    private let place: SealedRejects
    private let sealer: Sealer
    private var descriptor: Int32 = -1
    private var chunk = 0
    private let pending = ByteWriter(capacity: SealedRejects.chunkBytes)
    private let sealed = ByteWriter(capacity: SealedRejects.chunkBytes + Sealer.overheadBytes)
    /// Bytes appended.
    private(set) var byteCount: UInt64 = 0

    init(_ place: SealedRejects) throws {
        self.place = place
        sealer = try Sealer()
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        pending.wipe()
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        byteCount += UInt64(bytes.count)
        while !rest.isEmpty {
            let count = min(rest.count, SealedRejects.chunkBytes - pending.count)
            pending.write(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if pending.count == SealedRejects.chunkBytes { try writeOut() }
        }
    }

    /// Makes what was appended durable. Nothing may follow.
    /// - Throws: `IntakeError.rejectsUnwritable`.
    func finish() throws {
        if pending.count > 0 { try writeOut() }
        guard descriptor >= 0 else { return }
        guard fsync(descriptor) == 0 else { throw failure() }
        try DurableFolder.sync(parentOf: place.path)
    }

    /// Removes what was written.
    func abandon() {
        if descriptor >= 0 { unlink(place.path) }
    }

    private func writeOut() throws {
        if descriptor < 0 {
            // What an attempt with the same number left behind, before it was counted, is of no use.
            unlink(place.path)
            descriptor = open(place.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw failure() }
        }
        sealed.removeAll()
        do {
            try place.context(chunk: chunk).withUnsafeBytes {
                try sealer.seal(pending.bytes, key: place.key, context: $0, into: sealed)
            }
        } catch {
            throw IntakeError(.rejectsUnwritable, "the rejects can't be sealed", cause: error)
        }
        var rest = sealed.bytes
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        chunk += 1
        pending.removeAll()
    }

    private func failure() -> IntakeError {
        IntakeError(.rejectsUnwritable, "the rejects can't be written: \(systemMessage(errno))")
    }
}

/// Reads rejects of a part at any place. Used by one thread at a time.
final class SealedRejectsReader {
    private let place: SealedRejects
    private let sealer: Sealer
    private let descriptor: Int32
    let byteCount: UInt64
    private var opened: (chunk: Int, bytes: [UInt8])?

    /// - Parameter byteCount: how many bytes were appended.
    /// - Throws: `IntakeError.unreadable`.
    init(_ place: SealedRejects, byteCount: UInt64) throws {
        self.place = place
        self.byteCount = byteCount
        sealer = try Sealer()
        descriptor = open(place.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw IntakeError(.unreadable, "the rejects can't be opened: \(systemMessage(errno))")
        }
    }

    deinit {
        close(descriptor)
    }

    /// Bytes from `offset` on, to the end of their chunk; empty at the end.
    /// - Throws: `IntakeError.damaged` where they are not what was written.
    func read(at offset: UInt64) throws -> ArraySlice<UInt8> {
        guard offset < byteCount else { return [] }
        let chunk = Int(offset / UInt64(SealedRejects.chunkBytes))
        let bytes = try openChunk(chunk)
        let start = Int(offset % UInt64(SealedRejects.chunkBytes))
        guard start < bytes.count else { throw IntakeError(.damaged, "the rejects are cut off") }
        return bytes[start...]
    }

    private func openChunk(_ chunk: Int) throws -> [UInt8] {
        if let opened, opened.chunk == chunk { return opened.bytes }
        let size = SealedRejects.chunkBytes + Sealer.overheadBytes
        let start = UInt64(chunk) * UInt64(SealedRejects.chunkBytes)
        let wanted = Int(min(UInt64(SealedRejects.chunkBytes), byteCount - start)) + Sealer.overheadBytes
        var sealed = [UInt8](repeating: 0, count: wanted)
        var done = 0
        while done < wanted {
            let count = sealed.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress.map { $0 + done }, wanted - done, off_t(chunk * size + done))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw IntakeError(.damaged, "the rejects are cut off") }
            done += count
        }
        let plain = ByteWriter(capacity: wanted)
        defer { plain.wipe() }
        do {
            try sealed.withUnsafeBytes { sealed in
                try place.context(chunk: chunk).withUnsafeBytes {
                    try sealer.open(sealed, key: place.key, context: $0, into: plain)
                }
            }
        } catch {
            throw IntakeError(.damaged, "the rejects were altered", cause: error)
        }
        let bytes = plain.copy()
        opened = (chunk, bytes)
        return bytes
    }
}

/// Names of files that outlast a loss of power.
enum DurableFolder {
    /// - Throws: `IntakeError.rejectsUnwritable`.
    static func sync(parentOf path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw IntakeError(.rejectsUnwritable, "\(folder) can't be opened: \(systemMessage(errno))")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw IntakeError(.rejectsUnwritable, "\(folder) can't be made durable: \(systemMessage(errno))")
        }
    }
}
