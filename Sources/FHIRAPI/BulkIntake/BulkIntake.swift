package import Access
package import Base

/// Data that another system announces and that is fetched from it, as its kick-off says.
package struct BulkAnnouncement: Sendable {
    package enum Source: Sendable {
        /// Files, each with the type of its resources.
        case files([(type: String, url: String)])
        /// A manifest that is there.
        case manifest(String)
        /// An export that is to be asked for, with the parameters that it takes.
        case export(base: String, group: String?, isOfPatients: Bool, parameters: [(name: String, value: String)])
    }

    package var source: Source
    /// The FHIR server whose data it is, as far as it is said.
    package var base: String?
    /// Fields that requests for manifests and files carry.
    package var headers: [(name: String, value: String)] = []
}

/// One call of `$bulk-submit`.
package struct BulkSubmission: Sendable {
    package enum Status: Sendable {
        case inProgress, complete, aborted
    }

    /// System and value of the submitter's identifier.
    package var submitter: String
    package var id: String
    package var status: Status
    /// What is announced by this call, if anything.
    package var manifest: BulkAnnouncement?
    /// The address of a manifest that was announced before and no longer counts.
    package var replaces: String?
}

/// How far what was announced is.
package struct BulkIntakeStatus: Sendable {
    /// A manifest, an export, or one announced file.
    package struct Item: Sendable {
        package var url: String
        /// Resources that were taken; `nil` where that is known only of several together.
        package var count: Int?
        package var rejected: Int
        /// Why it came to nothing, in words for whoever announced it.
        package var problem: String?

        package init(url: String, count: Int?, rejected: Int, problem: String?) {
            self.url = url
            self.count = count
            self.rejected = rejected
            self.problem = problem
        }
    }

    package var isOver: Bool
    /// Fewer than 100 characters.
    package var progress: String
    package var began: Instant
    package var items: [Item]

    package init(isOver: Bool, progress: String, began: Instant, items: [Item]) {
        self.isOver = isOver
        self.progress = progress
        self.began = began
        self.items = items
    }
}

/// What is announced cannot be taken: why, in words for whoever announced it.
package struct BulkIntakeRefusal: Error, Sendable {
    package var detail: String

    package init(_ detail: String) {
        self.detail = detail
    }
}

/// Fetches what other systems announce. Everything belongs to whoever announced it: to all others it is not there.
package protocol BulkIntake: Sendable {
    /// Begins to fetch; durable when this returns.
    /// - Returns: what the status is asked for by: 22 characters of base64url.
    /// - Throws: `BulkIntakeRefusal`.
    func begin(_ announcement: BulkAnnouncement, scope: AccessScope) throws -> String

    /// - Returns: `nil` where there is no such thing.
    func status(_ id: String, scope: AccessScope) throws -> BulkIntakeStatus?

    /// Stops what is under way and forgets it.
    /// - Returns: `false` where there is no such thing.
    func cancel(_ id: String, scope: AccessScope) throws -> Bool

    /// Takes note of a call; what a submission announces is fetched once it is complete.
    /// - Throws: `BulkIntakeRefusal`.
    func submit(_ submission: BulkSubmission, scope: AccessScope) throws

    /// What the status of a submission is asked for by; `nil` where there is none.
    func submission(_ id: String, submitter: String, scope: AccessScope) throws -> String?

    /// The submission's own id, and how far it is.
    func submissionStatus(
        _ key: String, scope: AccessScope
    ) throws -> (id: String, status: BulkIntakeStatus)?
}
