internal import Access
internal import FHIR

/// What the index tells of whether a subject may see resources of one type.
struct TypeView {
    /// Whose records a scope, or a session, reaches.
    struct Reach: OptionSet, Hashable {
        let rawValue: UInt8

        /// Those of patients that the subject has to do with.
        static let near = Reach(rawValue: 1)
        /// Those of the patient of the launch.
        static let launched = Reach(rawValue: 2)
        static let all = Reach(rawValue: 4)
    }

    enum Kind {
        /// Nothing of the type may be seen.
        case none
        /// About no patient: all of the type may be seen.
        case common
        /// Each resource is opened.
        case opened
        /// The compartments tell.
        case compartment
    }

    var kind: Kind
    /// Whose records may be seen whatever they say.
    var plain: Reach = []
    /// Whose records may be seen if they satisfy a scope's criteria.
    var conditional: [(reach: Reach, scope: SMARTScope)] = []

    /// - Parameter scopes: those of the subject's token that cover the type and the action; `nil` for a session.
    init(_ subject: Subject.Facts, scopes: [SMARTScope]?, type: String, liesInCompartments: Bool) {
        for scope in scopes ?? [SMARTScope(.user)] {
            let reach = Self.reach(scope.context, subject)
            if scope.criteria == nil { plain.insert(reach) } else { conditional.append((reach, scope)) }
        }
        if plain.isEmpty, conditional.isEmpty {
            kind = .none
        } else if TypeRules.common.contains(type) {
            kind = plain.isEmpty ? .opened : .common
        } else {
            kind = liesInCompartments ? .compartment : .opened
        }
    }

    private static func reach(_ context: SMARTScope.Context, _ subject: Subject.Facts) -> Reach {
        switch context {
        case .system: .all
        case .user: subject.role == .reporter ? .all : .near
        case .patient: .launched
        }
    }
}

/// What a subject may see of one part of the index, of one type: what for certain, and what is worth opening.
final class PartView: Sendable {
    /// What may be seen at all.
    let possible: OffsetBits
    /// What of that needs no decision.
    let sure: OffsetBits

    init(possible: OffsetBits, sure: OffsetBits) {
        self.possible = possible
        self.sure = sure
    }

    static let nothing = PartView(possible: .none, sure: .none)
    static let everything = PartView(possible: .all, sure: .all)
    static let doubtful = PartView(possible: .all, sure: .none)

    var memoryBytes: Int { possible.memoryBytes + sure.memoryBytes + 64 }
}
