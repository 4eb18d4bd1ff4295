internal import Base
internal import SQLDatabase

/// What stands beside a block's sealed bytes.
struct BlockFacts {
    let tenant: Int64
    let first: UInt64
    let entries: Int
    /// The number of the key that the block is sealed under.
    var key: Int64
    /// Microseconds since 1970.
    let committedAt: Int64

    init(tenant: Int64, first: UInt64, entries: Int, key: Int64, committedAt: Int64) {
        self.tenant = tenant
        self.first = first
        self.entries = entries
        self.key = key
        self.committedAt = committedAt
    }

    /// - Parameter row: its first columns are `position`, `entries`, `key_id`, `committed_at`.
    init(_ row: any SQLRow, tenant: Int64) {
        self.init(
            tenant: tenant, first: LogPosition.sequence(row.integer(0)), entries: Int(row.integer(1)),
            key: row.integer(2), committedAt: row.integer(3))
    }

    var last: UInt64 { first + UInt64(max(entries, 1)) - 1 }

    /// What is bound to the sealing of the bytes.
    var context: [UInt8] {
        Array("log block \(tenant) \(first) \(entries) \(key) \(committedAt)".utf8)
    }

    /// What proves the facts without the block being opened: times are searched, and a shredded block cannot be opened.
    func mark(_ key: SipKey) -> Int64 {
        let words = [
            UInt64(bitPattern: tenant), first, UInt64(entries), UInt64(bitPattern: self.key),
            UInt64(bitPattern: committedAt),
        ]
        return Int64(bitPattern: words.withUnsafeBytes { SipHash.hash64($0, key: key) })
    }
}
