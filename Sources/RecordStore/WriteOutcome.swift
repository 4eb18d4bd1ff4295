package import Base

/// What must hold for a write to happen.
package enum Precondition: Sendable, Equatable {
    case none
    /// The resource must not exist.
    case absent
    /// The resource must exist in this version.
    case version(UInt64)
    /// The resource must exist.
    case present
}

/// What a write did. The sequence number is the one of the version that holds afterwards.
package enum WriteOutcome: Sendable, Equatable {
    case created(UInt64)
    case updated(UInt64)
    /// The same content was there already: nothing was written.
    case unchanged(UInt64)
    case deleted(UInt64)
    /// There was nothing to delete.
    case absent

    /// The version that holds afterwards.
    package var sequence: UInt64? {
        switch self {
        case .created(let sequence), .updated(let sequence), .unchanged(let sequence), .deleted(let sequence): sequence
        case .absent: nil
        }
    }
}

/// What a commit did, as of when it became durable.
package struct CommitReceipt: Sendable {
    /// One for each write of the batch, in its order.
    package var outcomes: [WriteOutcome]
    /// `meta.lastUpdated` of what was written.
    package var committedAt: Instant
    /// Resources whose unresolved references may be resolved by what this commit brought.
    package var awaiting: [UInt64]
}
