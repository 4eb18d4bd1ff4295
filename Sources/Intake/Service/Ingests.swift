package import Access
package import Base
package import Jobs
package import RecordStore
package import SQLDatabase
internal import Synchronization
package import Vault
internal import Glibc

/// Ingests as a service: a leader looks into each source, cuts it into parts and gives these to workers, phase by phase;
/// what is done is counted exactly once, whatever dies meanwhile.
///
/// A part's report is written in the transaction that ends its job. Its resources are in the store by then; a part that is
/// begun again finds them unchanged, and knows by their writer that they are its own.
package final class Ingests: Sendable {
    static let lookQueue = "ingest-look"
    static let partQueue = "ingest-part"
    static let finishQueue = "ingest-finish"
    /// Parts of one ingest that are with the queue: one that runs, and the next.
    static let windowParts = 2

    let database: any SQLDatabase
    let queue: JobQueue
    let store: RecordStore
    let ports: IngestPorts
    let options: IngestServiceOptions
    let clock: any Clock
    let live = LiveParts()
    let paces = IngestPaces()
    let watchers = IngestWatchers()
    let pulse = IngestPulse(milliseconds: beatMilliseconds)
    static let beatMilliseconds = 200
    /// When those ingests are tried again whose source could not be put away.
    let unsettledUntil = Mutex<[IngestID: UInt64]>([:])
    private let vault: Vault
    private let seals = Mutex<[TenantName: IngestSeal]>([:])

    /// Makes the tables and the folder where they are missing.
    /// - Throws: `SQLError`; `IntakeError.rejectsUnwritable`.
    package init(
        database: any SQLDatabase, queue: JobQueue, store: RecordStore, vault: Vault, clock: any Clock,
        ports: IngestPorts, options: IngestServiceOptions
    ) throws {
        self.database = database
        self.queue = queue
        self.store = store
        self.vault = vault
        self.clock = clock
        self.ports = ports
        self.options = options
        guard mkdir(options.folder, 0o700) == 0 || errno == EEXIST else {
            throw IntakeError(
                .rejectsUnwritable, "the folder \(options.folder) can't be made: \(systemMessage(errno))")
        }
        try database.write { try IngestSchema.create($0, database.dialect) }
    }

    /// Has workers do the jobs of ingests, and puts back to work what an earlier process left.
    /// - Throws: `SQLError`, `VaultError`.
    package func serve(_ workers: JobWorkers) throws {
        workers.serve(queue: Self.lookQueue, threads: 1) { [self] in try look($0) }
        // The threads of one part take all cores already; a second tenant's part goes on beside it.
        workers.serve(queue: Self.partQueue, threads: 2, perTenantMax: 1) { [self] in try work($0) }
        workers.serve(queue: Self.finishQueue, threads: 1) { [self] in try finish($0) }
        try recover()
        pulse.start { [weak self] tick in self?.beat(tick) }
    }

    /// Ends what runs beside the workers, which are to be drained before.
    package func stop() {
        pulse.stop()
    }

    /// Has `body` told a few times a second, and whenever the state of an ingest changes, on a thread that must not wait.
    /// - Returns: what `unwatch` takes.
    package func watch(_ body: @escaping @Sendable () -> Void) -> Int { watchers.add(body) }

    package func unwatch(_ number: Int) { watchers.remove(number) }

    /// Begins to ingest a source.
    /// - Parameter connection: of a transaction on the database of ingests: the ingest is there if and only if that
    ///   commits.
    /// - Throws: `SQLError`, `VaultError`, `JobsError`.
    package func begin(
        _ source: IngestSource, tenant: TenantName, owner: String, on connection: any SQLConnection
    ) throws -> IngestID {
        let id = try IngestID.random()
        var serial: Int64 = 0
        try connection.query("SELECT COALESCE(MAX(serial), 0) FROM ingest_runs", []) { row in
            serial = row.integer(0)
            return false
        }
        let row = IngestRow(
            id: id, tenant: tenant, serial: serial + 1, source: source, owner: owner, created: clock.now())
        try row.insert(connection, seal(tenant))
        try enqueueLook(row, connection)
        return id
    }

    /// As `begin(_:tenant:owner:on:)`, in a transaction of its own.
    package func begin(_ source: IngestSource, tenant: TenantName, owner: String) throws -> IngestID {
        try database.write { try begin(source, tenant: tenant, owner: owner, on: $0) }
    }

    func enqueueLook(_ row: IngestRow, _ connection: any SQLConnection) throws {
        _ = try queue.enqueue([job(Self.lookQueue, row, payload: "\(row.id)")], on: connection)
    }

    func job(_ queue: String, _ row: IngestRow, payload: String) -> NewJob {
        // Whether a failure is final is decided here, where what failed is known.
        NewJob(
            queue: queue, tenant: row.tenant, payload: Array(payload.utf8), uniqueKey: payload,
            attemptsMax: JobLimits.attemptsMax, group: "ingest/\(row.id)")
    }

    // MARK: Rows

    func seal(_ tenant: TenantName) throws -> IngestSeal {
        if let seal = seals.withLock({ $0[tenant] }) { return seal }
        let seal = try IngestSeal(vault.keys(ofTenant: tenant.description))
        seals.withLock { $0[tenant] = seal }
        return seal
    }

    /// - Throws: `IntakeError.notFound`.
    func row(_ id: IngestID, _ connection: any SQLConnection) throws -> IngestRow {
        var found: IngestRow?
        try connection.query(
            "SELECT \(IngestRow.columns) FROM ingest_runs WHERE id = $1", [.text(id.description)]
        ) { row in
            found = try IngestRow(row, seal: seal)
            return false
        }
        guard let found else { throw IntakeError(.notFound, "there is no such ingest") }
        return found
    }

    func row(_ id: IngestID, tenant: TenantName) throws -> IngestRow {
        let row: IngestRow = try database.read { try self.row(id, $0) }
        // That another tenant has it is nobody's to know.
        guard row.tenant == tenant else { throw IntakeError(.notFound, "there is no such ingest") }
        return row
    }

    func part(_ number: Int, of id: IngestID, _ connection: any SQLConnection) throws -> PartRow? {
        var found: PartRow?
        try connection.query(
            "SELECT \(PartRow.columns) FROM ingest_parts WHERE ingest = $1 AND number = $2",
            [.text(id.description), .integer(Int64(number))]
        ) { row in
            found = try PartRow(row)
            return false
        }
        return found
    }

    /// Where the rejects of an attempt lie.
    func rejects(_ row: IngestRow, part: Int, attempt: Int) throws -> SealedRejects {
        SealedRejects(
            path: "\(options.folder)/\(row.id).\(part).\(attempt)", key: try seal(row.tenant).key,
            binding: "ingest_rejects/\(row.id)/\(part)/\(attempt)")
    }
}
