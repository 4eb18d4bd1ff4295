internal import Base
internal import Glibc
internal import Vault

/// The file of a part while it is written. Used by one thread at a time.
final class PartFile {
    private let path: String
    private let descriptor: Int32
    private var seal: PartSeal
    private var chunkCount: UInt64 = 0
    private let pending = ByteWriter(capacity: PartSeal.chunkBytes)
    private let sealed = ByteWriter(capacity: PartSeal.sealedChunkBytes)
    private var isOpen = true

    /// Makes the file; none has its name.
    /// - Throws: `UploadError.diskFull`, `.storage`; `.notFound` if its folder is not there any more.
    init(_ path: String, seal: PartSeal) throws(UploadError) {
        self.path = path
        self.seal = seal
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            guard errno != ENOENT else { throw UploadError(.notFound, "There is no such upload.") }
            throw FileSystem.failure("the file of a part can't be made")
        }
    }

    deinit {
        if isOpen { close(descriptor) }
        pending.wipe()
    }

    /// - Throws: `UploadError.diskFull`, `.storage`.
    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        // A whole chunk needs no copy.
        while pending.count == 0, rest.count >= PartSeal.chunkBytes {
            try writeOut(UnsafeRawBufferPointer(rebasing: rest[..<PartSeal.chunkBytes]))
            rest = UnsafeRawBufferPointer(rebasing: rest[PartSeal.chunkBytes...])
        }
        while !rest.isEmpty {
            let count = min(rest.count, PartSeal.chunkBytes - pending.count)
            pending.write(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if pending.count == PartSeal.chunkBytes {
                try writeOut(pending.bytes)
                pending.removeAll()
            }
        }
    }

    /// Writes what is left and forces the file to the disk.
    /// - Throws: `UploadError.diskFull`, `.storage`.
    func finish(syncs: Bool) throws {
        if pending.count > 0 { try writeOut(pending.bytes) }
        pending.wipe()
        guard !syncs || fdatasync(descriptor) == 0 else {
            throw FileSystem.failure("a part can't be forced to the disk")
        }
        isOpen = false
        guard close(descriptor) == 0 else { throw FileSystem.failure("a part can't be written") }
    }

    /// Removes the file.
    func remove() {
        unlink(path)
    }

    private func writeOut(_ plain: UnsafeRawBufferPointer) throws {
        sealed.removeAll()
        try seal.seal(plain, chunk: chunkCount, into: sealed)
        var done = 0
        while done < sealed.count {
            let count = write(descriptor, sealed.base + done, sealed.count - done)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileSystem.failure("a part can't be written") }
            done += count
        }
        chunkCount += 1
    }
}
