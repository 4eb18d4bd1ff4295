internal import Access
internal import Base
internal import Intake
internal import RecordStore
internal import WebApp

/// What an ingest did, for people and for machines.
struct IngestSummary {
    private let report: IngestReport
    private let tenant: TenantName
    private let rejectsPath: String

    /// Types that the table for people names one by one.
    private static let typesMax = 12
    private static let examplesMax = 3

    init(_ report: IngestReport, tenant: TenantName, rejectsPath: String) {
        self.report = report
        self.tenant = tenant
        self.rejectsPath = rejectsPath
    }

    private var resourcesPerSecond: Double {
        report.seconds > 0 ? Double(report.resources) / report.seconds : 0
    }

    /// One object on one line.
    var json: String {
        let types = JSONObject()
        for (type, count) in report.resourcesByType.sorted(by: { $0.key < $1.key }) { types.add(type, count) }
        let object = JSONObject()
        object.add("tenant", tenant.description)
        object.add("files", report.files)
        object.add("patients", report.patients)
        object.add("resources", types)
        object.add("created", report.created)
        object.add("updated", report.updated)
        object.add("unchanged", report.unchanged)
        object.add("deleted", report.deleted)
        object.add("rejected", report.rejected)
        object.add("skipped", report.skippedCount)
        object.add("seconds", report.seconds)
        object.add("resourcesPerSecond", resourcesPerSecond)
        object.add("unresolvedReferences", report.unresolvedCount)
        if !report.unresolved.isEmpty { object.add("unresolved", report.unresolved.map(Self.object)) }
        if !report.indexFailures.isEmpty { object.add("indexFailures", report.indexFailures.map(Self.object)) }
        if report.rejected > 0 { object.add("rejectsFile", rejectsPath) }
        return object.text
    }

    private static func object(_ unresolved: UnresolvedReference) -> JSONObject {
        let object = JSONObject()
        object.add("resource", unresolved.resource)
        object.add("reference", unresolved.reference)
        object.add("reason", unresolved.reason)
        return object
    }

    private static func object(_ failure: IndexFailure) -> JSONObject {
        let object = JSONObject()
        object.add("resource", failure.resource)
        object.add("reason", failure.reason)
        return object
    }

    /// A headline and a table.
    var text: String {
        let files = Self.counted(report.files, "file", "files")
        let resources = Self.counted(report.resources, "resource", "resources")
        // Over so short a time a rate tells nothing.
        let pace = report.seconds >= 0.2 ? ", \(Figures.count(Int(resourcesPerSecond.rounded())))/s" : ""
        let took = Figures.duration(seconds: report.seconds)
        var lines = ["Took in \(resources) from \(files) in \(took)\(pace).", ""]
        lines += TextTable.lines(outcomes)
        let types = typeRows
        if !types.isEmpty { lines += ["", "By type:", ""] + TextTable.lines(types) }
        lines += remarks
        return lines.joined(separator: "\n")
    }

    private var outcomes: [(String, Int)] {
        var rows = [
            ("patients", report.patients), ("created", report.created), ("updated", report.updated),
            ("unchanged", report.unchanged), ("rejected", report.rejected),
        ]
        if report.deleted > 0 { rows.insert(("deleted", report.deleted), at: 4) }
        if report.skippedCount > 0 { rows.append(("files left out", report.skippedCount)) }
        if report.unresolvedCount > 0 { rows.append(("references without a target", report.unresolvedCount)) }
        return rows
    }

    private var typeRows: [(String, Int)] {
        let ranked = report.resourcesByType.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard ranked.count > Self.typesMax + 1 else { return ranked.map { ($0.key, $0.value) } }
        let rest = ranked.dropFirst(Self.typesMax)
        return ranked.prefix(Self.typesMax).map { ($0.key, $0.value) }
            + [("\(rest.count) other types", rest.reduce(0) { $0 + $1.value })]
    }

    private var remarks: [String] {
        var lines: [String] = []
        if report.rejected > 0 {
            lines += ["", "What was rejected lies in \(rejectsPath), each with its reason and its bytes."]
        }
        if report.skippedCount > 0 {
            let examples = report.skipped.prefix(Self.examplesMax).map { "\($0.file) (\($0.reason.rawValue))" }
            let more = report.skippedCount > examples.count ? " …" : ""
            lines += ["", "Left out: " + examples.joined(separator: ", ") + more]
        }
        if report.unresolvedCount > 0 {
            lines += ["", "References without a target stay as they came, and are resolved once it arrives:"]
            lines += report.unresolved.prefix(Self.examplesMax).map { "  \($0.resource): \($0.reference)" }
            if report.unresolvedCount > Self.examplesMax { lines.append("  … (--json lists them)") }
        }
        if let failure = report.indexFailures.first {
            lines += ["", "Some searches will not find what was taken, such as \(failure.resource): \(failure.reason)"]
        }
        return lines
    }

    private static func counted(_ count: Int, _ one: String, _ many: String) -> String {
        "\(Figures.count(count)) \(count == 1 ? one : many)"
    }
}
