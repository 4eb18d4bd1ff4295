package import Access
internal import Base
internal import Jobs
internal import SQLDatabase

/// What operators ask of an ingest. Each is durable when it returns.
extension Ingests {
    /// Has no further part begun, and what is under way stopped soon; it is begun anew after `resume`.
    /// - Throws: `IntakeError.notFound`; `.conflict` if the ingest is over.
    package func pause(_ id: IngestID, tenant: TenantName) throws {
        try change(id, tenant) { row, _ in
            guard row.state.isLive else { throw Self.isOver }
            row.state = .paused
        }
        live.stop(id)
    }

    /// Goes on where it was paused.
    /// - Throws: `IntakeError.notFound`; `.conflict` if the ingest is over.
    package func resume(_ id: IngestID, tenant: TenantName) throws {
        try change(id, tenant) { row, connection in
            guard row.state.isLive else { throw Self.isOver }
            guard row.state == .paused else { return }
            try goOn(&row, connection)
        }
    }

    /// Ends it. What it brought until now stays, and what is under way may still come.
    /// - Throws: `IntakeError.notFound`; `.conflict` if the ingest is over, but for one that was cancelled.
    package func cancel(_ id: IngestID, tenant: TenantName) throws {
        try change(id, tenant) { row, _ in
            guard row.state != .cancelled else { return }
            guard row.state.isLive else { throw Self.isOver }
            row.state = .cancelled
            row.ended = clock.now()
        }
        live.stop(id)
    }

    /// Tries the parts again that failed.
    /// - Throws: `IntakeError.notFound`; `.conflict` if nothing of it failed.
    package func retry(_ id: IngestID, tenant: TenantName) throws {
        try change(id, tenant) { row, connection in
            guard row.state == .failed || (row.state.isLive && row.partsFailed > 0) else {
                throw IntakeError(.conflict, "nothing of the ingest failed")
            }
            // What was begun too often, and did not end, is given as many tries again.
            try connection.execute(
                "UPDATE ingest_parts SET state = 0, starts = CASE WHEN starts > 0 THEN 1 ELSE 0 END, problem = NULL "
                    + "WHERE ingest = $1 AND state = 3", [.text(id.description)])
            row.partsFailed = 0
            row.problem = nil
            guard row.state == .failed else { return try pump(row, connection) }
            row.ended = nil
            row.isSettled = false
            try goOn(&row, connection)
        }
    }

    private static var isOver: IntakeError { IntakeError(.conflict, "the ingest is over") }

    private func goOn(_ row: inout IngestRow, _ connection: any SQLConnection) throws {
        if row.started == nil {
            row.state = .waiting
            try enqueueLook(row, connection)
        } else {
            row.state = .running
            try pump(row, connection)
        }
    }

    private func change(
        _ id: IngestID, _ tenant: TenantName, _ body: (inout IngestRow, any SQLConnection) throws -> Void
    ) throws {
        try database.write { connection in
            var row = try row(id, connection)
            guard row.tenant == tenant else { throw IntakeError(.notFound, "there is no such ingest") }
            try body(&row, connection)
            try row.update(connection, seal(tenant))
        }
        pulse.call()
    }
}
