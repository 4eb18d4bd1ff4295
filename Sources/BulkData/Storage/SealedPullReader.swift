internal import Base
internal import Glibc
internal import Vault

/// Reads a file of a pull that is whole, from its beginning. Used by one thread at a time.
package final class SealedPullReader {
    private let descriptor: Int32
    private let seal: PullFileSeal
    private let chunkCount: Int
    private let lastSealedBytes: Int
    private var chunk = 0
    private let plain = ByteWriter(capacity: SealedPullFile.chunkBytes + 16)
    private let sealed = ByteWriter(capacity: SealedPullFile.sealedChunkBytes)

    /// - Throws: `BulkDataError.storage` if it is not there, `.damaged` if it cannot be a whole file.
    init(path: String, seal: PullFileSeal) throws(BulkDataError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw PullFolder.failure("opening a file") }
        self.seal = seal
        var facts = stat()
        let size = fstat(descriptor, &facts) == 0 ? Int(facts.st_size) : 0
        // The last chunk is there even if it is empty.
        let whole = size / SealedPullFile.sealedChunkBytes
        let rest = size - whole * SealedPullFile.sealedChunkBytes
        guard rest >= Sealer.overheadBytes else {
            close(descriptor)
            throw BulkDataError(.damaged, "a file of a pull is cut")
        }
        chunkCount = whole + 1
        lastSealedBytes = rest
    }

    deinit {
        close(descriptor)
        plain.wipe()
    }

    package var byteCount: UInt64 {
        UInt64(chunkCount - 1) * UInt64(SealedPullFile.chunkBytes) + UInt64(lastSealedBytes - Sealer.overheadBytes)
    }

    /// The next bytes, never empty; `nil` at the end. Valid until the next call.
    /// - Throws: `BulkDataError.damaged`.
    package func next() throws(BulkDataError) -> UnsafeRawBufferPointer? {
        while chunk < chunkCount {
            let isLast = chunk == chunkCount - 1
            sealed.removeAll()
            plain.removeAll()
            let count = isLast ? lastSealedBytes : SealedPullFile.sealedChunkBytes
            guard PullFolder.read(count, at: chunk * SealedPullFile.sealedChunkBytes, from: descriptor, into: sealed)
            else {
                throw BulkDataError(.damaged, "a file of a pull cannot be read")
            }
            try seal.open(sealed.bytes, chunk: chunk, isLast: isLast, into: plain)
            chunk += 1
            if plain.count > 0 { return plain.bytes }
        }
        return nil
    }
}
