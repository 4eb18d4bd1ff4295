internal import Base
internal import SQLDatabase

/// A patient's change from one data key to another.
package struct PatientKeyRotation: Sendable {
    package let token: PatientToken
    /// The number of the key that goes, once nothing is sealed under it any more.
    package let old: Int64
    /// What is sealed from now on is sealed under this one.
    package let new: PatientKey
}

extension TenantKeys {
    // MARK: The wrapping key

    /// Whether keys of patients are wrapped by another key than the present one, because a rotation was cut short.
    var isRewrapping: Bool {
        get throws {
            let wrapping = lock.withLock { self.wrapping }
            if wrapping.current == 0 { return false }
            if !wrapping.retiring.isEmpty { return true }
            var isFound = false
            try store.read { connection in
                for table in KeyTable.allCases {
                    let sql = "SELECT 1 FROM \(table.rawValue) WHERE tenant_id = $1 AND wrapping_id <> $2 LIMIT 1"
                    try connection.query(sql, [.integer(id), .integer(wrapping.current)]) { _ in
                        isFound = true
                        return false
                    }
                }
            }
            return isFound
        }
    }

    /// Wraps every key of a patient under the present wrapping key and destroys those before it.
    /// - Parameter progress: told how many keys were wrapped anew, and of how many.
    /// - Returns: how many keys were wrapped anew.
    func rewrap(progress: (Int, Int) -> Void) throws -> Int {
        let wrapping = lock.withLock { self.wrapping }
        let sealer = try Sealer()
        var done = 0
        let total = try keyCount()
        for table in KeyTable.allCases {
            var last: Int64 = 0
            while let end = try rewrap(table, after: last, wrapping, sealer, &done) {
                last = end
                progress(done, total)
            }
        }
        try lock.withLock {
            try store.write { connection in
                for number in wrapping.retiring {
                    try connection.execute(
                        "DELETE FROM wrapping_keys WHERE wrapping_id = $1 AND tenant_id = $2",
                        [.integer(number), .integer(id)])
                }
            }
            self.wrapping.removeRetiring()
        }
        try store.compact()
        return done
    }

    /// Keys that are wrapped anew in one transaction.
    private static let rewrapMax = 500

    /// - Returns: the number of the last key that was looked at; `nil` if there was none.
    private func rewrap(
        _ table: KeyTable, after last: Int64, _ wrapping: WrappingKeys, _ sealer: Sealer, _ done: inout Int
    ) throws -> Int64? {
        var rows: [(number: Int64, wrapped: [UInt8])] = []
        let sql = """
            SELECT key_id, patient_token, wrapped, wrapping_id FROM \(table.rawValue)
            WHERE key_id > $1 AND tenant_id = $2 AND wrapping_id <> $3 ORDER BY key_id LIMIT $4
            """
        let bounds = [
            SQLValue.integer(last), .integer(id), .integer(wrapping.current), .integer(Int64(Self.rewrapMax)),
        ]
        try store.write { connection in
            try connection.query(sql, bounds) { row in
                let number = row.integer(0)
                guard let token = PatientToken(row.blob(1)) else {
                    throw VaultError(code: .damaged, detail: "the row of the key \(number) is malformed")
                }
                let key = try wrapping.unwrap(
                    row.blob(2), key: number, token: row.blob(1), wrapping: row.integer(3), sealer: sealer)
                rows.append((number, try wrapping.wrap(key, number: number, token: token, sealer: sealer)))
                return true
            }
            for row in rows {
                try connection.execute(
                    "UPDATE \(table.rawValue) SET wrapped = $1, wrapping_id = $2 WHERE key_id = $3",
                    [.blob(row.wrapped), .integer(wrapping.current), .integer(row.number)])
            }
        }
        done += rows.count
        return rows.last?.number
    }

    /// How many keys of patients there are.
    func keyCount() throws -> Int {
        var count = 0
        try store.read { connection in
            for table in KeyTable.allCases {
                let sql = "SELECT COUNT(*) FROM \(table.rawValue) WHERE tenant_id = $1"
                try connection.query(sql, [.integer(id)]) { row in
                    count += Int(row.integer(0))
                    return false
                }
            }
        }
        return count
    }

    // MARK: A patient's key

    /// Gives a patient a new data key, durable before this returns. The one before it stays until `endRotation`.
    /// - Returns: `nil` if the patient has no key. A rotation that was begun earlier is the one that is returned.
    package func beginRotation(_ token: PatientToken) throws -> PatientKeyRotation? {
        try lock.withLock {
            if let begun = try rotations(of: token).first { return begun }
            let sealer = try Sealer()
            var old: Int64?
            let new = try store.write { connection -> PatientKey? in
                let sql = "SELECT key_id FROM patient_keys WHERE tenant_id = $1 AND patient_token = $2"
                try connection.query(sql, [.integer(id), .blob(token.bytes)]) { row in
                    old = row.integer(0)
                    return false
                }
                guard let old else { return nil }
                try connection.execute(
                    """
                    INSERT INTO retiring_keys (key_id, tenant_id, patient_token, wrapped, wrapping_id)
                    SELECT key_id, tenant_id, patient_token, wrapped, wrapping_id FROM patient_keys WHERE key_id = $1
                    """, [.integer(old)])
                try connection.execute("DELETE FROM patient_keys WHERE key_id = $1", [.integer(old)])
                return try createKey(token, on: connection, sealer: sealer)
            }
            guard let old, let new else { return nil }
            remember(token, new)
            return PatientKeyRotation(token: token, old: old, new: new)
        }
    }

    /// The rotations that were begun and not ended.
    package func openRotations() throws -> [PatientKeyRotation] {
        try lock.withLock { try rotations(of: nil) }
    }

    private func rotations(of wanted: PatientToken?) throws -> [PatientKeyRotation] {
        var found: [PatientKeyRotation] = []
        let sql = """
            SELECT r.key_id, r.patient_token, p.key_id, p.wrapped, p.wrapping_id
            FROM retiring_keys r JOIN patient_keys p
            ON p.tenant_id = r.tenant_id AND p.patient_token = r.patient_token
            WHERE r.tenant_id = $1 ORDER BY r.key_id
            """
        let sealer = try Sealer()
        try store.read { connection in
            try connection.query(sql, [.integer(id)]) { row in
                guard let token = PatientToken(row.blob(1)) else { return true }
                if let wanted, wanted != token { return true }
                let number = row.integer(2)
                let key = try wrapping.unwrap(
                    row.blob(3), key: number, token: row.blob(1), wrapping: row.integer(4), sealer: sealer)
                found.append(
                    PatientKeyRotation(token: token, old: row.integer(0), new: PatientKey(id: number, key: key)))
                return true
            }
        }
        return found
    }

    /// Destroys the key that a rotation replaced: nothing may be sealed under it any more.
    package func endRotation(_ rotation: PatientKeyRotation) throws {
        try lock.withLock {
            let sealer = try Sealer()
            try store.write { connection in
                try connection.execute(
                    "DELETE FROM retiring_keys WHERE key_id = $1 AND tenant_id = $2",
                    [.integer(rotation.old), .integer(id)])
                try noteShredded(rotation.old, on: connection, sealer: sealer)
            }
            // Who read a block's row just before still opens it: nothing is sealed under it any more, so that it tells
            // nothing that the new key does not.
        }
        try store.emptyJournal()
    }
}
