internal import Access
internal import Audit
internal import Base
internal import HTTP

/// A search for AuditEvents as the audit trail answers it.
struct TrailQuery {
    /// What the trail's index can look for.
    private(set) var query = AuditQuery()
    /// What entries must meet besides.
    private var conditions: [(AuditEntry) -> Bool] = []
    /// The entries that `_id` names; `nil` if it is not given.
    private(set) var numbers: [UInt64]?
    /// How many a page has; `nil` if it is not given.
    private(set) var count: Int?
    /// The parameters that the trail is not searched by.
    private(set) var unknown: [String] = []
    /// Whether it asks for what stored resources cannot have: an account of this server.
    private(set) var isOfTrailAlone = false
    private let base: String

    /// - Parameter base: this interface's address.
    /// - Throws: `FHIRAPIError.invalid` for a date that is none.
    init(_ items: [QueryParameters.Item], base: String) throws(FHIRAPIError) {
        self.base = base
        for item in items where !(try take(item)) && !unknown.contains(item.name) { unknown.append(item.name) }
    }

    /// Whether every entry that the index finds is one.
    var isExact: Bool { conditions.isEmpty }

    /// Whether an entry is one of those that are asked for.
    func accepts(_ entry: AuditEntry) -> Bool {
        query.matches(entry) && conditions.allSatisfy { $0(entry) }
    }

    /// - Returns: whether the trail is searched by it.
    private mutating func take(_ item: QueryParameters.Item) throws(FHIRAPIError) -> Bool {
        let values = item.value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        switch item.name {
        case "_count":
            guard let count = Int(item.value), count > 0 else { return false }
            self.count = count
        case "_sort": return item.value == "-date" || item.value == "-_lastUpdated"
        case "_total": return item.value == "none"
        case "_id":
            let named = values.compactMap { TrailNumber($0)?.value }
            numbers = Set(numbers ?? named).intersection(named).sorted(by: >)
        case "date", "_lastUpdated":
            guard values.count == 1 else { return false }
            return try takeDate(item.name, item.value)
        case "patient", "patient:Patient": takePatients(values)
        case "agent", "agent:identifier", "altid":
            let agents = values.map { String($0[($0.firstIndex(of: "|").map($0.index(after:)) ?? $0.startIndex)...]) }
            guard item.name != "agent" || agents.allSatisfy(Self.isAccount) else { return false }
            if item.name != "altid" { isOfTrailAlone = true }
            take(agents, \.agent) { agent, entry in entry.agent == agent || entry.onBehalfOf == agent }
        case "action":
            let actions = values.map { Self.code($0).flatMap(Self.action) }
            take(actions, \.action) { action, entry in entry.action == action }
        case "outcome":
            let outcomes = values.map { Self.code($0).flatMap(UInt8.init).flatMap(AuditEntry.Outcome.init) }
            take(outcomes, \.outcome) { outcome, entry in entry.outcome == outcome }
        case "type": takeCodes(values) { [$0.type] }
        case "subtype": takeCodes(values) { $0.subtypes }
        case "entity": takeEntities(values)
        default: return false
        }
        return true
    }

    /// Demands one of the values: by the index, if it is one alone.
    private mutating func take<Value>(
        _ values: [Value?], _ place: WritableKeyPath<AuditQuery, Value?>,
        _ matches: @escaping (Value, AuditEntry) -> Bool
    ) {
        if values.count == 1, let value = values[0], query[keyPath: place] == nil {
            query[keyPath: place] = value
        } else {
            let known = values.compactMap { $0 }
            conditions.append { entry in known.contains { matches($0, entry) } }
        }
    }

    // MARK: Dates

    private mutating func takeDate(_ name: String, _ text: String) throws(FHIRAPIError) -> Bool {
        let letters = text.prefix { $0.isLetter && $0.isASCII }
        guard ["", "eq", "ge", "gt", "sa", "le", "lt", "eb"].contains(letters) else { return false }
        let (low, high) = try Call.instants(name, String(text.dropFirst(letters.count)))
        let next = high.microseconds < .max ? Instant(microseconds: high.microseconds + 1) : high
        if ["", "eq", "ge"].contains(letters) { query.from = max(query.from ?? low, low) }
        if ["gt", "sa"].contains(letters) { query.from = max(query.from ?? next, next) }
        if ["", "eq", "le"].contains(letters) { query.to = min(query.to ?? next, next) }
        if ["lt", "eb"].contains(letters) { query.to = min(query.to ?? low, low) }
        return true
    }

    // MARK: References

    private mutating func takePatients(_ values: [String]) {
        let patients = values.map { value -> String? in
            let path = relative(value)
            guard path.contains("/") else { return path }
            return path.hasPrefix("Patient/") ? String(path.dropFirst("Patient/".count)) : nil
        }
        take(patients, \.patient) { patient, entry in entry.patients.contains(patient) }
    }

    private mutating func takeEntities(_ values: [String]) {
        let paths = values.map(relative)
        if paths.count == 1, !paths[0].hasPrefix("Patient/"), paths[0].contains("/"), query.resource == nil {
            query.resource = paths[0]
            return
        }
        conditions.append { entry in
            paths.contains { path in
                if path.hasPrefix("Patient/"), entry.patients.contains(String(path.dropFirst("Patient/".count))) {
                    return true
                }
                return entry.resources.contains { $0 == path || $0.hasPrefix(path + "/_history/") }
            }
        }
    }

    /// A reference without this server's address.
    private func relative(_ value: String) -> String {
        value.hasPrefix(base + "/") ? String(value.dropFirst(base.count + 1)) : value
    }

    /// Whether an agent is named as the trail names it.
    private static func isAccount(_ agent: String) -> Bool {
        agent.hasPrefix("user/") || agent.hasPrefix("client/") || agent.hasPrefix("martlet")
    }

    // MARK: Codes

    private mutating func takeCodes(
        _ values: [String], of codes: @escaping ((type: CodeKey, subtypes: [CodeKey])) -> [CodeKey]
    ) {
        conditions.append { entry in
            let known = codes(AuditEventJSON.codes(of: entry))
            return values.contains { value in
                guard let bar = value.firstIndex(of: "|") else { return known.contains { $0.code == value } }
                let (system, code) = (value[..<bar], value[value.index(after: bar)...])
                return known.contains { $0.system == system && (code.isEmpty || $0.code == code) }
            }
        }
    }

    private static func code(_ value: String) -> String? {
        value.split(separator: "|", omittingEmptySubsequences: false).last.map(String.init)
    }

    private static func action(_ code: String) -> AuditEntry.Action? {
        guard code.utf8.count == 1, let byte = code.utf8.first else { return nil }
        return AuditEntry.Action(rawValue: byte)
    }
}
