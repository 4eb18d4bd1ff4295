internal import FHIR
internal import JSONTape

extension PathEvaluator {
    private static let coreProfiles = "http://hl7.org/fhir/StructureDefinition/"

    /// `conformsTo`, `elementDefinition`, `slice`, `checkModifiers` and `htmlChecks`.
    /// - Source: FHIR R4, https://hl7.org/fhir/R4/fhirpath.html#functions.
    func applyProfiles(
        _ function: PathFunction, _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let mark = input.lowerBound
        switch function {
        case .conformsTo:
            guard let profile = try textArgument(1, function, node, plan, frame), input.count == 1 else {
                return count = mark
            }
            let result = try conforms(stack[mark], to: profile, node)
            try replace(from: mark, with: result.map { .boolean($0) })
        case .htmlChecks:
            guard let item = try one(input, node) else { return }
            guard case .string(let text) = item else {
                throw fail(.wrongType, "htmlChecks() of what is no text", node)
            }
            try spend(text.count)
            try replace(from: mark, with: .boolean(NarrativeCheck.passes(text)))
        case .elementDefinition:
            let profiles = try profiles(function, node)
            for place in input {
                guard case .node(let element) = stack[place] else { continue }
                try spend()
                do {
                    guard let found = try profiles.elementDefinition(of: element),
                        let type = definitions.type(named: "ElementDefinition")
                    else { continue }
                    try push(.node(PathNode(found, type: type)))
                } catch {
                    throw failed("elementDefinition()", error, node)
                }
            }
            remove(from: mark, to: input.upperBound)
        case .slice: try slice(input, node, plan, frame)
        default: try checkModifiers(input, node, plan, frame)
        }
    }

    private func profiles(_ function: PathFunction, _ node: PlanNode) throws(PathError) -> any PathProfiles {
        guard let profiles = services.profiles else {
            throw fail(.noService, "\(function.rawValue)() needs profiles, and none are at hand", node)
        }
        return profiles
    }

    private func textArgument(
        _ place: Int, _ function: PathFunction, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) -> String? {
        guard let item = try argument(place, node, plan, frame) else { return nil }
        guard case .string(let text) = item else {
            throw fail(.badArguments, "\(function.rawValue)() takes text", node)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// What the caller's profiles say; of FHIR's own types the type alone decides where they do not know.
    private func conforms(_ item: PathItem, to profile: String, _ node: PlanNode) throws(PathError) -> Bool? {
        guard case .node(let element) = item else { return nil }
        if let profiles = services.profiles {
            do {
                if let result = try profiles.conforms(element, to: profile) { return result }
            } catch {
                throw failed("conformsTo()", error, node)
            }
        }
        let url = profile.prefix { $0 != "|" }
        if url.hasPrefix(Self.coreProfiles),
            let type = definitions.type(named: String(url.dropFirst(Self.coreProfiles.count)))
        {
            return definitions.isSubtype(element.type, of: type)
        }
        if services.profiles != nil { return nil }
        throw fail(.noService, "conformsTo() of a profile that is not known here", node)
    }

    private func slice(
        _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let profiles = try profiles(.slice, node)
        guard let profile = try textArgument(1, .slice, node, plan, frame),
            let name = try textArgument(2, .slice, node, plan, frame)
        else { return count = input.lowerBound }
        var kept = input.lowerBound
        for place in input {
            guard case .node(let element) = stack[place] else { continue }
            try spend()
            do {
                guard try profiles.isInSlice(element, of: profile, named: name) ?? false else { continue }
            } catch {
                throw failed("slice()", error, node)
            }
            stack[kept] = stack[place]
            kept += 1
        }
        count = kept
    }

    /// Gives the input back, unless an item has a modifier extension that the arguments do not name.
    private func checkModifiers(
        _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        for place in 1..<max(1, Int(node.operandCount)) { try evaluate(operand(place, of: node, plan), plan, frame) }
        let allowed = input.upperBound..<count
        for place in input {
            guard case .node(let element) = stack[place],
                let extensions = element.object?.member(numbered: wellKnown.modifierExtension)
            else { continue }
            for item in extensions.elements {
                guard let url = item.member(numbered: wellKnown.url), url.isString else { continue }
                var isAllowed = false
                for other in allowed where !isAllowed {
                    isAllowed = try areEqual(stack[other], .string(url.utf8)) ?? false
                }
                guard isAllowed else {
                    throw fail(.unknownModifier, "a modifier extension that is not among those known", node)
                }
            }
        }
        count = input.upperBound
    }
}
