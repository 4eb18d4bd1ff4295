internal import Base
internal import Glibc
internal import Push
internal import WebApp
internal import WebClient

/// Brings files to a server one after the other, then follows what is done with them.
final class PushRun {
    /// What became of one file.
    struct Result {
        var pushed: PushedFile
        /// As of its end; `nil` where it was not followed.
        var ingest: RemoteIngest?
        var rejects: [IngestWatch.Reject] = []
        /// Why they could not be had.
        var rejectsProblem: String?
    }

    private let client: OnboardingClient
    private let options: PushOptions
    private let spool: String
    private let console: Console
    private let isSilent: Bool
    private let meter: ProgressMeter

    private static let examplesMax = 10

    /// - Parameter spool: the folder in which zips take room.
    init(
        _ access: PushAccess, options: PushOptions, spool: String, _ console: Console, isSilent: Bool
    ) throws(PushError) {
        self.options = options
        self.spool = spool
        self.console = console
        self.isSilent = isSilent
        let meter = ProgressMeter(console, label: "Sending", unit: "MB", isSilent: isSilent)
        self.meter = meter
        client = try OnboardingClient(
            server: access.server, web: access.web, credentials: access.credentials, options: options,
            cancellation: WebCancellation()
        ) { trouble in
            if console.isTerminal { meter.phase("Waiting: " + trouble) } else if !isSilent { console.note(trouble) }
        }
    }

    /// Brings one file.
    func push(_ item: PushInputs.Item) throws -> PushedFile {
        let file: PushFile
        switch item {
        case .file(let path): file = try PushFile(path: path)
        case .zip(let name, let members):
            let total = members.reduce(0) { $0 + $1.byteCount }
            var done = 0
            file = try ZipFile.make(name, members, in: spool) { bytes in
                done += bytes
                show("Packing \(name)", UInt64(done), of: UInt64(max(total, 1)))
            }
        }
        let shown = Throttle()
        return try FilePush(file, client: client, options: options) { [meter] progress in
            switch progress {
            case .reading(let file, let bytes, let total):
                guard shown.isDue else { return }
                Self.show(meter, "Reading \(file)", bytes, of: total)
            case .sending(let file, let bytes, let total):
                guard shown.isDue else { return }
                Self.show(meter, "Sending \(file)", bytes, of: total)
            case .verifying(let file): meter.phase("The server checks \(file) as a whole")
            case .ingesting: break
            }
        }.run()
    }

    /// Follows an ingest to its end and fetches its rejects.
    /// - Parameter rejects: takes all of them; `nil` for nobody.
    func follow(_ pushed: PushedFile, rejects: RejectsFile?) throws -> Result {
        var result = Result(pushed: pushed)
        guard let id = pushed.ingest else { return result }
        let meter = ProgressMeter(console, label: "Taking in \(pushed.file)", unit: "resources", isSilent: isSilent)
        defer { meter.end() }
        let watch = IngestWatch(client)
        let ingest = try watch.follow(id) { ingest in
            let fraction = ingest.bytesTotal > 0 ? Double(ingest.bytesDone) / Double(ingest.bytesTotal) : nil
            meter.show(count: ingest.resources, fraction: fraction, stage: ingest.state == "paused" ? "Paused" : nil)
        }
        result.ingest = ingest
        guard ingest.rejected > 0 else { return result }
        let start = rejects?.position ?? 0
        var pages: [Int: Int64] = [0: start]
        do {
            result.rejects = try watch.rejects(
                of: id, examplesMax: Self.examplesMax,
                begin: { page in
                    guard let rejects else { return }
                    if let known = pages[page] { try rejects.cut(to: known) } else { pages[page] = rejects.position }
                },
                take: { piece in try rejects?.write(piece) })
        } catch let error as PushError where error.code == .credentials {
            // Who brings records in need not be allowed to read them.
            result.rejectsProblem = error.detail
        }
        return result
    }

    func end() { meter.end() }

    var seconds: Double { meter.elapsedSeconds }

    private func show(_ stage: String, _ bytes: UInt64, of total: UInt64) {
        Self.show(meter, stage, bytes, of: total)
    }

    private static func show(_ meter: ProgressMeter, _ stage: String, _ bytes: UInt64, of total: UInt64) {
        let fraction = total > 0 ? Double(bytes) / Double(total) : nil
        meter.show(count: Int(bytes / 1_000_000), fraction: fraction, stage: stage)
    }
}

/// Says now and then that something may be shown: progress is told for each piece of a file.
private final class Throttle: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var last: UInt64 = 0

    private static let everyNanoseconds: UInt64 = 50_000_000

    var isDue: Bool {
        let now = monotonicNanoseconds()
        return lock.withLock {
            guard now - last >= Self.everyNanoseconds else { return false }
            last = now
            return true
        }
    }
}
