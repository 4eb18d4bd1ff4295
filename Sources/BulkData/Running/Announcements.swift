package import Access
internal import Base

/// What other systems announce to this one, and the pulls that fetch it.
///
/// Nothing of an announcement is fetched before it is complete: until then a manifest can be taken back, or replaced,
/// without a trace in the records.
package final class Announcements: Sendable {
    private let pulls: Pulls
    private let start: @Sendable (PullRecord) throws -> Void
    private let lock = Lock()

    private static let itemsMax = 10_000
    private static let textBytesMax = 1_024

    /// - Parameter start: has a pull run soon.
    package init(pulls: Pulls, start: @escaping @Sendable (PullRecord) throws -> Void) {
        self.pulls = pulls
        self.start = start
    }

    /// Begins to fetch at once what is announced whole.
    /// - Returns: the key of the announcement.
    /// - Throws: `SQLError`, `VaultError`.
    package func begin(_ item: Announcement.Item, owner: String, tenant: TenantName) throws -> String {
        let key = try Pulls.newID()
        try lock.withLock {
            var announcement = Announcement(
                key: key, tenant: tenant, created: pulls.clock.now(), owner: owner, submitter: "", id: key,
                status: .complete, items: [item])
            try fetch(&announcement)
        }
        return key
    }

    /// Takes note of a call of a submission.
    /// - Parameters:
    ///   - item: what it announces.
    ///   - replaced: the address of what was announced before and no longer counts.
    /// - Throws: `BulkDataError.invalid` for a submission that is over, for what was announced already, and for what is
    ///   to be replaced and is not there; `SQLError`, `VaultError`.
    package func submit(
        submitter: String, id: String, item: Announcement.Item?, replacing replaced: String?,
        status: Announcement.Status, owner: String, tenant: TenantName
    ) throws {
        guard (1...Self.textBytesMax).contains(id.utf8.count), submitter.utf8.count <= Self.textBytesMax else {
            throw BulkDataError(.invalid, "the submission's id or submitter is empty or too long")
        }
        try lock.withLock {
            let blank = Announcement(
                key: try Pulls.newID(), tenant: tenant, created: pulls.clock.now(), owner: owner, submitter: submitter,
                id: id, status: .open, items: [])
            var announcement = try pulls.store.announcement(named: blank.name, of: tenant) ?? blank
            if announcement.status == .complete, status == .aborted { return try abort(&announcement) }
            guard announcement.status == .open else {
                throw BulkDataError(.invalid, "the submission is over; begin another one")
            }
            if let replaced {
                guard announcement.items.contains(where: { $0.url == replaced }) else {
                    throw BulkDataError(.invalid, "the manifest that is to be replaced was not announced")
                }
                announcement.items.removeAll { $0.url == replaced }
            }
            if let item {
                guard !announcement.items.contains(where: { $0.url == item.url }) else {
                    throw BulkDataError(.invalid, "the manifest was announced already")
                }
                guard announcement.items.count < Self.itemsMax else {
                    throw BulkDataError(.invalid, "the submission has more than \(Self.itemsMax) manifests")
                }
                announcement.items.append(item)
            }
            announcement.status = status
            if status == .complete { try fetch(&announcement) } else { try pulls.store.save(announcement) }
        }
    }

    /// Begins the pulls that are not there yet, each durable with the announcement that it belongs to.
    private func fetch(_ announcement: inout Announcement) throws {
        try pulls.store.save(announcement)
        for place in announcement.items.indices where announcement.items[place].pull == nil {
            let order = announcement.items[place].order
            let key = try pulls.clientKey(for: order.base, tenant: announcement.tenant)
            let pull = try pulls.begin(
                NewPull(order, clientKey: key, isFull: true), tenant: announcement.tenant)
            announcement.items[place].pull = pull.id
            try pulls.store.save(announcement)
            try start(pull)
        }
    }

    /// Goes on with what was to be fetched when the process ended.
    /// - Throws: `SQLError`, `VaultError`.
    package func resume(tenant: TenantName) throws {
        try lock.withLock {
            for var known in try pulls.store.announcements(of: tenant) where known.status == .complete {
                if known.items.contains(where: { $0.pull == nil }) { try fetch(&known) }
            }
        }
    }

    private func abort(_ announcement: inout Announcement) throws {
        announcement.status = .aborted
        for item in announcement.items {
            if let pull = item.pull { _ = try pulls.cancel(pull, tenant: announcement.tenant) }
        }
        try pulls.store.save(announcement)
    }

    /// An announcement with its pulls, in the order in which they were announced; `nil` if there is none of this owner.
    package func status(
        _ key: String, owner: String, tenant: TenantName
    ) throws -> (announcement: Announcement, pulls: [PullRecord?])? {
        guard let found = try pulls.store.announcement(key, of: tenant), found.owner == owner else { return nil }
        return (found, try found.items.map { try $0.pull.flatMap { try pulls.pull($0, tenant: tenant) } })
    }

    /// The key of a submission; `nil` if there is none.
    package func key(
        submitter: String, id: String, owner: String, tenant: TenantName
    ) throws -> String? {
        try pulls.store.announcement(named: "\(owner)\n\(submitter)\n\(id)", of: tenant)?.key
    }

    /// Stops what is under way, and forgets the announcement.
    /// - Returns: `false` if there is none of this owner.
    package func cancel(_ key: String, owner: String, tenant: TenantName) throws -> Bool {
        try lock.withLock {
            guard var found = try pulls.store.announcement(key, of: tenant), found.owner == owner else { return false }
            try abort(&found)
            try pulls.store.removeAnnouncement(key, of: tenant)
            return true
        }
    }
}
