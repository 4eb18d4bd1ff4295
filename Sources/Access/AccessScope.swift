/// Who asks, for which tenant, and what they may do. Every read and write of patient data takes one: without it nothing
/// can be reached.
package struct AccessScope: Sendable {
    /// The tenant (a health system or practice) whose records may be reached.
    package var tenant: TenantName
    /// Who acts, as the log and the audit trail name them; of a subject it must be `Subject.Facts.writer`.
    package var actor: String
    /// What the actor may do; everything of the tenant where Martlet works for itself or for its operator.
    package var authority: Authority
    /// Told of everything that is handed out to this scope, for the audit trail; `nil` where Martlet works for itself.
    package var witness: (any AccessWitness)?

    /// - Parameter authority: what the actor may do; everything where none is said.
    package init(
        tenant: TenantName, actor: String, authority: Authority = .whole, witness: (any AccessWitness)? = nil
    ) {
        self.tenant = tenant
        self.actor = actor
        self.authority = authority
        self.witness = witness
    }

    /// The scope of a subject, whose writes are known by its account: so it finds the patients whose records it made.
    package init(tenant: TenantName, subject: Subject) {
        self.init(tenant: tenant, actor: subject.facts.writer, authority: .subject(subject))
    }
}

extension AccessScope {
    /// Nobody: may see nothing.
    package static let anonymous = AccessScope(
        tenant: .platform, actor: "anonymous",
        authority: .subject(Subject(Subject.Facts(account: "anonymous", role: .system))))
}

/// Scopes are equal whose holders may do the same, whoever is told of it.
extension AccessScope: Hashable {
    package static func == (first: AccessScope, second: AccessScope) -> Bool {
        first.tenant == second.tenant && first.actor == second.actor && first.authority == second.authority
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(tenant)
        hasher.combine(actor)
        hasher.combine(authority)
    }
}

/// Is told what the record store hands out, so that no face can forget to say it in the audit trail.
package protocol AccessWitness: AnyObject, Sendable {
    /// A version of a resource is handed out.
    /// - Parameters:
    ///   - type: the resource's type.
    ///   - id: its id.
    ///   - version: its number in the log.
    ///   - content: its minified JSON but for type, id and meta; all three are valid during the call alone.
    func saw(
        type: UnsafeRawBufferPointer, id: UnsafeRawBufferPointer, version: UInt64, content: UnsafeRawBufferPointer)
}

/// The name of a tenant: 1 to 64 of lower-case letters, digits and `-`.
package struct TenantName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// The tenant of a store that has only one.
    package static let standard = TenantName(checked: "default")

    /// No tenant: what belongs to none, such as a request with a credential that nobody has. No tenant can be added under
    /// this name.
    package static let platform = TenantName(checked: "-platform")

    /// Whether a tenant may be added under this name.
    package var isAvailable: Bool { !description.hasPrefix("-") }

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
