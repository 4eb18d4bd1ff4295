package import Access
package import Base

/// What another system announced, to be fetched from it: manifests or files, and the pulls that fetch them.
package struct Announcement: Sendable {
    package enum Status: UInt8, Sendable {
        /// More may be announced; nothing is fetched yet.
        case open = 1
        /// Everything was announced; it is fetched.
        case complete = 2
        /// It does not count any more.
        case aborted = 3
    }

    /// One pull, or one that is to be.
    package struct Item: Sendable {
        /// As it was announced: the address of a manifest, an export or a server.
        package var url: String
        package var order: PullOrder
        /// Once it is fetched.
        package var pull: String?

        package init(url: String, order: PullOrder) {
            self.url = url
            self.order = order
        }
    }

    /// 22 characters of base64url, by chance.
    package let key: String
    package let tenant: TenantName
    package let created: Instant
    /// Who announced it; to all others it is not there.
    package let owner: String
    /// System and value of the submitter's identifier, and the id that it chose.
    package let submitter: String
    package let id: String
    package var status: Status
    package var items: [Item]

    /// By what the same announcement is told when it goes on.
    var name: String { "\(owner)\n\(submitter)\n\(id)" }
}

extension Announcement {
    func encoded() -> [UInt8] {
        let state = StateWriter()
        defer { state.bytes.wipe() }
        for text in [owner, submitter, id] { state.write(text) }
        state.bytes.write(status.rawValue)
        state.write(list: items) { item in
            state.write(item.url)
            item.order.write(to: state)
            state.write(optional: item.pull) { state.write($0) }
        }
        return state.bytes.copy()
    }

    /// - Throws: `BulkDataError.damaged`.
    init(
        _ bytes: UnsafeRawBufferPointer, key: String, tenant: TenantName, created: Instant
    ) throws(BulkDataError) {
        var state = StateReader(bytes)
        self.key = key
        self.tenant = tenant
        self.created = created
        owner = try state.text()
        submitter = try state.text()
        id = try state.text()
        guard let status = Status(rawValue: try state.byte()) else { throw StateReader.damaged() }
        self.status = status
        items = try state.list { (state) throws(BulkDataError) in
            var item = Item(url: try state.text(), order: try PullOrder(&state))
            item.pull = try state.optional { (state) throws(BulkDataError) in try state.text() }
            return item
        }
    }
}
