internal import Base
internal import Compression
internal import Vault

/// Reads single entries and answers queries of one trail, beside its writer. One thread's, for one call.
final class TrailReader {
    private let folder: TrailFolder
    private let keys: TrailKeys
    private let live: LiveIndex
    private let snapshot: LiveIndex.Snapshot
    private let coder: BatchCoder
    private let parts: IndexPartCache
    private var log: LogReader?
    private var batch: Batch?

    init(
        _ folder: TrailFolder, _ keys: TrailKeys, _ live: LiveIndex, _ parts: IndexPartCache,
        _ dictionaries: Dictionaries
    ) throws {
        self.folder = folder
        self.keys = keys
        self.live = live
        self.parts = parts
        snapshot = live.snapshot()
        coder = try BatchCoder(keys, dictionaries)
    }

    /// Entries of the trail when this reader was made.
    var size: UInt64 { snapshot.size }

    /// An entry with the random bytes of its leaf.
    /// - Throws: `AuditError.missing` if there is none, or its content was retired.
    func entry(_ number: UInt64) throws(AuditError) -> (entry: AuditEntry, nonce: [UInt8]) {
        guard number < snapshot.size else { throw AuditError(.missing, "there is no entry \(number)") }
        guard number >= snapshot.retainedFrom else { throw AuditError(.missing, "entry \(number) was retired") }
        let batch = try batch(with: number)
        let index = Int(number - batch.first)
        guard let entry = batch.entry(index) else {
            throw AuditError(.damaged, "entry \(number) cannot be read")
        }
        return (entry, batch.nonce(index))
    }

    private func batch(with number: UInt64) throws(AuditError) -> Batch {
        if let batch, batch.first <= number, number < batch.first + UInt64(batch.count) { return batch }
        let part = number / live.partEntries * live.partEntries
        var found = live.place(of: number)
        if found == nil, snapshot.parts.contains(part) || live.snapshot().parts.contains(part) {
            found = try parts.part(part, folder, keys).place(of: number)
        }
        guard var place = found else { throw AuditError(.damaged, "entry \(number) is in no part of the index") }
        // The batch that the index leads to may be of a file that was retired, the entry of the one behind it.
        if place.file < snapshot.retainedFrom {
            place = BatchPlace(file: snapshot.retainedFrom, offset: LogReader.start)
        }
        while true {
            let log = try file(place.file)
            let end = try log.file.byteCount()
            guard case .batch(let header) = try log.frame(at: place.offset, end: end) else {
                throw AuditError(.damaged, "entry \(number) is not where the index says")
            }
            guard header.first <= number else {
                throw AuditError(.damaged, "entry \(number) is not where the index says")
            }
            if number < header.end {
                let opened = try log.batch(header, at: place.offset)
                batch = opened
                return opened
            }
            place.offset += header.frameBytes
            if place.offset >= end { place = BatchPlace(file: header.end, offset: LogReader.start) }
        }
    }

    private func file(_ first: UInt64) throws(AuditError) -> LogReader {
        if let log, log.first == first { return log }
        let opened = try LogReader(folder, keys, first: first, coder)
        log = opened
        return opened
    }

    /// The newest entries that a query asks for.
    /// - Parameters:
    ///   - before: entries from this number on are left out.
    ///   - countMax: how many, at most.
    func page(_ query: AuditQuery, before: UInt64?, countMax: Int) throws -> AuditPage {
        var page = AuditPage(entries: [], next: nil)
        let tokens = try IndexTokens(keys).tokens(of: query)
        let end = min(before ?? .max, snapshot.size)
        var scanned = 0
        // The runs in memory come first, for they are the newest; one that was written down meanwhile is not read twice.
        var seenFrom = end
        func take(_ match: LiveIndex.Match) throws -> Bool {
            let upper = min(match.end, seenFrom)
            let lower = max(match.first, snapshot.retainedFrom)
            defer { seenFrom = min(seenFrom, match.first) }
            if let numbers = match.numbers {
                for number in numbers.reversed() where number < upper && number >= lower {
                    guard try visit(number) else { return false }
                }
            } else {
                var number = upper
                while number > lower {
                    number -= 1
                    guard try visit(number) else { return false }
                }
            }
            return true
        }
        func visit(_ number: UInt64) throws -> Bool {
            guard page.entries.count < countMax, scanned < AuditPage.scannedMax else {
                page.next = number + 1
                return false
            }
            scanned += 1
            let entry: AuditEntry
            do {
                entry = try self.entry(number).entry
            } catch {
                // What was retired since this reader was made is no longer there, nor is anything before it.
                guard error.code == .missing, number < live.snapshot().retainedFrom else { throw error }
                return false
            }
            if query.matches(entry) { page.entries.append(NumberedEntry(number: number, entry: entry)) }
            return true
        }
        for match in live.matches(tokens, from: query.from, to: query.to) {
            guard try take(match) else { return page }
        }
        // Runs that became parts since then are in the newer list.
        let starts = live.snapshot().parts.filter { $0 < seenFrom }.sorted(by: >)
        for start in starts where start + live.partEntries > snapshot.retainedFrom {
            let part = try parts.part(start, folder, keys)
            guard let match = try part.match(tokens, from: query.from, to: query.to) else { continue }
            guard try take(match) else { return page }
        }
        return page
    }
}

/// The index parts that were opened last, with their directories.
final class IndexPartCache: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var parts: [UInt64: IndexPart] = [:]

    private static let countMax = 256

    func part(_ first: UInt64, _ folder: TrailFolder, _ keys: TrailKeys) throws(AuditError) -> IndexPart {
        if let known = lock.withLock({ parts[first] }) { return known }
        let opened = try IndexPart(folder, keys, first: first)
        lock.withLock {
            if parts.count >= Self.countMax { parts.removeAll() }
            parts[first] = opened
        }
        return opened
    }

    func removeAll() {
        lock.withLock { parts.removeAll() }
    }
}
