internal import Base
internal import SQLDatabase
internal import Vault

/// Writes the pages of one new segment: postings by token, then heads, then successors, each in ascending order.
///
/// Pages go to the database in short transactions under the segment's number; nobody sees them before the segment
/// itself is entered. An unfinished segment's pages are deleted when the store is opened again.
final class SegmentWriter {
    let id: Int64
    let firstSequence: UInt64
    private let database: any SQLDatabase
    private let keys: TenantKeys
    private let sealer: Sealer
    private var postings = PostingPageWriter()
    private var heads = HeadPageWriter()
    private var successors = SuccessorPageWriter()
    private var directory = SegmentDirectory()
    private var filter: BloomFilter
    private var waiting: [(position: Int64, sealed: [UInt8])] = []
    private var waitingBytes = 0

    /// Bytes of pages per transaction: commits wait for it no longer than a few milliseconds.
    private static let transactionBytes = 1 << 20

    init(
        id: Int64, firstSequence: UInt64, headCount: Int, database: any SQLDatabase, keys: TenantKeys, sealer: Sealer
    ) {
        self.id = id
        self.firstSequence = firstSequence
        self.database = database
        self.keys = keys
        self.sealer = sealer
        filter = BloomFilter(count: headCount)
    }

    /// Adds a token with its ascending offsets.
    func addPostings(_ token: UInt64, _ offsets: UnsafeBufferPointer<UInt32>) throws {
        try postings.add(token: token, offsets: offsets) { writer in try self.emit(&writer) }
        directory.postingCount += offsets.count
    }

    /// Adds all postings of a run.
    func addPostings(of run: PostingRun) throws {
        var offsets: [UInt32] = []
        var index = 0
        while index < run.postings.count {
            let token = run.postings[index].token
            offsets.removeAll(keepingCapacity: true)
            while index < run.postings.count, run.postings[index].token == token {
                if offsets.last != run.postings[index].offset { offsets.append(run.postings[index].offset) }
                index += 1
            }
            try offsets.withUnsafeBufferPointer { try addPostings(token, $0) }
        }
    }

    private func emit(_ writer: inout PostingPageWriter) throws {
        directory.postingTokens.append(writer.firstToken)
        directory.postingOffsets.append(writer.firstOffset)
        try writer.finishPage { try store($0, number: directory.postingTokens.count - 1) }
    }

    /// Adds a head; all postings must have been added.
    func addHead(_ token: IdentityToken, sequence: UInt64, contentHash: UInt64, isDeleted: Bool) throws {
        if !postings.isEmpty { try emit(&postings) }
        filter.insert(token)
        directory.headCount += 1
        try heads.add(
            token, offset: UInt32(sequence - firstSequence), contentHash: contentHash, isDeleted: isDeleted
        ) { writer in try self.emit(&writer) }
    }

    private func emit(_ writer: inout HeadPageWriter) throws {
        directory.headTokens.append(writer.first)
        try writer.finishPage { try store($0, number: directory.successorPage - 1) }
    }

    /// Adds a successor; all heads must have been added.
    func addSuccessor(_ successor: Successor) throws {
        if !postings.isEmpty { try emit(&postings) }
        if !heads.isEmpty { try emit(&heads) }
        try successors.add(successor, firstSequence: firstSequence) { writer in try self.emit(&writer) }
    }

    private func emit(_ writer: inout SuccessorPageWriter) throws {
        directory.successorSequences.append(writer.first)
        try writer.finishPage { try store($0, number: directory.pageCount - 1) }
    }

    /// Writes what is left. The segment can be entered afterwards.
    func finish() throws -> (directory: SegmentDirectory, filter: BloomFilter) {
        if !postings.isEmpty { try emit(&postings) }
        if !heads.isEmpty { try emit(&heads) }
        if !successors.isEmpty { try emit(&successors) }
        try flush()
        return (directory, filter)
    }

    private func store(_ page: UnsafeRawBufferPointer, number: Int) throws {
        let position = SegmentPosition.page(segment: id, number: number)
        let sealed = ByteWriter(capacity: page.count + Sealer.overheadBytes)
        try SegmentPosition.context(tenant: keys.id, position: position).withUnsafeBytes { context in
            try sealer.seal(page, key: keys.indexKey, context: context, into: sealed)
        }
        waiting.append((position, sealed.copy()))
        waitingBytes += sealed.count
        if waitingBytes >= Self.transactionBytes { try flush() }
    }

    private func flush() throws {
        guard !waiting.isEmpty else { return }
        try database.write { connection in
            for page in waiting {
                try connection.execute(
                    "INSERT INTO segment_pages (position, bytes) VALUES ($1, $2)",
                    [.integer(page.position), .blob(page.sealed)])
            }
        }
        waiting.removeAll(keepingCapacity: true)
        waitingBytes = 0
    }
}
