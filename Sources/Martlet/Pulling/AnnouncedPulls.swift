internal import Access
internal import Base
internal import BulkData
internal import FHIRAPI

/// Fetches what other systems announce over FHIR, by pulls.
struct AnnouncedPulls: BulkIntake {
    private let announcements: Announcements

    init(_ announcements: Announcements) {
        self.announcements = announcements
    }

    private static func owner(_ scope: AccessScope) -> String {
        guard case .subject(let subject) = scope.authority else { return scope.actor }
        return subject.facts.account
    }

    /// Has a mistake told to whoever made it.
    private func taken<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as BulkDataError where error.code == .invalid || error.code == .address {
            throw BulkIntakeRefusal(error.detail.prefix(1).uppercased() + error.detail.dropFirst() + ".")
        }
    }

    private static func location(_ text: String, _ what: String) throws(BulkDataError) -> WebLocation {
        guard let location = WebLocation(text) else { throw BulkDataError(.invalid, "\(what) is no address of https") }
        return location
    }

    private static func item(_ announcement: BulkAnnouncement) throws(BulkDataError) -> Announcement.Item {
        let headers = announcement.headers.map { PullHeader(name: $0.name, value: $0.value) }
        switch announcement.source {
        case .files(let named):
            var files: [Manifest.File] = []
            for file in named {
                guard Manifest.isType(file.type) else {
                    throw BulkDataError(.invalid, "a file's type is no resource type")
                }
                files.append(
                    Manifest.File(
                        content: .resources, type: file.type, location: try location(file.url, "a file's url")))
            }
            let base = try announcement.base.map { (text) throws(BulkDataError) in try location(text, "inputSource") }
            guard let base = base ?? files.first?.location else { throw BulkDataError(.invalid, "no file is named") }
            let order = try PullOrder(base: Self.plain(base), source: .files(files), fileHeaders: headers)
            return Announcement.Item(url: announcement.base ?? base.withoutQuery, order: order)
        case .manifest(let url):
            let manifest = try location(url, "the manifest's url")
            let base = try announcement.base.map { (text) throws(BulkDataError) in try location(text, "fhirBaseUrl") }
            let order = try PullOrder(
                base: Self.plain(base ?? manifest), source: .manifest(manifest), fileHeaders: headers)
            return Announcement.Item(url: url, order: order)
        case .export(let base, let group, let isOfPatients, let parameters):
            var (types, filters): ([String], [String]) = ([], [])
            var since: FHIRInstant?
            for (name, value) in parameters {
                switch name {
                case "_type": types += value.split(separator: ",").map(String.init)
                case "_typeFilter": filters.append(value)
                case "_since":
                    guard let moment = FHIRInstant(value) else { throw BulkDataError(.invalid, "_since is no instant") }
                    since = moment
                case "_outputFormat": break
                default: throw BulkDataError(.invalid, "the export's parameter \(name.prefix(32)) is not taken")
                }
            }
            let order = try PullOrder(
                base: try location(base, "exportUrl"),
                level: group.map { .group($0) } ?? (isOfPatients ? .patients : .system), types: types,
                typeFilters: filters, since: since)
            return Announcement.Item(url: base + "/$export", order: order)
        }
    }

    /// An address as a server's own: without a query.
    private static func plain(_ location: WebLocation) -> WebLocation {
        WebLocation(location.withoutQuery) ?? location
    }

    func begin(_ announcement: BulkAnnouncement, scope: AccessScope) throws -> String {
        try taken {
            try announcements.begin(Self.item(announcement), owner: Self.owner(scope), tenant: scope.tenant)
        }
    }

    func status(_ id: String, scope: AccessScope) throws -> BulkIntakeStatus? {
        guard let found = try announcements.status(id, owner: Self.owner(scope), tenant: scope.tenant) else {
            return nil
        }
        return Self.status(of: found.announcement, found.pulls)
    }

    func cancel(_ id: String, scope: AccessScope) throws -> Bool {
        try announcements.cancel(id, owner: Self.owner(scope), tenant: scope.tenant)
    }

    func submit(_ submission: BulkSubmission, scope: AccessScope) throws {
        try taken {
            let status: Announcement.Status =
                switch submission.status {
                case .inProgress: .open
                case .complete: .complete
                case .aborted: .aborted
                }
            try announcements.submit(
                submitter: submission.submitter, id: submission.id,
                item: submission.manifest.map { (manifest) throws(BulkDataError) in try Self.item(manifest) },
                replacing: submission.replaces, status: status, owner: Self.owner(scope), tenant: scope.tenant)
        }
    }

    func submission(_ id: String, submitter: String, scope: AccessScope) throws -> String? {
        try announcements.key(submitter: submitter, id: id, owner: Self.owner(scope), tenant: scope.tenant)
    }

    func submissionStatus(_ key: String, scope: AccessScope) throws -> (id: String, status: BulkIntakeStatus)? {
        guard let found = try announcements.status(key, owner: Self.owner(scope), tenant: scope.tenant) else {
            return nil
        }
        return (found.announcement.id, Self.status(of: found.announcement, found.pulls))
    }

    private static func status(of announcement: Announcement, _ pulls: [PullRecord?]) -> BulkIntakeStatus {
        let isOver: Bool =
            switch announcement.status {
            case .open: false
            case .complete: pulls.allSatisfy { $0?.state.isOver == true }
            case .aborted: true
            }
        let done = pulls.count { $0?.state.isOver == true }
        let progress =
            announcement.status == .open
            ? "waits for the submission to be complete" : "\(done) of \(pulls.count) fetched"
        var items: [BulkIntakeStatus.Item] = []
        for (item, pull) in zip(announcement.items, pulls) {
            items += Self.items(item, pull, isAborted: announcement.status == .aborted)
        }
        return BulkIntakeStatus(isOver: isOver, progress: progress, began: announcement.created, items: items)
    }

    private static func items(
        _ item: Announcement.Item, _ pull: PullRecord?, isAborted: Bool
    ) -> [BulkIntakeStatus.Item] {
        let state = pull?.state
        let counts = state?.counts ?? PullCounts()
        let problem =
            state.map { $0.phase == .done ? nil : $0.problem?.detail } ?? (isAborted ? "it was taken back" : nil)
        guard case .files(let files) = item.order.source, state?.phase == .done else {
            return [
                BulkIntakeStatus.Item(
                    url: item.url, count: counts.resources, rejected: counts.rejected, problem: problem)
            ]
        }
        // Resources are counted over all files together; of each file it is known whether it came.
        let failed = Set(state?.files.filter { $0.state == .failed }.map(\.facts.location) ?? [])
        return files.map { file in
            BulkIntakeStatus.Item(
                url: file.location.text, count: nil, rejected: counts.rejected,
                problem: failed.contains(file.location) ? "the file could not be fetched" : nil)
        }
    }
}
