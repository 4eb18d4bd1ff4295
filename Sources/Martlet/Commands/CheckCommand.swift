internal import Access
internal import Base
internal import RecordStore
internal import WebApp

/// `martlet check`: rebuilds the index from the log and compares.
enum CheckCommand {
    static let command = Command(
        name: "check", summary: "rebuild the index from the log and compare the two",
        options: [CommandTable.dataOption, CommandTable.jsonOption],
        notes: """
            No record is changed. A difference is a fault of the program or of the disk, and the exit code is 1 then; the
            log remains the truth.
            """,
        run: run)

    /// What the checks of all tenants found.
    private struct Totals {
        var entries = 0
        var parts = 0
        var findings: [String] = []
    }

    /// Findings that are printed one by one; the rest is counted.
    private static let findingsMax = 1_000

    @Sendable
    private static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
        let isJSON = arguments.flag("json")
        let store = try MartletStore.open(arguments.dataFolder, absence: .refuse, holder: "check")
        let meter = ProgressMeter(console, label: "Checking", unit: "entries", isSilent: isJSON)
        let result = Result { try check(store, meter) }
        meter.end()
        let closing = Result { try store.close() }
        let report = try result.get()
        try closing.get()
        let shown = report.findings.prefix(findingsMax)
        if isJSON {
            let object = JSONObject()
            object.add("entries", report.entries)
            object.add("parts", report.parts)
            object.add("findings", Array(shown))
            object.add("findingCount", report.findings.count)
            try console.say(object.text)
        } else {
            for finding in shown { try console.say(finding) }
            let parts = "\(Figures.count(report.parts)) part\(report.parts == 1 ? "" : "s") of the index"
            let what = "\(Figures.count(report.entries)) entries of the log and \(parts)"
            let count = report.findings.count
            try console.say(
                count == 0
                    ? "Checked \(what): log and index agree."
                    : "Checked \(what): \(Figures.count(count)) finding\(count == 1 ? "" : "s").")
        }
        return report.findings.isEmpty ? .done : .failed
    }

    private static func check(_ store: MartletStore, _ meter: ProgressMeter) throws -> Totals {
        var total = Totals()
        for tenant in try store.tenantNames().compactMap(TenantName.init) {
            let scope = AccessScope(tenant: tenant, actor: "martlet check")
            let before = total.entries
            let report = try store.records.check(scope) { done, of in
                meter.show(count: before + done, fraction: of > 0 ? Double(done) / Double(of) : nil)
            }
            total.entries += report.entries
            total.parts += report.parts
            total.findings += report.findings.map { "\(tenant): \($0)" }
        }
        return total
    }
}
