internal import Access
internal import Base
internal import Compression
internal import Vault

/// Checks a whole trail: opens each batch, makes the tree again, and holds it against the signed heads, the anchor, and
/// what is known from elsewhere. Changes nothing.
final class TrailVerifier {
    private let folder: TrailFolder
    private let keys: TrailKeys
    private let storage: any TrailStorage
    private let hasher: SHA256Hasher
    private let coder: BatchCoder
    private let hashes: VerifiedHashes
    private let expectation: AuditExpectation
    private let limit: () -> (entries: UInt64, heads: Int)?
    /// Entries from here on are not looked at: they are being written.
    private var sizeMax: UInt64?
    private let progress: (_ done: UInt64, _ of: UInt64) -> Void

    private var report = AuditReport()
    private var frontier = MerkleFrontier()
    private var headFile: HeadFile?
    private var headCount = 0
    /// The next head that the tree has not reached yet.
    private var nextHead: (index: Int, head: TreeHead)?
    private var signedSize: UInt64 = 0
    private var known: [TreeHead] = []
    private var retirement: UInt64 = 0

    /// - Parameter limit: how far a trail goes that is being written to; what comes behind is not looked at.
    init(
        _ folder: TrailFolder, _ keys: TrailKeys, _ dictionaries: Dictionaries, expecting expectation: AuditExpectation,
        storage: any TrailStorage, limit: @escaping () -> (entries: UInt64, heads: Int)?,
        progress: @escaping (UInt64, UInt64) -> Void
    ) throws {
        self.folder = folder
        self.keys = keys
        self.storage = storage
        self.expectation = expectation
        self.limit = limit
        self.progress = progress
        hasher = try SHA256Hasher()
        coder = try BatchCoder(keys, dictionaries)
        hashes = VerifiedHashes(folder, storage)
    }

    func run() throws -> AuditReport {
        try checkKey()
        // First the anchor is read, then how far the trail goes: what is written meanwhile is in neither.
        let anchor = readAnchor()
        let written = limit()
        sizeMax = written?.entries
        try checkHeads(countMax: written?.heads)
        try check(anchor)
        try checkKnown()
        do {
            try checkEntries()
            try checkHashes()
        } catch let stop as Stop {
            report.damages.append(stop.damage)
        }
        return report
    }

    /// Ends the walk over the entries: what comes after the first damage of them says nothing.
    private struct Stop: Error {
        var damage: AuditDamage
    }

    private func name(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    // MARK: Key, heads, anchor

    private func checkKey() throws {
        let fingerprint = try keys.signing.publicKey.fingerprint()
        report.fingerprint = fingerprint
        if let expected = expectation.fingerprint, expected.lowercased() != fingerprint {
            add(.resigned, folder.keyFile, "the trail's key is \(fingerprint), not the one that is expected")
        }
    }

    private func add(
        _ kind: AuditDamage.Kind, entry: UInt64? = nil, _ path: String, offset: UInt64? = nil, _ detail: String
    ) {
        report.damages.append(AuditDamage(kind, entry: entry, file: name(path), offset: offset, detail))
    }

    private func checkHeads(countMax: Int?) throws {
        let file: HeadFile
        do {
            file = try HeadFile(folder, keys, .read, storage)
        } catch {
            add(.headReplaced, folder.heads, "\(error)")
            return
        }
        headFile = file
        headCount = min(try file.count(), countMax ?? .max)
        if countMax == nil { report.tornBytes += UInt64(try file.looseBytes()) }
        var previous = TreeHash.zero
        var size: UInt64 = 0
        var wrong: (index: Int, detail: String)?
        var unsigned = 0
        for index in 0..<headCount {
            let head = try file.head(index)
            report.heads += 1
            if !head.isSigned(by: keys.signing.publicKey) {
                unsigned += 1
                wrong = wrong ?? (index, "head \(index) is not signed with the trail's key")
            } else if head.previous != previous {
                wrong = wrong ?? (index, "head \(index) does not follow the one before it")
            } else if head.size <= size {
                wrong = wrong ?? (index, "head \(index) tells of no more entries than the one before it")
            }
            previous = try head.hash()
            size = head.size
            report.lastHead = head
        }
        if let wrong {
            let isAll = unsigned == headCount && headCount > 1
            let offset = UInt64(32 + wrong.index * TreeHead.recordBytes)
            add(
                isAll ? .resigned : .headReplaced, folder.heads, offset: offset,
                isAll ? "all heads are signed with another key" : wrong.detail)
        }
        signedSize = size
        try stepHead(to: 0)
    }

    private func stepHead(to index: Int) throws {
        guard let headFile, index < headCount else {
            nextHead = nil
            return
        }
        nextHead = (index, try headFile.head(index))
    }

    private func readAnchor() -> HeadAnchor? {
        do {
            return try HeadAnchor.load(folder, keys.tenant)
        } catch {
            add(.headReplaced, folder.anchor ?? "", "\(error)")
            return nil
        }
    }

    private func check(_ anchor: HeadAnchor?) throws {
        guard let anchor, let path = folder.anchor else { return }
        report.hasAnchor = true
        guard anchor.id == keys.id else { return add(.headReplaced, path, "the anchor is of another trail") }
        guard anchor.publicKey == keys.signing.publicKey else {
            return add(.resigned, path, "the trail's key is not the one that the anchor remembers")
        }
        let index = Int(clamping: anchor.index)
        guard let headFile, index < headCount else {
            let detail = "heads were cut off: there are \(headCount), the anchor remembers head \(index) "
            return add(
                .truncated, entry: report.lastHead?.size, folder.heads, detail + "of \(anchor.head.size) entries")
        }
        if try headFile.head(index) != anchor.head {
            add(.headReplaced, folder.heads, "head \(index) is not the one that the anchor remembers")
        }
    }

    private func checkKnown() throws {
        let origin = TreeHead.origin(keys.tenant, keys.id)
        for head in expectation.heads.sorted(by: { $0.size < $1.size }) {
            guard head.origin == origin, head.isSigned(by: keys.signing.publicKey) else {
                add(.resigned, folder.heads, "a head that is known from elsewhere is not of this trail and key")
                continue
            }
            known.append(head)
        }
        known.reverse()
    }

    // MARK: Entries

    private func checkEntries() throws {
        var starts = try folder.logStarts()
        if let sizeMax { starts.removeAll { $0 > 0 && $0 >= sizeMax } }
        guard let first = starts.first else {
            guard signedSize > 0 else { return }
            throw Stop(
                damage: AuditDamage(
                    .truncated, entry: 0, file: name(folder.log(from: 0)), "no file of entries is left"))
        }
        report.retiredUpTo = first
        if first > 0 { try takeRetired(first) }
        for (place, start) in starts.enumerated() {
            guard start == frontier.size else { throw try gap(to: start) }
            try check(start, isLast: place == starts.count - 1)
        }
        if frontier.size < signedSize {
            throw Stop(
                damage: AuditDamage(
                    .truncated, entry: frontier.size, file: name(folder.log(from: starts[starts.count - 1])),
                    "the entries end at \(frontier.size), \(signedSize) were signed"))
        }
        if let head = known.last, head.size > frontier.size {
            throw Stop(
                damage: AuditDamage(
                    .truncated, entry: frontier.size, file: name(folder.log(from: starts[starts.count - 1])),
                    "the entries end at \(frontier.size), a head from elsewhere tells of \(head.size)"))
        }
        if retirement < first {
            throw Stop(
                damage: AuditDamage(
                    .dropped, entry: retirement, file: name(folder.log(from: retirement)),
                    "entries \(retirement) to \(first - 1) are gone, and no entry says that they were retired"))
        }
    }

    /// Retired entries are known by their hashes alone.
    private func takeRetired(_ end: UInt64) throws {
        while frontier.size < end {
            let number = frontier.size
            guard let leaf = try? hashes.stored(TreePosition.count(size: number)) else {
                throw Stop(
                    damage: AuditDamage(
                        .hashes, entry: number, file: name(folder.hashes), "the hashes of retired entries are missing"))
            }
            try take(leaf, isRetired: true)
        }
    }

    /// Takes a leaf into the tree, and holds it against the heads that end there.
    private func take(_ leaf: TreeHash, isRetired: Bool) throws {
        let number = frontier.size
        try frontier.append(leaf, hasher) { hashes.check($0, leaf: number) }
        if let next = nextHead, next.head.size == frontier.size {
            guard try frontier.root(hasher) == next.head.root else { throw try mismatch(next.index, isRetired) }
            try stepHead(to: next.index + 1)
        }
        while let head = known.last, head.size <= frontier.size {
            known.removeLast()
            guard head.size == frontier.size, try frontier.root(hasher) != head.root else { continue }
            throw Stop(
                damage: AuditDamage(
                    .resigned, entry: hashes.firstWrong, file: name(folder.heads),
                    "the first \(head.size) entries are not those of a head that is known from elsewhere"))
        }
    }

    private func mismatch(_ index: Int, _ isRetired: Bool) throws -> Stop {
        let from = index > 0 ? try headFile?.head(index - 1).size ?? 0 : 0
        let end = frontier.size
        let place = hashes.firstWrong.map { $0 >= from ? $0 : from } ?? from
        let detail =
            "of entries \(from) to \(end - 1), at least one is not what head \(index) signed"
            + (hashes.firstWrong.map { "; entry \($0) is the first whose hash differs" } ?? "")
        return Stop(
            damage: AuditDamage(
                isRetired ? .hashes : .edited, entry: place,
                file: isRetired ? name(folder.hashes) : (try? fileName(of: place)) ?? "", detail))
    }

    private func fileName(of entry: UInt64) throws -> String {
        let start = try folder.logStarts().last { $0 <= entry } ?? 0
        return name(folder.log(from: start))
    }

    private func gap(to start: UInt64) throws -> Stop {
        let (size, path) = (frontier.size, folder.log(from: frontier.size))
        return Stop(
            damage: start > size
                ? AuditDamage(
                    .dropped, entry: size, file: name(path), "entries \(size) to \(start - 1) are missing")
                : AuditDamage(
                    .appended, entry: size, file: name(folder.log(from: start)),
                    "a file begins at entry \(start), where \(size) is due"))
    }

    private func check(_ start: UInt64, isLast: Bool) throws {
        let path = folder.log(from: start)
        let reader: LogReader
        do {
            reader = try LogReader(folder, keys, first: start, coder)
        } catch {
            guard error.code == .damaged else { throw error }
            throw Stop(damage: AuditDamage(.edited, entry: start, file: name(path), error.detail))
        }
        let end = try reader.file.byteCount()
        var offset = LogReader.start
        while true {
            if let sizeMax, frontier.size >= sizeMax { return }
            guard case .batch(let header) = try reader.frame(at: offset, end: end) else { break }
            guard header.first == frontier.size else {
                throw try misplaced(header, reader, offset: offset, end: end)
            }
            let batch: Batch
            do {
                batch = try reader.batch(header, at: offset)
            } catch {
                if isLast, frontier.size >= signedSize, try reader.isTorn(at: offset, end: end, expected: header.first)
                {
                    break
                }
                throw Stop(damage: damage(of: error, header, path, offset))
            }
            try take(batch, path, offset)
            offset += header.frameBytes
            progress(frontier.size, signedSize)
        }
        guard offset < end else { return }
        try checkRest(reader, offset: offset, end: end, isLast: isLast)
    }

    private func damage(
        of error: AuditError, _ header: BatchHeader, _ path: String, _ offset: UInt64
    ) -> AuditDamage {
        // Behind what was signed nobody can tell an altered batch from one that was never written.
        let kind: AuditDamage.Kind = header.first >= signedSize ? .appended : .edited
        let range = "entries \(header.first) to \(header.end - 1)"
        return AuditDamage(
            kind, entry: header.first, file: name(path), offset: offset,
            "the batch of \(range) does not open: \(error.detail)")
    }

    private func take(_ batch: Batch, _ path: String, _ offset: UInt64) throws {
        report.batches += 1
        for index in 0..<batch.count {
            let number = frontier.size
            if let sizeMax, number >= sizeMax { return }
            guard let entry = batch.entry(index) else {
                throw Stop(
                    damage: AuditDamage(
                        .edited, entry: number, file: name(path), offset: offset, "entry \(number) cannot be read"))
            }
            if let end = Retirement(entry)?.end { retirement = max(retirement, end) }
            try take(try batch.leaf(index, hasher), isRetired: false)
            report.entries += 1
        }
    }

    /// What it means that a batch stands where another is due.
    private func misplaced(
        _ header: BatchHeader, _ reader: LogReader, offset: UInt64, end: UInt64
    ) throws -> Stop {
        let due = frontier.size
        let (file, first) = (name(reader.file.path), header.first)
        if first < due {
            return Stop(
                damage: AuditDamage(
                    .appended, entry: due, file: file, offset: offset,
                    "the batch of entry \(first) stands here once more, where \(due) is due"))
        }
        var place = offset + header.frameBytes
        while case .batch(let other) = try reader.frame(at: place, end: end) {
            if other.first == due {
                return Stop(
                    damage: AuditDamage(
                        .swapped, entry: due, file: file, offset: offset,
                        "the batch of entry \(first) stands before that of entry \(due), at byte \(place)"))
            }
            place += other.frameBytes
        }
        return Stop(
            damage: AuditDamage(
                .dropped, entry: due, file: file, offset: offset, "entries \(due) to \(first - 1) are missing"))
    }

    /// What stands behind the last batch of a file.
    private func checkRest(_ reader: LogReader, offset: UInt64, end: UInt64, isLast: Bool) throws {
        let due = frontier.size
        let file = name(reader.file.path)
        if due < signedSize {
            // A cut goes through a batch, or a header was altered so that it is none any more.
            let isCut = try isLast && reader.isTorn(at: offset, end: end, expected: due)
            throw Stop(
                damage: AuditDamage(
                    isCut ? .truncated : .edited, entry: due, file: file, offset: offset,
                    isCut ? "the file is cut within the batch of entry \(due)" : "here is no batch of entry \(due)"))
        }
        guard isLast, try reader.isTorn(at: offset, end: end, expected: due) else {
            throw Stop(
                damage: AuditDamage(
                    .appended, entry: due, file: file, offset: offset,
                    "\(end - offset) bytes stand here that are no batch")
            )
        }
        if sizeMax == nil { report.tornBytes += end - offset }
    }

    private func checkHashes() throws {
        guard let wrong = hashes.firstWrong else { return }
        throw Stop(
            damage: AuditDamage(
                .hashes, entry: wrong, file: name(folder.hashes),
                "the file of hashes differs from entry \(wrong) on; it is made again from the entries if it is removed")
        )
    }
}

/// The file of hashes, read along with the tree that is made again.
final class VerifiedHashes {
    private let file: HashFile?
    private var position: UInt64 = 0
    private var stored: [TreeHash] = []
    private var storedFrom: UInt64 = 0
    /// The first entry at which the file differs.
    private(set) var firstWrong: UInt64?

    private static let chunk: UInt64 = 4_096

    init(_ folder: TrailFolder, _ storage: any TrailStorage) {
        file = try? HashFile(folder, .read, storage)
    }

    /// Holds the next hash of the tree against the file's.
    func check(_ hash: TreeHash, leaf: UInt64) {
        defer { position += 1 }
        guard firstWrong == nil else { return }
        if (try? stored(position)) != hash { firstWrong = leaf }
    }

    /// The hash that the file has at a position.
    func stored(_ position: UInt64) throws -> TreeHash {
        if position < storedFrom || position >= storedFrom + UInt64(stored.count) {
            guard let file else { throw AuditError(.missing, "there is no file of hashes") }
            let bytes = ByteWriter(capacity: Int(Self.chunk) * TreeHash.byteCount)
            let offset = position * UInt64(TreeHash.byteCount)
            try file.file.read(Int(Self.chunk) * TreeHash.byteCount, at: offset, into: bytes)
            stored = (0..<bytes.count / TreeHash.byteCount).compactMap { index in
                TreeHash(UnsafeRawBufferPointer(rebasing: bytes.bytes[index * 32..<(index + 1) * 32]))
            }
            storedFrom = position
            guard !stored.isEmpty else { throw AuditError(.missing, "the file of hashes is too short") }
        }
        return stored[Int(position - storedFrom)]
    }
}
