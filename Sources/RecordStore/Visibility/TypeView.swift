internal import Access
internal import FHIR

/// What the index tells of whether a subject may see resources of one type.
struct TypeView {
    /// Whose records a scope, or a session, reaches.
    enum Reach {
        case near, launched, all
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
    var plain: [Reach] = []
    /// Whose records may be seen if they satisfy a scope's criteria.
    var conditional: [Reach] = []

    init(_ subject: Subject.Facts, _ action: AccessAction, type: String, liesInCompartments: Bool) {
        var scopes = [SMARTScope(.user)]
        if let held = subject.scopes {
            scopes = held.scopes(for: type, action.permission).filter {
                $0.context != .system || subject.role == .system
            }
        } else if subject.role == .system {
            scopes = []
        }
        guard !scopes.isEmpty else {
            kind = .none
            return
        }
        for scope in scopes {
            let reach = Self.reach(scope.context, subject)
            if scope.criteria == nil { plain.append(reach) } else { conditional.append(reach) }
        }
        if TypeRules.common.contains(type) {
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

/// What a subject may see of one part of the index, of one type.
struct PartView {
    enum Verdict {
        case visible, hidden, doubtful
    }

    let kind: TypeView.Kind
    private let isAllPlain: Bool
    private let plain: [OffsetBits]
    private let conditional: [OffsetBits]
    private let reachesAll: Bool
    private let masks: Sight.Masks?

    init(_ view: TypeView, _ masks: Sight.Masks?) {
        kind = view.kind
        self.masks = masks
        isAllPlain = view.plain.contains(.all)
        reachesAll = isAllPlain || view.conditional.contains(.all)
        guard let masks else {
            plain = []
            conditional = []
            return
        }
        func bits(_ reaches: [TypeView.Reach]) -> [OffsetBits] {
            reaches.compactMap { reach in
                switch reach {
                case .near: masks.near
                case .launched: masks.launched
                case .all: nil
                }
            }
        }
        plain = bits(view.plain)
        conditional = bits(view.conditional)
    }

    func verdict(_ offset: UInt32) -> Verdict {
        switch kind {
        case .none: return .hidden
        case .common: return .visible
        case .opened: return .doubtful
        case .compartment: break
        }
        guard let masks else { return .doubtful }
        if masks.unowned.contains(offset) { return .doubtful }
        let isPlain = isAllPlain || plain.contains { $0.contains(offset) }
        guard isPlain || reachesAll || conditional.contains(where: { $0.contains(offset) }) else { return .hidden }
        return isPlain && !masks.doubtful.contains(offset) ? .visible : .doubtful
    }
}
