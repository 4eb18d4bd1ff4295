package import Access
package import Base

/// What proves that a worker still has a job: it grows with each claim of the job, so that what an earlier holder does
/// late can be told (fencing).
package struct LeaseToken: Hashable, Sendable {
    /// The job's number in the tables.
    let number: Int64
    let nonce: UInt64
    /// 1 at the first claim, one more at each that follows.
    package let fence: Int64
}

/// A job in a worker's hands.
package struct ClaimedJob: Sendable {
    package let id: JobID
    package let queue: String
    package let tenant: TenantName
    package let payload: [UInt8]
    package let group: String?
    /// 1 for the first; lost leases and outcomes `.again` are not counted.
    package let attempt: Int
    package let lease: LeaseToken
    /// When others may have the job, by this machine's clock at the claim, unless a heartbeat comes before.
    package let leaseEnds: Instant
    package let leaseSeconds: Double
    package let traceparent: String?
    /// Of a job that a schedule asked for: the moment that it is meant for.
    package let nominal: Instant?
}

/// How an attempt ended.
package enum JobOutcome: Sendable {
    /// - Parameter result: at most `JobLimits.resultBytesMax` bytes; kept sealed.
    case done(result: [UInt8]?)
    /// - Parameters:
    ///   - reason: kept sealed, cut at `JobLimits.reasonBytesMax` bytes.
    ///   - isFinal: a dead letter at once; else it is tried again after a while, as often as it may.
    case failed(reason: String, isFinal: Bool)
    /// Later again; no attempt is counted.
    case again(notBefore: Instant?)
}

/// How far a job is.
package struct JobProgress: Hashable, Sendable {
    package var done: UInt64
    package var total: UInt64?
    /// Kept sealed, cut at `JobLimits.noteBytesMax` bytes; `nil` leaves the one before.
    package var note: String?

    package init(done: UInt64, total: UInt64? = nil, note: String? = nil) {
        self.done = done
        self.total = total
        self.note = note
    }
}

/// What a heartbeat is answered.
package enum LeaseSignal: Hashable, Sendable {
    /// The lease holds until then, by this machine's clock now.
    case goOn(ends: Instant)
    /// The lease holds, but the job is to end: somebody cancelled it.
    case cancel(ends: Instant)
    /// The lease is gone: nothing that the worker does for the job counts any more.
    case lost
}
