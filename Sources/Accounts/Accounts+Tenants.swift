package import Access
internal import Base
internal import SQLDatabase
internal import Vault

extension Accounts {
    /// All tenants by name.
    package func tenantList() -> [Tenant] {
        allTenants.map(\.tenant)
    }

    /// Adds a tenant, with keys of its own.
    /// - Parameter displayName: 1 to 200 characters; the name where none is given.
    /// - Throws: `AccountsError.nameTaken`, `.invalid`.
    @discardableResult
    package func addTenant(_ name: TenantName, displayName: String? = nil) throws -> Tenant {
        if known(name) != nil { throw AccountsError(.nameTaken, "There is a tenant of this name.") }
        guard !name.description.hasPrefix("-") else {
            throw AccountsError(.invalid, "The name of a tenant begins with a letter or digit.")
        }
        let shown = displayName ?? name.description
        guard (1...200).contains(shown.unicodeScalars.count) else {
            throw AccountsError(.invalid, "A display name has 1 to 200 characters.")
        }
        var record = try open(name)
        record.tenant.displayName = shown
        try save(record)
        return record.tenant
    }

    /// Lets people sign in to a tenant, or ends all its sessions and lets nobody.
    /// - Throws: `AccountsError.notFound`.
    package func setDisabled(_ isDisabled: Bool, tenant name: TenantName) throws {
        var record = try record(name)
        record.tenant.isDisabled = isDisabled
        try save(record)
        guard isDisabled else { return }
        let id = record.id
        try change {
            try $0.delete(AccountsTable.sessions, where: "tenant_id = $1", [.integer(id)])
        } then: { _ in
            sessions.removeAll(ofTenant: id)
        }
    }

    func storedTenant(_ name: TenantName, id: Int64, _ seal: TenantSeal) throws -> Tenant? {
        try database.read { connection in
            var found: Tenant?
            let sql = "SELECT \(AccountsTable.tenants.selection) FROM tenants WHERE tenant_id = $1"
            try connection.query(sql, [.integer(id)]) { row in
                try rows.verify(row, AccountsTable.tenants)
                let fields = try TextFields.decode(seal.open(row.blob(2), place: "tenants \(id)"))
                found = Tenant(
                    name: name, displayName: fields.first ?? name.description, isDisabled: row.integer(1) == 2)
                return false
            }
            return found
        }
    }

    private func save(_ record: TenantRecord) throws {
        let id = record.id
        let tenant = record.tenant
        let sealed = try record.seal.seal(TextFields.encode([tenant.displayName]), place: "tenants \(id)")
        try change {
            try $0.delete(AccountsTable.tenants, where: "tenant_id = $1", [.integer(id)])
            try $0.insert(
                AccountsTable.tenants, [.integer(id), .integer(tenant.isDisabled ? 2 : 1), .blob(sealed)])
        } then: { _ in
            // Its settings may have changed since the record was taken.
            var present = known(tenant.name) ?? record
            present.tenant = tenant
            remember(present)
        }
    }
}
