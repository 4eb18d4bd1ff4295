internal import Base

/// How a queue works.
package struct JobQueueOptions: Sendable {
    package var rules = JobRules()
    /// Whether no other process and no other `JobQueue` has the tables: then leases that were left by a process that
    /// ended are over at opening, and nothing waits for them.
    package var isAlone = false
    /// The seed of the jitter; `nil` for the system's random numbers.
    package var seed: UInt64?
    /// Nanoseconds of a clock that is never set.
    package var monotonic: @Sendable () -> UInt64 = { monotonicNanoseconds() }
    /// How long jobs that are done or cancelled are kept.
    package var endedSeconds = 7.0 * 86_400
    /// How long dead letters are kept.
    package var deadSeconds = 90.0 * 86_400

    package init() {}
}

/// How many jobs of a queue may run at a time, wherever; `nil` for no bound.
package struct JobConcurrency: Hashable, Sendable {
    package var runningMax: Int?
    package var perTenantMax: Int?

    package init(runningMax: Int? = nil, perTenantMax: Int? = nil) {
        self.runningMax = runningMax
        self.perTenantMax = perTenantMax
    }
}
