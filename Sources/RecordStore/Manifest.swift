internal import Base
internal import SQLDatabase
internal import Vault

/// How many rows of a kind there are, and a sum of keyed hashes of them: equal only for the same rows, whatever their
/// order.
struct RowSum: Equatable {
    private(set) var count: UInt64 = 0
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init() {}

    mutating func add(_ row: UnsafeRawBufferPointer, _ key: SipKey) {
        let hash = SipHash.hash128(row, key: key)
        count &+= 1
        low &+= hash.low
        high &+= hash.high
    }

    mutating func remove(_ row: UnsafeRawBufferPointer, _ key: SipKey) {
        let hash = SipHash.hash128(row, key: key)
        count &-= 1
        low &-= hash.low
        high &-= hash.high
    }

    mutating func add(_ words: [UInt64], _ key: SipKey) {
        words.withUnsafeBytes { add($0, key) }
    }

    mutating func remove(_ words: [UInt64], _ key: SipKey) {
        words.withUnsafeBytes { remove($0, key) }
    }

    fileprivate func write(to writer: ByteWriter) {
        for word in [count, low, high] { writer.writeLittleEndian(word) }
    }

    fileprivate init?(_ reader: inout ByteReader) {
        guard let count = reader.readLittleEndian(UInt64.self), let low = reader.readLittleEndian(UInt64.self),
            let high = reader.readLittleEndian(UInt64.self)
        else { return nil }
        self.count = count
        self.low = low
        self.high = high
    }
}

/// What a tenant's rows must be, of all kinds of which one that is missing, or is as it once was, would not be noticed.
/// It is sealed, and changed in the transaction that changes them.
struct Manifest: Equatable {
    /// The last entry of the log.
    var lastSequence: UInt64 = 0
    /// Segments in use: number, first and last entry.
    var segments = RowSum()
    /// Chunks of the dead set: number, then its words.
    var dead = RowSum()
    var customPaths = RowSum()
    var awaited = RowSum()
    /// Erasures: number and state.
    var erasures = RowSum()

    private static let format: UInt8 = 1

    init() {}

    private var sums: [RowSum] { [segments, dead, customPaths, awaited, erasures] }

    fileprivate func write(to writer: ByteWriter) {
        writer.write(Self.format)
        writer.writeLittleEndian(lastSequence)
        for sum in sums { sum.write(to: writer) }
    }

    fileprivate init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        guard reader.readByte() == Self.format, let last = reader.readLittleEndian(UInt64.self),
            let segments = RowSum(&reader), let dead = RowSum(&reader), let paths = RowSum(&reader),
            let awaited = RowSum(&reader), let erasures = RowSum(&reader), reader.remaining == 0
        else { return nil }
        lastSequence = last
        self.segments = segments
        self.dead = dead
        customPaths = paths
        self.awaited = awaited
        self.erasures = erasures
    }
}

/// The manifests of tenants.
enum ManifestTable {
    /// - Returns: `nil` if the tenant has none.
    /// - Throws: `StoreError.damaged` if it was altered.
    static func load(_ keys: TenantKeys, sealer: Sealer, on connection: any SQLConnection) throws -> Manifest? {
        var found: Manifest?
        let sql = "SELECT bytes FROM manifests WHERE tenant_id = $1"
        try connection.query(sql, [.integer(keys.id)]) { row in
            let plain = ByteWriter(capacity: 256)
            do {
                try context(keys).withUnsafeBytes {
                    try sealer.open(row.blob(0), key: keys.indexKey, context: $0, into: plain)
                }
            } catch {
                throw StoreError(code: .damaged, detail: "the manifest of the index was altered", cause: error)
            }
            guard let manifest = Manifest(plain.bytes) else {
                throw StoreError(code: .damaged, detail: "the manifest of the index is malformed")
            }
            found = manifest
            return false
        }
        return found
    }

    /// Changes the manifest along with the rows that it tells of.
    static func update(
        _ keys: TenantKeys, sealer: Sealer, on connection: any SQLConnection, _ change: (inout Manifest) throws -> Void
    ) throws {
        let before = try load(keys, sealer: sealer, on: connection)
        var manifest = before ?? Manifest()
        try change(&manifest)
        if manifest == before { return }
        let plain = ByteWriter(capacity: 256)
        manifest.write(to: plain)
        let sealed = ByteWriter(capacity: 256)
        try context(keys).withUnsafeBytes {
            try sealer.seal(plain.bytes, key: keys.indexKey, context: $0, into: sealed)
        }
        try connection.execute(
            """
            INSERT INTO manifests (tenant_id, bytes) VALUES ($1, $2)
            ON CONFLICT (tenant_id) DO UPDATE SET bytes = excluded.bytes
            """,
            [.integer(keys.id), .bytes(sealed.bytes)])
    }

    private static func context(_ keys: TenantKeys) -> [UInt8] {
        Array("manifest \(keys.id)".utf8)
    }
}
