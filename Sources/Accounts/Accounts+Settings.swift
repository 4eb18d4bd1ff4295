package import Access
internal import Base
internal import SQLDatabase

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
            try connection.execute("DELETE FROM settings WHERE tenant_id = $1 AND name = $2", key)
            guard let text else { return }
            let sealed = try tenant.seal.seal(Array(text.utf8), place: "settings \(name)")
            try connection.execute(
                "INSERT INTO settings (tenant_id, name, sealed) VALUES ($1, $2, $3)", key + [.blob(sealed)])
        } then: { _ in
        }
    }

    /// What a tenant demands of those who sign in; nothing until it says so.
    package func securitySettings(_ tenant: TenantName) throws -> SecuritySettings {
        try securitySettings(record(tenant))
    }

    /// Sets what a tenant demands. It holds at once: who is signed in without a second factor that the role now needs
    /// must set one up before anything else.
    package func setSecuritySettings(_ settings: SecuritySettings, tenant name: TenantName) throws {
        let roles = settings.secondFactorRoles.map { "\"\($0.rawValue)\"" }.sorted()
        try setSetting(Self.secondFactorRoles, "[\(roles.joined(separator: ","))]", tenant: name)
        let tenant = try record(name)
        for owner in sessions.owners(ofTenant: tenant.id) {
            try change { connection -> Bool in
                guard let user = try UserRow.find(owner.user, tenant, connection)?.user, !user.hasSecondFactor,
                    settings.secondFactorRoles.contains(user.profile.role)
                else { return false }
                try connection.execute(
                    "UPDATE sessions SET due = $1 WHERE tenant_id = $2 AND user_id = $3",
                    [
                        .integer(SignedIn.Due.enrolment.rawValue), .integer(tenant.id),
                        .text(owner.user.description),
                    ])
                return true
            } then: { isDue in
                if isDue { sessions.setDue(.enrolment, of: owner) }
            }
        }
    }

    func securitySettings(_ tenant: TenantRecord) throws -> SecuritySettings {
        let text = try setting(Self.secondFactorRoles, tenant) ?? "[]"
        let roles = text.split { !$0.isLetter }.compactMap { Role(rawValue: String($0)) }
        return SecuritySettings(secondFactorRoles: Set(roles))
    }

    private func setting(_ name: String, _ tenant: TenantRecord) throws -> String? {
        try database.read { connection in
            var text: String?
            try connection.query(
                "SELECT sealed FROM settings WHERE tenant_id = $1 AND name = $2", [.integer(tenant.id), .text(name)]
            ) { row in
                text = String(decoding: try tenant.seal.open(row.blob(0), place: "settings \(name)"), as: UTF8.self)
                return false
            }
            return text
        }
    }
}
