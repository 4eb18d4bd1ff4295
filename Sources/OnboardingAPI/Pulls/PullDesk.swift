package import BulkData

/// What the interface of pulls works on.
package struct PullDesk: Sendable {
    package var pulls: Pulls
    /// Has a pull run soon.
    package var start: @Sendable (PullRecord) throws -> Void
    /// Has the pulls of a plan begin at its times.
    /// - Throws: `BulkDataError.invalid` where the times or their zone are none.
    package var schedule: @Sendable (PullPlan) throws -> Void
    /// Has them begin no more.
    package var unschedule: @Sendable (PullPlan) throws -> Void

    package init(
        pulls: Pulls, start: @escaping @Sendable (PullRecord) throws -> Void,
        schedule: @escaping @Sendable (PullPlan) throws -> Void,
        unschedule: @escaping @Sendable (PullPlan) throws -> Void
    ) {
        self.pulls = pulls
        self.start = start
        self.schedule = schedule
        self.unschedule = unschedule
    }
}
