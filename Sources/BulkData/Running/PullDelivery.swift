/// Takes what a pull brought into the records. Implemented outside; told twice of the same files, it adds nothing.
package protocol PullDelivery: Sendable {
    /// Blocks until everything is taken in or rejected.
    /// - Parameters:
    ///   - files: whole files: those of resources first, then those of deletions. Those of outcomes are not among them.
    ///   - isCancelled: asked now and then; when it says so, the delivery ends as soon as it can.
    /// - Throws: what keeps it from going on; it is asked again later.
    func deliver(
        _ files: [PulledFile], of pull: PullRecord, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> PullCounts
}

/// A file of a pull that is here.
package struct PulledFile: Sendable {
    /// As a file would be named that holds it: `Observation.12.ndjson`.
    package let name: String
    package let content: Manifest.Content
    package let byteCount: UInt64
    private let folder: PullFolder
    private let number: Int

    init(_ file: PullFile, in folder: PullFolder) {
        let stem =
            switch file.facts.content {
            case .resources: file.facts.type ?? "resources"
            case .deletions: "deleted"
            case .outcomes: "outcomes"
            }
        name = "\(stem).\(file.number).ndjson"
        content = file.facts.content
        byteCount = file.received
        number = file.number
        self.folder = folder
    }

    /// Opens it, to be read from its beginning.
    /// - Throws: `BulkDataError`.
    package func open() throws -> SealedPullReader { try folder.reader(number) }
}
