internal import Access
internal import Accounts
internal import Audit
internal import Base
internal import HTTP

extension PlatformAPI {
    /// HL7 PurposeOfUse: break the glass.
    private static let breakGlass = "BTG"
    /// Times that the trail is asked for one page: a piece of it may hold less than was asked for.
    private static let roundsMax = 8

    /// Tells a patient, whoever cares for the patient, and those who watch over the tenant, who had to do with a record:
    /// newest first, and nothing of any other patient.
    func listAccesses(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        let patient = call.request.captures["patient"] ?? ""
        let limit = try call.limit()
        let before = try call.request.query["cursor"].map { text throws(PlatformAPIError) in
            guard let number = UInt64(text) else {
                throw PlatformAPIError(.malformed, "That is no cursor of a page.")
            }
            return number
        }
        guard try maySeeAccesses(person, to: patient) else {
            throw PlatformAPIError(.notFound, "There is no such record.")
        }
        var found: [NumberedEntry] = []
        var next = before
        for _ in 0..<Self.roundsMax where found.count < limit {
            let page = try ports.accesses(
                person.tenant, AuditQuery(patient: patient), next, limit - found.count)
            found += page.entries
            next = page.next
            if next == nil { break }
        }
        var names = DisplayNames(tenant: person.tenant, find: ports.displayName)
        let object = JSONObject()
        object.add("items", try found.map { try output(of: $0.entry, &names) })
        object.add("next", next.map { String($0) })
        var answer = PlatformAnswer(object)
        answer.patients = [patient]
        return answer
    }

    private func maySeeAccesses(_ person: SignedIn, to patient: String) throws -> Bool {
        switch person.role {
        case .admin, .auditor: true
        case .patient: try ports.isOwn(patient, person)
        case .clinician, .reporter, .system: false
        }
    }

    private func output(of entry: AuditEntry, _ names: inout DisplayNames) throws -> JSONObject {
        let object = JSONObject()
        object.add("time", entry.time)
        object.add("who", try names.name(of: entry.onBehalfOf ?? entry.agent))
        object.add("through", try entry.onBehalfOf.map { _ in try names.name(of: entry.agent) })
        object.add("role", entry.role)
        object.add("what", AccessWords.what(entry))
        object.add("why", entry.purposeOfUse.map { AccessWords.why($0) })
        object.add("purposeOfUse", entry.purposeOfUse)
        object.add("emergency", entry.category == .emergency || entry.purposeOfUse == Self.breakGlass)
        object.add("outcome", AccessWords.outcome(entry))
        return object
    }
}

/// The names of those who are met on one page, each looked up once.
private struct DisplayNames {
    let tenant: TenantName
    let find: @Sendable (String, TenantName) throws -> String?
    private var known: [String: String] = [:]

    init(tenant: TenantName, find: @escaping @Sendable (String, TenantName) throws -> String?) {
        self.tenant = tenant
        self.find = find
    }

    mutating func name(of agent: String) throws -> String {
        if let name = known[agent] { return name }
        let isAccount = agent.hasPrefix("user/") || agent.hasPrefix("client/")
        let name = isAccount ? try find(agent, tenant) ?? agent : agent
        known[agent] = name
        return name
    }
}
