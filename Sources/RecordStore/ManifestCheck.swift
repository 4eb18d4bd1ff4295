internal import Base
internal import SQLDatabase
internal import Vault

/// Holds a tenant's rows against its manifest when the store is opened, before anything is done with them.
struct ManifestCheck {
    let keys: TenantKeys
    let shared: StoreParts

    /// - Returns: the last entry that the log must have; `nil` if an older program wrote the store: then a manifest is
    ///   made of what there is.
    /// - Throws: `StoreError.damaged` if rows are missing, altered, or as they once were.
    func run() throws -> UInt64? {
        try shared.sealers.with { sealer in
            var expected: Manifest?
            var found = Manifest()
            var hasRows = false
            try shared.database.readTransaction { connection in
                expected = try ManifestTable.load(keys, sealer: sealer, on: connection)
                found = try rows(sealer, on: connection)
                hasRows = try hasLog(connection) || found != Manifest()
            }
            if let expected {
                try compare(found, expected)
                return expected.lastSequence
            }
            guard hasRows else { return 0 }
            guard shared.isOfOlderFormat else {
                throw StoreError(code: .damaged, detail: "the manifest of the index is missing")
            }
            return nil
        }
    }

    /// Makes the manifest of a store of an older program.
    func adopt(lastSequence: UInt64) throws {
        try shared.sealers.with { sealer in
            try shared.database.write { connection in
                var found = try rows(sealer, on: connection)
                found.lastSequence = lastSequence
                try ManifestTable.update(keys, sealer: sealer, on: connection) { $0 = found }
            }
        }
    }

    private func compare(_ found: Manifest, _ expected: Manifest) throws {
        let parts: [(String, RowSum, RowSum)] = [
            ("the segments of the index", found.segments, expected.segments),
            ("the chunks of the dead set", found.dead, expected.dead),
            ("the rows of custom search paths", found.customPaths, expected.customPaths),
            ("the references that wait", found.awaited, expected.awaited),
            ("the records of erasures", found.erasures, expected.erasures),
        ]
        for (name, found, expected) in parts where found != expected {
            throw StoreError(
                code: .damaged,
                detail: "\(name) are not what was written: there are \(found.count), there were \(expected.count)")
        }
    }

    private func rows(_ sealer: Sealer, on connection: any SQLConnection) throws -> Manifest {
        var found = Manifest()
        let segments = "SELECT segment_id, first_seq, last_seq FROM segments WHERE tenant_id = $1 AND state = 1"
        try connection.query(segments, [.integer(keys.id)]) { row in
            found.segments.add((0..<3).map { UInt64(bitPattern: row.integer($0)) }, keys.markKey)
            return true
        }
        let bounds = [
            SQLValue.integer(DeadChunkTable.position(tenant: keys.id, chunk: 0)),
            .integer(DeadChunkTable.position(tenant: keys.id + 1, chunk: 0)),
        ]
        let dead = "SELECT position, bytes FROM dead_chunks WHERE position >= $1 AND position < $2"
        try connection.query(dead, bounds) { row in
            let chunk = try DeadChunkTable.open(row.blob(1), position: row.integer(0), keys: keys, sealer: sealer)
            found.dead.add(chunk, number: DeadChunkTable.chunk(row.integer(0)), keys.markKey)
            return true
        }
        found.customPaths = try CustomPathTable.sum(keys, on: connection)
        found.erasures = try ErasureTable.sum(keys, on: connection)
        let awaited = "SELECT token, seq FROM awaited_references WHERE tenant_id = $1"
        try connection.query(awaited, [.integer(keys.id)]) { row in
            found.awaited.add((0..<2).map { UInt64(bitPattern: row.integer($0)) }, keys.markKey)
            return true
        }
        return found
    }

    private func hasLog(_ connection: any SQLConnection) throws -> Bool {
        var isFound = false
        let bounds = [
            SQLValue.integer(LogPosition.position(tenant: keys.id, sequence: 0)),
            .integer(LogPosition.position(tenant: keys.id + 1, sequence: 0)),
        ]
        try connection.query("SELECT 1 FROM blocks WHERE position >= $1 AND position < $2 LIMIT 1", bounds) { _ in
            isFound = true
            return false
        }
        return isFound
    }
}

extension RowSum {
    mutating func add(_ chunk: DeadSet.Chunk, number: Int, _ key: SipKey) {
        add([UInt64(number)] + chunk.words, key)
    }

    mutating func remove(_ chunk: DeadSet.Chunk, number: Int, _ key: SipKey) {
        remove([UInt64(number)] + chunk.words, key)
    }
}
