internal import Base
internal import Glibc
internal import Vault

/// A spool in an unlinked file, sealed under a key that only this process has and that goes with the spool.
package final class SealedSpool: Spool {
    private let descriptor: Int32
    private let key: SecretKey
    private let sealer: Sealer
    private let waiting = ByteWriter(capacity: SealedSpool.chunkBytes)
    private let opened = ByteWriter(capacity: SealedSpool.chunkBytes)
    private var openedChunk = -1
    private var chunkCount = 0

    private static let chunkBytes = 64 << 10
    private static let storedBytes = chunkBytes + Sealer.overheadBytes

    /// - Parameter folder: where the file lies for the blink of an eye until its name is gone.
    package init(folder: String) throws {
        var path = Array((folder + "/spool-XXXXXX").utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else {
            throw IntakeError(.spool, "cannot make a spool file in \(folder): \(String(cString: strerror(errno)))")
        }
        unlink(path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        self.descriptor = descriptor
        do {
            key = try SecretKey.random()
            sealer = try Sealer()
        } catch {
            close(descriptor)
            throw IntakeError(.spool, "cannot seal a spool file", cause: error)
        }
    }

    deinit {
        close(descriptor)
    }

    package var byteCount: UInt64 { UInt64(chunkCount * Self.chunkBytes + waiting.count) }

    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let taken = min(rest.count, Self.chunkBytes - waiting.count)
            waiting.write(UnsafeRawBufferPointer(rebasing: rest[..<taken]))
            rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
            if waiting.count == Self.chunkBytes { try storeChunk() }
        }
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int {
        guard offset < byteCount else { return 0 }
        let chunk = Int(offset) / Self.chunkBytes
        let start = Int(offset) % Self.chunkBytes
        if chunk < chunkCount, chunk != openedChunk { try openChunk(chunk) }
        let source = chunk < chunkCount ? opened.bytes : waiting.bytes
        let count = min(buffer.count, source.count - start)
        buffer.copyBytes(from: source[start..<start + count])
        return count
    }

    private func storeChunk() throws {
        let sealed = ByteWriter(capacity: Self.storedBytes)
        try Self.context(chunkCount).withUnsafeBytes { context in
            try sealer.seal(waiting.bytes, key: key, context: context, into: sealed)
        }
        let written = pwrite(descriptor, sealed.base, sealed.count, chunkCount * Self.storedBytes)
        guard written == sealed.count else {
            throw IntakeError(.spool, "cannot write the spool file: \(String(cString: strerror(errno)))")
        }
        chunkCount += 1
        waiting.removeAll()
    }

    private func openChunk(_ chunk: Int) throws {
        var sealed = [UInt8](repeating: 0, count: Self.storedBytes)
        guard pread(descriptor, &sealed, sealed.count, chunk * Self.storedBytes) == sealed.count else {
            throw IntakeError(.spool, "cannot read the spool file back")
        }
        opened.removeAll()
        openedChunk = -1
        try sealed.withUnsafeBytes { sealed in
            try Self.context(chunk).withUnsafeBytes { context in
                try sealer.open(sealed, key: key, context: context, into: opened)
            }
        }
        openedChunk = chunk
    }

    private static func context(_ chunk: Int) -> [UInt8] {
        Array("spool chunk \(chunk)".utf8)
    }
}
