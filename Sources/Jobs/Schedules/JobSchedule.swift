package import Access
package import Base

/// Work that is asked for again and again.
package struct JobSchedule: Hashable, Sendable {
    /// What becomes of firings that were not made at their time, because no server ran or the clock was set forward.
    package enum MissedPolicy: Hashable, Sendable {
        /// One job for the newest of them; the others are recorded.
        case coalesce
        /// A job for each, but for no more than so many of the newest; the others are recorded.
        case all(max: Int)
        /// None, but for one that is less than a minute late; they are recorded.
        case skip
    }

    /// Of its tenant: 1 to 64 bytes.
    package var name: String
    package var tenant: TenantName
    package var cron: CronExpression
    /// A name of the IANA database, such as `Europe/Berlin`, or `UTC`.
    package var zone: String
    package var queue: String
    package var payload: [UInt8]
    package var priority: Int
    package var attemptsMax: Int
    package var group: String?
    package var missed: MissedPolicy

    package init(
        name: String, tenant: TenantName, cron: CronExpression, zone: String, queue: String, payload: [UInt8] = [],
        priority: Int = 0, attemptsMax: Int = 8, group: String? = nil, missed: MissedPolicy = .coalesce
    ) {
        self.name = name
        self.tenant = tenant
        self.cron = cron
        self.zone = zone
        self.queue = queue
        self.payload = payload
        self.priority = priority
        self.attemptsMax = attemptsMax
        self.group = group
        self.missed = missed
    }

    static let nameBytesMax = 64
    /// Jobs that one look at a schedule asks for at most.
    static let firingsMax = 1000

    /// The job of one firing, with a key that no other firing has.
    func job(at nominal: Instant) -> NewJob {
        NewJob(
            queue: queue, tenant: tenant, payload: payload,
            uniqueKey: "schedule \(name) \(nominal.microseconds)", priority: priority, attemptsMax: attemptsMax,
            group: group, nominal: nominal)
    }

    /// - Throws: `JobsError.invalid`.
    func check() throws(JobsError) {
        guard (1...Self.nameBytesMax).contains(name.utf8.count) else {
            throw JobsError(.invalid, "a schedule's name has 1 to \(Self.nameBytesMax) bytes")
        }
        if case .all(let max) = missed, !(1...Self.firingsMax).contains(max) {
            throw JobsError(.invalid, "from 1 to \(Self.firingsMax) missed firings are made up for")
        }
        try job(at: Instant(microseconds: 0)).check()
    }
}

/// Firings that no job was asked for.
package struct MissedFirings: Hashable, Sendable {
    package var first: Instant
    package var last: Instant
    package var count: Int
    package var noticed: Instant
}

/// What is known of a schedule.
package struct ScheduleFacts: Sendable {
    package var schedule: JobSchedule
    /// No firing up to this moment is to come any more.
    package var last: Instant
    /// `nil` if none is to come.
    package var next: Instant?
    /// Newest first.
    package var missed: [MissedFirings]
}
