internal import Base
internal import Compression
internal import Glibc
internal import Vault

/// Writes one trail: batches, hashes, heads. One thread's.
final class TrailWriter {
    let folder: TrailFolder
    let keys: TrailKeys
    let options: AuditOptions
    let live: LiveIndex
    let hashFile: HashFile
    let headFile: HeadFile
    let hasher: SHA256Hasher
    private let coder: BatchCoder
    private let tokens: IndexTokens

    private(set) var frontier: MerkleFrontier
    private(set) var lastHead: TreeHead?
    private(set) var headCount: Int
    private var log: TrailFile
    private var logHeader: LogFileHeader
    private var logOffset: UInt64
    /// Whether a write failed and may have left bytes behind `logOffset`.
    private var isDirty = false
    private var builder: (thread: WorkerThread, outcome: BuildOutcome)?

    // The batch that is being made.
    private var staged = StagedPostings()
    private var stagedFrontier = MerkleFrontier()
    private var nonces: [UInt8] = []
    private let encoded = ByteWriter(capacity: 1 << 16)
    private let scratch = ByteWriter(capacity: 4_096)
    private let tokenText = ByteWriter(capacity: 128)
    private let frame = ByteWriter(capacity: 1 << 16)
    private let hashBytes = ByteWriter(capacity: 1 << 14)

    /// Index parts that may wait for a disk with room, in memory.
    private static let waitingPartsMax = 4

    init(_ opened: OpenedTrail, options: AuditOptions) throws {
        folder = opened.folder
        keys = opened.keys
        self.options = options
        live = opened.live
        hashFile = opened.hashFile
        headFile = opened.headFile
        hasher = try SHA256Hasher()
        coder = try BatchCoder(opened.keys, opened.dictionaries)
        tokens = try IndexTokens(opened.keys)
        frontier = opened.frontier
        lastHead = opened.lastHead
        headCount = opened.headCount
        log = opened.log
        logHeader = opened.logHeader
        logOffset = opened.logOffset
        live.setHeads(headCount)
    }

    deinit {
        encoded.wipe()
        scratch.wipe()
    }

    /// Entries so far; all are durable.
    var size: UInt64 { frontier.size }

    /// Whether entries wait for a head.
    var lacksHead: Bool { size > (lastHead?.size ?? 0) }

    /// Begins a batch of up to `count` entries.
    /// - Returns: how many it may have.
    func begin(_ count: Int) throws(AuditError) -> Int {
        let count = min(count, options.batchEntriesMax, Int(live.room()))
        staged.removeAll()
        stagedFrontier = frontier
        encoded.removeAll()
        hashBytes.removeAll()
        let needed = count * Batch.nonceBytes
        if nonces.count < needed { nonces = [UInt8](repeating: 0, count: needed) }
        let drawn = nonces.withUnsafeMutableBytes { raw in
            Result { () throws(VaultError) in try SecretBytes.fill(.init(rebasing: raw[..<needed])) }
        }
        if case .failure(let error) = drawn { throw AuditError(.keys, "no random bytes", cause: error) }
        return count
    }

    /// Bytes that the batch has so far.
    var stagedBytes: Int { encoded.count }

    /// Adds an entry to the batch.
    /// - Throws: `AuditError.tooLarge`; the batch stays as it was.
    func add(_ entry: AuditEntry) throws(AuditError) {
        scratch.removeAll()
        entry.encode(to: scratch)
        guard scratch.count <= options.entryBytesMax else {
            throw AuditError(.tooLarge, "an entry of the audit trail has more than \(options.entryBytesMax) bytes")
        }
        let index = Int(staged.count)
        do {
            let leaf = try nonces.withUnsafeBytes { raw in
                Result { () throws(VaultError) in
                    let nonce = raw[index * Batch.nonceBytes..<(index + 1) * Batch.nonceBytes]
                    return try TreeHash.leaf(UnsafeRawBufferPointer(rebasing: nonce), scratch.bytes, hasher)
                }
            }.get()
            try stagedFrontier.append(leaf, hasher) { hash in hash.withBytes { hashBytes.write($0) } }
        } catch {
            throw AuditError(.keys, "hashing failed", cause: error)
        }
        encoded.writeVarint(UInt64(scratch.count))
        encoded.write(scratch.bytes)
        let number = UInt32(truncatingIfNeeded: (size + staged.count) % live.partEntries)
        tokens.each(of: entry, tokenText) { token in
            staged.postings.append(IndexPosting(token: token, entry: number))
        }
        staged.earliest = min(staged.earliest, entry.time)
        staged.latest = max(staged.latest, entry.time)
        staged.count += 1
    }

    /// Writes the batch; it is durable when this returns, and nothing of it counts if this throws.
    /// - Returns: the number of its first entry.
    func commit(at now: Instant) throws(AuditError) -> UInt64 {
        let first = size
        guard staged.count > 0 else { return first }
        try clean()
        if live.buildingCount() > Self.waitingPartsMax {
            startParts()
            try finishParts()
        }
        if isFull(at: now) { try startFile(at: now) }
        frame.removeAll()
        do {
            let used = Int(staged.count) * Batch.nonceBytes
            try nonces.withUnsafeBytes { raw in
                try coder.write(
                    first: first, count: Int(staged.count), nonces: UnsafeRawBufferPointer(rebasing: raw[..<used]),
                    encoded: encoded.bytes, file: logHeader.first, to: frame)
            }
        } catch let error as AuditError {
            throw error
        } catch {
            throw AuditError(.keys, "a batch could not be sealed", cause: error)
        }
        try hashFile.write(hashBytes.bytes, behind: first)
        isDirty = true
        try write(frame.bytes)
        isDirty = false
        let place = BatchPlace(file: logHeader.first, offset: logOffset)
        logOffset += UInt64(frame.count)
        frontier = stagedFrontier
        if live.add(staged, place: place) { startParts() }
        return first
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(AuditError) {
        let failure = options.storage.write(bytes, to: log.descriptor, at: logOffset)
        guard failure == 0 else { throw TrailFile.failure(log.path, "cannot be written", failure) }
        let unsynced = options.storage.sync(log.descriptor)
        guard unsynced == 0 else { throw TrailFile.failure(log.path, "cannot be made durable", unsynced) }
    }

    /// Takes away what a failed write left: it must not come back as entries after a crash.
    private func clean() throws(AuditError) {
        guard isDirty else { return }
        let failure = options.storage.truncate(log.descriptor, to: logOffset)
        guard failure == 0 else { throw TrailFile.failure(log.path, "cannot be cut", failure) }
        let unsynced = options.storage.sync(log.descriptor)
        guard unsynced == 0 else { throw TrailFile.failure(log.path, "cannot be made durable", unsynced) }
        isDirty = false
    }

    private func isFull(at now: Instant) -> Bool {
        guard size > logHeader.first else { return false }
        return logOffset >= UInt64(options.fileBytesMax)
            || now >= logHeader.created.advanced(bySeconds: options.fileSecondsMax)
    }

    private func startFile(at now: Instant) throws(AuditError) {
        let header = LogFileHeader(first: size, created: now)
        log = try Self.makeLog(folder, keys, header, options.storage)
        logHeader = header
        logOffset = LogReader.start
    }

    /// Makes a log file without a batch; durable when this returns.
    static func makeLog(
        _ folder: TrailFolder, _ keys: TrailKeys, _ header: LogFileHeader, _ storage: any TrailStorage
    ) throws(AuditError) -> TrailFile {
        let path = folder.log(from: header.first)
        try TrailFile.replace(path, with: header.bytes(keys.id), storage)
        return try TrailFile(path, .write)
    }

    /// Signs a head over all entries, if there are some that have none.
    /// - Throws: `AuditError`; the entries stay, and a later call tries again.
    func signHead(at now: Instant) throws(AuditError) {
        guard lacksHead else { return }
        try hashFile.sync()
        let head: TreeHead
        do {
            head = try TreeHead(
                origin: TreeHead.origin(keys.tenant, keys.id), size: size, root: frontier.root(hasher), time: now,
                previous: lastHead?.hash() ?? .zero, key: keys.signing)
        } catch {
            throw AuditError(.keys, "a head could not be signed", cause: error)
        }
        try headFile.write(head, at: headCount)
        lastHead = head
        headCount += 1
        live.setHeads(headCount)
        try saveAnchor()
    }

    /// Remembers the newest head in the second place.
    func saveAnchor() throws(AuditError) {
        guard let lastHead, folder.anchor != nil else { return }
        let anchor = HeadAnchor(
            id: keys.id, publicKey: keys.signing.publicKey, index: UInt64(headCount - 1), head: lastHead)
        try anchor.save(folder, options.storage)
    }

    /// Has the index parts that are full written on a thread of its own, once an earlier one has ended. What fails is
    /// tried again with the next.
    func startParts() {
        waitForParts()
        let (folder, keys, live, storage) = (folder, keys, live, options.storage)
        let outcome = BuildOutcome()
        let thread = WorkerThread(name: "audit index") {
            do {
                while let segment = live.nextToBuild() {
                    try IndexPart.write(segment, folder, keys, storage)
                    live.isBuilt(segment.first)
                }
            } catch {
                outcome.set(error)
            }
        }
        builder = (thread, outcome)
    }

    /// Waits until the parts that were started are written.
    /// - Throws: `AuditError` if one could not be.
    func finishParts() throws(AuditError) {
        waitForParts()
        if let error = builder?.outcome.error() {
            throw (error as? AuditError) ?? AuditError(.storage, "an index part cannot be written", cause: error)
        }
    }

    /// Waits until the parts that were started are written, or one could not be.
    func waitForParts() {
        builder?.thread.join()
    }

    /// The first entry of the log file that is written to.
    var currentLog: UInt64 { logHeader.first }
}

/// Why a thread that writes index parts gave up.
private final class BuildOutcome: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var found: (any Error)?

    func set(_ error: any Error) { lock.withLock { found = error } }
    func error() -> (any Error)? { lock.withLock { found } }
}
