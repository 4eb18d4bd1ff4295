package import Access
package import Base

/// What an upload is known by before any of it has come.
package struct NewUpload: Sendable {
    /// What the file is called where it comes from; tells the kind of its content, and nothing else depends on it.
    package var fileName: String
    package var contentType: String?
    /// Bytes of the whole, where that is known.
    package var size: UInt64?
    /// How many parts it has, where that is known.
    package var partCount: Int?
    /// Bytes of every part but the last, where that is known.
    package var partSize: UInt64?
    /// SHA-256 of the whole, 32 bytes, where that is known.
    package var sha256: [UInt8]?

    package init(
        fileName: String, contentType: String? = nil, size: UInt64? = nil, partCount: Int? = nil,
        partSize: UInt64? = nil, sha256: [UInt8]? = nil
    ) {
        self.fileName = fileName
        self.contentType = contentType
        self.size = size
        self.partCount = partCount
        self.partSize = partSize
        self.sha256 = sha256
    }
}

/// An upload: a file that comes in parts.
package struct Upload: Sendable {
    /// How far it is.
    package enum State: Int64, Sendable, CaseIterable {
        /// Takes parts.
        case open = 1
        /// All parts are there; the digest of the whole is being made.
        case verifying = 2
        /// It is whole, and what takes it in has been told.
        case complete = 3
        /// It has been taken in.
        case ingested = 4
        case cancelled = 5
        /// Nothing came for too long.
        case expired = 6
        /// The whole is not what was stated: parts can be replaced, which opens it again.
        case failed = 7

        /// As the interface calls it.
        package var name: String {
            switch self {
            case .open: "open"
            case .verifying: "verifying"
            case .complete: "complete"
            case .ingested: "ingested"
            case .cancelled: "cancelled"
            case .expired: "expired"
            case .failed: "failed"
            }
        }

        /// Whether parts may come.
        package var takesParts: Bool { self == .open || self == .failed }
        /// Whether nothing of it can come or be completed any more.
        package var isOver: Bool { self == .cancelled || self == .expired }
    }

    package let id: UploadID
    package let tenant: TenantName
    package var state: State
    package let facts: NewUpload
    /// The account that began it.
    package let owner: String
    package let created: Instant
    /// When it ends unless something comes; of no meaning once it is complete.
    package var expires: Instant
    /// Parts that are there, and their bytes.
    package var receivedParts: Int
    package var receivedBytes: UInt64
    /// What takes it in, once it is complete.
    package var ingest: String?
    /// Why it failed.
    package var problem: String?
    /// Whether its bytes are still there.
    package var holdsBytes: Bool

    /// The part numbers that it takes: as many as were stated, or as follow from its size.
    package var partCount: Int? {
        if let count = facts.partCount { return count }
        guard let size = facts.size, let partSize = facts.partSize, partSize > 0 else { return nil }
        return Int(clamping: max(1, (size + partSize - 1) / partSize))
    }
}

/// A part that is there.
package struct Part: Hashable, Sendable {
    /// From 1 on.
    package let number: Int
    package let size: UInt64
    /// 32 bytes.
    package let sha256: [UInt8]
}

/// What a part must be, as its sender says.
package struct PartDigests: Sendable {
    /// 16 bytes.
    package var md5: [UInt8]?
    /// 32 bytes.
    package var sha256: [UInt8]?

    package init(md5: [UInt8]? = nil, sha256: [UInt8]? = nil) {
        self.md5 = md5
        self.sha256 = sha256
    }
}
