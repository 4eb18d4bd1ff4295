package import Access
package import Base

/// Where a job stands, for those who look at it.
package enum JobState: String, Hashable, Sendable, CaseIterable {
    /// For its time or for a worker.
    case waiting
    /// Its group is paused.
    case paused
    case running
    case done
    /// A dead letter: it failed for good, or was buried; with its reason, to be looked at and put back.
    case dead
    case cancelled

    /// Whether something is still to come of it.
    package var isLive: Bool {
        switch self {
        case .waiting, .paused, .running: true
        case .done, .dead, .cancelled: false
        }
    }
}

/// What is known of a job.
package struct JobFacts: Sendable {
    package let id: JobID
    package let queue: String
    package let tenant: TenantName
    package let state: JobState
    package let priority: Int
    /// Attempts that were counted, one under way included.
    package let attempts: Int
    package let attemptsMax: Int
    /// Leases in a row that ended because their holder was gone.
    package let losses: Int
    package let group: String?
    package let uniqueKey: String?
    package let traceparent: String?
    /// Of a job that a schedule asked for: the moment that it is meant for.
    package let nominal: Instant?
    package let created: Instant
    /// When it may be claimed, while it waits; `nil` otherwise.
    package let visible: Instant?
    /// When its last attempt began.
    package let started: Instant?
    package let ended: Instant?
    /// Who has it or had it last.
    package let worker: String?
    package let isCancelRequested: Bool
    package let progress: JobProgress?
    /// Why the last attempt that failed did, or why it is a dead letter.
    package let reason: String?
    package let result: [UInt8]?
    package let payload: [UInt8]
}

/// A part of a list, newest jobs first.
package struct JobPage: Sendable {
    package var jobs: [JobFacts]
    /// Where the next page begins; `nil` at the end.
    package var next: JobID?
}

/// How many jobs of a queue there are in each state.
package struct QueueCounts: Hashable, Sendable {
    package var queue: String
    package var counts: [JobState: Int]
    /// Of those that wait, how many could be claimed now.
    package var ready: Int
    /// How long the one that could be claimed longest has waited; `nil` where none can be.
    package var oldestReadySeconds: Double?
}

/// What became of an operator's request about a job.
package enum OperatorAnswer: Hashable, Sendable {
    case done
    /// It runs, and is told to end.
    case signalled
    /// It is as it was asked to be already.
    case unchanged
    /// Its state does not allow it.
    case refused(JobState)
    /// It cannot be put back: another job with its unique key is live.
    case taken(JobID)
    case notFound
}
