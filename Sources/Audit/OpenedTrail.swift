internal import Access
internal import Base
internal import Compression
internal import Glibc
internal import Vault

/// A trail as it was found on the disk and made ready to grow: what a crash left half done is cut or made up for.
struct OpenedTrail {
    let folder: TrailFolder
    let keys: TrailKeys
    let dictionaries: Dictionaries
    let hashFile: HashFile
    let headFile: HeadFile
    let live: LiveIndex
    var frontier = MerkleFrontier()
    var lastHead: TreeHead?
    var headCount = 0
    var log: TrailFile
    var logHeader: LogFileHeader
    var logOffset: UInt64
    /// Bytes of a write that a crash cut off; they were never acknowledged.
    var cutBytes: UInt64 = 0

    /// Opens a trail, or makes it if there is none.
    /// - Throws: `AuditError.damaged` if what is there is less than what was signed, or is not of this trail;
    ///   `.keys`, `.storage`.
    init(
        _ folder: TrailFolder, tenant: TenantName, wrapping: SecretKey, dictionaries: Dictionaries, now: Instant,
        options: AuditOptions
    ) throws {
        self.folder = folder
        self.dictionaries = dictionaries
        let anchor = try HeadAnchor.load(folder, tenant)
        if folder.exists {
            keys = try TrailKeys.load(folder, tenant: tenant, wrapping: wrapping)
        } else {
            guard anchor == nil, try folder.logStarts().isEmpty else {
                throw AuditError(.damaged, "\(folder.keyFile) is missing: without it the trail cannot be opened")
            }
            try folder.make()
            keys = try TrailKeys.create(folder, tenant: tenant, wrapping: wrapping, options.storage)
        }
        hashFile = try HashFile(folder, .write, options.storage)
        headFile = try HeadFile(folder, keys, .write, options.storage)
        (headCount, lastHead) = try Self.lastHead(headFile, keys, anchor)
        var starts = try folder.logStarts()
        if starts.isEmpty {
            guard lastHead == nil else {
                throw AuditError(.damaged, "the files of the trail in \(folder.path) are gone: heads tell of entries")
            }
            _ = try TrailWriter.makeLog(
                folder, keys, LogFileHeader(first: 0, created: now), options.storage)
            starts = [0]
        }
        let opening = try TrailOpening(
            folder, keys, dictionaries, hashFile: hashFile, head: lastHead, starts: starts, options: options)
        live = opening.live
        frontier = opening.frontier
        log = opening.log
        logHeader = opening.logHeader
        logOffset = opening.logOffset
        cutBytes = opening.cutBytes
    }

    /// The newest head, held against what the second place remembers.
    private static func lastHead(
        _ file: HeadFile, _ keys: TrailKeys, _ anchor: HeadAnchor?
    ) throws(AuditError) -> (Int, TreeHead?) {
        var count = try file.count()
        let remembered = anchor.map { Int(clamping: $0.index) + 1 } ?? 0
        if count > remembered, try file.record(count - 1)?.isSigned(by: keys.signing.publicKey) != true {
            // Records behind the anchor's may be torn by a loss of power; at most one was being written.
            count -= 1
        }
        let (loose, whole) = (try file.looseBytes(), try file.count())
        if loose > 0 || count < whole { try file.cut(count) }
        if let anchor {
            guard anchor.id == keys.id, anchor.publicKey == keys.signing.publicKey else {
                throw AuditError(.damaged, "the anchor is of another trail than the one that is there")
            }
            let found = count >= remembered ? try file.record(remembered - 1) : nil
            guard found == anchor.head else {
                throw AuditError(.damaged, "the trail was cut back: its anchor remembers a newer head")
            }
        }
        guard count > 0 else { return (0, nil) }
        guard let head = try file.record(count - 1), head.isSigned(by: keys.signing.publicKey) else {
            throw AuditError(.damaged, "the newest head is not signed with the trail's key")
        }
        return (count, head)
    }
}

/// Reads what the log holds beyond the newest head and beyond the index parts.
private struct TrailOpening {
    let live: LiveIndex
    var frontier: MerkleFrontier
    var log: TrailFile
    var logHeader: LogFileHeader
    var logOffset: UInt64 = LogReader.start
    var cutBytes: UInt64 = 0

    private let folder: TrailFolder
    private let keys: TrailKeys
    private let hashFile: HashFile
    private let hasher: SHA256Hasher
    private let coder: BatchCoder
    private let tokens: IndexTokens
    private let head: TreeHead?
    private let options: AuditOptions
    private let scratch = ByteWriter(capacity: 4_096)
    private let hashBytes = ByteWriter(capacity: 1 << 16)
    private var staged = StagedPostings()
    /// The first entry that is read.
    private var readFrom: UInt64

    init(
        _ folder: TrailFolder, _ keys: TrailKeys, _ dictionaries: Dictionaries, hashFile: HashFile, head: TreeHead?,
        starts: [UInt64], options: AuditOptions
    ) throws {
        self.folder = folder
        self.keys = keys
        self.hashFile = hashFile
        self.head = head
        self.options = options
        hasher = try SHA256Hasher()
        coder = try BatchCoder(keys, dictionaries)
        tokens = try IndexTokens(keys)
        let retained = starts[0]
        let signed = head?.size ?? 0
        frontier = try Self.frontier(hashFile, head, retained: retained, hasher)
        // Where the hashes have to be made again nothing else is skipped either.
        let known = frontier.size
        let partEntries = UInt64(options.partEntries)
        let parts = Set(try folder.indexStarts())
        var part = retained / partEntries * partEntries
        while parts.contains(part), part + partEntries <= signed { part += partEntries }
        let first = min(part, known)
        live = LiveIndex(
            partEntries: options.partEntries, first: first / partEntries * partEntries, retainedFrom: retained,
            parts: parts)
        readFrom = max(live.snapshot().size, retained)
        if retained > live.snapshot().size {
            live.skip(retained - live.snapshot().size, place: BatchPlace(file: retained, offset: LogReader.start))
        }
        let last = starts[starts.count - 1]
        log = try TrailFile(folder.log(from: last), .write)
        logHeader = LogFileHeader(first: last, created: Instant(microseconds: 0))
        var at = starts.lastIndex { $0 <= readFrom } ?? 0
        var end = starts[at]
        while at < starts.count {
            guard starts[at] == end else {
                throw AuditError(.damaged, "\(folder.log(from: end)) is missing or \(folder.path) holds too much")
            }
            end = try read(starts[at], isLast: at == starts.count - 1)
            at += 1
        }
        guard end >= signed, end == frontier.size else {
            throw AuditError(.damaged, "the trail ends at entry \(end), \(signed) were signed")
        }
        try hashFile.cut(size: frontier.size)
    }

    /// The edge of the tree at the newest head, or of an empty one if the file of hashes does not fit and all entries
    /// are there to make it again.
    private static func frontier(
        _ hashFile: HashFile, _ head: TreeHead?, retained: UInt64, _ hasher: SHA256Hasher
    ) throws -> MerkleFrontier {
        guard let head else { return MerkleFrontier() }
        if let found = try? MerkleFrontier(size: head.size, read: { p throws(AuditError) in try hashFile.read(p) }),
            try found.root(hasher) == head.root
        {
            return found
        }
        guard retained == 0 else {
            throw AuditError(.damaged, "\(hashFile.file.path) does not fit the newest head")
        }
        return MerkleFrontier()
    }

    /// Reads one log file.
    /// - Returns: the number behind its last entry.
    private mutating func read(_ start: UInt64, isLast: Bool) throws -> UInt64 {
        let reader = try LogReader(folder, keys, first: start, coder)
        let end = try reader.file.byteCount()
        var offset = LogReader.start
        var next = start
        reading: while true {
            switch try reader.frame(at: offset, end: end) {
            case .end: break reading
            case .broken: break reading
            case .batch(let header):
                guard header.first == next else { break reading }
                if header.end > readFrom || header.end > frontier.size {
                    let batch: Batch
                    do {
                        batch = try reader.batch(header, at: offset)
                    } catch {
                        guard isLast, offset + header.frameBytes == end else { throw error }
                        break reading
                    }
                    try take(batch, BatchPlace(file: start, offset: offset))
                }
                next = header.end
                offset += header.frameBytes
            }
        }
        if offset < end {
            let isCovered = next < (head?.size ?? 0)
            guard isLast, !isCovered, try reader.isTorn(at: offset, end: end, expected: next) else {
                throw AuditError(.damaged, "\(reader.file.path) holds what is no batch at byte \(offset)")
            }
        }
        guard isLast else { return next }
        if offset < end {
            cutBytes = end - offset
            let failure = options.storage.truncate(log.descriptor, to: offset)
            guard failure == 0 else { throw TrailFile.failure(log.path, "cannot be cut", failure) }
        }
        // What stands there may not be on the disk yet; from here on it counts as written.
        let unsynced = options.storage.sync(log.descriptor)
        guard unsynced == 0 else { throw TrailFile.failure(log.path, "cannot be made durable", unsynced) }
        logHeader = LogFileHeader(first: start, created: reader.created)
        logOffset = offset
        return next
    }

    private mutating func take(_ batch: Batch, _ place: BatchPlace) throws {
        staged.removeAll()
        let hashBytes = hashBytes
        hashBytes.removeAll()
        let before = frontier.size
        for index in 0..<batch.count {
            let number = batch.first + UInt64(index)
            if number >= before {
                let leaf = try batch.leaf(index, hasher)
                try frontier.append(leaf, hasher) { hash in hash.withBytes { hashBytes.write($0) } }
                if number + 1 == head?.size, try frontier.root(hasher) != head?.root {
                    throw AuditError(.damaged, "the entries of \(folder.path) are not those that were signed")
                }
            }
            guard number >= readFrom else { continue }
            guard let entry = batch.entry(index) else {
                throw AuditError(.damaged, "entry \(number) cannot be read")
            }
            tokens.each(of: entry, scratch) { token in
                staged.postings.append(
                    IndexPosting(token: token, entry: UInt32(truncatingIfNeeded: number % live.partEntries)))
            }
            staged.earliest = min(staged.earliest, entry.time)
            staged.latest = max(staged.latest, entry.time)
            staged.count += 1
        }
        if hashBytes.count > 0 { try hashFile.write(hashBytes.bytes, behind: before) }
        if staged.count > 0 { _ = live.add(staged, place: place) }
    }
}
