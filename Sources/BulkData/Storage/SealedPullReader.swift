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
    /// The chunk that `plain` holds.
    private var loaded: Int?
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
            try load(chunk)
            chunk += 1
            if plain.count > 0 { return plain.bytes }
        }
        return nil
    }

    /// Fills `buffer` from `offset` as far as there are bytes, and returns how many were read; 0 only at the end.
    /// - Throws: `BulkDataError.damaged`.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(BulkDataError) -> Int {
        var done = 0
        while done < buffer.count, offset + UInt64(done) < byteCount {
            let place = offset + UInt64(done)
            try load(Int(place / UInt64(SealedPullFile.chunkBytes)))
            let start = Int(place % UInt64(SealedPullFile.chunkBytes))
            let count = min(buffer.count - done, plain.count - start)
            guard count > 0 else { throw BulkDataError(.damaged, "a file of a pull is shorter than its chunks") }
            UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: plain.bytes[start..<start + count]))
            done += count
        }
        return done
    }

    private func load(_ wanted: Int) throws(BulkDataError) {
        guard loaded != wanted else { return }
        loaded = nil
        sealed.removeAll()
        plain.removeAll()
        let isLast = wanted == chunkCount - 1
        let count = isLast ? lastSealedBytes : SealedPullFile.sealedChunkBytes
        guard PullFolder.read(count, at: wanted * SealedPullFile.sealedChunkBytes, from: descriptor, into: sealed)
        else { throw BulkDataError(.damaged, "a file of a pull cannot be read") }
        try seal.open(sealed.bytes, chunk: wanted, isLast: isLast, into: plain)
        loaded = wanted
    }
}
