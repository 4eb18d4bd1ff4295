/// What a run over one part of a source came to.
package struct PartReport: Sendable {
    package var report = IngestReport()
    /// How many were rejected of each kind.
    package var findings: [RejectFinding: Int] = [:]
    /// Versions with references whose target had not come: to be tried again once all parts are done.
    package var awaiting: [UInt64] = []

    /// Searches that will not find a resource that was taken.
    package var indexFailures: [SearchGap] = []

    package init() {}
}

/// A search that will not find a resource.
package struct SearchGap: Sendable, Hashable {
    /// `Type/id`.
    package var resource: String
    package var reason: String
}
