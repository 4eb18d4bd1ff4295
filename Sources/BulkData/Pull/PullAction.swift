package import Base

/// What a pull wants done next.
package enum PullAction: Sendable, Equatable {
    /// Ask for an export.
    case kickOff(WebLocation)
    /// Ask how the export stands.
    case poll(WebLocation)
    /// Read a page of a manifest.
    case manifest(WebLocation)
    /// Ask what the server can be searched for.
    case capabilities(WebLocation)
    /// Read a page of a search into the file with this number.
    case page(WebLocation, file: Int)
    /// Have the files with these numbers under way, and no others.
    case download([Int])
    /// Take everything that was downloaded into the store.
    case deliver
    /// Tell the server that its files are not needed any more.
    case release(WebLocation)
    /// Do nothing until then.
    case wait(until: Instant)
    /// Nothing is left to do.
    case ended
}

/// What came of an action; files are named by their numbers.
package enum PullEvent: Sendable {
    /// The export is under way; ask here how it stands.
    case accepted(WebLocation)
    /// It is not done yet.
    case running(ExportProgress?, retryAfter: Double?)
    case manifest(Manifest)
    /// The types that the server can be searched for, and its own time, if it tells it.
    case searchable([String], serverTime: Instant?)
    /// A page is kept in the file.
    case page(next: WebLocation?, resources: Int, fileBytes: UInt64)
    /// A file's answer has begun.
    case began(file: Int, total: UInt64?, entityTag: String?)
    /// A file has grown to so many bytes.
    case received(file: Int, bytes: UInt64)
    case downloaded(file: Int, bytes: UInt64)
    /// The file that was compared is still the same.
    case unchanged(file: Int)
    case failed(PullFault)
    case downloadFailed(file: Int, PullFault)
    case delivered(PullCounts)
    case released
    case cancelled
}

/// What became of the resources of a pull.
package struct PullCounts: Sendable, Equatable {
    package var created = 0
    package var updated = 0
    package var unchanged = 0
    package var deleted = 0
    /// Files, lines and entries that were not taken.
    package var rejected = 0
    /// Issues of errors that the server itself reported in its files.
    package var serverErrors = 0

    package init() {}

    package var resources: Int { created + updated + unchanged }
}
