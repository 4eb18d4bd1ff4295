/// Where an ingest has its bytes from.
package struct IngestSource: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A completed upload.
        case upload
        /// A file of a watched folder.
        case watched
        /// What was fetched from another server.
        case pull
    }

    package var kind: Kind
    /// The upload's or the pull's id; for a watched file what tells it from others, with its path.
    package var reference: String
    /// The file's name, as places in rejects have it.
    package var name: String

    package init(_ kind: Kind, _ reference: String, name: String) {
        self.kind = kind
        self.reference = reference
        self.name = name
    }

    /// The upload's or the pull's id, or the file's path, for people.
    package var shown: String {
        kind == .watched ? WatchedFolder.path(reference) ?? name : reference
    }
}

/// Where an ingest stands.
package enum IngestState: String, Sendable, CaseIterable {
    /// For the leader to look into it.
    case waiting
    case running
    case paused
    /// Everything was taken.
    case finished
    /// Everything was read; something was rejected.
    case finishedWithRejects
    /// A part, or looking into it, failed for good; what the other parts brought stays.
    case failed
    case cancelled

    /// Whether something is still to come of it.
    package var isLive: Bool {
        switch self {
        case .waiting, .running, .paused: true
        case .finished, .finishedWithRejects, .failed, .cancelled: false
        }
    }

    /// The number that stands in the tables; never changed.
    var number: Int64 {
        switch self {
        case .waiting: 0
        case .running: 1
        case .paused: 2
        case .finished: 3
        case .finishedWithRejects: 4
        case .failed: 5
        case .cancelled: 6
        }
    }

    init?(number: Int64) {
        guard let state = Self.allCases.first(where: { $0.number == number }) else { return nil }
        self = state
    }
}
