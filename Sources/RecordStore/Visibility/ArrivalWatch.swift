internal import FHIR

/// Tells which entries of some types came since it was asked last. Not thread-safe.
struct ArrivalWatch {
    let types: [TypeID]
    private(set) var seen: UInt64 = 0

    init(_ types: [TypeID]) {
        self.types = types
    }

    /// The entries of the types, deletions included, that came behind what was seen; ascending.
    mutating func arrivals(_ snapshot: Snapshot, _ indexer: ResourceIndexer) throws -> [UInt64] {
        guard snapshot.lastSequence > seen else { return [] }
        let tokens = types.flatMap { [indexer.typeToken($0), indexer.deletionToken($0)] }
        var found: [UInt64] = []
        for part in snapshot.parts where part.lastSequence > seen {
            let first = UInt32(max(part.firstSequence, seen + 1) - part.firstSequence)
            let window = OffsetWindow(first...UInt32(part.lastSequence - part.firstSequence))
            var offsets: [UInt32] = []
            for token in tokens { try part.appendOffsets(token, in: window, into: &offsets) }
            for offset in OffsetSet.sorted(offsets) where offset >= first {
                found.append(part.firstSequence + UInt64(offset))
            }
        }
        seen = snapshot.lastSequence
        return found
    }

    /// Takes all that is there as seen.
    mutating func skip(to snapshot: Snapshot) {
        seen = max(seen, snapshot.lastSequence)
    }
}
