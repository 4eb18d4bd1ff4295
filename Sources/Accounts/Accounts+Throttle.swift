internal import Base
internal import SQLDatabase
internal import Vault

extension Accounts {
    /// What an attempt is counted against. A browser that the user signed in with before has a count of its own: what
    /// others do, wherever, does not slow it. From an address that the user signed in from, the account's own count
    /// does not either.
    func subjects(
        of name: String, user: UserID?, _ tenant: TenantRecord, tenantText: String, address: String,
        device: SecretToken?
    ) throws -> [SignInThrottle.Subject] {
        let address = NetworkAddress.counted(address)
        let account = "\(tenantText)\u{0}\(name)"
        // Looked up for a user that does not exist too: it must take as long.
        let owner = user ?? decoyUser
        if let device, try isKnown(deviceHash(device), of: owner, tenant) {
            return [try subject(.pair, "\(account)\u{0}device\u{0}\(device.text)")]
        }
        let near = [
            try subject(.pair, "\(account)\u{0}address\u{0}\(address)"), try subject(.address, address),
        ]
        if try isKnown(addressHash(address, tenant), of: owner, tenant) { return near }
        return near + [try subject(.account, account)]
    }

    /// Counts over all tenants: the hash is keyed with what the program has, not with a tenant's key, for a tenant that
    /// does not exist has none.
    func subject(_ kind: SignInThrottle.Kind, _ text: String) throws -> SignInThrottle.Subject {
        SignInThrottle.Subject(kind, hash: try throttleSeal.hash("failures \(kind)", Array(text.utf8)))
    }

    /// Makes a browser and an address known for a user.
    /// - Returns: the browser's new secret; `nil` if it has one that is known.
    func remember(
        _ device: SecretToken?, address: String, of user: UserID, _ tenant: TenantRecord
    ) throws -> SecretToken? {
        let isOld = try device.map { try isKnown(deviceHash($0), of: user, tenant) } ?? false
        let secret = try isOld ? device ?? SecretToken.random() : SecretToken.random()
        let hashes = [try deviceHash(secret), try addressHash(NetworkAddress.counted(address), tenant)]
        let now = clock.now().microseconds
        let values: [SQLValue] = [.integer(tenant.id), .text(user.description)]
        try change { connection in
            for hash in hashes {
                try connection.delete(
                    AccountsTable.devices, where: "tenant_id = $1 AND user_id = $2 AND secret_hash = $3",
                    values + [.blob(hash)])
                try connection.insert(AccountsTable.devices, values + [.blob(hash), .integer(now)])
            }
            try connection.delete(
                AccountsTable.devices,
                where: """
                    tenant_id = $1 AND user_id = $2 AND secret_hash NOT IN (
                      SELECT secret_hash FROM devices WHERE tenant_id = $1 AND user_id = $2
                      ORDER BY seen_at DESC, secret_hash LIMIT $3)
                    """, values + [.integer(Int64(2 * options.devicesPerUserMax))])
        } then: { _ in
        }
        return isOld ? nil : secret
    }

    /// Keeps what a failed attempt counted, so that a restart does not forgive it.
    func saveFailures(_ subjects: [SignInThrottle.Subject]) throws {
        let counts = withThrottle { throttle in subjects.map { ($0.hash, throttle.counts[$0.hash]) } }
        try change { connection in
            for (hash, count) in counts {
                try connection.delete(AccountsTable.failures, where: "subject_hash = $1", [.blob(hash)])
                // One failure is nothing to remember; a flood of made-up names leaves no rows.
                guard let count, count.failures > 1 else { continue }
                try connection.insert(
                    AccountsTable.failures,
                    [
                        .blob(hash), .integer(Int64(count.failures)), .integer(count.last.microseconds),
                        .integer(count.blockedUntil.microseconds),
                    ])
            }
        } then: { _ in
        }
    }

    /// An attempt was right.
    func forgive(_ subjects: [SignInThrottle.Subject], at now: Instant) throws {
        let hadFailed = withThrottle { throttle in
            let hadFailed = subjects.contains { (throttle.counts[$0.hash]?.failures ?? 0) > 1 }
            throttle.succeeded(subjects, at: now)
            return hadFailed
        }
        if hadFailed { try saveFailures(subjects) }
    }

    /// Deletes failures that count no more.
    func deleteOldFailures(_ connection: RowChange, at now: Instant) throws {
        let oldest = now.advanced(bySeconds: -86_400).microseconds
        try connection.delete(AccountsTable.failures, where: "last_at < $1", [.integer(oldest)])
    }

    func loadFailures() throws {
        try database.read { connection in
            try connection.query("SELECT \(AccountsTable.failures.selection) FROM failures", []) { row in
                guard try rows.isAuthentic(row, AccountsTable.failures) else { return true }
                let count = SignInThrottle.Count(
                    failures: Int(row.integer(1)), last: Instant(microseconds: row.integer(2)),
                    blockedUntil: Instant(microseconds: row.integer(3)))
                let hash = Array(row.blob(0))
                withThrottle { $0.restore(hash: hash, count) }
                return true
            }
        }
    }

    private func deviceHash(_ device: SecretToken) throws -> [UInt8] { device.hash.bytes }

    private func addressHash(_ address: String, _ tenant: TenantRecord) throws -> [UInt8] {
        try tenant.seal.hash("address", Array(address.utf8))
    }

    private func isKnown(_ hash: [UInt8], of user: UserID, _ tenant: TenantRecord) throws -> Bool {
        try database.read { connection in
            var isKnown = false
            try connection.query(
                """
                SELECT \(AccountsTable.devices.selection) FROM devices
                WHERE tenant_id = $1 AND user_id = $2 AND secret_hash = $3
                """,
                [.integer(tenant.id), .text(user.description), .blob(hash)]
            ) { row in
                isKnown = try rows.isAuthentic(row, AccountsTable.devices)
                return false
            }
            return isKnown
        }
    }
}
