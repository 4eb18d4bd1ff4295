internal import Base

/// Joins what several neighbours say of each token into one ascending stream.
enum SegmentMerge {
    /// Writes the postings, heads and successors of neighbouring segments, oldest first, as one.
    static func write(_ segments: [Segment], to writer: SegmentWriter) throws {
        try writePostings(segments, to: writer)
        try writeHeads(segments, to: writer)
        try writeSuccessors(segments, to: writer)
    }

    private static func writePostings(_ segments: [Segment], to writer: SegmentWriter) throws {
        let cursors = segments.map { PostingCursor($0) }
        for cursor in cursors { try cursor.advance() }
        let shifts = segments.map { UInt32($0.firstSequence - writer.firstSequence) }
        var offsets: [UInt32] = []
        while let token = cursors.compactMap({ $0.token }).min() {
            offsets.removeAll(keepingCapacity: true)
            for (cursor, shift) in zip(cursors, shifts) {
                while cursor.token == token {
                    cursor.appendOffsets(to: &offsets, shift: shift)
                    try cursor.advance()
                }
            }
            try offsets.withUnsafeBufferPointer { try writer.addPostings(token, $0) }
        }
    }

    private static func writeHeads(_ segments: [Segment], to writer: SegmentWriter) throws {
        let cursors = segments.map { HeadCursor($0) }
        for cursor in cursors { try cursor.advance() }
        while let token = cursors.compactMap({ $0.entry?.token }).min() {
            // The newest segment that has the resource knows its newest version.
            var newest: (segment: Segment, entry: HeadEntry)?
            for (cursor, segment) in zip(cursors, segments) where cursor.entry?.token == token {
                newest = cursor.entry.map { (segment, $0) }
                try cursor.advance()
            }
            guard let newest else { continue }
            try writer.addHead(
                token, sequence: newest.segment.sequence(newest.entry.offset), contentHash: newest.entry.contentHash,
                isDeleted: newest.entry.isDeleted)
        }
    }

    private static func writeSuccessors(_ segments: [Segment], to writer: SegmentWriter) throws {
        let cursors = segments.map { SuccessorCursor($0) }
        for cursor in cursors { try cursor.advance() }
        while let next = cursors.filter({ $0.entry != nil }).min(by: { $0.replaced < $1.replaced }) {
            if let entry = next.entry { try writer.addSuccessor(entry) }
            try next.advance()
        }
    }
}

/// Walks all postings of a segment.
final class PostingCursor {
    private let segment: Segment
    private var pageNumber = 0
    private var page: CachedBytes?
    private var reader: PostingPageReader?
    /// The token of the present list; `nil` at the end.
    private(set) var token: UInt64?

    init(_ segment: Segment) {
        self.segment = segment
    }

    /// Moves to the next list.
    func advance() throws {
        while true {
            if reader?.next() == true {
                token = reader?.token
                return
            }
            if reader?.isDamaged == true {
                throw StoreError(code: .damaged, detail: "a page of the index segment \(segment.id) is malformed")
            }
            guard pageNumber < segment.directory.postingTokens.count else {
                token = nil
                return
            }
            let next = try segment.page(segment.directory.postingPage + pageNumber)
            pageNumber += 1
            page = next
            reader = PostingPageReader(next.bytes)
        }
    }

    /// Appends the present list's offsets.
    func appendOffsets(to offsets: inout [UInt32], shift: UInt32) {
        reader?.appendOffsets(to: &offsets, shift: shift)
    }
}

/// Walks all heads of a segment.
final class HeadCursor {
    private let segment: Segment
    private var pageNumber = 0
    private var page: CachedBytes?
    private var reader: HeadPageReader?
    /// The present head; `nil` at the end.
    private(set) var entry: HeadEntry?

    init(_ segment: Segment) {
        self.segment = segment
    }

    /// Moves to the next head.
    func advance() throws {
        while true {
            entry = reader?.next()
            if entry != nil { return }
            if reader?.isDamaged == true {
                throw StoreError(code: .damaged, detail: "a page of the index segment \(segment.id) is malformed")
            }
            guard pageNumber < segment.directory.headTokens.count else { return }
            let next = try segment.page(segment.directory.headPage + pageNumber)
            pageNumber += 1
            page = next
            reader = HeadPageReader(next.bytes)
        }
    }
}

/// Walks all successors of a segment.
final class SuccessorCursor {
    private let segment: Segment
    private var pageNumber = 0
    private var page: CachedBytes?
    private var reader: SuccessorPageReader?
    /// The present pair; `nil` at the end.
    private(set) var entry: Successor?

    init(_ segment: Segment) {
        self.segment = segment
    }

    /// What the present pair replaced.
    var replaced: UInt64 { entry?.replaced ?? .max }

    /// Moves to the next pair.
    func advance() throws {
        while true {
            entry = reader?.next()
            if entry != nil { return }
            if reader?.isDamaged == true {
                throw StoreError(code: .damaged, detail: "a page of the index segment \(segment.id) is malformed")
            }
            guard pageNumber < segment.directory.successorSequences.count else { return }
            let next = try segment.page(segment.directory.successorPage + pageNumber)
            pageNumber += 1
            page = next
            reader = SuccessorPageReader(next.bytes, firstSequence: segment.firstSequence)
        }
    }
}
