package import Access
package import Base
internal import Glibc

/// What becomes of a watched file that was ingested.
package enum AfterIngest: String, Sendable, CaseIterable {
    /// It moves to `done/DATE` in its folder.
    case archive
    case delete
    /// It stays where it is, and is not taken again until it changes.
    case keep
}

/// A folder whose files are ingested as they come.
///
/// A file is taken once nobody writes it any more: its size and time stay as they are for a while. Files that are written
/// elsewhere and moved here are taken whole. Names that begin with a dot or end in `.part` or `.tmp` are left. What nothing
/// could be taken of, or what failed, moves to `quarantine`, with a file `.reason` beside it that holds no patient's data.
package final class WatchedFolder: Sendable {
    let path: String
    private let tenant: TenantName
    private let after: AfterIngest
    private let clock: any Clock
    private let report: @Sendable (any Error) -> Void
    private let looks = IngestPulse(milliseconds: 1000)
    private let state = StateBox()

    /// How long a file stays as it is before it is taken.
    private static let quietNanoseconds: UInt64 = 2_000_000_000

    /// What of a file tells it from others, and from itself before a change.
    struct Identity: Hashable {
        var inode: UInt64
        var byteCount: UInt64
        var modified: Int64
        var modifiedNanoseconds: Int64

        init?(_ path: String) {
            var facts = stat()
            guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
            inode = UInt64(facts.st_ino)
            byteCount = UInt64(max(facts.st_size, 0))
            modified = Int64(facts.st_mtim.tv_sec)
            modifiedNanoseconds = Int64(facts.st_mtim.tv_nsec)
        }

        var text: String { "\(inode).\(byteCount).\(modified).\(modifiedNanoseconds)" }
    }

    /// What is used by the watching thread alone.
    private final class StateBox: @unchecked Sendable {
        // Safe to share: only the thread of the pulse uses it.
        var seen: [String: (identity: Identity, since: UInt64)] = [:]
        var known: Set<String>?
        var isUnreadable = false
    }

    /// - Parameters:
    ///   - path: the folder; it need not be there yet.
    ///   - tenant: whose records its files hold.
    ///   - report: told why the folder, or a file of it, can't be taken.
    package init(
        path: String, tenant: TenantName, after: AfterIngest, clock: any Clock,
        report: @escaping @Sendable (any Error) -> Void
    ) {
        self.path = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
        self.tenant = tenant
        self.after = after
        self.clock = clock
        self.report = report
    }

    /// Begins to watch.
    package func start(_ ingests: Ingests) {
        looks.start { [self] _ in
            do {
                try look(ingests, now: monotonicNanoseconds())
                state.isUnreadable = false
            } catch {
                // A folder that is away for a while is told of once.
                if !state.isUnreadable { report(error) }
                state.isUnreadable = true
            }
        }
    }

    package func stop() {
        looks.stop()
    }

    // MARK: Looking

    private func look(_ ingests: Ingests, now: UInt64) throws {
        var known = try state.known ?? ingests.references(.watched)
        var seen: [String: (identity: Identity, since: UInt64)] = [:]
        for name in try names() {
            guard let identity = Identity(path + "/" + name) else { continue }
            let reference = Self.reference(path, name, identity)
            guard !known.contains(reference) else { continue }
            let before = state.seen[name]
            let since = before?.identity == identity ? before?.since ?? now : now
            seen[name] = (identity, since)
            guard now - since >= Self.quietNanoseconds, identity.byteCount > 0 else { continue }
            _ = try ingests.begin(
                IngestSource(.watched, reference, name: name), tenant: tenant, owner: "martlet watch")
            known.insert(reference)
        }
        state.seen = seen
        state.known = known
    }

    private func names() throws -> [String] {
        guard let directory = opendir(path) else {
            throw IntakeError(.unreadable, "the watched folder can't be opened: \(systemMessage(errno))")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
            }
            guard let name, !name.hasPrefix("."), !name.hasSuffix(".part"), !name.hasSuffix(".tmp") else { continue }
            names.append(name)
        }
        return names.sorted()
    }

    // MARK: References

    private static func reference(_ folder: String, _ name: String, _ identity: Identity) -> String {
        "\(identity.text)/\(folder)/\(name)"
    }

    /// The parts of a reference that `reference` made.
    private static func parts(_ reference: String) -> (identity: String, folder: String, name: String)? {
        guard let first = reference.firstIndex(of: "/"), let last = reference.lastIndex(of: "/"), first < last else {
            return nil
        }
        return (
            String(reference[..<first]), String(reference[reference.index(after: first)..<last]),
            String(reference[reference.index(after: last)...])
        )
    }

    /// Where the file of a reference came.
    static func path(_ reference: String) -> String? {
        parts(reference).map { $0.folder + "/" + $0.name }
    }

    /// The file of a watched source, where it came or where it was put aside.
    private static func find(_ source: IngestSource) -> String? {
        guard let (identity, folder, name) = parts(source.reference) else { return nil }
        let places = ["\(folder)/\(name)"] + targets(folder + "/quarantine", name)
        return places.first { Identity($0)?.text == identity }
    }

    /// Opens a watched source; for `IngestPorts.contents`.
    /// - Throws: `IntakeError.source` where it is not the file any more that was seen.
    package static func contents(_ source: IngestSource) throws -> [SourceContent] {
        guard let path = find(source) else {
            throw IntakeError(.source, "the file is gone from its folder, or was changed")
        }
        return [try SourceContent(path: path, name: source.name)]
    }

    // MARK: Ends

    /// Puts a file away whose ingest ended; for `IngestPorts.settle`.
    /// - Throws: `IntakeError.unreadable` where it can't be moved.
    package func settle(_ facts: IngestFacts, _ totals: IngestTotals) throws {
        guard let found = Self.find(facts.source), let name = Self.parts(facts.source.reference)?.name else { return }
        if let reason = Self.quarantineReason(facts, totals) {
            let folder = path + "/quarantine"
            let isThere = found.hasPrefix(folder + "/")
            return try write(reason, beside: isThere ? found : try move(found, to: folder, name))
        }
        switch after {
        case .keep: return
        case .delete:
            guard unlink(found) == 0 || errno == ENOENT else { throw Self.failure("deleted") }
        case .archive:
            let day = CalendarDate(daysSinceEpoch: Int(clock.now().microseconds / 86_400_000_000))
            let date = "\(day.year)-\(Self.padded(day.month))-\(Self.padded(day.day))"
            try Self.make(path + "/done")
            _ = try move(found, to: "\(path)/done/\(date)", name)
        }
    }

    /// Why a file is put aside; `nil` for one that was taken, wholly or in part.
    private static func quarantineReason(_ facts: IngestFacts, _ totals: IngestTotals) -> String? {
        switch facts.state {
        case .failed: return facts.problem ?? "the ingest failed"
        case .cancelled: return "the ingest was cancelled"
        case .finishedWithRejects where totals.resources == 0:
            let codes = totals.findings.reduce(into: [:]) { $0[$1.key.code, default: 0] += $1.value }
            return "nothing of it could be taken: "
                + codes.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
        default: return nil
        }
    }

    /// How many files of one name a folder of those put away takes.
    private static let namesakesMax = 1_000

    /// Where a file of a name may be put in a folder; the first that is free is taken.
    private static func targets(_ folder: String, _ name: String) -> [String] {
        ["\(folder)/\(name)"] + (2...namesakesMax).lazy.map { "\(folder)/\($0) \(name)" }
    }

    /// Moves a file to a folder, beside those of its name that came before, and returns where it is then.
    private func move(_ file: String, to folder: String, _ name: String) throws -> String {
        try Self.make(folder)
        guard let target = Self.targets(folder, name).first(where: { Identity($0) == nil }) else {
            throw IntakeError(.unreadable, "a watched file can't be moved: too many have its name")
        }
        guard rename(file, target) == 0 else { throw Self.failure("moved") }
        try DurableFolder.sync(parentOf: target)
        return target
    }

    private func write(_ reason: String, beside file: String) throws {
        let path = file + ".reason"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failure("explained") }
        defer { close(descriptor) }
        let text = Array((reason + "\n").utf8)
        guard write(descriptor, text) else { throw Self.failure("explained") }
    }

    private func write(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) == $0.count }
    }

    private static func make(_ folder: String) throws {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure("moved") }
    }

    private static func failure(_ verb: String) -> IntakeError {
        IntakeError(.unreadable, "a watched file can't be \(verb): \(systemMessage(errno))")
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
