package import Base

/// What the status page tells: figures of the whole store, nothing of any patient.
package struct StatusFacts: Sendable {
    /// The outcome of the ingest that ended last.
    package struct Ingest: Sendable {
        package var finishedAt: Instant
        package var seconds: Double
        /// Resources that were new.
        package var created: Int
        /// Resources that became another version.
        package var updated: Int
        /// Resources that were the same already.
        package var unchanged: Int
        /// Files, lines and entries that were refused.
        package var rejected: Int

        package init(
            finishedAt: Instant, seconds: Double, created: Int, updated: Int, unchanged: Int, rejected: Int
        ) {
            self.finishedAt = finishedAt
            self.seconds = seconds
            self.created = created
            self.updated = updated
            self.unchanged = unchanged
            self.rejected = rejected
        }

        /// Resources taken in per second; `nil` for a span too short to tell.
        var resourcesPerSecond: Double? {
            seconds > 0.001 ? Double(created + updated + unchanged) / seconds : nil
        }
    }

    /// The indexing of older records for new search parameters.
    package struct Reindexing: Sendable {
        /// Search parameters that cannot be used yet.
        package var parameters: Int
        /// Versions of resources that were looked through for the one that is furthest behind, of how many.
        package var done: Int
        package var total: Int

        package init(parameters: Int, done: Int, total: Int) {
            self.parameters = parameters
            self.done = done
            self.total = total
        }
    }

    package var patients: Int
    package var resources: Int
    /// Bytes of the store's files, index included.
    package var storedBytes: Int
    package var lastIngest: Ingest?
    /// `nil` while nothing is indexed anew.
    package var reindexing: Reindexing?

    package init(patients: Int, resources: Int, storedBytes: Int, lastIngest: Ingest?) {
        self.patients = patients
        self.resources = resources
        self.storedBytes = storedBytes
        self.lastIngest = lastIngest
    }
}
