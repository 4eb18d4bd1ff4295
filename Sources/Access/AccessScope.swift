/// Who asks, for which tenant, and what they may do. Every read and write of patient data takes one: without it nothing
/// can be reached.
package struct AccessScope: Hashable, Sendable {
    /// The tenant (a health system or practice) whose records may be reached.
    package var tenant: TenantName
    /// Who acts, as the log and the audit trail name them; of a subject it must be `Subject.Facts.writer`.
    package var actor: String
    /// What the actor may do; everything of the tenant where Martlet works for itself or for its operator.
    package var authority: Authority

    /// - Parameter authority: what the actor may do; everything where none is said.
    package init(tenant: TenantName, actor: String, authority: Authority = .whole) {
        self.tenant = tenant
        self.actor = actor
        self.authority = authority
    }

    /// The scope of a subject, whose writes are known by its account: so it finds the patients whose records it made.
    package init(tenant: TenantName, subject: Subject) {
        self.init(tenant: tenant, actor: subject.facts.writer, authority: .subject(subject))
    }
}

/// The name of a tenant: 1 to 64 of lower-case letters, digits and `-`.
package struct TenantName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// The tenant of a store that has only one.
    package static let standard = TenantName(checked: "default")

    /// - Returns: `nil` if the text is no tenant name.
    package init?(_ text: String) {
        let isAllowed = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard isAllowed, (1...64).contains(text.utf8.count) else { return nil }
        description = text
    }

    private init(checked: String) {
        description = checked
    }
}
