/// All of a job that decisions depend on, as a value: `next` says what an event makes of it, and does nothing else.
package struct JobCore: Hashable, Sendable {
    package enum State: Int64, Sendable, CaseIterable {
        /// Waits for its time.
        case delayed = 0
        /// Waits for a worker.
        case ready = 1
        /// Waits until its group is paused no more.
        case held = 2
        case running = 3
        case done = 4
        case dead = 5
        case cancelled = 6

        /// Whether something is still to come of it; so long it keeps its unique key.
        package var isLive: Bool { rawValue <= State.running.rawValue }

        /// As those who look at jobs see it.
        package var shown: JobState {
            switch self {
            case .delayed, .ready: .waiting
            case .held: .paused
            case .running: .running
            case .done: .done
            case .dead: .dead
            case .cancelled: .cancelled
            }
        }
    }

    package var state: State
    package var priority: Int
    /// When it may be claimed, or could have been.
    package var visibleAt: QueueTime
    /// Attempts that count, one under way included.
    package var attempts: Int
    package var attemptsMax: Int
    /// Leases in a row that ended because their holder was gone.
    package var losses: Int
    /// How often it was claimed: the fencing token of the lease.
    package var fence: Int64
    /// How often its lease was renewed.
    package var beat: Int64
    package var isCancelRequested: Bool

    package init(
        state: State, priority: Int, visibleAt: QueueTime, attempts: Int, attemptsMax: Int, losses: Int, fence: Int64,
        beat: Int64, isCancelRequested: Bool
    ) {
        self.state = state
        self.priority = priority
        self.visibleAt = visibleAt
        self.attempts = attempts
        self.attemptsMax = attemptsMax
        self.losses = losses
        self.fence = fence
        self.beat = beat
        self.isCancelRequested = isCancelRequested
    }

    /// A job that was just asked for.
    package static func new(
        priority: Int, attemptsMax: Int, visibleAt: QueueTime, at now: QueueTime, isGroupPaused: Bool
    ) -> JobCore {
        var core = JobCore(
            state: .ready, priority: priority, visibleAt: visibleAt, attempts: 0, attemptsMax: attemptsMax, losses: 0,
            fence: 0, beat: 0, isCancelRequested: false)
        core.wait(until: visibleAt, at: now, isGroupPaused: isGroupPaused)
        return core
    }

    /// Among the jobs of its tenant and queue that can be claimed, the one with the least rank is next: the moment from
    /// which it could be, less a span for each point of priority. A job never waits behind those that come later than
    /// that span after it: nothing starves.
    package func rank(agingMicroseconds: Int64) -> Int64 {
        visibleAt.advanced(byMicroseconds: -Int64(priority) * agingMicroseconds).microseconds
    }

    mutating func wait(until time: QueueTime, at now: QueueTime, isGroupPaused: Bool) {
        visibleAt = time
        state = isGroupPaused ? .held : time > now ? .delayed : .ready
    }
}
