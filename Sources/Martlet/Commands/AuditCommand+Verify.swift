internal import Access
internal import Audit
internal import Base
internal import WebApp

extension AuditCommand {
    private static let noteBytesMax = 65_536

    @Sendable
    static func verify(_ call: Call) throws -> ExitCode {
        var expectation = AuditExpectation(fingerprint: call.arguments.text("fingerprint"))
        if let path = call.arguments.text("head") {
            let bytes = try InputFile.read(call.arguments.path(path), bytesMax: noteBytesMax)
            // As `heads` shows it, with an empty line behind, or as an editor or a mail left its end.
            let text = String(decoding: bytes.filter { $0 != 0x0D }, as: UTF8.self)
            let end = text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) } ?? text.startIndex
            guard let head = TreeHead(note: String(text[..<end]) + "\n") else {
                throw MartletError(.input, "\(InputFile.name(path)) is no signed head, or several")
            }
            expectation.heads = [head]
        }
        let meter = ProgressMeter(call.console, label: "Checking", unit: "entries", isSilent: call.isJSON)
        let result = Result {
            try withTrails(call) { trails in
                // What is kept elsewhere is of one trail.
                let isOne = call.arguments.text("tenant") != nil || expectation != AuditExpectation()
                let tenants = try isOne ? [tenant(call)] : trails.tenants()
                return try tenants.map { tenant in
                    let report = try trails.verify(tenant: tenant, expecting: expectation) { done, of in
                        let fraction = of > 0 ? min(Double(done) / Double(of), 1) : nil
                        meter.show(count: Int(clamping: done), fraction: fraction)
                    }
                    return (tenant, report)
                }
            }
        }
        meter.end()
        let reports = try result.get()
        if call.isJSON {
            let object = JSONObject()
            object.add("trails", try reports.map { try describe($0, $1) })
            try call.console.say(object.text)
        } else {
            if reports.isEmpty { try call.console.say("There is no audit trail yet.") }
            for (tenant, report) in reports { try say(tenant, report, call.console) }
        }
        return reports.allSatisfy(\.1.isSound) ? .done : .failed
    }

    private static func describe(_ tenant: TenantName, _ report: AuditReport) throws -> JSONObject {
        let object = JSONObject()
        object.add("tenant", tenant.description)
        object.add("sound", json: report.isSound ? "true" : "false")
        object.add("entries", Int(clamping: report.entries))
        object.add("retiredUpTo", Int(clamping: report.retiredUpTo))
        object.add("batches", report.batches)
        object.add("heads", report.heads)
        object.add("signedEntries", Int(clamping: report.lastHead?.size ?? 0))
        if let fingerprint = report.fingerprint { object.add("fingerprint", fingerprint) }
        object.add("anchored", json: report.hasAnchor ? "true" : "false")
        object.add("tornBytes", Int(clamping: report.tornBytes))
        object.add(
            "damages",
            report.damages.map { damage in
                let place = JSONObject()
                place.add("kind", damage.kind.rawValue)
                place.add("file", damage.file)
                if let offset = damage.offset { place.add("offset", Int(clamping: offset)) }
                if let entry = damage.entry { place.add("entry", Int(clamping: entry)) }
                place.add("detail", damage.detail)
                return place
            })
        return object
    }

    private static func say(_ tenant: TenantName, _ report: AuditReport, _ console: Console) throws {
        let what =
            "\(Figures.count(Int(clamping: report.entries))) entries in \(Figures.count(report.batches)) batches "
            + "and \(Figures.count(report.heads)) signed heads"
        try console.say("\(tenant): checked \(what): \(report.isSound ? "nothing is altered." : "IT IS DAMAGED.")")
        for damage in report.damages { try console.say("  \(damage)") }
        if report.retiredUpTo > 0 {
            try console.say("  entries before \(report.retiredUpTo) were retired; their hashes were checked")
        }
        if let head = report.lastHead { try console.say("  the newest head signs \(head.size) entries") }
        if let fingerprint = report.fingerprint { try console.say("  public key \(fingerprint)") }
        if !report.hasAnchor {
            try console.say(
                "  no anchor remembers the newest head: a trail cut back with its heads would not be noticed")
        }
        if report.tornBytes > 0 {
            try console.say("  \(report.tornBytes) bytes of a write that was cut off are removed at the next start")
        }
    }
}
