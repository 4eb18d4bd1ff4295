internal import JSONTape

/// An include or exclude, made ready.
struct MemberPart: Sendable {
    /// The codes of the part's own system.
    enum Selection: Sendable {
        /// Whatever the imported value sets have: the part has no system.
        case everything
        /// A list.
        case listed(MemberList)
        /// All concepts of a system, or those chosen. What the definition does not have is unknown if `rest` says so.
        case chosen(CodeSystemModel, ConceptSet?, rest: TerminologyError?)
        /// All codes of a system of which nothing is held.
        case unheld(TerminologyError)
        /// Codes that cannot be told with what is held.
        case undecided(TerminologyError)
    }

    /// A value set that the part's codes must be in besides.
    enum Import: Sendable {
        case members(ValueSetMembers)
        case unheld(TerminologyError)

        /// How many includes and excludes decide on a code.
        var weight: Int {
            if case .members(let members) = self { members.weight } else { 1 }
        }

        func contains(_ system: UnsafeRawBufferPointer?, _ code: UnsafeRawBufferPointer) -> Membership {
            switch self {
            case .members(let members): members.contains(system: system, code: code)
            case .unheld(let error): .unknown(error)
            }
        }
    }

    let system: String
    let version: String?
    let selection: Selection
    let imports: [Import]
    private let systemBytes: [UInt8]

    init(system: String, version: String?, selection: Selection, imports: [Import]) {
        self.system = system
        self.version = version
        self.selection = selection
        self.imports = imports
        systemBytes = Array(system.utf8)
    }

    /// How much memory it takes, in bytes, what is shared with definitions left out.
    var byteCount: Int {
        switch selection {
        case .listed(let list): 256 + list.byteCount
        case .chosen(_, let set, _): 256 + (set?.byteCount ?? 0)
        default: 256
        }
    }

    /// Whether something of it cannot be known here.
    var isOpen: Bool {
        switch selection {
        case .unheld, .undecided: return true
        default: break
        }
        return imports.contains { item in
            if case .members(let members) = item { members.isOpen } else { true }
        }
    }

    /// Whether a code is in the part.
    /// - Parameters:
    ///   - system: `nil` for any.
    ///   - isKnownCode: whether the code is known to be one of its system, so that a part of all codes of a system has
    ///     it even where the system is not held.
    func contains(
        _ system: UnsafeRawBufferPointer?, _ code: UnsafeRawBufferPointer, isKnownCode: Bool = false
    ) -> Membership {
        var result = Membership.member
        var isKnownCode = isKnownCode
        for other in imports {
            let membership = other.contains(system, code)
            if membership.isNotMember { return .notMember }
            if membership.isMember, system != nil { isKnownCode = true }
            result = result.and(membership)
        }
        return ownContains(system, code, isKnownCode).and(result)
    }

    private func ownContains(
        _ wanted: UnsafeRawBufferPointer?, _ code: UnsafeRawBufferPointer, _ isKnownCode: Bool
    ) -> Membership {
        if case .everything = selection { return .member }
        if let wanted, !systemBytes.withUnsafeBytes({ bytesEqual($0, wanted) }) { return .notMember }
        switch selection {
        case .everything: return .member
        case .listed(let list): return list.number(of: code) == nil ? .notMember : .member
        case .chosen(let model, let set, let rest):
            guard let number = model.number(of: code) else { return rest.map { .unknown($0) } ?? .notMember }
            return set?.contains(number) ?? true ? .member : .notMember
        case .unheld(let error): return isKnownCode ? .member : .unknown(error)
        case .undecided(let error): return .unknown(error)
        }
    }
}
