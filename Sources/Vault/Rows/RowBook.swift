internal import Base
internal import SQLDatabase

/// How many rows a table has, and a sum of keyed hashes of their marks: equal only for the same rows in any order.
struct MarkSum: Equatable {
    private(set) var count: UInt64 = 0
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init() {}

    mutating func add(_ mark: [UInt8], _ key: SipKey) {
        let hash = mark.withUnsafeBytes { SipHash.hash128($0, key: key) }
        count &+= 1
        low &+= hash.low
        high &+= hash.high
    }

    mutating func remove(_ mark: [UInt8], _ key: SipKey) {
        let hash = mark.withUnsafeBytes { SipHash.hash128($0, key: key) }
        count &-= 1
        low &-= hash.low
        high &-= hash.high
    }

    func write(to writer: ByteWriter) {
        for word in [count, low, high] { writer.writeLittleEndian(word) }
    }

    init?(_ reader: inout ByteReader) {
        guard let count = reader.readLittleEndian(UInt64.self), let low = reader.readLittleEndian(UInt64.self),
            let high = reader.readLittleEndian(UInt64.self)
        else { return nil }
        self.count = count
        self.low = low
        self.high = high
    }
}

/// What the rows of some tables must be: without it one that is missing, or is as it once was, would not be noticed. It is
/// sealed, and changed in the transaction that changes them.
struct RowBook: Equatable {
    /// Grows with each change that must not be taken back by an older copy of the file.
    var epoch: UInt64 = 0
    /// By the names of tables.
    var sums: [String: MarkSum] = [:]

    private static let format: UInt8 = 1

    init() {}

    func bytes() -> [UInt8] {
        let writer = ByteWriter(capacity: 512)
        writer.write(Self.format)
        writer.writeLittleEndian(epoch)
        for (name, sum) in sums.sorted(by: { $0.key < $1.key }) {
            writer.writeVarint(UInt64(name.utf8.count))
            writer.write(name)
            sum.write(to: writer)
        }
        return writer.copy()
    }

    /// - Returns: `nil` if the bytes are not what `bytes` makes.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        guard reader.readByte() == Self.format, let epoch = reader.readLittleEndian(UInt64.self) else { return nil }
        self.epoch = epoch
        while reader.remaining > 0 {
            guard let count = reader.readVarint(), let length = Int(exactly: count),
                let name = reader.readBytes(length), let sum = MarkSum(&reader)
            else { return nil }
            sums[String(decoding: name, as: UTF8.self)] = sum
        }
    }
}
