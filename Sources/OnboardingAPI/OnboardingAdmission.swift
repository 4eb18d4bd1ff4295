package import Access
package import HTTP

extension OnboardingAPI {
    /// Who sends a request.
    package enum Admission: Sendable {
        case admitted(AccessScope)
        /// It has no credential.
        case anonymous
        /// Its credential is not valid, or not any more.
        case unknown
        /// Its credential is good, yet this may not be asked with it: why, in words for the one who asks.
        case refused(AccessScope, String)

        /// Whose request it is, as far as that is known.
        var scope: AccessScope? {
            switch self {
            case .admitted(let scope), .refused(let scope, _): scope
            case .anonymous, .unknown: nil
            }
        }
    }

    /// Says who sends a request: a client system by its token, or a person by a session whose unsafe requests repeat its
    /// CSRF token. Called on every request, on the server's thread.
    package typealias Admit = @Sendable (HTTPRequest) -> Admission
}

extension OnboardingRoute.Need {
    /// Whether the route is open to whoever holds this authority; why not, in words for the one who asks.
    func refusal(of authority: Authority) -> String? {
        guard case .subject(let subject) = authority else { return nil }
        let facts = subject.facts
        if facts.role == .admin && facts.scopes == nil { return nil }
        let needed: SMARTPermissions = self == .write ? [.create, .update] : .all
        if subject.holdsOfAll(needed) { return nil }
        return "This is for administrators who are signed in, and for client systems with system/*.\(needed.text)."
    }
}

extension Authority {
    /// Whether patients' data may be shown as it came: to the operator, and to client systems that may read and search all
    /// types. As with records, not to administrators.
    var mayReadAll: Bool {
        guard case .subject(let subject) = self else { return true }
        return subject.holdsOfAll([.read, .search])
    }
}

extension Subject {
    /// Whether it is a client system whose scopes hold permissions of all types.
    fileprivate func holdsOfAll(_ needed: SMARTPermissions) -> Bool {
        let held = (facts.scopes?.clinical ?? [])
            .filter { $0.context == .system && $0.type == nil && $0.criteria == nil }
            .reduce(into: SMARTPermissions()) { $0.formUnion($1.permissions) }
        return facts.role == .system && held.isSuperset(of: needed)
    }
}
