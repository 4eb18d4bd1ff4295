internal import Base
internal import Vault

/// One part of the index in its file: which of a run of entries have which tokens, sealed in buckets by token, so that a
/// look-up opens one of them.
final class IndexPart: Sendable {
    let first: UInt64
    private let count: UInt64
    private let earliest: Instant
    private let latest: Instant
    private let places: [BatchPlace]
    /// Where each bucket begins, behind the directory; one more than there are buckets.
    private let bucketStarts: [UInt32]
    private let bucketsOffset: UInt64
    private let path: String
    private let keys: TrailKeys
    private let key: SecretKey

    private static let magic: [UInt8] = Array("MTLAIDX1".utf8)
    private static let headerBytes = 40
    private static let bucketCount = 256
    private static let directoryBytesMax = 16 << 20
    private static let bucketBytesMax = 256 << 20

    private static func bucket(of token: IndexToken) -> Int { Int(token.high >> 56) }

    private static func context(_ keys: TrailKeys, _ first: UInt64, _ section: String) -> [UInt8] {
        Array("martlet audit index of \(keys.tenant) \(keys.id) \(first) \(section)".utf8)
    }

    /// Writes the part of a full segment; whole and durable when this returns.
    static func write(
        _ segment: IndexSegment, _ folder: TrailFolder, _ keys: TrailKeys, _ storage: any TrailStorage
    ) throws {
        let key = try keys.indexKey(from: segment.first)
        let postings = segment.postings.sorted()
        let buckets = ByteWriter(capacity: 1 << 20)
        let plain = ByteWriter(capacity: 1 << 16)
        let list = ByteWriter(capacity: 1 << 12)
        var starts: [UInt32] = []
        var next = 0
        for bucket in 0..<bucketCount {
            plain.removeAll()
            while next < postings.count, Self.bucket(of: postings[next].token) == bucket {
                next = Self.write(postings, from: next, list, to: plain)
            }
            starts.append(UInt32(buckets.count))
            let context = context(keys, segment.first, "bucket \(bucket)")
            try Sealing.seal(plain.bytes, key: key, context: context, into: buckets)
        }
        starts.append(UInt32(buckets.count))
        plain.removeAll()
        plain.writeLittleEndian(segment.earliest.microseconds)
        plain.writeLittleEndian(segment.latest.microseconds)
        for place in segment.places {
            plain.writeLittleEndian(place.file)
            plain.writeLittleEndian(place.offset)
        }
        for start in starts { plain.writeLittleEndian(start) }
        let directory = ByteWriter(capacity: plain.count + Sealer.overheadBytes)
        try Sealing.seal(
            plain.bytes, key: key, context: context(keys, segment.first, "directory \(segment.count)"),
            into: directory)
        let output = ByteWriter(capacity: headerBytes + directory.count + buckets.count)
        magic.withUnsafeBytes { output.write($0) }
        keys.id.bytes.withUnsafeBytes { output.write($0) }
        output.writeLittleEndian(segment.first)
        output.writeLittleEndian(UInt32(segment.count))
        output.writeLittleEndian(UInt32(directory.count))
        output.write(directory.bytes)
        output.write(buckets.bytes)
        try TrailFile.replace(folder.indexPart(from: segment.first), with: output.copy(), storage)
    }

    /// Appends the list of one token: the token, how many bytes follow, and the gaps between its entries.
    /// - Returns: where the next token's postings begin.
    private static func write(
        _ postings: [IndexPosting], from start: Int, _ list: ByteWriter, to output: ByteWriter
    ) -> Int {
        let token = postings[start].token
        list.removeAll()
        var last: UInt32?
        var next = start
        while next < postings.count, postings[next].token == token {
            let entry = postings[next].entry
            // An entry may name the same patient twice.
            if entry != last {
                list.writeVarint(UInt64(entry - (last ?? 0)))
                last = entry
            }
            next += 1
        }
        output.writeLittleEndian(token.low)
        output.writeLittleEndian(token.high)
        output.writeVarint(UInt64(list.count))
        output.write(list.bytes)
        return next
    }

    /// Opens a part.
    /// - Throws: `AuditError.damaged` if it was altered, `.missing`, `.storage`.
    init(_ folder: TrailFolder, _ keys: TrailKeys, first: UInt64) throws(AuditError) {
        path = folder.indexPart(from: first)
        let file = try TrailFile(path)
        self.first = first
        self.keys = keys
        let damaged = AuditError(
            .damaged, "\(path) is no index part of this trail: remove it to have it made again")
        do {
            key = try keys.indexKey(from: first)
        } catch {
            throw AuditError(.keys, "an index key cannot be derived", cause: error)
        }
        let head = ByteWriter(capacity: Self.headerBytes)
        try file.read(Self.headerBytes, at: 0, into: head)
        var reader = ByteReader(head.bytes)
        guard let magic = reader.readBytes(8), magic.elementsEqual(Self.magic),
            let id = reader.readBytes(TrailID.byteCount), id.elementsEqual(keys.id.bytes),
            reader.readLittleEndian(UInt64.self) == first, let count = reader.readLittleEndian(UInt32.self),
            let size = reader.readLittleEndian(UInt32.self), size <= Self.directoryBytesMax
        else { throw damaged }
        self.count = UInt64(count)
        bucketsOffset = UInt64(Self.headerBytes) + UInt64(size)
        let sealed = ByteWriter(capacity: Int(size))
        try file.read(Int(size), at: UInt64(Self.headerBytes), into: sealed)
        let plain = ByteWriter(capacity: Int(size))
        do {
            try Sealing.open(
                sealed.copy(), key: key, context: Self.context(keys, first, "directory \(count)"), into: plain)
        } catch {
            throw damaged
        }
        guard let directory = Self.directory(plain.bytes, count: Int(count)) else { throw damaged }
        (earliest, latest, places, bucketStarts) = directory
    }

    private static func directory(
        _ bytes: UnsafeRawBufferPointer, count: Int
    ) -> (Instant, Instant, [BatchPlace], [UInt32])? {
        var reader = ByteReader(bytes)
        guard let earliest = reader.readLittleEndian(Int64.self), let latest = reader.readLittleEndian(Int64.self)
        else { return nil }
        var places: [BatchPlace] = []
        for _ in 0..<(count + Int(IndexSegment.placeEvery) - 1) / Int(IndexSegment.placeEvery) {
            guard let file = reader.readLittleEndian(UInt64.self), let offset = reader.readLittleEndian(UInt64.self)
            else { return nil }
            places.append(BatchPlace(file: file, offset: offset))
        }
        var starts: [UInt32] = []
        for _ in 0...bucketCount {
            guard let start = reader.readLittleEndian(UInt32.self), start >= starts.last ?? 0 else { return nil }
            starts.append(start)
        }
        guard reader.remaining == 0 else { return nil }
        return (Instant(microseconds: earliest), Instant(microseconds: latest), places, starts)
    }

    /// The run of entries, if some of it may match.
    /// - Returns: `nil` if none does.
    func match(_ tokens: [IndexToken], from: Instant?, to: Instant?) throws(AuditError) -> LiveIndex.Match? {
        if let from, latest < from { return nil }
        if let to, earliest >= to { return nil }
        guard !tokens.isEmpty else { return LiveIndex.Match(numbers: nil, first: first, end: first + count) }
        var common: [UInt32]?
        for token in tokens {
            let found = try entries(of: token)
            guard let before = common else {
                common = found
                continue
            }
            let kept = Set(found)
            common = before.filter { kept.contains($0) }
        }
        guard let common, !common.isEmpty else { return nil }
        return LiveIndex.Match(numbers: common.map { first + UInt64($0) }, first: first, end: first + count)
    }

    /// The batch from which on an entry is found.
    func place(of number: UInt64) -> BatchPlace? {
        guard number >= first, number - first < count else { return nil }
        return places[Int((number - first) / IndexSegment.placeEvery)]
    }

    private func entries(of token: IndexToken) throws(AuditError) -> [UInt32] {
        let bucket = Self.bucket(of: token)
        let size = Int(bucketStarts[bucket + 1] - bucketStarts[bucket])
        let damaged = AuditError(.damaged, "\(path) was altered: remove it to have it made again")
        guard size <= Self.bucketBytesMax else { throw damaged }
        let sealed = ByteWriter(capacity: size)
        // Not kept open: many parts are known at once.
        try TrailFile(path).read(size, at: bucketsOffset + UInt64(bucketStarts[bucket]), into: sealed)
        let plain = ByteWriter(capacity: size)
        do {
            try Sealing.open(
                sealed.copy(), key: key, context: Self.context(keys, first, "bucket \(bucket)"), into: plain)
        } catch {
            throw damaged
        }
        var reader = ByteReader(plain.bytes)
        while reader.remaining > 0 {
            guard let low = reader.readLittleEndian(UInt64.self), let high = reader.readLittleEndian(UInt64.self),
                let length = reader.readVarint(), let bytes = reader.readBytes(Int(clamping: length))
            else { throw damaged }
            guard IndexToken(low: low, high: high) == token else { continue }
            var list = ByteReader(bytes)
            var found: [UInt32] = []
            var last: UInt64 = 0
            while list.remaining > 0 {
                guard let gap = list.readVarint(), gap < count, last + gap < count else { throw damaged }
                last += gap
                found.append(UInt32(last))
            }
            return found
        }
        return []
    }
}
