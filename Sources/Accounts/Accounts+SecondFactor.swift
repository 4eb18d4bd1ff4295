package import Access
internal import Base
internal import SQLDatabase
internal import Vault

/// A second factor that waits for its first code.
package struct SecondFactorEnrolment: Sendable {
    /// In Base32, to be typed.
    package var secret: String
    /// `otpauth://…`, for a QR code.
    package var uri: String
}

extension Accounts {
    /// Makes the secret of a second factor, or shows the one that still waits to be confirmed.
    /// - Throws: `AccountsError.refused` if the user has a second factor already.
    package func enrolSecondFactor(of user: UserID, tenant: TenantName) throws -> SecondFactorEnrolment {
        let tenant = try record(tenant)
        return try change { connection in
            var row = try present(user, tenant, connection)
            guard !row.user.hasSecondFactor else {
                throw AccountsError(.refused, "A second factor is set up; remove it first.")
            }
            let secret = try row.totpSecret ?? SecretBytes.random(TimedPassword.secretBytes)
            if row.totpSecret == nil {
                row.totpSecret = secret
                try row.update(tenant, connection)
            }
            return SecondFactorEnrolment(
                secret: Base32.encode(secret),
                uri: TimedPassword.enrolmentURI(
                    secret: secret, issuer: options.issuer, name: row.user.profile.name.text))
        } then: { _ in
        }
    }

    /// Confirms a second factor by its first code. All other sessions of the user end; this one gets a new secret.
    /// - Parameter session: the session that confirms.
    /// - Returns: recovery codes, to be shown this once, and the session under its new secret.
    /// - Throws: `AccountsError.wrongSecret`, `.refused` if nothing waits to be confirmed, `.tooManyAttempts`.
    package func confirmSecondFactor(
        of user: UserID, tenant name: TenantName, code: String, session: SecretToken
    ) throws -> (recoveryCodes: [String], admission: Admission?) {
        let tenant = try record(name)
        let now = clock.now()
        let key = tenant.key(user)
        let subject = try subject(.pair, "enrolment\u{0}\(name)\u{0}\(user)")
        if case .wait(let seconds) = withThrottle({ $0.admit([subject], at: now) }) { throw Self.tooMany(seconds) }
        let codes = try change { connection in
            var row = try present(user, tenant, connection)
            guard !row.user.hasSecondFactor, let secret = row.totpSecret else {
                throw AccountsError(.refused, "No second factor waits to be confirmed.")
            }
            let step = try TimedPassword.acceptedStep(code, secret: secret, now: now, lastStep: row.totpStep)
            guard let step else { throw AccountsError(.wrongSecret, "The code is wrong or was used before.") }
            row.user.hasSecondFactor = true
            row.totpStep = step
            try row.update(tenant, connection)
            try deleteSessions(of: user, except: session.hash, tenant, connection)
            return try replaceRecoveryCodes(of: user, tenant, connection)
        } then: { _ in
            sessions.removeAll(of: key, except: session.hash)
        }
        withThrottle { $0.succeeded([subject], at: now) }
        return (codes, try rotate(session, due: .nothing))
    }

    /// Takes the second factor of a user away, with its recovery codes. All sessions of the user end but the one given.
    /// - Throws: `AccountsError.notFound`.
    package func removeSecondFactor(
        of user: UserID, tenant: TenantName, keeping session: SecretToken? = nil
    ) throws {
        let tenant = try record(tenant)
        try change { connection in
            var row = try present(user, tenant, connection)
            row.user.hasSecondFactor = false
            row.totpSecret = nil
            row.totpStep = 0
            try row.update(tenant, connection)
            try deleteRecoveryCodes(of: user, tenant, connection)
            try deleteSessions(of: user, except: session?.hash, tenant, connection)
        } then: { _ in
            sessions.removeAll(of: tenant.key(user), except: session?.hash)
        }
        guard let session else { return }
        let row = try database.read { try present(user, tenant, $0) }
        let isRequired = securitySettings(tenant).secondFactorRoles.contains(row.user.profile.role)
        if isRequired { try delete([session.hash]) }
    }

    /// Makes new recovery codes; older ones open nothing any more.
    /// - Returns: the codes, to be shown this once.
    /// - Throws: `AccountsError.refused` if the user has no second factor.
    package func renewRecoveryCodes(of user: UserID, tenant: TenantName) throws -> [String] {
        let tenant = try record(tenant)
        return try change { connection in
            guard try present(user, tenant, connection).user.hasSecondFactor else {
                throw AccountsError(.refused, "There is no second factor that codes could stand in for.")
            }
            return try replaceRecoveryCodes(of: user, tenant, connection)
        } then: { _ in
        }
    }

    /// Uses a code of the second factor up: a one-time password, or a recovery code.
    func useCode(
        _ code: String, of user: UserID, _ tenant: TenantRecord, _ connection: RowChange, at now: Instant
    ) throws -> Bool {
        guard var row = try UserRow.find(user, tenant, connection), row.user.hasSecondFactor,
            let secret = row.totpSecret
        else { return false }
        if let step = try TimedPassword.acceptedStep(code, secret: secret, now: now, lastStep: row.totpStep) {
            row.totpStep = step
            try row.update(tenant, connection)
            return true
        }
        guard let recovery = RecoveryCode.normalized(code) else { return false }
        let values: [SQLValue] = [
            .integer(tenant.id), .text(user.description), .blob(try recoveryHash(recovery, user, tenant)),
        ]
        var isThere = false
        let condition = "tenant_id = $1 AND user_id = $2 AND code_hash = $3"
        let sql = "SELECT \(AccountsTable.recoveryCodes.selection) FROM recovery_codes WHERE \(condition)"
        try connection.query(sql, values) { row in
            try rows.verify(row, AccountsTable.recoveryCodes)
            isThere = true
            return false
        }
        if isThere { try connection.delete(AccountsTable.recoveryCodes, where: condition, values) }
        return isThere
    }

    func deleteRecoveryCodes(of user: UserID, _ tenant: TenantRecord, _ connection: RowChange) throws {
        try connection.delete(
            AccountsTable.recoveryCodes, where: "tenant_id = $1 AND user_id = $2",
            [.integer(tenant.id), .text(user.description)])
    }

    private func replaceRecoveryCodes(
        of user: UserID, _ tenant: TenantRecord, _ connection: RowChange
    ) throws -> [String] {
        try deleteRecoveryCodes(of: user, tenant, connection)
        let codes = try (0..<options.recoveryCodes).map { _ in try RecoveryCode.random() }
        for code in codes {
            let hash = try recoveryHash(RecoveryCode.normalized(code) ?? [], user, tenant)
            try connection.insert(
                AccountsTable.recoveryCodes, [.integer(tenant.id), .text(user.description), .blob(hash)])
        }
        return codes
    }

    private func recoveryHash(_ code: [UInt8], _ user: UserID, _ tenant: TenantRecord) throws -> [UInt8] {
        try tenant.seal.hash("recovery code \(user)", code)
    }
}
