package import Access
package import FHIR
internal import SQLDatabase
internal import Search

/// Which versions of a history are wanted.
package struct HistoryWindow: Sendable {
    /// The type whose resources' versions are listed; `nil` for all types.
    package var type: TypeID?
    /// Only versions behind this entry of the log; 0 for all.
    package var after: UInt64 = 0
    /// Only versions up to this point of the log.
    package var point: LogPoint
    /// Only versions that held at some time behind this point of the log; `nil` for all.
    package var heldAfter: LogPoint?
    /// Only versions before this entry of the log: where a page before ended.
    package var before: UInt64 = .max

    package init(type: TypeID? = nil, point: LogPoint) {
        self.type = type
        self.point = point
    }
}

extension RecordStore {
    /// Hands out versions of many resources, deletions included, newest first.
    /// - Parameter body: takes each version and returns whether to go on; it should not wait for anything.
    package func forEachVersion(
        _ scope: AccessScope, _ window: HistoryWindow, _ body: (StoredResource) throws -> Bool
    ) throws {
        let tenant = try tenant(scope.tenant)
        let snapshot = tenant.state.current
        let last = min(window.point.sequence, snapshot.lastSequence, window.before == 0 ? 0 : window.before - 1)
        guard last > window.after else { return }
        let tokens = try window.type.map { type in
            try tenant.indexers.with { [$0.typeToken(type), $0.deletionToken(type)] }
        }
        let viewer = try tenant.viewer(scope, .history)
        try shared.database.readTransaction { connection in
            var blocks = BlockCursor(tenant.blocks, on: connection)
            for part in snapshot.parts.reversed() where part.firstSequence <= last && part.lastSequence > window.after {
                let first = max(part.firstSequence, window.after + 1)
                let end = min(part.lastSequence, last)
                let wanted = try tokens.map {
                    try part.evaluate(.tokens($0), to: UInt32(end - part.firstSequence))
                        .reversed().lazy.map { part.firstSequence + UInt64($0) }
                }
                func visit(_ sequence: UInt64) throws -> Bool {
                    if snapshot.erased.contains(sequence) { return true }
                    if let point = window.heldAfter?.sequence, sequence <= point,
                        try !snapshot.isLive(sequence, at: point)
                    {
                        return true
                    }
                    let entry = try blocks.entry(sequence)
                    if let viewer, try !viewer.sees(entry) { return true }
                    return try body(entry.shown(to: scope))
                }
                if let wanted {
                    for sequence in wanted where sequence >= first {
                        if try !visit(sequence) { return }
                    }
                } else {
                    for sequence in stride(from: end, through: first, by: -1) {
                        if try !visit(sequence) { return }
                    }
                }
            }
        }
    }
}
