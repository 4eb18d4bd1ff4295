internal import Base
internal import SQLDatabase

/// Which identifiers unresolved references wait for, and which entries of the log hold those references.
final class AwaitedReferences: @unchecked Sendable {
    // Safe to share: the map is used under `lock`.
    private let lock = Lock()
    private let tenant: Int64
    private var waiting: [UInt64: [UInt64]] = [:]

    init(tenant: Int64, database: any SQLDatabase) throws {
        self.tenant = tenant
        try database.read { connection in
            let sql = "SELECT token, seq FROM awaited_references WHERE tenant_id = $1"
            try connection.query(sql, [.integer(tenant)]) { row in
                waiting[UInt64(bitPattern: row.integer(0)), default: []].append(UInt64(row.integer(1)))
                return true
            }
        }
    }

    /// Whether nothing is waited for.
    var isEmpty: Bool { lock.withLock { waiting.isEmpty } }

    /// How many references wait.
    var count: Int { lock.withLock { waiting.values.reduce(0) { $0 + $1.count } } }

    /// Every entry with a reference that waits, in the order of the log.
    var sequences: [UInt64] { lock.withLock { Set(waiting.values.joined()).sorted() } }

    /// Writes down what a commit waits for, in the commit's own transaction.
    func insert(_ awaited: [(token: UInt64, sequence: UInt64)], on connection: any SQLConnection) throws {
        for (token, sequence) in awaited {
            try connection.execute(
                "INSERT INTO awaited_references (tenant_id, token, seq) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                [.integer(tenant), .integer(Int64(bitPattern: token)), .integer(Int64(sequence))])
        }
    }

    /// Strikes off entries that were replaced, in the transaction of what replaced them.
    func delete(replaced: [UInt64], on connection: any SQLConnection) throws {
        let known = lock.withLock { Set(waiting.values.joined()) }
        for sequence in replaced where known.contains(sequence) {
            try connection.execute(
                "DELETE FROM awaited_references WHERE tenant_id = $1 AND seq = $2",
                [.integer(tenant), .integer(Int64(sequence))])
        }
    }

    /// Takes in what a durable commit waits for and brought.
    /// - Returns: the entries that waited for what it brought.
    func take(_ unit: CommitUnit) -> [UInt64] {
        lock.withLock {
            if !waiting.isEmpty, !unit.replaced.isEmpty {
                let replaced = Set(unit.replaced)
                waiting = waiting.compactMapValues { sequences in
                    let left = sequences.filter { !replaced.contains($0) }
                    return left.isEmpty ? nil : left
                }
            }
            for (token, sequence) in unit.awaited { waiting[token, default: []].append(sequence) }
            guard !waiting.isEmpty else { return [] }
            return Array(Set(unit.tokens.compactMap { waiting[$0] }.joined())).sorted()
        }
    }
}
