internal import Access
internal import Base
internal import SQLDatabase
internal import Vault

extension PullStore {
    /// The table of announcements; in the transaction that makes the others.
    static func announcementsTable(_ types: SQLDialect) -> String {
        """
        CREATE TABLE IF NOT EXISTS pull_announcements (
          tenant TEXT NOT NULL, id TEXT NOT NULL CHECK (length(id) = 22), created \(types.integer) NOT NULL,
          name_hash \(types.bytes) NOT NULL CHECK (length(name_hash) = 32), sealed \(types.bytes) NOT NULL,
          PRIMARY KEY (tenant, id), UNIQUE (tenant, name_hash)) \(types.tableOptions)
        """
    }

    /// Writes an announcement in place of what was there, durable when this returns.
    func save(_ announcement: Announcement) throws {
        let seal = try seal(announcement.tenant)
        let sealed = try seal.seal(announcement.encoded(), place: "pull_announcements \(announcement.key)")
        try database.write { connection in
            try connection.execute(
                """
                INSERT INTO pull_announcements (tenant, id, created, name_hash, sealed) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (tenant, id) DO UPDATE SET sealed = excluded.sealed
                """,
                [
                    .text(announcement.tenant.description), .text(announcement.key),
                    .integer(announcement.created.microseconds), .blob(try seal.hash(announcement.name)),
                    .blob(sealed),
                ])
        }
    }

    func announcement(_ key: String, of tenant: TenantName) throws -> Announcement? {
        try announcements("AND id = $2", [.text(key)], of: tenant).first
    }

    func announcement(named name: String, of tenant: TenantName) throws -> Announcement? {
        try announcements("AND name_hash = $2", [.blob(try seal(tenant).hash(name))], of: tenant).first
    }

    /// All announcements of a tenant, the oldest first.
    func announcements(of tenant: TenantName) throws -> [Announcement] {
        try announcements("ORDER BY created, id", [], of: tenant)
    }

    private func announcements(
        _ condition: String, _ values: [SQLValue], of tenant: TenantName
    ) throws -> [Announcement] {
        let seal = try seal(tenant)
        var found: [Announcement] = []
        try database.read { connection in
            try connection.query(
                "SELECT id, created, sealed FROM pull_announcements WHERE tenant = $1 \(condition)",
                [.text(tenant.description)] + values
            ) { row in
                let key = row.text(0)
                let plain = try seal.open(row.blob(2), place: "pull_announcements \(key)")
                let created = Instant(microseconds: row.integer(1))
                found.append(
                    try plain.withUnsafeBytes { try Announcement($0, key: key, tenant: tenant, created: created) })
                return true
            }
        }
        return found
    }

    func removeAnnouncement(_ key: String, of tenant: TenantName) throws {
        try database.write { connection in
            try connection.execute(
                "DELETE FROM pull_announcements WHERE tenant = $1 AND id = $2",
                [.text(tenant.description), .text(key)])
        }
    }
}
