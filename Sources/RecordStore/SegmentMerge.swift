/// Writes neighbouring segments, oldest first, as one.
enum SegmentMerge {
    static func write(_ segments: [Segment], to writer: SegmentWriter) throws {
        try writePostings(segments, to: writer)
        try writeHeads(segments, to: writer)
        try writeSuccessors(segments, to: writer)
    }

    private static func writePostings(_ segments: [Segment], to writer: SegmentWriter) throws {
        var cursors = try SegmentCursors<PostingPageReader>(segments)
        var offsets: [UInt32] = []
        while let token = cursors.leastKey {
            offsets.removeAll(keepingCapacity: true)
            try cursors.take(token) { entry, segment in
                entry.appendOffsets(to: &offsets, shift: UInt32(segment.firstSequence - writer.firstSequence))
            }
            try offsets.withUnsafeBufferPointer { try writer.addPostings(token, $0) }
        }
    }

    private static func writeHeads(_ segments: [Segment], to writer: SegmentWriter) throws {
        var cursors = try SegmentCursors<HeadPageReader>(segments)
        while let token = cursors.leastKey {
            // The newest segment that has the resource knows its newest version.
            var newest: (entry: HeadEntry, sequence: UInt64)?
            try cursors.take(token) { page, segment in newest = (page.entry, segment.sequence(page.entry.offset)) }
            guard let newest else { continue }
            try writer.addHead(
                token, sequence: newest.sequence, contentHash: newest.entry.contentHash,
                isDeleted: newest.entry.isDeleted)
        }
    }

    private static func writeSuccessors(_ segments: [Segment], to writer: SegmentWriter) throws {
        var cursors = try SegmentCursors<SuccessorPageReader>(segments)
        while let replaced = cursors.leastKey {
            try cursors.take(replaced) { page, _ in try writer.addSuccessor(page.successor) }
        }
    }
}
