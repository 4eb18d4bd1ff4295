/// Finds leases whose holders are gone, by what one process sees of them and its own monotonic clock alone: a lease has
/// ended that stood at the same beat, in the eyes of this process, for as long as it lasts. No clock of another machine,
/// and no clock that can be set, has a part in it.
package struct LeaseWatch: Sendable {
    /// A lease as it stands in the tables.
    package struct Lease: Hashable, Sendable {
        package var job: Int64
        package var fence: Int64
        package var beat: Int64
        package var milliseconds: Int64

        package init(job: Int64, fence: Int64, beat: Int64, milliseconds: Int64) {
            self.job = job
            self.fence = fence
            self.beat = beat
            self.milliseconds = milliseconds
        }
    }

    private struct Sight {
        var lease: Lease
        /// When it was first seen at this beat.
        var nanoseconds: UInt64
    }

    private var sights: [Int64: Sight] = [:]

    package init() {}

    /// Takes note of all leases there are.
    /// - Parameter nanoseconds: of the monotonic clock.
    /// - Returns: those that have ended.
    package mutating func observe(_ leases: [Lease], at nanoseconds: UInt64) -> [Lease] {
        var next: [Int64: Sight] = [:]
        next.reserveCapacity(leases.count)
        var ended: [Lease] = []
        for lease in leases {
            guard let sight = sights[lease.job], sight.lease.fence == lease.fence, sight.lease.beat == lease.beat else {
                next[lease.job] = Sight(lease: lease, nanoseconds: nanoseconds)
                continue
            }
            next[lease.job] = sight
            let age = nanoseconds > sight.nanoseconds ? nanoseconds - sight.nanoseconds : 0
            if age / 1_000_000 >= UInt64(clamping: lease.milliseconds) { ended.append(lease) }
        }
        sights = next
        return ended
    }
}
