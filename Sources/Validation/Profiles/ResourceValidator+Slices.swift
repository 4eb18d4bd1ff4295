internal import FHIR
internal import FHIRPath
internal import JSONTape

/// Slices: which values belong to which, and whether there are as many as there must be.
/// - Source: FHIR R4, https://hl7.org/fhir/R4/profiling.html#slicing
extension ResourceValidator {
    func checkSlices(of child: ProfileElement, _ values: [PathNode], _ parent: PathNode, _ profile: Profile) {
        guard let slicing = child.effectiveSlicing else { return }
        var counts = [Int](repeating: 0, count: child.slices.count)
        var lastPlace = 0
        var hasOther = false
        for value in values {
            let place = slicePlace(of: value, child, slicing, profile)
            guard let place else {
                hasOther = true
                if slicing.rules == .closed {
                    reportOnce(
                        .structure, at: value.anchor, rule: profile.url,
                        "\(profile.name) allows nothing here but its slices of \(child.name)")
                }
                continue
            }
            let slice = child.slices[place]
            let name = slice.sliceName ?? slice.name
            counts[place] += 1
            if let max = slice.max, counts[place] == max + 1 {
                reportOnce(
                    .structure, at: value.anchor, rule: profile.url,
                    "\(profile.name) allows \(max) of the slice \(name) here")
            }
            if slicing.isOrdered, place < lastPlace {
                reportOnce(
                    .structure, at: value.anchor, rule: profile.url,
                    "the slice \(name) of \(profile.name) comes too late")
            }
            if slicing.rules == .openAtEnd, hasOther {
                reportOnce(
                    .structure, at: value.anchor, rule: profile.url,
                    "\(profile.name) wants what belongs to no slice at the end")
            }
            lastPlace = max(lastPlace, place)
            checkTypes(of: value, slice, profile)
            check(value, against: slice, of: profile)
            if !slice.slices.isEmpty { checkSlices(of: slice, [value], parent, profile) }
        }
        for (place, slice) in child.slices.enumerated() {
            guard let min = slice.min, counts[place] < min else { continue }
            reportOnce(
                .required, at: parent.anchor, child: "." + child.name, rule: profile.url,
                "\(profile.name) needs \(min) of the slice \(slice.sliceName ?? slice.name) here, not \(counts[place])")
        }
    }

    private func slicePlace(
        of value: PathNode, _ child: ProfileElement, _ slicing: ProfileElement.Slicing, _ profile: Profile
    ) -> Int? {
        if let place = child.slices.firstIndex(where: { isIn($0, value, slicing, profile) }) { return place }
        return child.slices.firstIndex { $0.sliceName == "@default" }
    }

    /// Whether a value belongs to a slice.
    func isIn(
        _ slice: ProfileElement, _ value: PathNode, _ slicing: ProfileElement.Slicing, _ profile: Profile
    ) -> Bool {
        guard slice.sliceName != "@default" else { return false }
        guard !slicing.discriminators.isEmpty else {
            return holds {
                checkTypes(of: value, slice, profile)
                check(value, against: slice, of: profile)
            }
        }
        return slicing.discriminators.allSatisfy { isIn(slice, value, $0, profile) }
    }

    private func isIn(
        _ slice: ProfileElement, _ value: PathNode, _ discriminator: ProfileElement.Slicing.Discriminator,
        _ profile: Profile
    ) -> Bool {
        checksLeft -= 1
        guard checksLeft >= 0 else { return false }
        guard let steps = DiscriminatorStep.parse(discriminator.path) else { return false }
        // What an extension's definition is called is what its url must be.
        if discriminator.path == "url", let url = impliedURL(of: slice) { return isExtension(value, url) }
        var values = [value]
        var elements = [slice]
        for step in steps {
            values = values.flatMap { self.values(at: step, of: $0) }
            elements = elements.flatMap { self.elements(at: step, of: $0, profile) }
        }
        switch discriminator.kind {
        case .exists:
            if elements.contains(where: { $0.max == 0 }) { return values.isEmpty }
            return elements.contains { ($0.min ?? 0) > 0 } ? !values.isEmpty : true
        case .type:
            let types = elements.compactMap(\.types).flatMap { $0 }
            if steps.last == .resolve {
                return isReference(value, steps.dropLast(), to: types, slice, profile)
            }
            return values.contains { value in types.contains { allows($0.code, value.type) } }
        case .profile:
            return elements.compactMap(\.types).flatMap { $0 }.contains { type in
                values.contains { value in
                    type.profiles.contains { address in
                        guard let profile = namedProfile(address) else { return false }
                        return holds { checkConformance(of: value, to: profile) }
                    }
                }
            }
        case .value, .pattern:
            return elements.contains { element in
                isTelling(element) && values.contains { value in holds { check(value, against: element, of: profile) } }
            }
        }
    }

    /// Whether an element says which values it takes.
    private func isTelling(_ element: ProfileElement) -> Bool {
        element.fixed != nil || element.pattern != nil || element.binding?.strength == .required
            || element.children.contains(where: isTelling) || element.slices.contains { ($0.min ?? 0) > 0 }
    }

    /// The url of the extension that a slice is for.
    private func impliedURL(of slice: ProfileElement) -> String? {
        if slice.children.contains(where: { $0.name == "url" && $0.fixed != nil }) { return nil }
        guard let address = slice.types?.first(where: { $0.code == "Extension" })?.profiles.first else { return nil }
        return String(address.prefix { $0 != "|" })
    }

    private func values(at step: DiscriminatorStep, of node: PathNode) -> [PathNode] {
        switch step {
        case .child(let name):
            let plain = values(of: ProfileElement(name: name, isChoice: false, sliceName: nil, id: ""), in: node)
            guard plain.isEmpty else { return plain }
            return values(of: ProfileElement(name: name, isChoice: true, sliceName: nil, id: ""), in: node)
        case .extension(let url):
            let all = values(
                of: ProfileElement(name: "extension", isChoice: false, sliceName: nil, id: ""), in: node)
            return all.filter { isExtension($0, url) }
        case .ofType(let name):
            return allows(name, node.type) ? [node] : []
        case .resolve:
            guard let value = node.value, let found = containedResource(value) else { return [] }
            return [found]
        }
    }

    private func elements(at step: DiscriminatorStep, of element: ProfileElement, _ profile: Profile)
        -> [ProfileElement]
    {
        switch step {
        case .child(let name):
            let own = element.children.filter { $0.name == name }
            let others = (element.types ?? []).flatMap(\.profiles).compactMap(namedProfile)
            return own + others.flatMap { $0.root.children.filter { $0.name == name } }
        case .extension(let url):
            let all = element.children.filter { $0.name == "extension" }.flatMap(\.slices)
            return all.filter { slice in
                if impliedURL(of: slice) == url { return true }
                return slice.children.contains { $0.name == "url" && $0.fixed?.string == url }
            }
        case .ofType: return [element]
        case .resolve:
            let targets = (element.types ?? []).flatMap(\.targetProfiles)
            let made = ProfileElement(name: "", isChoice: false, sliceName: nil, id: "")
            made.types = targets.map { .init(code: targetType($0), profiles: [$0], targetProfiles: []) }
            return [made]
        }
    }

    private func targetType(_ address: String) -> String {
        if let core = coreType(address) { return definitions[core].name }
        if let profile = namedProfile(address) { return definitions[profile.type].name }
        return "Resource"
    }

    /// Whether the reference at a path points at one of some types.
    private func isReference(
        _ value: PathNode, _ steps: ArraySlice<DiscriminatorStep>, to types: [ProfileElement.AllowedType],
        _ slice: ProfileElement, _ profile: Profile
    ) -> Bool {
        var values = [value]
        for step in steps { values = values.flatMap { self.values(at: step, of: $0) } }
        return values.contains { node in
            guard let value = node.value, let (found, _) = referencedType(of: value, node.type) else { return false }
            return types.contains { allows($0.code, found) }
        }
    }

    /// The contained resource that a reference points at.
    private func containedResource(_ reference: JSONValue) -> PathNode? {
        guard let text = reference.isObject ? reference.member(numbered: names.reference) : reference, text.isString,
            text.utf8.first == UInt8(ascii: "#"),
            let all = container?.resource.member(numbered: names.contained)
        else { return nil }
        let id = UnsafeRawBufferPointer(rebasing: text.utf8[1...])
        for one in all.elements {
            guard let own = one.member(numbered: names.id), own.isString, bytesEqual(own.utf8, id),
                let type = resourceType(of: one)
            else { continue }
            return PathNode(one, type: type)
        }
        return nil
    }
}

/// A step of a discriminator's path: the part of FHIRPath that may stand there.
enum DiscriminatorStep: Equatable {
    case child(String)
    case `extension`(String)
    case ofType(String)
    case resolve

    /// The steps of a path; none for `$this`, `nil` for what may not stand there.
    static func parse(_ path: String) -> [DiscriminatorStep]? {
        var steps: [DiscriminatorStep] = []
        var rest = path[...]
        while !rest.isEmpty {
            if rest.first == "." { rest.removeFirst() }
            let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "$" || $0 == "_" }
            guard !name.isEmpty else { return nil }
            rest = rest.dropFirst(name.count)
            guard rest.first == "(" else {
                if name != "$this" { steps.append(.child(String(name))) }
                continue
            }
            guard let end = rest.firstIndex(of: ")") else { return nil }
            let argument = rest[rest.index(after: rest.startIndex)..<end].filter { $0 != "'" && $0 != "\"" }
            rest = rest[rest.index(after: end)...]
            switch name {
            case "extension": steps.append(.extension(argument))
            case "ofType": steps.append(.ofType(argument))
            case "resolve": steps.append(.resolve)
            default: return nil
            }
        }
        return steps
    }
}
