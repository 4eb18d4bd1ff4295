internal import Access
internal import Base
internal import SQLDatabase

/// Rows of uploads and parts.
extension UploadStore {
    func row(
        _ id: UploadID, _ tenant: TenantName, _ seal: UploadSeal, on connection: any SQLConnection
    ) throws -> UploadRow? {
        var found: UploadRow?
        try connection.query(
            "SELECT \(UploadRow.columns) FROM upload_uploads WHERE upload_id = $1 AND tenant = $2",
            [.text(id.description), .text(tenant.description)]
        ) { row in
            found = try UploadRow(row, tenant: tenant, seal: seal)
            return false
        }
        return found
    }

    /// - Throws: `UploadError.notFound`: also for an upload of another tenant.
    @discardableResult
    func requireRow(
        _ id: UploadID, _ tenant: TenantName, _ seal: UploadSeal, on connection: any SQLConnection
    ) throws -> UploadRow {
        guard let row = try row(id, tenant, seal, on: connection) else { throw Self.notFound }
        return row
    }

    static var notFound: UploadError { UploadError(.notFound, "There is no such upload.") }

    func update(
        _ row: UploadRow, _ seal: UploadSeal, now: Instant, on connection: any SQLConnection
    ) throws {
        let upload = row.upload
        try connection.execute(
            """
            UPDATE upload_uploads SET state = $1, received_parts = $2, received_bytes = $3, holds_bytes = $4,
            changed_at = $5, expires_at = $6, sealed = $7 WHERE upload_number = $8
            """,
            [
                .integer(upload.state.rawValue), .integer(Int64(upload.receivedParts)),
                .integer(Int64(upload.receivedBytes)), .integer(upload.holdsBytes ? 1 : 0),
                .integer(now.microseconds), .integer(upload.expires.microseconds),
                .blob(try UploadRow.sealed(upload, key: row.key, seal: seal)), .integer(row.number),
            ])
    }

    func part(
        _ number: Int, of row: UploadRow, _ seal: UploadSeal, on connection: any SQLConnection
    ) throws -> PartRow? {
        var found: PartRow?
        try connection.query(
            "SELECT \(PartRow.columns) FROM upload_parts WHERE upload_number = $1 AND part_number = $2",
            [.integer(row.number), .integer(Int64(number))]
        ) { part in
            found = try PartRow(part, of: row.upload.id, seal: seal)
            return false
        }
        return found
    }

    /// The parts with numbers above `after`, in order.
    func parts(
        of row: UploadRow, after: Int, count: Int, _ seal: UploadSeal, on connection: any SQLConnection
    ) throws -> [PartRow] {
        var found: [PartRow] = []
        try connection.query(
            """
            SELECT \(PartRow.columns) FROM upload_parts WHERE upload_number = $1 AND part_number > $2
            ORDER BY part_number LIMIT $3
            """,
            [.integer(row.number), .integer(Int64(after)), .integer(Int64(count))]
        ) { part in
            found.append(try PartRow(part, of: row.upload.id, seal: seal))
            return true
        }
        return found
    }

    /// The numbers that are missing, as ranges: of all that the upload has, or up to the highest that came.
    func missing(of row: UploadRow, on connection: any SQLConnection) throws -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        var next = 1
        try connection.query(
            "SELECT part_number FROM upload_parts WHERE upload_number = $1 ORDER BY part_number",
            [.integer(row.number)]
        ) { part in
            let number = Int(part.integer(0))
            if number > next { ranges.append(next...(number - 1)) }
            next = number + 1
            return true
        }
        if let last = row.upload.partCount ?? (next == 1 ? 1 : nil), next <= last { ranges.append(next...last) }
        return ranges
    }

    /// What a tenant's uploads hold and have announced, and how many are open.
    func usage(of tenant: TenantName, on connection: any SQLConnection) throws -> (bytes: UInt64, openCount: Int) {
        var usage: (bytes: UInt64, openCount: Int) = (0, 0)
        try connection.query(
            """
            SELECT COALESCE(SUM(CASE WHEN size > received_bytes AND state IN (1, 7) THEN size ELSE received_bytes END), 0),
            COALESCE(SUM(CASE WHEN state IN (1, 2, 7) THEN 1 ELSE 0 END), 0)
            FROM upload_uploads WHERE tenant = $1 AND holds_bytes = 1
            """,
            [.text(tenant.description)]
        ) { row in
            usage = (UInt64(max(0, row.integer(0))), Int(row.integer(1)))
            return false
        }
        return usage
    }
}
