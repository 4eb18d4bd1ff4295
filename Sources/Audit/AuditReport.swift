/// Something in a trail that is not as it was written, and where.
package struct AuditDamage: Hashable, Sendable, CustomStringConvertible {
    /// What was done to the trail.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Entries in the middle are missing.
        case dropped
        /// Entries are not those that were written.
        case edited
        /// Batches stand in another order.
        case swapped
        /// The end is missing.
        case truncated
        /// Something was added that does not belong there.
        case appended
        /// A head is not the one that was signed, or one is missing.
        case headReplaced
        /// The heads are signed with another key than the one that is expected.
        case resigned
        /// The file of hashes does not fit the entries.
        case hashes
        /// Something cannot be read: a key, a file.
        case unreadable
    }

    package var kind: Kind
    /// The first entry that it is about; `nil` where it is about none.
    package var entry: UInt64?
    /// The file in the trail's folder, or the anchor.
    package var file: String
    /// Bytes from the start of the file; `nil` where it is about all of it.
    package var offset: UInt64?
    package var detail: String

    package init(_ kind: Kind, entry: UInt64? = nil, file: String, offset: UInt64? = nil, _ detail: String) {
        self.kind = kind
        self.entry = entry
        self.file = file
        self.offset = offset
        self.detail = detail
    }

    package var description: String {
        let place = file + (offset.map { ", byte \($0)" } ?? "") + (entry.map { ", entry \($0)" } ?? "")
        return "\(kind.rawValue) (\(place)): \(detail)"
    }
}

/// What a check of a whole trail found.
package struct AuditReport: Sendable {
    /// Entries that were read.
    package var entries: UInt64 = 0
    /// Entries up to this one were retired: only their hashes are left.
    package var retiredUpTo: UInt64 = 0
    package var batches = 0
    /// Heads that were checked.
    package var heads = 0
    /// The newest head.
    package var lastHead: TreeHead?
    /// The fingerprint of the key that the heads are checked with.
    package var fingerprint: String?
    /// Whether a second place remembers the newest head.
    package var hasAnchor = false
    /// Bytes at the end that a crash left of a write under way; the next start removes them.
    package var tornBytes: UInt64 = 0
    /// The damages of keys, heads and anchor, then the first of the entries, in this order.
    package var damages: [AuditDamage] = []

    package init() {}

    /// Whether nothing is damaged.
    package var isSound: Bool { damages.isEmpty }
}

/// What a check is held against besides the trail itself.
package struct AuditExpectation: Hashable, Sendable {
    /// The fingerprint of the public key, kept by whoever checks.
    package var fingerprint: String?
    /// Heads that were published or kept elsewhere.
    package var heads: [TreeHead]

    package init(fingerprint: String? = nil, heads: [TreeHead] = []) {
        self.fingerprint = fingerprint
        self.heads = heads
    }
}
