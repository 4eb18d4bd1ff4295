internal import Access
internal import Base
internal import FHIR
internal import JSONTape
internal import RecordStore
internal import Search
internal import Vault

/// Writes the files of one export, from where its last checkpoint left off.
///
/// What it holds in memory is bounded: a few MiB of the log, a piece of each file, and where `_typeFilter` is used a bit
/// for each entry of the log.
final class ExportRun {
    private let store: RecordStore
    private let scope: AccessScope
    private let request: ExportRequest
    private let folder: AsyncFolder
    private let bench: Workbench
    private let seal: AsyncSeal
    private(set) var job: AsyncJob
    private var state: ExportState { didSet { job.work = .export(state) } }
    private let options: FHIRAPIOptions
    private let patients: LogWalk.Patients
    private let steps: AsyncJobs.Steps

    private var writers: [AsyncFileWriter?]
    private var deletions: AsyncFileWriter?
    private var sinceCheckpoint = 0
    private var subsets: [TypeID: ResourceSubset] = [:]
    private var matched: [TypeID: EntrySet] = [:]
    private var pendingDeletions: [String] = []

    /// Entries of a Bundle of deletions.
    private static let deletionsMax = 100

    init(
        _ job: AsyncJob, _ state: ExportState, request: ExportRequest, store: RecordStore, scope: AccessScope,
        options: FHIRAPIOptions, bench: Workbench, steps: AsyncJobs.Steps
    ) throws {
        self.job = job
        self.state = state
        self.request = request
        self.store = store
        self.scope = scope
        folder = steps.folder
        self.options = options
        self.bench = bench
        self.steps = steps
        seal = try AsyncSeal(job)
        writers = Array(repeating: nil, count: store.definitions.types.count)
        patients = try ExportPatients(store: store, scope: scope, point: LogPoint(sequence: job.point)).walk(request)
        let all = request.elements
        for type in store.definitions.concreteResourceTypes {
            let names = all + (request.elementsOfType[type] ?? [])
            if let subset = ResourceSubset(summary: nil, elements: names, definitions: store.definitions) {
                subsets[type] = subset
            }
        }
    }

    /// Writes all that is missing; `job` then names all files.
    /// - Throws: `AsyncJobs.Stopped`, `StoreError`, `FHIRAPIError`.
    func run() throws {
        folder.removeDrafts(of: job)
        if !state.isAtDeletions {
            try findFiltered()
            try writeResources()
            try close()
            state.isAtDeletions = true
            state.after = 0
            try steps.checkpoint(job)
        }
        if request.since != nil { try writeDeletions() }
        try writeProblems()
        try close()
    }

    /// Tells how far the export is.
    /// - Throws: `AsyncJobs.Stopped`.
    private func progress(_ reached: UInt64) throws {
        try steps.progress(
            state.isAtDeletions
                ? "looking for deletions" : "\(min(99, reached * 100 / max(1, job.point)))% of the log read")
    }

    /// The part of the log that is wanted.
    private func walk() throws -> LogWalk {
        var walk = LogWalk(point: LogPoint(sequence: job.point))
        walk.types = request.types
        walk.patients = patients
        walk.after = state.after
        if let since = request.since { walk.after = max(walk.after, try store.point(scope, at: since).sequence) }
        if let until = request.until { walk.last = try store.point(scope, at: until).sequence }
        return walk
    }

    // MARK: What is there

    private func writeResources() throws {
        try store.forEachLive(
            scope, try walk(), unreadable: { state.unreadable += $0 }, progress: progress
        ) { version, type in
            if let matched = matched[type], !matched.contains(version.sequence) { return true }
            let writer = try writer(type)
            if let subset = subsets[type] {
                try subset.write(version, using: bench, to: writer.pending)
            } else {
                version.writeJSON(to: writer.pending)
            }
            try writer.endLine()
            sinceCheckpoint += 1
            if sinceCheckpoint >= options.exportCheckpointResources {
                try close()
                state.after = version.sequence
                try steps.checkpoint(job)
            }
            return true
        }
    }

    @inline(__always)
    private func writer(_ type: TypeID) throws -> AsyncFileWriter {
        if let known = writers[Int(type.raw)] { return known }
        let made = try makeWriter(store.definitions[type].name, .resources)
        writers[Int(type.raw)] = made
        return made
    }

    private func makeWriter(_ type: String, _ content: AsyncJob.File.Content) throws -> AsyncFileWriter {
        let stem: String
        switch content {
        case .resources: stem = type
        case .deletions: stem = "deleted"
        case .problems: stem = "errors"
        }
        let number = job.files.count { $0.type == type && $0.content == content } + 1
        return try AsyncFileWriter(
            "\(stem).\(number).ndjson", type: type, content: content, in: folder.path(of: job), seal: seal)
    }

    /// Makes all files whole and durable.
    private func close() throws {
        for (place, writer) in writers.enumerated() {
            guard let writer else { continue }
            job.files.append(try writer.finish())
            writers[place] = nil
        }
        if let deletions {
            job.files.append(try deletions.finish())
            self.deletions = nil
        }
        try AsyncFolder.makeDurable(folder.path(of: job))
        sinceCheckpoint = 0
    }

    /// Notes what the searches of `_typeFilter` find.
    private func findFiltered() throws {
        for (type, queries) in request.filters {
            var set = EntrySet(last: job.point)
            for query in queries {
                var cursor: SearchCursor?
                repeat {
                    let window = SearchWindow(count: 1_000, cursor: cursor, point: LogPoint(sequence: job.point))
                    let page = try store.search(scope, query, window)
                    for match in page.matches { set.insert(match.sequence) }
                    cursor = page.next
                    try progress(state.after)
                } while cursor != nil
            }
            matched[type] = set
        }
    }

    // MARK: What is not there any more

    private func writeDeletions() throws {
        var walk = try walk()
        walk.findsDeletions = true
        try store.forEachLive(scope, walk, progress: progress) { version, _ in
            pendingDeletions.append(version.type + "/" + version.id)
            if pendingDeletions.count == Self.deletionsMax { try writeDeletionBundle() }
            return true
        }
        if !pendingDeletions.isEmpty { try writeDeletionBundle() }
    }

    private func writeDeletionBundle() throws {
        let file = try deletions ?? makeWriter("Bundle", .deletions)
        deletions = file
        let writer = file.pending
        writer.write("{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[")
        for (place, name) in pendingDeletions.enumerated() {
            writer.write(
                place > 0
                    ? ",{\"request\":{\"method\":\"DELETE\",\"url\":" : "{\"request\":{\"method\":\"DELETE\",\"url\":")
            writeJSONString(name, to: writer)
            writer.write("}}")
        }
        writer.write("]}")
        try file.endLine()
        pendingDeletions.removeAll(keepingCapacity: true)
    }

    /// Tells what is left out, as its keys were shredded.
    private func writeProblems() throws {
        guard state.unreadable > 0 else { return }
        let file = try makeWriter("OperationOutcome", .problems)
        OperationOutcome(issues: [
            Issue(
                severity: .information, kind: .deleted,
                diagnostics: "\(state.unreadable) entries of the log are not in the export: their patients' keys were "
                    + "destroyed.")
        ]).writeJSON(to: file.pending)
        try file.endLine()
        job.files.append(try file.finish())
    }
}

/// Entries of a log, a bit each.
struct EntrySet {
    private var words: [UInt64]

    /// - Parameter last: the greatest entry.
    init(last: UInt64) {
        words = Array(repeating: 0, count: Int(last >> 6) + 1)
    }

    mutating func insert(_ sequence: UInt64) {
        let word = Int(sequence >> 6)
        if word < words.count { words[word] |= 1 << (sequence & 63) }
    }

    func contains(_ sequence: UInt64) -> Bool {
        let word = Int(sequence >> 6)
        return word < words.count && words[word] & (1 << (sequence & 63)) != 0
    }
}
