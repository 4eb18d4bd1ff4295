package import Base

/// A pull from its order to its end, as a value: it says what to do next, and is told what came of it.
///
/// It touches neither the net nor the disk nor a clock, and whatever it knows can be written down and read again
/// (`encoded`), so that a pull goes on after the process was killed at any point.
package struct PullState: Sendable, Equatable {
    package enum Phase: UInt8, Sendable {
        case kickOff = 1
        case polling = 2
        /// Pages of a manifest are read.
        case manifest = 3
        case capabilities = 4
        case searching = 5
        case downloading = 6
        case delivering = 7
        /// The server is told that it may forget the export.
        case releasing = 8
        case done = 9
        case failed = 10
        case cancelled = 11
    }

    /// A type that is searched, page by page, into one file.
    package struct Search: Sendable, Equatable {
        package var file: Int
        package var next: WebLocation?
        package var pages = 0
        package var resources = 0
    }

    package let order: PullOrder
    package let limits: PullLimits
    package internal(set) var phase: Phase
    /// Exports that were asked for.
    package internal(set) var exports = 0
    /// Where to ask how the export stands.
    package internal(set) var status: WebLocation?
    package internal(set) var polls = 0
    package internal(set) var progress: ExportProgress?
    /// What the next pull asks for all changes since; known when the manifest, or the first search, is.
    package internal(set) var transactionTime: FHIRInstant?
    package internal(set) var requiresAccessToken = false
    package internal(set) var nextPage: WebLocation?
    package internal(set) var pages = 0
    /// Places of manifests that were read, so that pages in a circle are seen.
    package internal(set) var pagesSeen: Set<WebLocation> = []
    package internal(set) var files: [PullFile] = []
    /// What is here of earlier manifests and may serve for the one that is being read.
    package internal(set) var superseded: [PullFile] = []
    package internal(set) var filesMade = 0
    /// Where in `files` the file with a number stands.
    private(set) var places: [Int: Int] = [:]
    /// No file before this place is open any more.
    private(set) var openFrom = 0
    package internal(set) var searches: [Search] = []
    package internal(set) var searchAt = 0
    /// Failures of this step in a row.
    package internal(set) var failures = 0
    package internal(set) var notBefore: Instant?
    /// Whether the manifest was read again because of links that had expired, and no file came since.
    package internal(set) var isRenewed = false
    package internal(set) var counts = PullCounts()
    /// Why it failed.
    package internal(set) var problem: PullFault?

    package init(_ order: PullOrder, limits: PullLimits = PullLimits()) {
        self.order = order
        self.limits = limits
        switch order.source {
        case .export: phase = .kickOff
        case .search: phase = .capabilities
        case .manifest(let location):
            phase = .manifest
            nextPage = location
        case .files(let named):
            phase = .downloading
            for file in named { append(file) }
        }
    }

    package static func == (left: PullState, right: PullState) -> Bool { left.encoded() == right.encoded() }

    package var isOver: Bool { phase == .done || phase == .failed || phase == .cancelled }

    /// Whether something did not arrive or was not taken, though the pull as a whole did its work.
    package var hasRejects: Bool {
        counts.rejected > 0 || counts.serverErrors > 0 || files.contains { $0.state == .failed }
    }

    /// Bytes that are here, and bytes that there are as far as is known.
    package var bytes: (received: UInt64, total: UInt64) {
        files.reduce(into: (0, 0)) { sums, file in
            sums.0 += file.received
            sums.1 += max(file.total ?? file.facts.bytes ?? 0, file.received)
        }
    }

    /// The file with a number.
    package func file(numbered number: Int) -> PullFile? {
        places[number].map { files[$0] }
    }

    /// Adds a file of which nothing is here.
    /// - Returns: its place.
    @discardableResult
    mutating func append(_ facts: Manifest.File) -> Int {
        append(PullFile(number: filesMade, facts: facts))
        filesMade += 1
        return files.count - 1
    }

    mutating func append(_ file: PullFile) {
        places[file.number] = files.count
        files.append(file)
    }

    /// Takes all files away.
    mutating func removeFiles() {
        files = []
        places = [:]
        openFrom = 0
    }

    /// Passes over the files that are done with.
    mutating func passClosed() {
        while openFrom < files.count, !files[openFrom].isOpen { openFrom += 1 }
    }

    mutating func enter(_ phase: Phase) {
        self.phase = phase
        failures = 0
        notBefore = nil
    }

    mutating func fail(_ fault: PullFault) {
        problem = fault
        enter(fault.kind == .cancelled ? .cancelled : .failed)
    }
}
