/// Writes neighbouring segments, oldest first, as one.
enum SegmentMerge {
    /// - Parameters:
    ///   - areNeighbours: whether each ends where the next begins; if not, the last covers all others.
    ///   - goesOn: asked now and then; `false` ends the merge.
    /// - Throws: `MergeStopped` where `goesOn` says so.
    static func write(
        _ segments: [Segment], areNeighbours: Bool = true, to writer: SegmentWriter, goesOn: () -> Bool
    ) throws {
        try writePostings(segments, areNeighbours: areNeighbours, to: writer, goesOn)
        try writeHeads(segments, to: writer, goesOn)
        try writeSuccessors(segments, to: writer, goesOn)
    }

    /// Keys from one question whether to go on to the next.
    private static let keysPerQuestion = 4096

    private static func writePostings(
        _ segments: [Segment], areNeighbours: Bool, to writer: SegmentWriter, _ goesOn: () -> Bool
    ) throws {
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
            try offsets.withUnsafeBufferPointer { try writer.addPostings(token, $0) }
        }
    }

    private static func writeHeads(
        _ segments: [Segment], to writer: SegmentWriter, _ goesOn: () -> Bool
    ) throws {
        var cursors = try SegmentCursors<HeadPageReader>(segments)
        var count = 0
        while let token = cursors.leastKey {
            count += 1
            if count % keysPerQuestion == 0, !goesOn() { throw MergeStopped() }
            // The newest segment that has the resource knows its newest version.
            var newest: (entry: HeadEntry, sequence: UInt64)?
            try cursors.take(token) { page, segment in newest = (page.entry, segment.sequence(page.entry.offset)) }
            guard let newest else { continue }
            try writer.addHead(
                token, sequence: newest.sequence, contentHash: newest.entry.contentHash,
                isDeleted: newest.entry.isDeleted)
        }
    }

    private static func writeSuccessors(
        _ segments: [Segment], to writer: SegmentWriter, _ goesOn: () -> Bool
    ) throws {
        var cursors = try SegmentCursors<SuccessorPageReader>(segments)
        var count = 0
        while let replaced = cursors.leastKey {
            count += 1
            if count % keysPerQuestion == 0, !goesOn() { throw MergeStopped() }
            try cursors.take(replaced) { page, _ in try writer.addSuccessor(page.successor) }
        }
    }
}
