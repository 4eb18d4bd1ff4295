/// What can happen to a job.
package enum JobEvent: Hashable, Sendable {
    /// Its time has come.
    case due
    /// A worker takes it.
    case claim
    /// Its holder is alive.
    case heartbeat(fence: Int64)
    /// Nothing was heard of its holder, since this beat, for as long as the lease lasts.
    case leaseEnd(fence: Int64, beat: Int64)
    case done(fence: Int64)
    case fail(fence: Int64, isFinal: Bool)
    /// Its holder wants it done later; at once if `nil`.
    case again(fence: Int64, notBefore: QueueTime?)
    /// Operators' requests.
    case cancel
    case retry
    case bury
    /// Its group is paused, or goes on.
    case pause
    case resume
}

/// What an event makes of a job.
package enum JobDecision: Hashable, Sendable {
    /// The job from now on.
    case become(JobCore)
    /// Nothing changes: whoever says so holds the lease no more.
    case leaseLost
    /// Nothing changes: there is nothing to do.
    case unchanged
    /// Nothing changes: the state does not allow it.
    case refused
}
