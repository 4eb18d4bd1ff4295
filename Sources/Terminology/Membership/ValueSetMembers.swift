/// A value set made ready: whether a code is in it is told by a few look-ups of bytes, without taking memory. Nothing of
/// it changes.
package final class ValueSetMembers: Sendable {
    package let header: DefinitionHeader
    let includes: [MemberPart]
    let excludes: [MemberPart]
    /// Code systems whose content is used, for the record of an expansion.
    let usedSystems: [CodeSystemModel]
    /// How much memory it takes, in bytes, definitions left out.
    let byteCount: Int
    /// How many includes and excludes decide on a code at most, those of imports included.
    let weight: Int
    /// Whether something of it cannot be known here.
    let isOpen: Bool
    /// The URIs of the code systems that the value set may have codes of, each once.
    package let systems: [String]

    init(
        header: DefinitionHeader, includes: [MemberPart], excludes: [MemberPart], usedSystems: [CodeSystemModel]
    ) {
        self.header = header
        self.includes = includes
        self.excludes = excludes
        self.usedSystems = usedSystems
        let parts = includes + excludes
        byteCount = parts.reduce(512) { $0 + $1.byteCount }
        weight = parts.reduce(0) { sum, part in
            part.imports.reduce(sum + 1) { min($0 + $1.weight, Int(Int32.max)) }
        }
        isOpen = parts.contains(where: \.isOpen)
        systems = Self.systems(of: includes)
    }

    /// Whether a code is in the value set.
    /// - Parameter system: `nil` asks for the code in whatever system the value set has it.
    package func contains(system: String?, code: String) -> Membership {
        var code = code
        return code.withUTF8 { code in
            guard var system else { return contains(system: nil, code: UnsafeRawBufferPointer(code)) }
            return system.withUTF8 { system in
                contains(system: UnsafeRawBufferPointer(system), code: UnsafeRawBufferPointer(code))
            }
        }
    }

    /// Whether a code is in the value set, by the UTF-8 of both.
    /// - Parameter system: `nil` asks for the code in whatever system the value set has it.
    package func contains(system: UnsafeRawBufferPointer?, code: UnsafeRawBufferPointer) -> Membership {
        guard let system else { return containsAnywhere(code) }
        var result = Membership.notMember
        for part in includes {
            result = result.or(part.contains(system, code))
            if result.isMember { break }
        }
        if result.isNotMember || excludes.isEmpty { return result }
        return result.and(excludes(system, code).negated)
    }

    /// Whether the excludes take a code out that is known to be one of its system.
    func excludes(_ system: UnsafeRawBufferPointer, _ code: UnsafeRawBufferPointer) -> Membership {
        var result = Membership.notMember
        for part in excludes {
            result = result.or(part.contains(system, code, isKnownCode: true))
            if result.isMember { break }
        }
        return result
    }

    private func containsAnywhere(_ code: UnsafeRawBufferPointer) -> Membership {
        let found = systems(having: code)
        if !found.members.isEmpty { return .member }
        return found.unknown.first.map { .unknown($0) } ?? .notMember
    }

    /// The code systems in which the value set has a code, and why there may be more.
    func systems(having code: UnsafeRawBufferPointer) -> (members: [String], unknown: [TerminologyError]) {
        var members: [String] = []
        var unknown: [TerminologyError] = []
        for system in systems {
            var text = system
            let membership = text.withUTF8 { contains(system: UnsafeRawBufferPointer($0), code: code) }
            switch membership {
            case .member: members.append(system)
            case .unknown(let error): unknown.append(error)
            case .notMember: break
            }
        }
        for error in unheldImports { unknown.append(error) }
        return (members, unknown)
    }

    private static func systems(of includes: [MemberPart]) -> [String] {
        var found: [String] = []
        var seen = Set<String>()
        for part in includes {
            if !part.system.isEmpty {
                if seen.insert(part.system).inserted { found.append(part.system) }
                continue
            }
            guard case .members(let members)? = part.imports.first else { continue }
            for system in members.systems where seen.insert(system).inserted { found.append(system) }
        }
        return found
    }

    /// Why the systems of parts without system are not all known.
    private var unheldImports: [TerminologyError] {
        includes.compactMap { part in
            guard part.system.isEmpty, case .unheld(let error)? = part.imports.first else { return nil }
            return error
        }
    }
}
