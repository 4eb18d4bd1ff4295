internal import Access
internal import Base
internal import SQLDatabase
internal import Vault

extension PullStore {
    /// The table of plans; in the transaction that makes the others.
    static func plansTable(_ types: SQLDialect) -> String {
        """
        CREATE TABLE IF NOT EXISTS pull_plans (
          tenant TEXT NOT NULL, id TEXT NOT NULL CHECK (length(id) = 22), created \(types.integer) NOT NULL,
          sealed \(types.bytes) NOT NULL, PRIMARY KEY (tenant, id)) \(types.tableOptions)
        """
    }

    func save(_ plan: PullPlan) throws {
        let sealed = try seal(plan.tenant).seal(plan.encoded(), place: "pull_plans \(plan.id)")
        try database.write { connection in
            try connection.execute(
                "INSERT INTO pull_plans (tenant, id, created, sealed) VALUES ($1, $2, $3, $4)",
                [
                    .text(plan.tenant.description), .text(plan.id), .integer(plan.created.microseconds), .blob(sealed),
                ])
        }
    }

    /// The plans of a tenant, the oldest first.
    func plans(of tenant: TenantName) throws -> [PullPlan] {
        let seal = try seal(tenant)
        var found: [PullPlan] = []
        try database.read { connection in
            try connection.query(
                "SELECT id, created, sealed FROM pull_plans WHERE tenant = $1 ORDER BY created, id",
                [.text(tenant.description)]
            ) { row in
                let id = row.text(0)
                let plain = try seal.open(row.blob(2), place: "pull_plans \(id)")
                let created = Instant(microseconds: row.integer(1))
                found.append(
                    try plain.withUnsafeBytes { try PullPlan($0, id: id, tenant: tenant, created: created) })
                return true
            }
        }
        return found
    }

    func removePlan(_ id: String, of tenant: TenantName) throws {
        try database.write { connection in
            try connection.execute(
                "DELETE FROM pull_plans WHERE tenant = $1 AND id = $2", [.text(tenant.description), .text(id)])
        }
    }
}
