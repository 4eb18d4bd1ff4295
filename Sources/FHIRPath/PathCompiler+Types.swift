internal import FHIR
internal import JSONTape

extension PathCompiler {
    // MARK: Elements

    /// The elements of a type that are written with this name: of a choice all its types.
    private func elements(_ name: String, _ number: UInt16, of type: TypeID) -> [ElementFacts] {
        let facts = definitions[type]
        if number != 0, let element = facts.element(numbered: number), element.choice == nil { return [element] }
        return facts.choices(named: name)
    }

    /// The elements of that name: of a choice all its types.
    func child(_ name: String, _ node: Int, of focus: Typed) throws(PathError) -> Typed {
        if focus.types.isEmpty { return empty(node) }
        try spend(focus.types.fhir.count, node)
        if let info = try typeInfoMember(name, node, of: focus) { return info }
        var alternatives: [PlanAlternative] = []
        var types: Set<TypeID> = []
        var sources = 0
        let number = definitions.names.number(of: name)
        for source in focus.types.fhir {
            let before = alternatives.count
            for element in elements(name, number, of: source) {
                let holdsResource = definitions[element.type].kind == .resource
                alternatives.append(
                    PlanAlternative(
                        source: source, type: element.type, nameNumber: element.nameNumber,
                        siblingNumber: element.primitiveExtensionNumber, holdsResource: holdsResource))
                if definitions[element.type].isAbstract {
                    types.formUnion(concrete(element.type))
                } else {
                    types.insert(element.type)
                }
            }
            if alternatives.count > before { sources += 1 }
        }
        guard !alternatives.isEmpty else { throw unknownElement(name, node, of: focus.types) }
        var isDispatched = focus.types.fhir.count > 1
        if isDispatched, sources == focus.types.fhir.count, let shared = common(alternatives, sources) {
            alternatives = shared
            isDispatched = false
        }
        let step = childStep(alternatives, isDispatched: isDispatched)
        return Typed(
            node: draft.extend(focus.node, with: step, at: syntax[node].offset),
            types: StaticTypes(fhir: types.sorted()))
    }

    private func childStep(_ alternatives: [PlanAlternative], isDispatched: Bool) -> PlanStep {
        let run = draft.addAlternatives(alternatives)
        var mask: UInt64 = 0
        for alternative in alternatives {
            mask |= 1 << UInt64(alternative.nameNumber & 63)
            if alternative.siblingNumber != 0 { mask |= 1 << UInt64(alternative.siblingNumber & 63) }
        }
        return PlanStep(
            kind: .child, firstAlternative: run.first, alternativeCount: run.count, isDispatched: isDispatched,
            mask: mask)
    }

    /// The alternatives of one type, if those of all types are the same.
    private func common(_ alternatives: [PlanAlternative], _ sources: Int) -> [PlanAlternative]? {
        let size = alternatives.count / sources
        guard size * sources == alternatives.count else { return nil }
        for place in size..<alternatives.count {
            let (left, right) = (alternatives[place], alternatives[place % size])
            guard left.nameNumber == right.nameNumber, left.type == right.type else { return nil }
        }
        return Array(alternatives[..<size])
    }

    private func unknownElement(_ name: String, _ node: Int, of types: StaticTypes) -> PathError {
        let owner: String
        if types.fhir.count == 1 {
            owner = definitions[types.fhir[0]].name
        } else {
            owner = types.fhir.isEmpty ? "a value of the language" : "any of the types possible here"
        }
        return fail(.unknownElement, "no element \(name) in \(owner)", node)
    }

    /// `type().name` and `type().namespace`.
    private func typeInfoMember(_ name: String, _ node: Int, of focus: Typed) throws(PathError) -> Typed? {
        guard focus.types.system == .typeInfo, focus.types.fhir.isEmpty else { return nil }
        guard name == "name" || name == "namespace" else { throw unknownElement(name, node, of: focus.types) }
        let member = draft.add(.function(.type), at: syntax[node].offset, [focus.node])
        draft.annotate(member, name == "name" ? 1 : 2)
        return Typed(node: member, types: StaticTypes(.string))
    }

    // MARK: Types

    /// The types that a name means: FHIR's before the language's where no namespace is given.
    func resolve(_ name: PathTypeName, _ node: Int) throws(PathError) -> (fhir: [TypeID], system: SystemTypes) {
        var fhir: [TypeID] = []
        var system: SystemTypes = []
        if name.namespace != "System", let type = definitions.type(named: name.name) {
            fhir = [type]
        }
        if name.namespace == nil || name.namespace == "System", let type = SystemType(name: name.name) {
            system = SystemTypes(type)
        }
        let isKnown =
            switch name.namespace {
            case nil, "FHIR": !fhir.isEmpty || !system.isEmpty
            // A type of FHIR's is none of the language's: nothing is of that type.
            case "System": !system.isEmpty || definitions.type(named: name.name) != nil
            default: false
            }
        guard isKnown else {
            let qualifier = name.namespace.map { $0 + "." } ?? ""
            throw fail(.unknownType, "no type \(qualifier)\(name.name)", node)
        }
        return (fhir, system)
    }

    /// The type that an argument names: `Patient`, `FHIR.Patient`.
    func typeArgument(_ node: Int) throws(PathError) -> PathTypeName {
        switch syntax[node].kind {
        case .name(let name):
            return PathTypeName(namespace: nil, name: name)
        case .invocation:
            if case .name(let namespace) = syntax[syntax[node].children[0]].kind,
                case .name(let name) = syntax[syntax[node].children[1]].kind
            {
                return PathTypeName(namespace: namespace, name: name)
            }
        default: break
        }
        throw fail(.badArguments, "the argument must be the name of a type", node)
    }

    /// `is`.
    func typeTest(_ focus: Typed, _ name: PathTypeName, _ node: Int) throws(PathError) -> Typed {
        let wanted = try resolve(name, node)
        try spend(focus.types.fhir.count, node)
        let offset = syntax[node].offset
        if case .function(.resolve) = draft[focus.node].operation, name.namespace != "System",
            let type = definitions.type(named: name.name), definitions[type].kind == .resource,
            !definitions[type].isAbstract
        {
            let reference = draft.operand(0, of: focus.node)
            return Typed(node: draft.add(.referenceIs(type), at: offset, [reference]), types: StaticTypes(.boolean))
        }
        let types = focus.types.fhir.filter { candidate in
            wanted.fhir.contains { definitions.isSubtype(candidate, of: $0) }
        }
        let set = draft.addTypes(types, system: wanted.system)
        return Typed(node: draft.add(.typeIs(set), at: offset, [focus.node]), types: StaticTypes(.boolean))
    }

    /// `as` and `ofType`: the items of the type. An `as` on several items filters them too, which R4's search
    /// parameters rely on.
    func typeFilter(_ focus: Typed, _ name: PathTypeName, _ node: Int) throws(PathError) -> Typed {
        let wanted = try resolve(name, node)
        return try filter(focus, to: wanted.fhir, system: wanted.system, node)
    }

    /// The items of one of the types, derived ones included. Prunes the step before it where that decides alone.
    func filter(
        _ focus: Typed, to types: [TypeID], system: SystemTypes, _ node: Int
    ) throws(PathError) -> Typed {
        try spend(focus.types.fhir.count * max(1, types.count), node)
        func isWanted(_ candidate: TypeID) -> Bool {
            types.contains { definitions.isSubtype(candidate, of: $0) }
        }
        let kept = StaticTypes(
            fhir: focus.types.fhir.filter(isWanted), system: focus.types.system.intersection(system))
        guard !kept.isEmpty else { return empty(node) }
        if kept.fhir.count == focus.types.fhir.count, kept.system == focus.types.system { return focus }
        if let step = draft.lastStep(of: focus.node), case .child = step.kind {
            let before = draft.alternatives(of: step)
            if !before.contains(where: \.holdsResource) {
                let pruned = childStep(before.filter { isWanted($0.type) }, isDispatched: step.isDispatched)
                draft.replaceLastStep(of: focus.node, with: pruned)
                return Typed(node: focus.node, types: kept)
            }
        }
        let set = draft.addTypes(kept.fhir, system: kept.system)
        let step = PlanStep(kind: .ofType(set))
        return Typed(node: draft.extend(focus.node, with: step, at: syntax[node].offset), types: kept)
    }
}
