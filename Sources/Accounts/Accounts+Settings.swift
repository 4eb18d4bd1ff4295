package import Access
internal import Base
internal import SQLDatabase
internal import Vault

/// What a tenant demands of those who sign in.
package struct SecuritySettings: Hashable, Sendable {
    /// Roles that must have a second factor.
    package var secondFactorRoles: Set<Role>

    package init(secondFactorRoles: Set<Role> = []) {
        self.secondFactorRoles = secondFactorRoles
    }
}

extension Accounts {
    private static let secondFactorRoles = "second-factor-roles"
    private static let bytesMax = 1 << 20

    /// A setting of a tenant, JSON text by its name.
    package func setting(_ name: String, tenant: TenantName) throws -> String? {
        try setting(name, record(tenant))
    }

    /// Sets or removes a setting of a tenant.
    /// - Parameters:
    ///   - name: 1 to 64 characters, no secret.
    ///   - text: JSON of at most 1 MiB, which is kept sealed; `nil` removes it.
    /// - Throws: `AccountsError.invalid`, `.notFound`.
    package func setSetting(_ name: String, _ text: String?, tenant: TenantName) throws {
        guard (1...64).contains(name.unicodeScalars.count), (text?.utf8.count ?? 0) <= Self.bytesMax else {
            throw AccountsError(.invalid, "A setting has a name of up to 64 characters and at most 1 MiB.")
        }
        let tenant = try record(tenant)
        try change { connection in
            let key: [SQLValue] = [.integer(tenant.id), .text(name)]
            try connection.delete(AccountsTable.settings, where: "tenant_id = $1 AND name = $2", key)
            guard let text else { return }
            let sealed = try tenant.seal.seal(Array(text.utf8), place: "settings \(name)")
            try connection.insert(AccountsTable.settings, key + [.blob(sealed)])
        } then: { _ in
            guard name == Self.secondFactorRoles, var present = known(tenant.tenant.name) else { return }
            present.security = Self.securitySettings(text)
            remember(present)
        }
    }

    /// What a tenant demands of those who sign in; nothing until it says so.
    package func securitySettings(_ tenant: TenantName) throws -> SecuritySettings {
        securitySettings(try record(tenant))
    }

    /// Sets what a tenant demands. It holds at once: who is signed in without a second factor that the role now needs
    /// must set one up before anything else.
    package func setSecuritySettings(_ settings: SecuritySettings, tenant name: TenantName) throws {
        let roles = settings.secondFactorRoles.map { "\"\($0.rawValue)\"" }.sorted()
        try setSetting(Self.secondFactorRoles, "[\(roles.joined(separator: ","))]", tenant: name)
        let tenant = try record(name)
        for owner in sessions.owners(ofTenant: tenant.id) {
            try change { connection -> Bool in
                guard let user = try authentic(owner.user, tenant, connection), !user.hasSecondFactor,
                    settings.secondFactorRoles.contains(user.profile.role)
                else { return false }
                try connection.update(
                    AccountsTable.sessions, where: "tenant_id = $1 AND user_id = $2",
                    [.integer(tenant.id), .text(owner.user.description)], passesOverAltered: true
                ) { $0["due"] = .integer(SignedIn.Due.enrolment.rawValue) }
                return true
            } then: { isDue in
                if isDue { sessions.setDue(.enrolment, of: owner) }
            }
        }
    }

    /// What a tenant demands now; from memory, for a row that is taken away must take no demand with it.
    func securitySettings(_ tenant: TenantRecord) -> SecuritySettings {
        known(tenant.tenant.name)?.security ?? tenant.security
    }

    /// What a tenant demands as it stands in the table.
    func storedSecuritySettings(_ tenant: TenantRecord) throws -> SecuritySettings {
        Self.securitySettings(try setting(Self.secondFactorRoles, tenant))
    }

    private static func securitySettings(_ text: String?) -> SecuritySettings {
        let roles = (text ?? "[]").split { !$0.isLetter }.compactMap { Role(rawValue: String($0)) }
        return SecuritySettings(secondFactorRoles: Set(roles))
    }

    private func setting(_ name: String, _ tenant: TenantRecord) throws -> String? {
        try database.read { connection in
            var text: String?
            try connection.query(
                "SELECT \(AccountsTable.settings.selection) FROM settings WHERE tenant_id = $1 AND name = $2",
                [.integer(tenant.id), .text(name)]
            ) { row in
                try rows.verify(row, AccountsTable.settings)
                text = String(decoding: try tenant.seal.open(row.blob(2), place: "settings \(name)"), as: UTF8.self)
                return false
            }
            return text
        }
    }
}
