/// Whether a code is in a value set or code system.
package enum Membership: Sendable {
    case member
    case notMember
    /// Nobody can say with the definitions that are held; the error tells why, naming the code system or value set.
    case unknown(TerminologyError)

    package var isMember: Bool {
        if case .member = self { true } else { false }
    }

    package var isNotMember: Bool {
        if case .notMember = self { true } else { false }
    }

    /// Why it is not known; `nil` where it is.
    package var reason: TerminologyError? {
        if case .unknown(let error) = self { error } else { nil }
    }

    /// Both hold.
    func and(_ other: Membership) -> Membership {
        switch (self, other) {
        case (.notMember, _), (_, .notMember): .notMember
        case (.unknown, _): self
        case (_, .unknown): other
        default: .member
        }
    }

    /// One of both holds.
    func or(_ other: Membership) -> Membership {
        switch (self, other) {
        case (.member, _), (_, .member): .member
        case (.unknown, _): self
        case (_, .unknown): other
        default: .notMember
        }
    }

    /// The opposite.
    var negated: Membership {
        switch self {
        case .member: .notMember
        case .notMember: .member
        case .unknown: self
        }
    }
}
