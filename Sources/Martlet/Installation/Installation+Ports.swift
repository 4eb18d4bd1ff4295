internal import Access
internal import Accounts
internal import Audit
internal import OAuth
internal import PlatformAPI
internal import RecordStore

extension Installation {
    /// What the interface for accounts needs of the records and their audit trail.
    var platformPorts: PlatformAPI.Ports {
        PlatformAPI.Ports(
            accesses: { [trails = store.trails] tenant, query, before, count in
                try trails.entries(tenant: tenant, query, before: before, count: count)
            },
            isOwn: { [records = store.records] patient, person in
                if person.facts.fhirUser == "Patient/" + patient { return true }
                let scope = AccessScope(tenant: person.tenant, subject: Subject(person.facts))
                guard let stored = try records.read(scope, type: "Patient", id: patient) else { return false }
                switch try records.decision(scope, .read, on: stored) {
                case .allow(.own), .allow(.related): return true
                case .allow, .deny: return false
                }
            },
            displayName: { [accounts, authorization] agent, tenant in
                let parts = agent.split(separator: "/", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { return nil }
                switch parts[0] {
                case "user": return try Self.userName(parts[1], tenant, accounts)
                case "client":
                    let client = try authorization.client(parts[1])
                    return client.flatMap { $0.tenant == tenant ? $0.name : nil }
                default: return nil
                }
            },
            applyLabels: { [records = store.records] rules, tenant in try records.setLabelRules(rules, for: tenant) })
    }

    private static func userName(_ text: String, _ tenant: TenantName, _ accounts: Accounts) throws -> String? {
        guard let id = UserID(text) else { return nil }
        do {
            return try accounts.user(id, tenant: tenant).profile.displayName
        } catch let error as AccountsError where error.code == .notFound {
            return nil
        }
    }
}
