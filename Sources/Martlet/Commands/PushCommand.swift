internal import Base
internal import Glibc
internal import Push
internal import WebApp

/// `martlet push`: brings records to a server over any line.
enum PushCommand {
    static let command = Command(
        name: "push", summary: "send records to a server in parts, resuming after any interruption",
        operands: OperandFacts("PATH…", min: 1),
        options: [
            OptionFacts("to", "URL", "the server: https://fhir.example.org (what the client key file says)"),
            OptionFacts("client-key", "FILE", "who sends: what 'martlet client add --key-file' wrote"),
            OptionFacts("token", "TOKEN", "an access token instead; better in MARTLET_TOKEN or a file"),
            OptionFacts("token-file", "FILE", "a file with an access token"),
            OptionFacts("parallel", "N", "parts on their way at a time, at most (4)"),
            OptionFacts("part-size", "BYTES", "bytes of a part: 5M, 64M (16M)"),
            OptionFacts("limit-rate", "BYTES", "bytes a second that are sent, at most: 500k, 2M"),
            OptionFacts("patience", "MINUTES", "for how long nothing may go through before it gives up (30)"),
            OptionFacts("rejects", "FILE", "takes all that the server rejected, in clear, mode 0600"),
            OptionFacts("spool", "DIR", "where zips of folders take room while they are sent (TMPDIR, or /var/tmp)"),
            OptionFacts("ca-file", "FILE", "certificates of authorities in PEM that count in place of the system's"),
            OptionFacts("plain-http", nil, "an address that is plain http and not this machine is meant"),
            OptionFacts("again", nil, "sends what the server has taken in before, too"),
            OptionFacts("no-wait", nil, "ends when the server has everything, before it is taken in"),
            CommandTable.jsonOption,
        ],
        notes: """
            Zips and other compressed files go as they are; folders and single files go as zips. It may be ended at any
            time, with kill -9 too: the same command, today or another day, from any folder or machine, sends what the
            server still lacks. Several may push the same file at once. Exit code 3 says that some of it was rejected.
            """,
        run: run)

    private static let lanesMax = 64
    private static let minutesMax = 60 * 24 * 30
    private static let partBytes: ClosedRange<UInt64> = 65_536...(5 << 30)

    @Sendable
    private static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
        let isJSON = arguments.flag("json")
        let access = try PushAccess(arguments)
        var options = PushOptions()
        options.lanes = try arguments.integer("parallel", in: 1...lanesMax) ?? options.lanes
        options.patienceSeconds = Double(try arguments.integer("patience", in: 1...minutesMax) ?? 30) * 60
        options.sendsAgain = arguments.flag("again")
        if let bytes = try bytes("part-size", arguments) {
            guard partBytes.contains(bytes) else {
                throw MartletError(.usage, "--part-size is from 64k to 5G")
            }
            options.partBytes = bytes
        }
        options.bytesPerSecondMax = try bytes("limit-rate", arguments)
        let inputs = try PushInputs(arguments.operands)
        guard !inputs.items.isEmpty else {
            throw MartletError(.input, "there is nothing to push in \(arguments.operands.joined(separator: ", "))")
        }
        let rejects = try arguments.text("rejects").map { path throws(MartletError) in try RejectsFile(path) }
        let run = try PushRun(
            access, options: options, spool: arguments.text("spool") ?? spool, console, isSilent: isJSON)
        let results = try results(run, inputs, rejects, follows: !arguments.flag("no-wait"))
        let summary = PushSummary(results, seconds: run.seconds, rejectsPath: arguments.text("rejects"))
        try console.say(isJSON ? summary.json : summary.text)
        return summary.exitCode
    }

    private static func results(
        _ run: PushRun, _ inputs: PushInputs, _ rejects: RejectsFile?, follows: Bool
    ) throws -> [PushRun.Result] {
        defer { run.end() }
        // What is sent next need not wait until the server has taken in what was sent before.
        let pushed = try inputs.items.map { try run.push($0) }
        run.end()
        return try pushed.map { follows ? try run.follow($0, rejects: rejects) : PushRun.Result(pushed: $0) }
    }

    /// `500000`, `500k`, `2M`, `1G`, in steps of 1,024.
    private static func bytes(_ name: String, _ arguments: Arguments) throws(MartletError) -> UInt64? {
        guard let text = arguments.text(name) else { return nil }
        let units: [Character: UInt64] = ["k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
        let unit = text.last.flatMap { units[$0] }
        let digits = unit == nil ? Substring(text) : text.dropLast()
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt64(digits), number > 0,
            number <= 1 << 40
        else { throw MartletError(.usage, "--\(name) takes bytes such as 500k, 16M or 1G, not '\(text)'") }
        return number * (unit ?? 1)
    }

    private static var spool: String {
        getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/var/tmp"
    }
}
