internal import Base
internal import SQLDatabase

extension TenantKeys {
    /// Destroys a patient's data key, and one that a rotation is about to replace: whatever they sealed is unreadable
    /// for ever. Durable before this returns; `forgetTraces` follows.
    /// - Returns: the numbers of the keys; empty if the patient has none.
    package func shred(_ token: PatientToken) throws -> [Int64] {
        try lock.withLock {
            let sealer = try Sealer()
            let numbers = try store.write { connection in
                var numbers: [Int64] = []
                for table in KeyTable.allCases {
                    let sql = "SELECT key_id FROM \(table.rawValue) WHERE tenant_id = $1 AND patient_token = $2"
                    try connection.query(sql, [.integer(id), .blob(token.bytes)]) { row in
                        numbers.append(row.integer(0))
                        return true
                    }
                    try connection.execute(
                        "DELETE FROM \(table.rawValue) WHERE tenant_id = $1 AND patient_token = $2",
                        [.integer(id), .blob(token.bytes)])
                }
                for number in numbers { try noteShredded(number, on: connection, sealer: sealer) }
                return numbers
            }
            forgetAll()
            return numbers
        }
    }

    /// Destroys the keys with some numbers, where a shredding was cut short.
    package func shred(numbered numbers: [Int64]) throws {
        try lock.withLock {
            let sealer = try Sealer()
            try store.write { connection in
                for number in numbers {
                    for table in KeyTable.allCases {
                        try connection.execute(
                            "DELETE FROM \(table.rawValue) WHERE key_id = $1 AND tenant_id = $2",
                            [.integer(number), .integer(id)])
                    }
                    try noteShredded(number, on: connection, sealer: sealer)
                }
            }
            forgetAll()
        }
    }

    /// Takes what was destroyed out of the key store's journal: then it is in none of its files any more.
    /// - Throws: `SQLError.busy` if readers keep it there: it is to be tried again.
    package func forgetTraces() throws {
        try store.emptyJournal()
    }

    /// The numbers of all keys that were destroyed.
    package func shreddedNumbers() throws -> [Int64] {
        var numbers: [Int64] = []
        try store.read { connection in
            let sql = "SELECT key_id FROM shredded_keys WHERE tenant_id = $1 ORDER BY key_id"
            try connection.query(sql, [.integer(id)]) { row in
                numbers.append(row.integer(0))
                return true
            }
        }
        return numbers
    }

    /// A hash of a patient's token, by which an erased patient is recognised by whoever knows who it is.
    package func hash(of token: PatientToken) -> UInt64 {
        token.bytes.withUnsafeBytes { SipHash.hash64($0, key: markKey) }
    }

    /// The numbers of a patient's keys: the present one, and one that a rotation is about to replace.
    package func keyNumbers(_ token: PatientToken) throws -> [Int64] {
        var numbers: [Int64] = []
        try store.read { connection in
            for table in KeyTable.allCases {
                let sql = "SELECT key_id FROM \(table.rawValue) WHERE tenant_id = $1 AND patient_token = $2"
                try connection.query(sql, [.integer(id), .blob(token.bytes)]) { row in
                    numbers.append(row.integer(0))
                    return true
                }
            }
        }
        return numbers
    }

    /// Lets go of all keys at hand: also of those that a rotation replaced.
    private func forgetAll() {
        keysByToken.removeAll(keepingCapacity: true)
        keysByNumber.removeAll(keepingCapacity: true)
    }

    /// Writes down that a key was destroyed, so that its absence is told from damage.
    func noteShredded(_ number: Int64, on connection: any SQLConnection, sealer: Sealer) throws {
        let sealed = try KeyWrap.seal(context(ofShredded: number), by: shreddingKey, sealer: sealer)
        try connection.execute(
            "INSERT INTO shredded_keys (key_id, tenant_id, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [.integer(number), .integer(id), .blob(sealed)])
    }

    /// - Throws: `VaultError.damaged` if the note was not written by `noteShredded`.
    func isShredded(_ number: Int64, on connection: any SQLConnection, sealer: Sealer) throws -> Bool {
        var isFound = false
        let sql = "SELECT sealed FROM shredded_keys WHERE key_id = $1 AND tenant_id = $2"
        try connection.query(sql, [.integer(number), .integer(id)]) { row in
            do {
                try KeyWrap.check(row.blob(0), context(ofShredded: number), by: shreddingKey, sealer: sealer)
            } catch {
                throw VaultError(
                    code: .damaged, detail: "the record of the shredding of key \(number) was altered", cause: error)
            }
            isFound = true
            return false
        }
        return isFound
    }

    private func context(ofShredded number: Int64) -> String {
        "shredded key \(number) of tenant \(id)"
    }
}
