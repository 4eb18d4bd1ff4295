/// Writes neighbouring segments, oldest first, as one.
enum SegmentMerge {
    /// - Parameters:
    ///   - areNeighbours: whether each ends where the next begins; if not, the last covers all others.
    ///   - erased: to what of it leads is left out.
    ///   - goesOn: asked now and then; `false` ends the merge.
    /// - Throws: `MergeStopped` where `goesOn` says so.
    static func write(
        _ segments: [Segment], areNeighbours: Bool = true, without erased: ErasedEntries, to writer: SegmentWriter,
        goesOn: () -> Bool
    ) throws {
        try writePostings(segments, areNeighbours: areNeighbours, without: erased, to: writer, goesOn)
        try writeHeads(segments, without: erased, to: writer, goesOn)
        try writeSuccessors(segments, without: erased, to: writer, goesOn)
    }

    /// Keys from one question whether to go on to the next.
    private static let keysPerQuestion = 4096

    private static func writePostings(
        _ segments: [Segment], areNeighbours: Bool, without erased: ErasedEntries, to writer: SegmentWriter,
        _ goesOn: () -> Bool
    ) throws {
        let hasErased = segments.contains { erased.holdsAny(from: $0.firstSequence, to: $0.lastSequence) }
        var cursors = try SegmentCursors<PostingPageReader>(segments)
        var offsets: [UInt32] = []
        var count = 0
        while let token = cursors.leastKey {
            count += 1
            if count % keysPerQuestion == 0, !goesOn() { throw MergeStopped() }
            offsets.removeAll(keepingCapacity: true)
            try cursors.take(token) { entry, segment in
                entry.appendOffsets(to: &offsets, shift: UInt32(segment.firstSequence - writer.firstSequence))
            }
            if !areNeighbours { offsets = OffsetSet.sorted(offsets) }
            if hasErased { offsets.removeAll { erased.contains(writer.firstSequence + UInt64($0)) } }
            try offsets.withUnsafeBufferPointer { try writer.addPostings(token, $0) }
        }
    }

    private static func writeHeads(
        _ segments: [Segment], without erased: ErasedEntries, to writer: SegmentWriter, _ goesOn: () -> Bool
    ) throws {
        var cursors = try SegmentCursors<HeadPageReader>(segments)
        var count = 0
        while let token = cursors.leastKey {
            count += 1
            if count % keysPerQuestion == 0, !goesOn() { throw MergeStopped() }
            // The newest segment that has the resource knows its newest version.
            var newest: (entry: HeadEntry, sequence: UInt64)?
            try cursors.take(token) { page, segment in newest = (page.entry, segment.sequence(page.entry.offset)) }
            guard let newest, erased.isEmpty || !erased.isNoHead(token, newest.sequence) else { continue }
            try writer.addHead(
                token, sequence: newest.sequence, contentHash: newest.entry.contentHash,
                isDeleted: newest.entry.isDeleted)
        }
    }

    private static func writeSuccessors(
        _ segments: [Segment], without erased: ErasedEntries, to writer: SegmentWriter, _ goesOn: () -> Bool
    ) throws {
        var cursors = try SegmentCursors<SuccessorPageReader>(segments)
        var count = 0
        while let replaced = cursors.leastKey {
            count += 1
            if count % keysPerQuestion == 0, !goesOn() { throw MergeStopped() }
            let isErased = erased.contains(replaced)
            try cursors.take(replaced) { page, _ in if !isErased { try writer.addSuccessor(page.successor) } }
        }
    }
}
