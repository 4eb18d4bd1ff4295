package import Access
internal import Base
internal import FHIR

/// What a check of a tenant's index against its log found.
package struct CheckReport: Sendable {
    /// Entries of the log that were opened and indexed again.
    package var entries = 0
    /// Stretches of the index that were compared.
    package var parts = 0
    /// What does not agree; empty if all is well.
    package var findings: [String] = []
}

extension RecordStore {
    /// Opens every entry of the log, indexes it again, and compares with the index as it is. Changes nothing. Writes
    /// during a check are not seen by it.
    /// - Parameters:
    ///   - scope: whose log.
    ///   - progress: told from time to time how many of how many entries were checked.
    package func check(_ scope: AccessScope, progress: (Int, Int) -> Void) throws -> CheckReport {
        let tenant = try tenant(scope.tenant)
        var check = try IndexCheck(tenant: tenant)
        return try check.run(progress: progress)
    }
}

/// Sums over sets of facts: equal sums of equal numbers of facts mean equal sets, whatever their order.
private struct FactSum: Equatable {
    var count = 0
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    mutating func add(_ words: UInt64...) {
        count += 1
        let hash = Self.hash(words)
        low &+= hash.low
        high &+= hash.high
    }

    mutating func remove(_ words: UInt64...) {
        count -= 1
        let hash = Self.hash(words)
        low &-= hash.low
        high &-= hash.high
    }

    static func + (left: FactSum, right: FactSum) -> FactSum {
        var sum = left
        sum.count += right.count
        sum.low &+= right.low
        sum.high &+= right.high
        return sum
    }

    private static func hash(_ words: [UInt64]) -> (low: UInt64, high: UInt64) {
        words.withUnsafeBytes { SipHash.hash128($0, key: SipKey(low: 1, high: 2)) }
    }
}

/// What one stretch of the index holds.
private struct PartSums {
    var postings = FactSum()
    var heads = FactSum()
    var successors = FactSum()
}

/// One check under way.
private struct IndexCheck {
    let tenant: TenantStore
    let indexer: ResourceIndexer
    /// Finds the tokens that an entry may have: those of custom paths that are, or were, indexed for some entries only.
    let partial: ResourceIndexer?
    let snapshot: Snapshot
    let recentHeads: [(token: IdentityToken, head: Head)]
    /// Versions that no head leads to, as a newer one was erased.
    private var headless: Set<UInt64> = []
    /// Whether the index may still lead to what was erased: that is done in the background.
    private let isBehind: Bool
    private var report = CheckReport()

    init(tenant: TenantStore) throws {
        self.tenant = tenant
        let (whole, partial) = try tenant.parameters.plansToCheck(tenant.state.current)
        indexer = try ResourceIndexer(plans: whole, keys: tenant.keys)
        self.partial = try partial.map { try ResourceIndexer(plans: $0, keys: tenant.keys) }
        (snapshot, recentHeads) = tenant.state.currentWithHeads
        isBehind = try ErasureLoader(keys: tenant.keys, shared: tenant.shared, blocks: tenant.blocks).isBehind
        for (old, _) in snapshot.erased.replaced {
            var version: StoredResource? = try tenant.blocks.entry(old)
            while let present = version {
                headless.insert(present.sequence)
                version = try tenant.version(before: present, in: snapshot)
            }
        }
    }

    mutating func run(progress: (Int, Int) -> Void) throws -> CheckReport {
        var dead = FactSum()
        var runHeads = FactSum()
        for part in snapshot.parts {
            report.parts += 1
            let range = "\(part.firstSequence) to \(part.lastSequence)"
            let expected: PartSums
            let found: PartSums
            do {
                expected = try expectedSums(part, dead: &dead, progress: progress)
                found = try foundSums(part)
            } catch let error as StoreError {
                report.findings.append("\(range) cannot be read: \(error.detail)")
                continue
            }
            if expected.postings != found.postings {
                report.findings.append(
                    "the postings of \(range) differ: the log has \(expected.postings.count), the index "
                        + "\(found.postings.count)")
            }
            if expected.successors != found.successors {
                report.findings.append("the successors of \(range) differ")
            }
            if case .segment = part {
                if expected.heads != found.heads { report.findings.append("the heads of \(range) differ") }
            } else {
                runHeads = runHeads + expected.heads
            }
        }
        try compareRecentHeads(runHeads)
        compareDead(dead)
        return report
    }

    // MARK: From the log

    private mutating func expectedSums(
        _ part: IndexPart, dead: inout FactSum, progress: (Int, Int) -> Void
    ) throws -> PartSums {
        var sums = PartSums()
        for (old, new) in snapshot.erased.replaced where new >= part.firstSequence && new <= part.lastSequence {
            sums.successors.add(old, new)
            dead.add(old)
        }
        var next = part.firstSequence
        let firstOfKind = isRun(part) ? (snapshot.runs.first?.firstSequence ?? 0) : part.firstSequence
        while next <= part.lastSequence {
            let facts = try tenant.blocks.blockFacts(holding: next)
            guard facts.first == next else {
                report.findings.append("the block at \(facts.first) reaches over \(next), where another begins")
                return sums
            }
            let left = (facts.first...facts.last).filter { !snapshot.erased.contains($0) }
            if !left.isEmpty {
                let block = try tenant.blocks.block(holding: next)
                for sequence in left {
                    let entry = try block.entry(sequence)
                    try add(entry, part, firstOfKind: firstOfKind, to: &sums, dead: &dead)
                    try addPartial(entry, part, to: &sums)
                }
            }
            next += UInt64(facts.entries)
            report.entries += left.count
            progress(report.entries, Int(snapshot.lastSequence))
        }
        return sums
    }

    private func isRun(_ part: IndexPart) -> Bool {
        if case .run = part { return true }
        return false
    }

    private mutating func add(
        _ entry: StoredResource, _ part: IndexPart, firstOfKind: UInt64, to sums: inout PartSums, dead: inout FactSum
    ) throws {
        let indexed = try indexer.index(entry)
        let unowned = indexer.unownedToken
        for token in indexed.tokens where token != unowned { sums.postings.add(token, entry.sequence) }
        // What was written before there were subjects lacks it.
        if indexed.tokens.contains(unowned) { try add(unowned, ofMaybe: entry, part, to: &sums) }
        let isHeadless = headless.contains(entry.sequence)
        if !isHeadless { add(indexed, entry, to: &sums.heads) }
        guard let replaced = entry.replaces, !snapshot.erased.contains(replaced) else { return }
        sums.successors.add(replaced, entry.sequence)
        dead.add(replaced)
        let old = try tenant.blocks.entry(replaced)
        if old.type != entry.type || old.id != entry.id {
            report.findings.append("entry \(entry.sequence) replaces \(replaced), which is another resource")
        }
        if replaced >= firstOfKind, !headless.contains(replaced) {
            let before = try indexer.index(old)
            sums.heads.remove(
                before.identity.high, before.identity.low, replaced, before.contentHash, old.isDeleted ? 1 : 0)
        }
    }

    /// Adds what the index holds of the tokens that an entry may have, and may lack.
    private func addPartial(_ entry: StoredResource, _ part: IndexPart, to sums: inout PartSums) throws {
        guard let partial else { return }
        var tokens: [UInt64] = []
        try partial.appendPathTokens(entry, to: &tokens)
        for token in tokens { try add(token, ofMaybe: entry, part, to: &sums) }
    }

    /// Adds a token that an entry may have, and may lack, if the index holds it.
    private func add(
        _ token: UInt64, ofMaybe entry: StoredResource, _ part: IndexPart, to sums: inout PartSums
    ) throws {
        let offset = UInt32(entry.sequence - part.firstSequence)
        var offsets: [UInt32] = []
        try part.appendOffsets(token, in: OffsetWindow(offset...offset), into: &offsets)
        if !offsets.isEmpty { sums.postings.add(token, entry.sequence) }
    }

    private func add(_ indexed: IndexedEntry, _ entry: StoredResource, to heads: inout FactSum) {
        heads.add(
            indexed.identity.high, indexed.identity.low, entry.sequence, indexed.contentHash, entry.isDeleted ? 1 : 0)
    }

    // MARK: From the index

    private mutating func foundSums(_ part: IndexPart) throws -> PartSums {
        var sums = PartSums()
        var leftovers = 0
        let erased = snapshot.erased
        switch part {
        case .run(let run):
            for posting in run.postings { sums.postings.add(posting.token, run.firstSequence + UInt64(posting.offset)) }
            for successor in run.successors { sums.successors.add(successor.replaced, successor.replacement) }
        case .segment(let segment):
            var postings = try SegmentCursor<PostingPageReader>(segment)
            var offsets: [UInt32] = []
            while !postings.isAtEnd {
                offsets.removeAll(keepingCapacity: true)
                postings.reader.appendOffsets(to: &offsets, shift: 0)
                for offset in offsets {
                    let sequence = segment.sequence(offset)
                    if erased.contains(sequence) {
                        leftovers += 1
                    } else {
                        sums.postings.add(postings.reader.token, sequence)
                    }
                }
                try postings.advance()
            }
            var heads = try SegmentCursor<HeadPageReader>(segment)
            while !heads.isAtEnd {
                let entry = heads.reader.entry
                if erased.isNoHead(entry.token, segment.sequence(entry.offset)) {
                    leftovers += 1
                } else {
                    sums.heads.add(
                        entry.token.high, entry.token.low, segment.sequence(entry.offset), entry.contentHash,
                        entry.isDeleted ? 1 : 0)
                }
                try heads.advance()
            }
            var successors = try SegmentCursor<SuccessorPageReader>(segment)
            while !successors.isAtEnd {
                let successor = successors.reader.successor
                if erased.contains(successor.replaced) {
                    leftovers += 1
                } else {
                    sums.successors.add(successor.replaced, successor.replacement)
                }
                try successors.advance()
            }
        }
        if leftovers > 0, !isBehind {
            report.findings.append(
                "the index of \(part.firstSequence) to \(part.lastSequence) still leads to \(leftovers) erased entries")
        }
        return sums
    }

    private mutating func compareRecentHeads(_ expected: FactSum) throws {
        var found = FactSum()
        for (token, head) in recentHeads {
            found.add(token.high, token.low, head.sequence, head.contentHash, head.isDeleted ? 1 : 0)
        }
        if found != expected {
            report.findings.append("the heads in memory differ: the log has \(expected.count), they are \(found.count)")
        }
    }

    private mutating func compareDead(_ expected: FactSum) {
        var found = FactSum()
        let erased = snapshot.erased
        for (number, chunk) in snapshot.dead.chunks.enumerated() {
            guard let chunk else { continue }
            for (place, word) in chunk.words.enumerated() where word != 0 {
                for bit in 0..<64 where word & (1 << UInt64(bit)) != 0 {
                    let sequence = UInt64(number * DeadSet.chunkEntries + place * 64 + bit)
                    if !erased.contains(sequence) { found.add(sequence) }
                }
            }
        }
        if found != expected {
            report.findings.append(
                "the replaced entries differ: the log has \(expected.count), the index \(found.count)")
        }
    }
}
