internal import Access
internal import Audit
internal import Base

extension AuditCommand {
    private static let countMax = 1_000_000
    private static let pageCount = 1_000

    @Sendable
    static func log(_ call: Call) throws -> ExitCode {
        let tenant = try tenant(call)
        let count = try call.arguments.integer("count", in: 1...countMax) ?? 100
        let query = try query(call)
        try withTrails(call) { trails in
            try noteReading(trails, tenant, "log")
            var left = count
            var before: UInt64?
            let list = ByteWriter()
            repeat {
                let page = try trails.entries(tenant: tenant, query, before: before, count: min(left, pageCount))
                for found in page.entries {
                    if call.isJSON {
                        if list.count > 0 { list.write(",") }
                        list.write("{\"number\":\(found.number),\"entry\":")
                        found.entry.writeJSON(to: list)
                        list.write("}")
                    } else {
                        try call.console.say(line(found))
                    }
                }
                left -= page.entries.count
                before = page.next
            } while before != nil && left > 0
            guard call.isJSON else { return }
            let object = JSONObject()
            object.add("tenant", tenant.description)
            object.add("entries", json: "[\(String(decoding: list.bytes, as: UTF8.self))]")
            try call.console.say(object.text)
        }
        return .done
    }

    /// Removes the content of old entries; the trail itself tells of it.
    @Sendable
    static func retire(_ call: Call) throws -> ExitCode {
        let tenant = try tenant(call)
        let cutoff = try moment("retire", call.operands[0])
        let retired = try withTrails(call) { try $0.retire(tenant: tenant, olderThan: cutoff) }
        if call.isJSON {
            let object = JSONObject()
            object.add("tenant", tenant.description)
            object.add("files", retired.files)
            object.add("retainedFrom", Int(clamping: retired.retainedFrom))
            try call.console.say(object.text)
        } else {
            let count = retired.files
            try call.console.say(
                count == 0
                    ? "No file of entries is that old as a whole: nothing was retired."
                    : "Retired \(count) file\(count == 1 ? "" : "s"): entries before \(retired.retainedFrom).")
        }
        return .done
    }

    /// The trail's being read is written in it too.
    static func noteReading(_ trails: AuditTrails, _ tenant: TenantName, _ event: String) throws {
        guard trails.folder(of: tenant).exists else { return }
        var entry = AuditEntry(.access, .read, "audit-\(event)", time: SystemClock().now(), agent: "martlet audit")
        entry.role = "operator"
        _ = try trails.record(entry, tenant: tenant)
    }

    private static func query(_ call: Call) throws(MartletError) -> AuditQuery {
        var query = AuditQuery(patient: call.arguments.text("patient"), agent: call.arguments.text("agent"))
        query.from = try call.arguments.text("since").map { text throws(MartletError) in try moment("--since", text) }
        query.to = try call.arguments.text("until").map { text throws(MartletError) in try moment("--until", text) }
        if let name = call.arguments.text("category") {
            guard let category = AuditEntry.Category(name: name) else {
                throw ArgumentParser.unknown("category", name, known: AuditEntry.Category.allCases.map(\.name))
            }
            query.category = category
        }
        return query
    }

    private static func line(_ found: NumberedEntry) -> String {
        let entry = found.entry
        var parts = ["\(found.number)", entry.timeText, entry.category.name, entry.event]
        if entry.outcome != .success { parts.append("FAILED") }
        parts.append(entry.agent)
        if let person = entry.onBehalfOf { parts.append("for \(person)") }
        if !entry.address.isEmpty { parts.append("from \(entry.address)") }
        parts += entry.patients.map { "Patient/" + $0 } + entry.resources
        if let purpose = entry.purposeOfUse { parts.append(purpose) }
        if let detail = entry.detail { parts.append("(\(detail))") }
        // A text of a request must not steer the terminal.
        return String(
            parts.joined(separator: "  ").unicodeScalars.map { scalar in
                scalar.properties.generalCategory == .control ? "\u{FFFD}" : Character(scalar)
            })
    }

    /// Reads `2026-11-21`, with `T08:30`, seconds, and `Z` behind it: a day or moment of UTC.
    static func moment(_ option: String, _ text: String) throws(MartletError) -> Instant {
        let wrong = MartletError(.usage, "\(option) takes 2026-11-21 or 2026-11-21T08:30:00Z, not '\(text)'")
        let halves = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        let day = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { figures($0) }
        guard day.count == 3, let year = day[0], (1...9_999).contains(year), let month = day[1],
            (1...12).contains(month), let date = day[2],
            (1...CalendarDate.daysInMonth(month, year: year)).contains(date)
        else { throw wrong }
        var seconds = CalendarDate(year: year, month: month, day: date).daysSinceEpoch * 86_400
        if halves.count == 2 {
            guard halves[1].hasSuffix("Z") else { throw wrong }
            let clock = halves[1].dropLast().split(separator: ":", omittingEmptySubsequences: false)
                .map { figures($0) }
            guard (2...3).contains(clock.count), let hour = clock[0], (0...23).contains(hour), let minute = clock[1],
                (0...59).contains(minute), let second = clock.count == 3 ? clock[2] : 0, (0...59).contains(second)
            else { throw wrong }
            seconds += hour * 3_600 + minute * 60 + second
        }
        return Instant(microseconds: Int64(seconds) * 1_000_000)
    }

    private static func figures(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }
}
