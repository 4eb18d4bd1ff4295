package import Access
package import Base
internal import SQLDatabase
internal import Vault

/// A record that was opened in an emergency ("break-glass").
package struct EmergencyGrant: Hashable, Sendable {
    package var id: String
    package var user: UserID
    /// Their name when the grant was made.
    package var userName: String
    /// The patient's id.
    package var patient: String
    package var reason: String
    package var opened: Instant
    package var expires: Instant
    package var review: Review?

    /// What somebody else found of it afterwards.
    package struct Review: Hashable, Sendable {
        package var time: Instant
        package var reviewer: UserID
        /// Whether it was justified.
        package var isJustified: Bool
        package var note: String
    }
}

extension Accounts {
    private static let reasonScalarsMin = 10
    private static let reasonScalarsMax = 1000

    /// Opens a patient's record to a user for a while. It holds for all the user's sessions from the next request on.
    /// - Parameters:
    ///   - patient: the patient's id.
    ///   - reason: why, 10 to 1,000 characters.
    ///   - minutes: how long, up to `AccountsOptions.emergencyMinutesMax`; the standard where it is `nil`.
    /// - Throws: `AccountsError.invalid`, `.notFound`.
    package func openEmergency(
        of user: UserID, tenant name: TenantName, patient: String, reason: String, minutes: Int? = nil
    ) throws -> EmergencyGrant {
        let minutes = minutes ?? options.emergencyMinutes
        let words = reason.unicodeScalars.filter { !$0.properties.isWhitespace }.count
        guard words >= Self.reasonScalarsMin, reason.unicodeScalars.count <= Self.reasonScalarsMax else {
            throw AccountsError(.invalid, "A reason has 10 to 1,000 characters.")
        }
        guard (1...options.emergencyMinutesMax).contains(minutes) else {
            throw AccountsError(.invalid, "minutes is from 1 to \(options.emergencyMinutesMax).")
        }
        guard FHIRIdentity.isID(patient.utf8) else { throw AccountsError(.invalid, "That is no id of a patient.") }
        let tenant = try record(name)
        let key = tenant.key(user)
        let now = clock.now()
        let id = try UserID.random().description
        return try change { connection in
            let owner = try present(user, tenant, connection).user
            let grant = EmergencyGrant(
                id: id, user: user, userName: owner.profile.displayName, patient: patient, reason: reason, opened: now,
                expires: now.advanced(bySeconds: Double(minutes) * 60))
            try insert(grant, tenant, connection)
            return grant
        } then: { grant in
            withEmergencies { $0.add(patient, until: grant.expires, for: key, at: now) }
            let open = withEmergencies { $0.open(key, at: now) }
            sessions.refresh(key) { facts, _ in facts.emergencies = open }
        }
    }

    /// Grants, newest first.
    /// - Parameters:
    ///   - patient: of this patient alone.
    ///   - user: of this user alone.
    ///   - needsReview: those alone that nobody reviewed yet.
    ///   - before: those alone that were opened before this moment: the page after one that ended there.
    package func emergencies(
        tenant: TenantName, patient: String? = nil, user: UserID? = nil, needsReview: Bool = false,
        before: Instant? = nil, countMax: Int
    ) throws -> [EmergencyGrant] {
        let tenant = try record(tenant)
        var grants: [EmergencyGrant] = []
        let sql = """
            SELECT \(Self.grantColumns) FROM emergencies WHERE tenant_id = $1 AND opened_at < $2
            ORDER BY opened_at DESC, grant_id
            """
        try database.read { connection in
            try connection.query(sql, [.integer(tenant.id), .integer(before?.microseconds ?? .max)]) { row in
                guard try rows.isAuthentic(row, AccountsTable.emergencies) else { return true }
                let grant = try readGrant(row, tenant)
                let isWanted =
                    (patient == nil || grant.patient == patient) && (user == nil || grant.user == user)
                    && !(needsReview && grant.review != nil)
                if isWanted { grants.append(grant) }
                return grants.count < countMax
            }
        }
        return grants
    }

    /// Marks a grant as reviewed. Nobody reviews an own one.
    /// - Throws: `AccountsError.notFound`, `.refused` for the own grant and for one reviewed before, `.invalid`.
    package func reviewEmergency(
        _ id: String, tenant name: TenantName, by reviewer: UserID, isJustified: Bool, note: String
    ) throws -> EmergencyGrant {
        guard note.unicodeScalars.count <= Self.reasonScalarsMax else {
            throw AccountsError(.invalid, "A note has up to 1,000 characters.")
        }
        let tenant = try record(name)
        let now = clock.now()
        return try change { connection in
            var found: EmergencyGrant?
            try connection.query(
                "SELECT \(Self.grantColumns) FROM emergencies WHERE tenant_id = $1 AND grant_id = $2",
                [.integer(tenant.id), .text(id)]
            ) { row in
                try rows.verify(row, AccountsTable.emergencies)
                found = try readGrant(row, tenant)
                return false
            }
            guard var grant = found else { throw AccountsError(.notFound, "There is no such grant.") }
            guard grant.user != reviewer else { throw AccountsError(.refused, "Nobody reviews an own emergency.") }
            guard grant.review == nil else { throw AccountsError(.refused, "This grant was reviewed before.") }
            grant.review = EmergencyGrant.Review(
                time: now, reviewer: reviewer, isJustified: isJustified, note: note)
            try connection.delete(
                AccountsTable.emergencies, where: "tenant_id = $1 AND grant_id = $2", [.integer(tenant.id), .text(id)])
            try insert(grant, tenant, connection)
            return grant
        } then: { _ in
        }
    }

    func loadEmergencies() throws {
        let now = clock.now()
        for tenant in allTenants {
            try database.read { connection in
                try connection.query(
                    "SELECT \(Self.grantColumns) FROM emergencies WHERE tenant_id = $1 AND expires_at > $2",
                    [.integer(tenant.id), .integer(now.microseconds)]
                ) { row in
                    guard try rows.isAuthentic(row, AccountsTable.emergencies) else { return true }
                    let grant = try readGrant(row, tenant)
                    withEmergencies {
                        $0.add(grant.patient, until: grant.expires, for: tenant.key(grant.user), at: now)
                    }
                    return true
                }
            }
        }
    }

    private static let grantColumns = AccountsTable.emergencies.selection

    private func insert(
        _ grant: EmergencyGrant, _ tenant: TenantRecord, _ connection: RowChange
    ) throws {
        let review = grant.review
        let fields = [
            grant.patient, grant.reason, grant.userName, review?.reviewer.description ?? "",
            review?.isJustified == true ? "justified" : "", review?.note ?? "",
        ]
        try connection.insert(
            AccountsTable.emergencies,
            [
                .integer(tenant.id), .text(grant.id), .text(grant.user.description),
                .integer(grant.opened.microseconds), .integer(grant.expires.microseconds),
                review.map { .integer($0.time.microseconds) } ?? .null,
                .blob(try tenant.seal.seal(TextFields.encode(fields), place: "emergencies \(grant.id)")),
            ])
    }

    private func readGrant(_ row: any SQLRow, _ tenant: TenantRecord) throws -> EmergencyGrant {
        let id = row.text(1)
        let fields = try TextFields.decode(tenant.seal.open(row.blob(6), place: "emergencies \(id)"))
        guard fields.count == 6, let user = UserID(row.text(2)) else {
            throw AccountsError(.damaged, "an emergency grant does not decode")
        }
        let review = UserID(fields[3]).map { reviewer in
            EmergencyGrant.Review(
                time: Instant(microseconds: row.integer(5)), reviewer: reviewer, isJustified: !fields[4].isEmpty,
                note: fields[5])
        }
        return EmergencyGrant(
            id: id, user: user, userName: fields[2], patient: fields[0], reason: fields[1],
            opened: Instant(microseconds: row.integer(3)), expires: Instant(microseconds: row.integer(4)),
            review: review)
    }
}
