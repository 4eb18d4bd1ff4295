/// What a server offers for download: the files of an export, of a submission or of a publication.
///
/// It reads what STU 2, STU 3 and STU 4 write: `error` is STU 4's `outcome`; pages (`link`), `outputOrganizedBy` and
/// `fileSize` came with STU 3 and 4.
/// - Source: Bulk Data Access, https://hl7.org/fhir/uv/bulkdata/export.html#response---output-manifest
package struct Manifest: Sendable, Equatable {
    /// What the lines of a file are.
    package enum Content: UInt8, Sendable {
        case resources = 1
        /// Bundles of requests to delete.
        case deletions = 2
        /// OperationOutcomes.
        case outcomes = 3
    }

    package struct File: Sendable, Equatable {
        package var content: Content
        /// The one type of resources in it; `nil` where it holds several.
        package var type: String?
        package var location: WebLocation
        /// Resources in it, as the server says.
        package var count: UInt64?
        /// Its size as the server says, before any coding for the way.
        package var bytes: UInt64?

        package init(
            content: Content, type: String?, location: WebLocation, count: UInt64? = nil, bytes: UInt64? = nil
        ) {
            self.content = content
            self.type = type
            self.location = location
            self.count = count
            self.bytes = bytes
        }
    }

    /// The state of the server that the files show.
    package var transactionTime: FHIRInstant
    /// Whether the files are given out for the token with which the export was asked for.
    package var requiresAccessToken: Bool
    /// The type of which each file holds what belongs to some instances; `nil` where files hold one type each.
    package var organizedBy: String?
    package var files: [File]
    /// The manifest's next page.
    package var next: WebLocation?

    package init(
        transactionTime: FHIRInstant, requiresAccessToken: Bool, organizedBy: String? = nil, files: [File],
        next: WebLocation? = nil
    ) {
        self.transactionTime = transactionTime
        self.requiresAccessToken = requiresAccessToken
        self.organizedBy = organizedBy
        self.files = files
        self.next = next
    }
}
