package import Access
package import Base

/// A pull that is begun again and again, at the times of a schedule.
package struct PullPlan: Sendable {
    /// 22 characters of base64url, by chance.
    package let id: String
    package let tenant: TenantName
    package let created: Instant
    /// What each of its pulls asks for.
    package var pull: NewPull
    /// A cron expression.
    package var schedule: String
    /// The time zone of the schedule: a name of the IANA database.
    package var timeZone: String
    /// On whose behalf, as the audit trail names them.
    package var owner: String

    package init(
        id: String, tenant: TenantName, created: Instant, pull: NewPull, schedule: String, timeZone: String,
        owner: String
    ) {
        self.id = id
        self.tenant = tenant
        self.created = created
        self.pull = pull
        self.schedule = schedule
        self.timeZone = timeZone
        self.owner = owner
    }
}

extension PullPlan {
    func encoded() -> [UInt8] {
        let state = StateWriter()
        defer { state.bytes.wipe() }
        pull.order.write(to: state)
        state.write(optional: pull.clientKey) { key in
            state.write(key.count)
            key.withUnsafeBytes { state.bytes.write($0) }
        }
        state.write(list: pull.tokenOrigins) { state.write($0) }
        state.write(list: pull.allowed) { state.write($0) }
        state.write(pull.isFull)
        for text in [schedule, timeZone, owner] { state.write(text) }
        return state.bytes.copy()
    }

    /// - Throws: `BulkDataError.damaged`.
    init(
        _ bytes: UnsafeRawBufferPointer, id: String, tenant: TenantName, created: Instant
    ) throws(BulkDataError) {
        var state = StateReader(bytes)
        let order = try PullOrder(&state)
        let key = try state.optional { (state) throws(BulkDataError) in Array(try state.bytes(try state.number())) }
        let origins = try state.list { (state) throws(BulkDataError) in try state.text() }
        let allowed = try state.list { (state) throws(BulkDataError) in try state.text() }
        let isFull = try state.flag()
        self.init(
            id: id, tenant: tenant, created: created,
            pull: NewPull(order, clientKey: key, tokenOrigins: origins, allowed: allowed, isFull: isFull),
            schedule: try state.text(), timeZone: try state.text(), owner: try state.text())
    }
}
