internal import Base

/// Where in a segment which page begins. Pages are numbered from 0: postings, then heads, then successors.
struct SegmentDirectory: Sendable {
    /// The first token of each page of postings.
    var postingTokens: [UInt64] = []
    /// The first offset of each page of postings.
    var postingOffsets: [UInt32] = []
    /// The upper half of the first token of each page of heads.
    var headTokens: [UInt64] = []
    /// The first replaced sequence number of each page of successors.
    var successorSequences: [UInt64] = []
    /// How many heads there are.
    var headCount = 0
    /// How many postings there are.
    var postingCount = 0

    var postingPage: Int { 0 }
    var headPage: Int { postingTokens.count }
    var successorPage: Int { postingTokens.count + headTokens.count }
    var pageCount: Int { successorPage + successorSequences.count }

    /// The directory's stored form.
    func encoded() -> [UInt8] {
        let writer = ByteWriter()
        for count in [postingTokens.count, headTokens.count, successorSequences.count, headCount, postingCount] {
            writer.writeVarint(UInt64(count))
        }
        for token in postingTokens { writer.writeLittleEndian(token) }
        for offset in postingOffsets { writer.writeLittleEndian(offset) }
        for token in headTokens { writer.writeLittleEndian(token) }
        for sequence in successorSequences { writer.writeLittleEndian(sequence) }
        return writer.copy()
    }

    init() {}

    /// Reads the stored form; `nil` if it is malformed.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        var counts: [Int] = []
        for _ in 0..<5 {
            guard let count = reader.readVarint(), count < 1 << 40 else { return nil }
            counts.append(Int(count))
        }
        guard reader.remaining == counts[0] * 12 + counts[1] * 8 + counts[2] * 8 else { return nil }
        headCount = counts[3]
        postingCount = counts[4]
        postingTokens = (0..<counts[0]).compactMap { _ in reader.readLittleEndian(UInt64.self) }
        postingOffsets = (0..<counts[0]).compactMap { _ in reader.readLittleEndian(UInt32.self) }
        headTokens = (0..<counts[1]).compactMap { _ in reader.readLittleEndian(UInt64.self) }
        successorSequences = (0..<counts[2]).compactMap { _ in reader.readLittleEndian(UInt64.self) }
    }
}
