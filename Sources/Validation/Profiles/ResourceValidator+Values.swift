internal import FHIR
internal import FHIRPath
internal import JSONTape

/// What a profile says of single values.
extension ResourceValidator {
    func checkValue(_ node: PathNode, against element: ProfileElement, of profile: Profile) {
        guard let value = node.value else { return }
        if let fixed = element.fixed, !areEqual(fixed, value) {
            reportOnce(
                .value, at: value, rule: profile.url,
                "\(profile.name) wants \(quoted(fixed)) here, not \(quoted(value))")
        }
        if let pattern = element.pattern, !matches(pattern, value) {
            reportOnce(
                .value, at: value, rule: profile.url, "\(quoted(value)) does not have what \(profile.name) wants here")
        }
        if let binding = element.binding { check(binding, of: value, node.type, rule: profile.url) }
        if let length = element.maxLength, value.isString, value.text.unicodeScalars.count > length {
            reportOnce(
                .tooLong, at: value, rule: profile.url, "\(profile.name) allows \(length) characters here at most")
        }
        if let least = element.minValue, order(value, least).map({ $0 < 0 }) == true {
            reportOnce(
                .value, at: value, rule: profile.url, "\(profile.name) wants \(quoted(least)) here at least")
        }
        if let most = element.maxValue, order(value, most).map({ $0 > 0 }) == true {
            reportOnce(.value, at: value, rule: profile.url, "\(profile.name) wants \(quoted(most)) here at most")
        }
    }

    func checkConstraint(_ place: Int, of element: ProfileElement, on node: PathNode) {
        let constraint = element.constraints[place]
        guard tells(constraint.isError ? .error : .warning) else { return }
        let key = CompiledConstraint.Key(element: ObjectIdentifier(element), place: place, type: node.type)
        let compiled = compiledConstraints[key] ?? compile(constraint, of: element, on: node.type)
        if compiledConstraints.count >= CompiledConstraint.countMax { compiledConstraints.removeAll() }
        compiledConstraints[key] = compiled
        switch compiled.invariant {
        case .success(let invariant): check(invariant, onNode: node)
        case .failure(let error):
            report(
                .warning, .exception, at: node.anchor, rule: constraint.key,
                "\(constraint.key) cannot be evaluated: \(error)")
        }
    }

    private func compile(
        _ constraint: ProfileElement.Constraint, of element: ProfileElement, on type: TypeID
    ) -> CompiledConstraint {
        let invariant = Result { () throws(PathError) in
            Invariant(
                key: constraint.key, isError: constraint.isError, human: constraint.human,
                expression: try PathExpression.compile(constraint.expression, on: type, definitions: definitions))
        }
        return CompiledConstraint(element: element, invariant: invariant)
    }

    /// Whether the value is of one of the types that the profile leaves, and conforms to what it says of that type.
    func checkTypes(of node: PathNode, _ element: ProfileElement, _ profile: Profile) {
        guard let types = element.types, !types.isEmpty else { return }
        let fitting = types.filter { allows($0.code, node.type) }
        guard !fitting.isEmpty else {
            let wanted = types.map(\.code).joined(separator: ", ")
            return reportOnce(
                .structure, at: node.anchor, rule: profile.url,
                "\(profile.name) wants \(wanted) here, not \(definitions[node.type].name)")
        }
        checkTypeProfiles(of: node, fitting, profile)
        checkTargets(of: node, fitting, profile)
    }

    func allows(_ code: String, _ type: TypeID) -> Bool {
        if code.hasPrefix("http://hl7.org/fhirpath/") { return true }
        guard let allowed = definitions.type(named: code) else { return true }
        return definitions.isSubtype(type, of: allowed)
    }

    private func checkTypeProfiles(of node: PathNode, _ types: [ProfileElement.AllowedType], _ profile: Profile) {
        guard types.allSatisfy({ !$0.profiles.isEmpty }) else { return }
        let known = types.flatMap(\.profiles).compactMap { self.profile($0, at: node.anchor) }
        guard known.count == types.reduce(0, { $0 + $1.profiles.count }) else { return }
        if known.count == 1 {
            // An extension is held against its definition in any case.
            if !isTrial, node.type == names.extensionType, isExtension(node, known[0].url) { return }
            return inResource(node) { checkConformance(of: node, to: known[0]) }
        }
        for candidate in known {
            let conforms = holds { inResource(node) { checkConformance(of: node, to: candidate) } }
            if conforms { return }
        }
        reportOnce(
            .structure, at: node.anchor, rule: profile.url,
            "\(profile.name) wants one of \(known.map(\.name).joined(separator: ", ")) here")
    }

    func isExtension(_ node: PathNode, _ url: String) -> Bool {
        guard let own = node.object?.member(numbered: names.url), own.isString else { return false }
        return own.text == url
    }

    private func checkTargets(of node: PathNode, _ types: [ProfileElement.AllowedType], _ profile: Profile) {
        let targets = types.flatMap(\.targetProfiles)
        guard !targets.isEmpty, let value = node.value, let (found, place) = referencedType(of: value, node.type),
            !targets.contains(where: { accepts(target: $0, found) })
        else { return }
        reportOnce(
            .structure, at: place, rule: profile.url,
            "\(profile.name) does not allow a reference to \(definitions[found].name) here")
    }

    /// Whether a resource of a type can be what a target profile asks for. Profiles that are not known may be.
    func accepts(target: String, _ type: TypeID) -> Bool {
        if let core = coreType(target) { return definitions.isSubtype(type, of: core) }
        guard let profile = namedProfile(target) else { return true }
        return definitions.isSubtype(type, of: profile.type)
    }

    /// Runs a check with the resource that a node is as the one at hand.
    private func inResource(_ node: PathNode, _ body: () -> Void) {
        guard definitions[node.type].kind == .resource, let value = node.value, let outer = current,
            value.index != outer.value.index
        else { return body() }
        begin(NestedResource(value: value, type: node.type, container: outer.container ?? outer.value))
        body()
        begin(outer)
    }

    // MARK: Comparing

    /// Whether two values are the same but for the order of members.
    func areEqual(_ wanted: JSONValue, _ value: JSONValue) -> Bool {
        guard wanted.kind == value.kind else { return false }
        switch wanted.kind {
        case .object:
            var count = 0
            for member in wanted.members {
                count += 1
                guard let other = self.member(like: member, of: value), areEqual(member.value, other) else {
                    return false
                }
            }
            for _ in value.members { count -= 1 }
            return count == 0
        case .array:
            var others = value.elements
            for one in wanted.elements {
                guard let other = others.next(), areEqual(one, other) else { return false }
            }
            return others.next() == nil
        default: return bytesEqual(wanted.utf8, value.utf8)
        }
    }

    /// Whether a value has all that a pattern has.
    func matches(_ pattern: JSONValue, _ value: JSONValue) -> Bool {
        guard pattern.kind == value.kind else { return false }
        switch pattern.kind {
        case .object:
            for member in pattern.members {
                guard let other = self.member(like: member, of: value), matches(member.value, other) else {
                    return false
                }
            }
            return true
        case .array:
            for one in pattern.elements {
                guard value.elements.contains(where: { matches(one, $0) }) else { return false }
            }
            return true
        default: return bytesEqual(pattern.utf8, value.utf8)
        }
    }

    private func member(like member: JSONMember, of value: JSONValue) -> JSONValue? {
        for other in value.members where other.number == member.number && bytesEqual(other.name, member.name) {
            return other.value
        }
        return nil
    }

    /// -1, 0 or 1 for numbers, dates of the same precision, and quantities of the same unit; `nil` for all else.
    private func order(_ value: JSONValue, _ limit: JSONValue) -> Int? {
        switch (value.kind, limit.kind) {
        case (.number, .number):
            guard let one = Double(value.text), let other = Double(limit.text) else { return nil }
            return one < other ? -1 : one > other ? 1 : 0
        case (.string, .string):
            let (one, other) = (value.utf8, limit.utf8)
            guard one.count == other.count else { return nil }
            return one.elementsEqual(other) ? 0 : one.lexicographicallyPrecedes(other) ? -1 : 1
        case (.object, .object):
            let isSameUnit = [names.system, names.code].allSatisfy { number in
                switch (value.member(numbered: number), limit.member(numbered: number)) {
                case (nil, nil): true
                case (let one?, let other?): bytesEqual(one.utf8, other.utf8)
                default: false
                }
            }
            guard isSameUnit, let one = value.member(numbered: names.value),
                let other = limit.member(numbered: names.value)
            else { return nil }
            return one.kind == .number && other.kind == .number ? order(one, other) : nil
        default: return nil
        }
    }
}

/// A profile's invariant compiled for a type.
struct CompiledConstraint {
    struct Key: Hashable {
        let element: ObjectIdentifier
        let place: Int
        let type: TypeID
    }

    /// Kept so that its identity stays its own.
    let element: ProfileElement
    /// Or why it cannot be compiled.
    let invariant: Result<Invariant, PathError>
    static let countMax = 10_000
}
