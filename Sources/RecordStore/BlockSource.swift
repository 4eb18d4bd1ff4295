internal import Base
internal import SQLDatabase
internal import Vault

/// Reads the blocks of a tenant's log and keeps those lately opened.
final class BlockSource: Sendable {
    let keys: TenantKeys
    let shared: StoreParts

    init(keys: TenantKeys, shared: StoreParts) {
        self.keys = keys
        self.shared = shared
    }

    /// The block that holds an entry.
    /// - Parameters:
    ///   - connection: the one to read with; `nil` for any.
    ///   - isKept: whether it is kept for later readers.
    /// - Throws: `StoreError.damaged` if it is missing or was altered, `.shredded` if its key is gone.
    func block(
        holding sequence: UInt64, on connection: (any SQLConnection)? = nil, isKept: Bool = true
    ) throws -> OpenedBlock {
        let position = LogPosition.position(tenant: keys.id, sequence: sequence)
        if let known = shared.blockCache.block(tenant: keys.id, holding: sequence) { return known }
        var found: OpenedBlock?
        let sql = """
            SELECT position, entries, key_id, committed_at, bytes FROM blocks WHERE position <= $1
            ORDER BY position DESC LIMIT 1
            """
        func find(_ connection: any SQLConnection) throws {
            try connection.query(sql, [.integer(position)]) { row in
                let first = row.integer(0)
                if first >> LogPosition.sequenceBits == keys.id, position < first + row.integer(1) {
                    found = try open(row)
                }
                return false
            }
        }
        if let connection { try find(connection) } else { try shared.database.read(find) }
        guard let found else { throw StoreError(code: .damaged, detail: "the log has no entry \(sequence)") }
        if isKept { shared.blockCache.insert(found, tenant: keys.id) }
        return found
    }

    /// One version of a resource.
    func entry(_ sequence: UInt64) throws -> StoredResource {
        try block(holding: sequence).entry(sequence)
    }

    /// Hands out the blocks from the one that begins at `first` on, in order; `body` takes what stands beside each and the
    /// block, `nil` if its key was shredded, and returns whether to go on.
    func forEachBlock(from first: UInt64, _ body: (BlockFacts, OpenedBlock?) throws -> Bool) throws {
        let sql = """
            SELECT position, entries, key_id, committed_at, bytes FROM blocks WHERE position >= $1 AND position < $2
            ORDER BY position
            """
        let bounds = [
            SQLValue.integer(LogPosition.position(tenant: keys.id, sequence: first)),
            .integer(LogPosition.position(tenant: keys.id + 1, sequence: 0)),
        ]
        try shared.database.read { connection in
            try connection.query(sql, bounds) { row in
                var opened: OpenedBlock?
                do {
                    opened = try open(row)
                } catch let error as StoreError where error.code == .shredded {}
                return try body(BlockFacts(row, tenant: keys.id), opened)
            }
        }
    }

    /// The entries of the blocks under some keys, from the block that begins at `first` on, ascending. Reads what stands
    /// beside every block.
    func sequences(under numbers: Set<Int64>, from first: UInt64 = 0) throws -> [UInt64] {
        var found: [UInt64] = []
        let sql = """
            SELECT position, entries, key_id, committed_at FROM blocks WHERE position >= $1 AND position < $2
            ORDER BY position
            """
        let bounds = [
            SQLValue.integer(LogPosition.position(tenant: keys.id, sequence: first)),
            .integer(LogPosition.position(tenant: keys.id + 1, sequence: 0)),
        ]
        try shared.database.read { connection in
            try connection.query(sql, bounds) { row in
                let facts = BlockFacts(row, tenant: keys.id)
                if numbers.contains(facts.key) { found += facts.first...facts.last }
                return true
            }
        }
        return found
    }

    /// The last entry of the log that was committed at `instant` or before; 0 for none.
    func lastSequence(at instant: Instant, upTo last: UInt64) throws -> UInt64 {
        var low: UInt64 = 0
        var high = last
        while low < high {
            let middle = low + (high - low + 1) / 2
            let block = try blockFacts(holding: middle)
            if block.committedAt <= instant.microseconds {
                low = min(block.last, high)
            } else {
                high = block.first - 1
            }
        }
        return low
    }

    /// When an entry was committed, in microseconds since 1970; 0 for the entry 0, before the log's first.
    func committedAt(_ sequence: UInt64) throws -> Int64 {
        sequence == 0 ? 0 : try blockFacts(holding: sequence).committedAt
    }

    /// What stands beside the block that holds an entry; the block itself is opened only if an older program wrote it.
    /// - Throws: `StoreError.damaged` if it is missing or was altered.
    func blockFacts(holding sequence: UInt64) throws -> BlockFacts {
        var found: BlockFacts?
        let sql = """
            SELECT position, entries, key_id, committed_at, mark FROM blocks WHERE position <= $1
            ORDER BY position DESC LIMIT 1
            """
        let position = LogPosition.position(tenant: keys.id, sequence: sequence)
        try shared.database.read { connection in
            try connection.query(sql, [.integer(position)]) { row in
                let facts = BlockFacts(row, tenant: keys.id)
                guard row.integer(0) >> LogPosition.sequenceBits == keys.id, sequence <= facts.last else {
                    return false
                }
                if row.isNull(4) {
                    // One that is shredded besides proves nothing: it stands in an old copy from before the purge.
                    do {
                        _ = try block(holding: sequence, on: connection)
                    } catch let error as StoreError where error.code == .shredded {}
                } else if row.integer(4) != facts.mark(keys.markKey) {
                    throw StoreError(
                        code: .damaged, detail: "what stands beside the block at \(facts.first) was altered")
                }
                found = facts
                return false
            }
        }
        guard let found else { throw StoreError(code: .damaged, detail: "the log has no entry \(sequence)") }
        return found
    }

    func open(_ row: any SQLRow) throws -> OpenedBlock {
        let facts = BlockFacts(row, tenant: keys.id)
        let first = facts.first
        do {
            let key = try keys.key(numbered: facts.key)
            let plain = try shared.openers.with { try $0.open(row.blob(4), key: key, context: facts.context) }
            return try OpenedBlock(
                plain, firstSequence: first, committedAt: Instant(microseconds: facts.committedAt))
        } catch let error as VaultError where error.code == .keyMissing {
            throw StoreError(code: .shredded, detail: "the block at \(first) is unreadable: its key was shredded")
        } catch let error as VaultError where error.code == .notAuthentic {
            throw StoreError(code: .damaged, detail: "the block at \(first) was altered or moved", cause: error)
        } catch let error as VaultError where error.code == .damaged {
            throw StoreError(
                code: .damaged, detail: "the block at \(first) has no key: \(error.detail)", cause: error)
        }
    }
}

/// Reads versions that often lie in one block: the block last opened is kept at hand.
struct BlockCursor {
    private let source: BlockSource
    private let connection: any SQLConnection
    private let isKept: Bool
    private var block: OpenedBlock?

    /// - Parameters:
    ///   - connection: the one to read with. Its transaction must have begun no earlier than the entries that are asked
    ///     for became durable.
    ///   - isKept: whether blocks are kept for later readers.
    init(_ source: BlockSource, on connection: any SQLConnection, isKept: Bool = true) {
        self.isKept = isKept
        self.source = source
        self.connection = connection
    }

    /// One version of a resource.
    mutating func entry(_ sequence: UInt64) throws -> StoredResource {
        if let block, block.holds(sequence) { return try block.entry(sequence) }
        let opened = try source.block(holding: sequence, on: connection, isKept: isKept)
        block = opened
        return try opened.entry(sequence)
    }
}
