internal import Access
internal import Audit
internal import Base
internal import BulkData
internal import Validation
internal import WebClient

/// `martlet pull`: brings the records of another FHIR server in.
enum PullCommand {
    static let command = Command(
        name: "pull", summary: "bring the records of another FHIR server in, and later what changed there",
        operands: OperandFacts("FHIR-BASE", min: 0, max: 1),
        options: [
            OptionFacts("group", "ID", "the members of this Group alone"),
            OptionFacts("patient", nil, "patients' records alone"),
            OptionFacts("type", "TYPES", "these types of resources alone, with commas"),
            OptionFacts("type-filter", "SEARCH", "of a type what a search finds: \"Observation?status=final\""),
            OptionFacts("since", "INSTANT", "what changed since then, not since the last pull"),
            OptionFacts("full", nil, "everything, not what changed since the last pull"),
            OptionFacts("search", nil, "by searching page by page, even if the server exports in bulk"),
            OptionFacts("client-key", "FILE", "a private key as JSON (JWK, with client_id), or PEM"),
            OptionFacts("client-id", "ID", "what the server calls this client, if the key file does not say"),
            OptionFacts("key-id", "ID", "what the server calls the key, if the key file does not say"),
            OptionFacts("allow", "PLACES", "private hosts or networks that may be asked, too, with commas"),
            OptionFacts("token-origin", "ORIGINS", "servers that may see the token, too, with commas"),
            OptionFacts("tenant", "T", "whose records they are (\(TenantName.standard))"),
            OptionFacts("rejects", "FILE", "where what is rejected goes (rejects.ndjson in the store's folder)"),
            CommandTable.validationOption,
            OptionFacts("list", nil, "the pulls that there were"),
            OptionFacts("stop", "ID", "stop a pull for good"),
            CommandTable.jsonOption,
        ],
        notes: """
            The server is asked for an export in bulk; one that has none is searched. A pull that was cut off goes on
            when the same command is given again. The next one brings what changed, and what was deleted. The exit code
            is 3 if something was rejected, here or there.
            """,
        absence: .create,
        onStore: { installation, arguments, console in try run(arguments, console, installation) })

    private static let listMax = 100

    private static func run(
        _ arguments: Arguments, _ console: Console, _ installation: Installation
    ) throws -> ExitCode {
        let tenant = try arguments.tenant()
        do {
            if arguments.flag("list") {
                return try list(installation.pulls, tenant, console, isJSON: arguments.flag("json"))
            }
            if let id = arguments.text("stop") {
                guard try installation.pulls.cancel(id, tenant: tenant) else {
                    throw MartletError(.input, "there is no pull \(id) that could be stopped")
                }
                return .done
            }
            return try pull(arguments, console, installation, tenant)
        } catch let error as BulkDataError where error.code == .invalid || error.code == .key {
            throw MartletError(.input, ErrorText.describe(error), cause: error)
        }
    }

    // MARK: What is asked for

    private static func newPull(_ arguments: Arguments) throws -> NewPull {
        guard let text = arguments.operands.first else {
            throw MartletError(.usage, "the address of a FHIR server is missing: https://fhir.example/r4")
        }
        guard let base = WebLocation(text) else {
            throw MartletError(.usage, "'\(text)' is no address of http or https")
        }
        if arguments.flag("group") && arguments.flag("patient") {
            throw MartletError(.usage, "--group and --patient exclude each other")
        }
        let since = try arguments.text("since").map { text throws(MartletError) in
            guard let since = FHIRInstant(text) else {
                throw MartletError(.usage, "--since takes an instant such as 2026-01-31T08:00:00Z")
            }
            return since
        }
        let level: PullOrder.Level =
            arguments.text("group").map { .group($0.hasPrefix("Group/") ? String($0.dropFirst(6)) : $0) }
            ?? (arguments.flag("patient") ? .patients : .system)
        let order = try PullOrder(
            base: base, level: level, source: arguments.flag("search") ? .search : .export,
            types: words(arguments.text("type")), typeFilters: arguments.text("type-filter").map { [$0] } ?? [],
            since: since)
        let places = words(arguments.text("allow"))
        guard places.allSatisfy({ AllowedAddress($0) != nil }) else {
            throw MartletError(.usage, "--allow takes hosts and networks: fhir.inner.example,10.1.0.0/16")
        }
        // Whoever runs the command means this server, wherever it is.
        return NewPull(
            order, clientKey: try clientKey(arguments), tokenOrigins: words(arguments.text("token-origin")),
            allowed: places + ["\(base.host):\(base.port)"], isFull: arguments.flag("full"))
    }

    private static func words(_ text: String?) -> [String] {
        (text ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    }

    /// The key file, with the names that were given beside it.
    private static func clientKey(_ arguments: Arguments) throws -> [UInt8]? {
        guard let path = arguments.text("client-key") else { return nil }
        let bytes = try InputFile.read(arguments.path(path), bytesMax: BulkData.ClientKeyFile.bytesMax)
        let names = (client: arguments.text("client-id"), key: arguments.text("key-id"))
        return try BulkData.ClientKeyFile.named(bytes, clientID: names.client, keyID: names.key)
    }

    // MARK: The pull

    private static func pull(
        _ arguments: Arguments, _ console: Console, _ installation: Installation, _ tenant: TenantName
    ) throws -> ExitCode {
        let isJSON = arguments.flag("json")
        let new = try newPull(arguments)
        let store = installation.store
        let rejects = arguments.text("rejects").map { arguments.path($0) } ?? store.folder.rejects
        let delivery = RecordDelivery(
            store: store.records, folder: store.folder, rejectsPath: rejects, validation: try arguments.validation())
        let (pull, isResumed) = try installation.pulls.resumeOrBegin(new, tenant: tenant)
        try PullAudit.record(.began(pull), store)
        if !isJSON {
            let since = pull.state.order.since.map { ", what changed since \($0.text)" } ?? ""
            console.note("\(isResumed ? "Going on with" : "Pull") \(pull.id) from \(new.order.base)\(since)")
        }
        let meter = ProgressMeter(console, label: "Pulling", unit: "bytes", isSilent: isJSON)
        let result = Result {
            try installation.pulls.run(pull.id, tenant: tenant, delivery: delivery) { state in
                show(state, delivery, meter)
            }
        }
        meter.end()
        let ended = try finished(result)
        try PullAudit.record(.ended(ended), store)
        try console.say(isJSON ? PullSummary(ended).json : PullSummary(ended).text)
        if ended.state.counts.rejected > 0, !isJSON { console.note("What was rejected is in \(rejects).") }
        switch ended.state.phase {
        case .done: return ended.state.hasRejects ? .rejects : .done
        default: return .failed
        }
    }

    private static func finished(_ result: Result<PullRecord, any Error>) throws -> PullRecord {
        do {
            return try result.get()
        } catch let error as BulkDataError {
            throw error
        } catch {
            let rest = "It stopped early. Mend this and give the same command again: it goes on where it was."
            throw MartletError(.system, ErrorText.describe(error) + "\n" + rest, cause: error)
        }
    }

    private static func show(_ state: PullState, _ delivery: RecordDelivery, _ meter: ProgressMeter) {
        let bytes = state.bytes
        switch state.phase {
        case .kickOff, .polling:
            meter.phase("Waiting for the export" + (state.progress.map { ": " + $0.text } ?? ""))
        case .downloading, .searching:
            let fraction =
                state.phase == .downloading && bytes.total > 0
                ? Double(bytes.received) / Double(bytes.total) : nil
            meter.show(count: Int(bytes.received), fraction: fraction)
        case .delivering: meter.phase("Taking in what came")
        default: break
        }
    }

    private static func list(
        _ pulls: Pulls, _ tenant: TenantName, _ console: Console, isJSON: Bool
    ) throws -> ExitCode {
        let all = try pulls.pulls(tenant: tenant, count: listMax)
        if isJSON {
            let object = JSONObject()
            object.add("pulls", all.map { PullSummary($0).object })
            try console.say(object.text)
            return .done
        }
        if all.isEmpty { try console.say("There are no pulls.") }
        for pull in all { try console.say(PullSummary(pull).line) }
        return .done
    }
}
