internal import Push
internal import WebApp

/// What a push did, for people and for machines.
struct PushSummary {
    private let results: [PushRun.Result]
    private let seconds: Double
    private let rejectsPath: String?

    init(_ results: [PushRun.Result], seconds: Double, rejectsPath: String?) {
        self.results = results
        self.seconds = seconds
        self.rejectsPath = rejectsPath
    }

    private var rejected: Int { results.reduce(0) { $0 + ($1.ingest?.rejected ?? 0) } }
    private var resources: Int { results.reduce(0) { $0 + ($1.ingest?.resources ?? 0) } }
    private var hasFailed: Bool { results.contains { $0.ingest.map { !$0.isDone } ?? false } }

    var exitCode: ExitCode {
        hasFailed ? .failed : rejected > 0 ? .rejects : .done
    }

    /// One object on one line.
    var json: String {
        let object = JSONObject()
        object.add(
            "files",
            results.map { result in
                let file = JSONObject()
                file.add("file", result.pushed.file)
                file.add("bytes", Int(clamping: result.pushed.byteCount))
                file.add("sha256", result.pushed.sha256)
                file.add("upload", result.pushed.upload)
                file.add("sentBytes", Int(clamping: result.pushed.sentBytes))
                file.add("sentParts", result.pushed.sentParts)
                file.add("presentParts", result.pushed.presentParts)
                if let id = result.pushed.ingest { file.add("ingest", id) }
                guard let ingest = result.ingest else { return file }
                file.add("state", ingest.state)
                file.add("resources", ingest.resources)
                file.add("rejected", ingest.rejected)
                return file
            })
        object.add("resources", resources)
        object.add("rejected", rejected)
        object.add("seconds", seconds)
        if let rejectsPath { object.add("rejectsFile", rejectsPath) }
        return object.text
    }

    var text: String {
        var lines: [String] = []
        for result in results {
            let pushed = result.pushed
            let sent =
                pushed.sentParts == 0 ? "the server had it" : "\(Self.size(pushed.sentBytes)) sent"
            guard let ingest = result.ingest else {
                lines.append("\(pushed.file): \(sent)" + (pushed.ingest.map { ", ingest \($0)" } ?? "."))
                continue
            }
            let end =
                switch ingest.state {
                case "finished": "taken in"
                case "finishedWithRejects": "taken in but for what was rejected"
                default: ingest.state + (ingest.problem.map { ": " + Self.visible($0) } ?? "")
                }
            lines.append("\(pushed.file): \(sent), \(Figures.count(ingest.resources)) resources; \(end).")
            let types = ingest.counts.sorted { ($1.count, $0.type) < ($0.count, $1.type) }.prefix(Self.typesMax)
            lines += TextTable.lines(types.map { (Self.visible($0.type), $0.count) })
            if ingest.rejected > 0 {
                lines.append("\(Figures.count(ingest.rejected)) rejected:")
                lines += result.rejects.map { "  \($0.place): \($0.reason)" }
                if let problem = result.rejectsProblem {
                    lines.append("  " + Self.visible(problem))
                } else if ingest.rejected > result.rejects.count {
                    lines.append("  …")
                }
            }
        }
        if rejected > 0 {
            lines.append(rejectsPath.map { "All rejects are in \($0)." } ?? "--rejects FILE fetches all of them.")
        }
        return lines.joined(separator: "\n")
    }

    private static let typesMax = 12

    private static func size(_ bytes: UInt64) -> String {
        bytes < 10_000_000 ? "\(Figures.count(Int(bytes / 1_000))) kB" : "\(Figures.count(Int(bytes / 1_000_000))) MB"
    }

    /// What a server says, without what would move the cursor.
    private static func visible(_ text: String) -> String {
        String(
            text.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) }.prefix(200)
                .map(Character.init))
    }
}
