internal import Base
internal import SQLDatabase
internal import Vault

/// Which identifiers unresolved references wait for, and which entries of the log hold those references.
final class AwaitedReferences: @unchecked Sendable {
    // Safe to share: the maps are used under `lock`.
    private let lock = Lock()
    private let tenant: Int64
    private let key: SipKey
    private var sequencesByToken: [UInt64: [UInt64]] = [:]
    private var tokensBySequence: [UInt64: [UInt64]] = [:]

    /// - Parameter key: of the tenant's marks.
    init(tenant: Int64, key: SipKey, database: any SQLDatabase) throws {
        self.tenant = tenant
        self.key = key
        try database.read { connection in
            let sql = "SELECT token, seq FROM awaited_references WHERE tenant_id = $1"
            try connection.query(sql, [.integer(tenant)]) { row in
                add(token: UInt64(bitPattern: row.integer(0)), sequence: UInt64(row.integer(1)))
                return true
            }
        }
    }

    /// Whether nothing is waited for.
    var isEmpty: Bool { lock.withLock { tokensBySequence.isEmpty } }

    /// Every entry with a reference that waits, in the order of the log.
    var sequences: [UInt64] { lock.withLock { tokensBySequence.keys.sorted() } }

    /// Writes down what a commit waits for, in the commit's own transaction, which changes the manifest too.
    func insert(
        _ awaited: [(token: UInt64, sequence: UInt64)], on connection: any SQLConnection, _ manifest: inout Manifest
    ) throws {
        var seen: Set<[UInt64]> = []
        for (token, sequence) in awaited where seen.insert([token, sequence]).inserted {
            try connection.execute(
                "INSERT INTO awaited_references (tenant_id, token, seq) VALUES ($1, $2, $3)",
                [.integer(tenant), .integer(Int64(bitPattern: token)), .integer(Int64(sequence))])
            manifest.awaited.add([token, sequence], key)
        }
    }

    /// Strikes off entries that are replaced, in the transaction of what replaces them.
    /// - Parameter fresh: what was inserted in the same transaction, and is not taken in yet: tokens by entry.
    func delete(
        replaced: [UInt64], fresh: [UInt64: [UInt64]] = [:], on connection: any SQLConnection,
        _ manifest: inout Manifest
    ) throws {
        let known = lock.withLock {
            replaced.compactMap { entry in (tokensBySequence[entry] ?? fresh[entry]).map { (entry, $0) } }
        }
        for (sequence, tokens) in known {
            try connection.execute(
                "DELETE FROM awaited_references WHERE tenant_id = $1 AND seq = $2",
                [.integer(tenant), .integer(Int64(sequence))])
            for token in Set(tokens) { manifest.awaited.remove([token, sequence], key) }
        }
    }

    /// Strikes off entries that were erased.
    func erase(_ sequences: [UInt64], of keys: TenantKeys, in shared: StoreParts) throws {
        guard lock.withLock({ sequences.contains { tokensBySequence[$0] != nil } }) else { return }
        try shared.sealers.with { sealer in
            try shared.database.write { connection in
                try ManifestTable.update(keys, sealer: sealer, on: connection) { manifest in
                    try delete(replaced: sequences, on: connection, &manifest)
                }
            }
        }
        lock.withLock { for sequence in sequences { remove(sequence) } }
    }

    /// Takes in what a durable commit waits for and brought.
    /// - Returns: the entries that waited for what it brought.
    func take(_ unit: CommitUnit) -> [UInt64] {
        lock.withLock {
            for sequence in unit.replaced { remove(sequence) }
            for (token, sequence) in unit.awaited { add(token: token, sequence: sequence) }
            guard !sequencesByToken.isEmpty else { return [] }
            return Array(Set(unit.tokens.compactMap { sequencesByToken[$0] }.joined())).sorted()
        }
    }

    private func add(token: UInt64, sequence: UInt64) {
        sequencesByToken[token, default: []].append(sequence)
        tokensBySequence[sequence, default: []].append(token)
    }

    private func remove(_ sequence: UInt64) {
        for token in tokensBySequence.removeValue(forKey: sequence) ?? [] {
            sequencesByToken[token]?.removeAll { $0 == sequence }
            if sequencesByToken[token]?.isEmpty == true { sequencesByToken[token] = nil }
        }
    }
}
