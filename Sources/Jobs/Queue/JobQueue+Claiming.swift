internal import Base
internal import SQLDatabase

extension JobQueue {
    /// Takes jobs that wait, for as long as `leaseSeconds` or until the next heartbeat's end.
    ///
    /// Queues are served in the order given. Within one, tenants take turns; among a tenant's jobs the one with the least
    /// `JobCore.rank` comes first.
    /// - Parameters:
    ///   - worker: who takes them, for those who look at jobs; names no person.
    ///   - count: how many at most.
    /// - Throws: `JobsError.invalid`; `SQLError`, `VaultError`.
    package func claim(
        _ queues: [String], worker: String, count: Int, leaseSeconds: Double
    ) throws -> [ClaimedJob] {
        guard JobLimits.leaseSeconds.contains(leaseSeconds) else {
            throw JobsError(.invalid, "a lease lasts from 10 milliseconds to a day")
        }
        let countMax = min(count, JobLimits.batchMax)
        let milliseconds = Int64((leaseSeconds * 1000).rounded(.up))
        let wall = clock.wallNow()
        let taken = try writes.run { connection -> [Taken] in
            try makeDue(on: connection)
            var taken: [Taken] = []
            for queue in queues where taken.count < countMax {
                let rows = try nextRows(of: queue, count: countMax - taken.count, on: connection)
                for row in rows {
                    guard case .become(let core) = try decide(row, .claim, on: connection) else { continue }
                    try row.store(
                        claimed: core, leaseMilliseconds: milliseconds, worker: worker, wall: wall, on: connection)
                    taken.append(Taken(row: row, core: core, sealed: try sealedContent(row.number, on: connection)))
                }
            }
            if !taken.isEmpty { try noteTime(on: connection) }
            return taken
        }
        return try taken.compactMap { try open($0, leaseSeconds: leaseSeconds, wall: wall) }
    }

    /// Jobs whose time has come wait for workers from now on.
    func makeDue(on connection: any SQLConnection) throws {
        let rows = try JobRow.all(
            """
            SELECT \(JobRow.columns) FROM job_rows WHERE state = 0 AND visible_at <= $1
              ORDER BY visible_at LIMIT \(Self.dueMax)
            """, [.integer(clock.now().microseconds)], on: connection)
        for row in rows {
            guard case .become(let core) = try decide(row, .due, on: connection) else { continue }
            try row.store(state: core.state, on: connection)
        }
    }

    /// Delayed jobs that one transaction has made claimable at most.
    static let dueMax = 256

    // MARK: Steps

    private struct Taken {
        var row: JobRow
        var core: JobCore
        var sealed: [UInt8]?
    }

    private func sealedContent(_ number: Int64, on connection: any SQLConnection) throws -> [UInt8]? {
        var sealed: [UInt8]?
        try connection.query("SELECT sealed FROM job_contents WHERE job_no = $1", [.integer(number)]) { row in
            sealed = Array(row.blob(0))
            return false
        }
        return sealed
    }

    /// A claimed job with what it holds. One that cannot be opened is a dead letter at once, so that it is in nobody's
    /// way.
    private func open(_ taken: Taken, leaseSeconds: Double, wall: Instant) throws -> ClaimedJob? {
        let row = taken.row
        let token = LeaseToken(number: row.number, nonce: row.nonce, fence: taken.core.fence)
        guard let seal = try seals.seal(ofID: row.tenantID), let sealed = taken.sealed,
            let content = try? content(sealed, row.number, row.nonce, seal)
        else {
            try buryUnreadable(token)
            return nil
        }
        return ClaimedJob(
            id: seal.id(number: row.number, nonce: row.nonce), queue: row.queue, tenant: seal.tenant,
            payload: content.payload, group: content.group, attempt: taken.core.attempts, lease: token,
            leaseEnds: wall.advanced(bySeconds: leaseSeconds), leaseSeconds: leaseSeconds,
            traceparent: content.traceparent, nominal: content.nominal)
    }

    func content(_ sealed: [UInt8], _ number: Int64, _ nonce: UInt64, _ seal: JobSeal) throws -> JobContent {
        let plain = try sealed.withUnsafeBytes { sealed in
            try seals.withSealer { try seal.open(sealed, .content, number: number, nonce: nonce, $0) }
        }
        return try JobContent(decoding: plain)
    }

    private func buryUnreadable(_ token: LeaseToken) throws {
        try writes.run { connection in
            guard let row = try JobRow.find(token.number, nonce: token.nonce, on: connection),
                case .become(let core) = try decide(row, .fail(fence: token.fence, isFinal: true), on: connection)
            else { return }
            try row.store(core, rules: options.rules, wall: clock.wallNow(), on: connection)
        }
    }

    /// The jobs of a queue that are next, by the tenants' turns.
    private func nextRows(of queue: String, count: Int, on connection: any SQLConnection) throws -> [JobRow] {
        let bounds = concurrency(of: queue)
        var room = count
        if let max = bounds.runningMax {
            room = min(room, max - (try runningCount(of: queue, tenantID: nil, on: connection)))
        }
        guard room > 0 else { return [] }
        let tenants = try waitingTenants(of: queue, on: connection)
        let last = turn(of: queue)
        let order = tenants.filter { $0 > last } + tenants.filter { $0 <= last }
        // An even share of each first, then all that there is room for if some have less.
        let share = (room + order.count - 1) / max(order.count, 1)
        var lines = try readyLines(of: queue, order, share: share, room: room, bounds, on: connection)
        if share < room, lines.contains(where: { $0.count == share }), lines.reduce(0, { $0 + $1.count }) < room {
            lines = try readyLines(of: queue, order, share: room, room: room, bounds, on: connection)
        }
        let rows = Self.inTurns(lines, count: room)
        if let last = rows.last { setTurn(last.tenantID, of: queue) }
        return rows
    }

    /// The first jobs of each tenant that may have more running.
    private func readyLines(
        of queue: String, _ tenants: [Int64], share: Int, room: Int, _ bounds: JobConcurrency,
        on connection: any SQLConnection
    ) throws -> [[JobRow]] {
        var lines: [[JobRow]] = []
        for tenantID in tenants where lines.count < room {
            var count = share
            if let max = bounds.perTenantMax {
                count = min(count, max - (try runningCount(of: queue, tenantID: tenantID, on: connection)))
            }
            guard count > 0 else { continue }
            lines.append(try readyRows(of: queue, tenantID: tenantID, count: count, on: connection))
        }
        return lines
    }

    /// One of each line in turn.
    private static func inTurns(_ lines: [[JobRow]], count: Int) -> [JobRow] {
        if lines.count == 1 { return Array(lines[0].prefix(count)) }
        var rows: [JobRow] = []
        var place = 0
        while rows.count < count {
            let before = rows.count
            for line in lines where place < line.count && rows.count < count { rows.append(line[place]) }
            guard rows.count > before else { break }
            place += 1
        }
        return rows
    }

    /// The tenants that have jobs to be claimed in a queue, found by steps over the index.
    private func waitingTenants(of queue: String, on connection: any SQLConnection) throws -> [Int64] {
        var tenants: [Int64] = []
        var last: Int64?
        repeat {
            let before = last ?? .min
            last = nil
            try connection.query(
                """
                SELECT tenant_id FROM job_rows WHERE state < 4 AND state = 1 AND queue = $1 AND tenant_id > $2
                  ORDER BY tenant_id LIMIT 1
                """, [.text(queue), .integer(before)]
            ) { row in
                last = row.integer(0)
                return false
            }
            if let last { tenants.append(last) }
        } while last != nil
        return tenants
    }

    private func readyRows(
        of queue: String, tenantID: Int64, count: Int, on connection: any SQLConnection
    ) throws -> [JobRow] {
        try JobRow.all(
            """
            SELECT \(JobRow.columns) FROM job_rows WHERE state < 4 AND state = 1 AND queue = $1 AND tenant_id = $2
              ORDER BY rank, job_no LIMIT $3
            """, [.text(queue), .integer(tenantID), .integer(Int64(count))], on: connection)
    }

    private func runningCount(
        of queue: String, tenantID: Int64?, on connection: any SQLConnection
    ) throws -> Int {
        var count = 0
        let ofTenant = tenantID == nil ? "" : " AND tenant_id = $2"
        try connection.query(
            "SELECT count(*) FROM job_rows WHERE state < 4 AND state = 3 AND queue = $1" + ofTenant,
            [.text(queue)] + (tenantID.map { [.integer($0)] } ?? [])
        ) { row in
            count = Int(clamping: row.integer(0))
            return false
        }
        return count
    }
}
