internal import Access
internal import Base
internal import SQLDatabase

/// A row of `ingest_runs`, with what is sealed in it opened.
struct IngestRow {
    var id: IngestID
    var tenant: TenantName
    var serial: Int64
    var state: IngestState
    var created: Instant
    var started: Instant?
    var ended: Instant?
    var parts = 0
    var partsDone = 0
    var partsFailed = 0
    var bytesTotal: UInt64 = 0
    var bytesDone: UInt64 = 0
    var resources = 0
    var rejected = 0
    var isSettled = false
    var source: IngestSource
    var owner: String
    var totals = IngestTotals()
    var problem: String?

    static let columns =
        "id, tenant, serial, state, created, started, ended, parts, parts_done, parts_failed, total_bytes, done_bytes, "
        + "resources, rejected, settled, facts, counted, problem"

    private static let format: UInt8 = 1

    /// - Parameter seal: gives a tenant's.
    /// - Throws: `IntakeError.damaged`, `VaultError`.
    init(_ row: any SQLRow, seal: (TenantName) throws -> IngestSeal) throws {
        guard let id = IngestID(row.text(0)), let tenant = TenantName(row.text(1)),
            let state = IngestState(number: row.integer(3))
        else { throw Self.damaged }
        let seal = try seal(tenant)
        let facts = try seal.open(row.blob(15), place: Self.place(id, "facts"))
        let known = facts.withUnsafeBytes { raw -> (IngestSource, String)? in
            var reader = ByteReader(raw)
            guard reader.readByte() == Self.format, let kind = reader.readText().flatMap(IngestSource.Kind.init),
                let reference = reader.readText(), let name = reader.readText(), let owner = reader.readText()
            else { return nil }
            return (IngestSource(kind, reference, name: name), owner)
        }
        guard let (source, owner) = known else { throw Self.damaged }
        self.id = id
        self.tenant = tenant
        self.state = state
        self.source = source
        self.owner = owner
        serial = row.integer(2)
        created = Instant(microseconds: row.integer(4))
        started = row.isNull(5) ? nil : Instant(microseconds: row.integer(5))
        ended = row.isNull(6) ? nil : Instant(microseconds: row.integer(6))
        parts = Int(row.integer(7))
        partsDone = Int(row.integer(8))
        partsFailed = Int(row.integer(9))
        bytesTotal = UInt64(clamping: row.integer(10))
        bytesDone = UInt64(clamping: row.integer(11))
        resources = Int(row.integer(12))
        rejected = Int(row.integer(13))
        isSettled = row.integer(14) == 1
        if !row.isNull(16) {
            totals = try IngestTotals(bytes: seal.open(row.blob(16), place: Self.place(id, "counted")))
        }
        if !row.isNull(17) {
            problem = String(decoding: try seal.open(row.blob(17), place: Self.place(id, "problem")), as: UTF8.self)
        }
    }

    init(
        id: IngestID, tenant: TenantName, serial: Int64, source: IngestSource, owner: String, created: Instant
    ) {
        self.id = id
        self.tenant = tenant
        self.serial = serial
        self.source = source
        self.owner = owner
        self.created = created
        state = .waiting
    }

    /// Which place of the tables something is sealed for.
    static func place(_ id: IngestID, _ column: String) -> String { "ingest_runs.\(column)/\(id)" }

    static var damaged: IntakeError { IntakeError(.damaged, "a row of the table of ingests can't be read") }

    func insert(_ connection: any SQLConnection, _ seal: IngestSeal) throws {
        let facts = ByteWriter()
        facts.write(Self.format)
        for text in [source.kind.rawValue, source.reference, source.name, owner] { facts.write(text: text) }
        try connection.execute(
            """
            INSERT INTO ingest_runs (id, tenant, serial, state, created, parts, parts_done, parts_failed, total_bytes, \
            done_bytes, resources, rejected, settled, facts) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0, 0, 0, 0, 0, $6)
            """,
            [
                .text(id.description), .text(tenant.description), .integer(serial), .integer(state.number),
                .integer(created.microseconds), .blob(try seal.seal(facts.copy(), place: Self.place(id, "facts"))),
            ])
    }

    /// Writes everything that changes.
    func update(_ connection: any SQLConnection, _ seal: IngestSeal) throws {
        let counted = try seal.seal(totals.encoded(), place: Self.place(id, "counted"))
        let problem = try problem.map { try seal.seal(Array($0.utf8), place: Self.place(id, "problem")) }
        try connection.execute(
            """
            UPDATE ingest_runs SET state = $1, started = $2, ended = $3, parts = $4, parts_done = $5, parts_failed = $6, \
            total_bytes = $7, done_bytes = $8, resources = $9, rejected = $10, settled = $11, counted = $12, \
            problem = $13 WHERE id = $14
            """,
            [
                .integer(state.number), started.map { .integer($0.microseconds) } ?? .null,
                ended.map { .integer($0.microseconds) } ?? .null, .integer(Int64(parts)), .integer(Int64(partsDone)),
                .integer(Int64(partsFailed)), .integer(Int64(clamping: bytesTotal)),
                .integer(Int64(clamping: bytesDone)), .integer(Int64(resources)), .integer(Int64(rejected)),
                .integer(isSettled ? 1 : 0), .blob(counted), problem.map { .blob($0) } ?? .null,
                .text(id.description),
            ])
    }
}
