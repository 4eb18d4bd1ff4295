internal import Base
internal import Glibc
internal import Vault

/// A file of a pull on the disk while it grows: sealed in chunks, each bound to its file and place.
///
/// What `sync` or `finish` returned for survives any end of the process and of the machine; opened again, it goes on at
/// the last byte that did. A file that was finished says so in its last chunk, and so cannot be cut unseen. Used by one
/// thread at a time.
package final class SealedPullFile {
    static let chunkBytes = 256 << 10
    static let sealedChunkBytes = chunkBytes + Sealer.overheadBytes
    /// Chunks that are written between two syncs.
    private static let unsyncedMax = 32

    private let path: String
    private let draft: String
    private let seal: PullFileSeal
    private var descriptor: Int32
    private var chunks = 0
    private let pending = ByteWriter(capacity: chunkBytes)
    private let sealed = ByteWriter(capacity: sealedChunkBytes)
    private var unsynced = 0
    /// Whether the file is here from its first to its last byte.
    package private(set) var isWhole = false

    /// - Throws: `BulkDataError.storage`, `.damaged` for a whole file that does not open.
    init(path: String, seal: PullFileSeal) throws(BulkDataError) {
        self.path = path
        self.seal = seal
        draft = path + ".part"
        if let reader = try? SealedPullReader(path: path, seal: seal) {
            isWhole = true
            wholeBytes = reader.byteCount
            descriptor = -1
            return
        }
        descriptor = open(draft, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw PullFolder.failure("making a file") }
        try recover()
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        pending.wipe()
    }

    private var wholeBytes: UInt64 = 0

    /// Bytes that are here.
    package var byteCount: UInt64 {
        isWhole ? wholeBytes : UInt64(chunks) * UInt64(Self.chunkBytes) + UInt64(pending.count)
    }

    /// Finds what the file held when the process that wrote it ended: what does not open was never synced.
    private func recover() throws(BulkDataError) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw PullFolder.failure("looking at a file") }
        let size = Int(facts.st_size)
        chunks = size / Self.sealedChunkBytes
        let tail = size - chunks * Self.sealedChunkBytes
        if tail > Sealer.overheadBytes, readChunk(chunks, sealedBytes: tail, into: pending) { return }
        pending.removeAll()
        // After a loss of power the last chunks may be holes.
        let probe = ByteWriter(capacity: Self.chunkBytes)
        var sound = chunks
        for place in (max(0, chunks - Self.unsyncedMax - 1)..<chunks).reversed() {
            probe.removeAll()
            if !readChunk(place, sealedBytes: Self.sealedChunkBytes, into: probe) { sound = place }
        }
        chunks = sound
        guard ftruncate(descriptor, off_t(chunks * Self.sealedChunkBytes)) == 0 else {
            throw PullFolder.failure("cutting a file")
        }
    }

    /// Appends bytes.
    /// - Throws: `BulkDataError.storage`.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(BulkDataError) {
        guard !isWhole else { throw BulkDataError(.storage, "a file of a pull that is whole cannot grow") }
        var rest = bytes
        while !rest.isEmpty {
            let count = min(rest.count, Self.chunkBytes - pending.count)
            pending.write(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            guard pending.count == Self.chunkBytes else { continue }
            try writeChunk(isLast: false)
            chunks += 1
            pending.removeAll()
            unsynced += 1
            if unsynced >= Self.unsyncedMax { try makeDurable() }
        }
    }

    /// The last bytes, at most `count` of them.
    /// - Throws: `BulkDataError.damaged`.
    package func tail(_ count: Int) throws(BulkDataError) -> [UInt8] {
        let inPending = Array(pending.bytes.suffix(count))
        guard inPending.count < count, chunks > 0 else { return inPending }
        let before = ByteWriter(capacity: Self.chunkBytes)
        guard readChunk(chunks - 1, sealedBytes: Self.sealedChunkBytes, into: before) else {
            throw BulkDataError(.damaged, "a file of a pull does not open")
        }
        return Array(before.bytes.suffix(count - inPending.count)) + inPending
    }

    /// Forgets everything that is here.
    /// - Throws: `BulkDataError.storage`.
    package func removeAll() throws(BulkDataError) {
        if isWhole || descriptor < 0 {
            unlink(path)
            descriptor = open(draft, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
            isWhole = false
            wholeBytes = 0
        }
        guard descriptor >= 0, ftruncate(descriptor, 0) == 0 else { throw PullFolder.failure("emptying a file") }
        chunks = 0
        unsynced = 0
        pending.removeAll()
    }

    /// Makes everything that was appended durable.
    /// - Throws: `BulkDataError.storage`.
    package func sync() throws(BulkDataError) {
        guard !isWhole else { return }
        if pending.count > 0 { try writeChunk(isLast: false) }
        try makeDurable()
    }

    /// Ends the file and gives it its name, durable when this returns.
    /// - Throws: `BulkDataError.storage`.
    package func finish() throws(BulkDataError) {
        guard !isWhole else { return }
        let count = byteCount
        try writeChunk(isLast: true)
        try makeDurable()
        guard rename(draft, path) == 0 else { throw PullFolder.failure("naming a file") }
        try PullFolder.makeDurable(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        wholeBytes = count
        isWhole = true
        pending.wipe()
    }

    private func makeDurable() throws(BulkDataError) {
        guard fsync(descriptor) == 0 else { throw PullFolder.failure("writing a file") }
        unsynced = 0
    }

    private func writeChunk(isLast: Bool) throws(BulkDataError) {
        sealed.removeAll()
        try seal.seal(pending.bytes, chunk: chunks, isLast: isLast, into: sealed)
        var done = 0
        while done < sealed.count {
            let place = off_t(chunks * Self.sealedChunkBytes + done)
            let count = pwrite(descriptor, sealed.base + done, sealed.count - done, place)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw PullFolder.failure("writing a file") }
            done += count
        }
    }

    private func readChunk(_ chunk: Int, sealedBytes: Int, into plain: ByteWriter) -> Bool {
        sealed.removeAll()
        guard PullFolder.read(sealedBytes, at: chunk * Self.sealedChunkBytes, from: descriptor, into: sealed) else {
            return false
        }
        return (try? seal.open(sealed.bytes, chunk: chunk, isLast: false, into: plain)) != nil
    }
}

/// Seals and opens the chunks of one file.
struct PullFileSeal {
    let key: SecretKey
    /// What the chunks are bound to: the pull and the file's number.
    let place: String
    private let sealer: Sealer

    init(key: SecretKey, place: String) throws(BulkDataError) {
        self.key = key
        self.place = place
        do {
            sealer = try Sealer()
        } catch {
            throw BulkDataError(.storage, "a file of a pull cannot be sealed", cause: error)
        }
    }

    private func context(_ chunk: Int, _ isLast: Bool) -> [UInt8] {
        Array("\(place) \(chunk)\(isLast ? " last" : "")".utf8)
    }

    func seal(_ plain: UnsafeRawBufferPointer, chunk: Int, isLast: Bool, into output: ByteWriter) throws(BulkDataError)
    {
        do {
            try context(chunk, isLast).withUnsafeBytes { try sealer.seal(plain, key: key, context: $0, into: output) }
        } catch {
            throw BulkDataError(.storage, "a file of a pull cannot be sealed", cause: error)
        }
    }

    func open(_ sealed: UnsafeRawBufferPointer, chunk: Int, isLast: Bool, into output: ByteWriter) throws(BulkDataError)
    {
        do {
            try context(chunk, isLast).withUnsafeBytes { try sealer.open(sealed, key: key, context: $0, into: output) }
        } catch {
            throw BulkDataError(.damaged, "a file of a pull does not open: it was altered or cut", cause: error)
        }
    }
}
