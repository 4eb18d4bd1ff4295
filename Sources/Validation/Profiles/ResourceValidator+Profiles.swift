internal import FHIR
internal import FHIRPath
internal import JSONTape
internal import Terminology

/// Holding resources and elements against profiles.
extension ResourceValidator {
    /// The profiles that a resource names, and those that are asked for.
    func checkProfiles(_ resource: JSONValue, _ type: TypeID, others: [String]) {
        let node = PathNode(resource, type: type)
        for address in others { checkProfile(address, node, at: resource, isAskedFor: true) }
        guard let named = resource.member(numbered: names.meta)?.member(numbered: names.profile) else { return }
        for value in named.elements where value.isString {
            let address = value.text
            if !others.contains(address) { checkProfile(address, node, at: value, isAskedFor: false) }
        }
    }

    private func checkProfile(_ address: String, _ node: PathNode, at place: JSONValue, isAskedFor: Bool) {
        if let core = coreType(address) {
            guard !definitions.isSubtype(node.type, of: core) else { return }
            return report(
                .error, .structure, at: place, rule: address,
                "a \(definitions[node.type].name) is no \(definitions[core].name), as \(address) has it")
        }
        guard let profile = profile(address, at: place) else {
            guard !isUnusable else { return }
            let severity: ValidationFinding.Severity =
                isAskedFor || options.unknownProfileIsError ? .error : .warning
            return report(severity, .notFound, at: place, rule: address, "the profile \(address) is not known here")
        }
        checkConformance(of: node, to: profile)
    }

    /// The profile of an address; that it cannot be used is told.
    func profile(_ address: String, at place: JSONValue) -> Profile? {
        isUnusable = false
        do throws(ValidationError) {
            return try library?.profile(address)
        } catch {
            isUnusable = true
            report(.error, .exception, at: place, rule: address, error.detail)
            return nil
        }
    }

    /// The profile of an address that another profile names; `nil` if it is not known. One that cannot be had or used is
    /// told with the resource, also where it is only asked whether something would hold.
    func namedProfile(_ address: String) -> Profile? {
        do throws(ValidationError) {
            return try library?.profile(address)
        } catch {
            failure = failure ?? error.detail
            return nil
        }
    }

    /// The type that one of R4's own StructureDefinitions stands for.
    func coreType(_ address: String) -> TypeID? {
        guard address.hasPrefix(ProfileLibrary.coreAddress) else { return nil }
        let name = address.dropFirst(ProfileLibrary.coreAddress.count).prefix { $0 != "|" }
        return definitions.type(named: String(name))
    }

    func checkConformance(of node: PathNode, to profile: Profile) {
        guard definitions.isSubtype(node.type, of: profile.type) else {
            return report(
                .error, .structure, at: node.anchor, rule: profile.url,
                "a \(definitions[node.type].name) cannot conform to \(profile.name), which is for "
                    + definitions[profile.type].name)
        }
        guard profileDepth < options.profileDepthMax else {
            return report(.error, .tooCostly, at: node.anchor, rule: profile.url, "profiles lead to profiles too deep")
        }
        profileDepth += 1
        defer { profileDepth -= 1 }
        check(node, against: profile.root, of: profile)
    }

    func check(_ node: PathNode, against element: ProfileElement, of profile: Profile) {
        checksLeft -= 1
        guard checksLeft >= 0 else {
            if checksLeft == -1 {
                report(
                    .error, .tooCostly, at: node.anchor, rule: profile.url, "holding it against profiles costs too much"
                )
            }
            return
        }
        checkValue(node, against: element, of: profile)
        for place in element.constraints.indices { checkConstraint(place, of: element, on: node) }
        for child in element.children { checkChild(child, of: node, profile) }
        if let reference = element.contentReference, let other = profile.element(reference), other !== element {
            for child in other.children { checkChild(child, of: node, profile) }
        }
    }

    private func checkChild(_ child: ProfileElement, of node: PathNode, _ profile: Profile) {
        let values = values(of: child, in: node)
        if let min = child.min, values.count < min {
            reportOnce(
                .required, at: node.anchor, child: "." + child.name, rule: profile.url,
                "\(profile.name) needs \(min) of \(child.name) here, not \(values.count)")
        }
        if let max = child.max, values.count > max {
            reportOnce(
                .structure, at: values[max].anchor, rule: profile.url,
                "\(profile.name) allows \(max) of \(child.name) here, not \(values.count)")
        }
        for value in values {
            checkTypes(of: value, child, profile)
            check(value, against: child, of: profile)
        }
        if !child.slices.isEmpty || child.slicing?.rules == .closed { checkSlices(of: child, values, node, profile) }
    }

    /// The values of an element within another.
    func values(of child: ProfileElement, in node: PathNode) -> [PathNode] {
        guard let object = node.object else { return [] }
        var found: [PathNode] = []
        for member in object.members {
            guard let shape = definitions.shape(of: node.type, numbered: member.number),
                matches(shape, child, node.type)
            else { continue }
            if shape.isExtension {
                guard object.member(numbered: shape.nameNumber) == nil else { continue }
                for sibling in member.value.elementsOrSelf where sibling.isObject {
                    found.append(PathNode(nil, sibling: sibling, type: shape.type))
                }
                continue
            }
            let siblings =
                shape.primitiveExtensionNumber == 0 ? nil : object.member(numbered: shape.primitiveExtensionNumber)
            var others = siblings?.elementsOrSelf
            for value in member.value.elementsOrSelf {
                let sibling = others?.next().flatMap { $0.isObject ? $0 : nil }
                let type = shape.holdsResource ? resourceType(of: value) ?? shape.type : shape.type
                if value.kind == .null {
                    if let sibling { found.append(PathNode(nil, sibling: sibling, type: type)) }
                } else if let sibling {
                    found.append(PathNode(value, sibling: sibling, type: type))
                } else {
                    found.append(PathNode(value, type: type))
                }
            }
        }
        return found
    }

    private func matches(_ shape: ElementShape, _ child: ProfileElement, _ type: TypeID) -> Bool {
        if child.isChoice, !shape.isChoice { return false }
        let facts = definitions[type].elements[Int(shape.ordinal)]
        return child.isChoice ? facts.choice == child.name : facts.name == child.name
    }

    /// Reports an error unless the same was said of the place before.
    func reportOnce(
        _ code: ValidationFinding.Code, at value: JSONValue, child: String = "", rule: String,
        _ message: @autoclosure () -> String
    ) {
        if !isTrial {
            let isKnown = findings.contains { finding in
                finding.nodeIndex == value.index && finding.code == code && finding.severity == .error
                    && (finding.rule == rule && finding.message == message()
                        || finding.rule == nil && finding.location.hasSuffix(child))
            }
            if isKnown { return }
        }
        report(.error, code, at: value, child: child, rule: rule, message())
    }

    /// Whether something can be said without an error. What is found is not told.
    func holds(_ body: () -> Void) -> Bool {
        let (wasTrial, hadFailed) = (isTrial, trialFailed)
        isTrial = true
        trialFailed = false
        body()
        defer { (isTrial, trialFailed) = (wasTrial, hadFailed) }
        return !trialFailed
    }

    /// Holds an extension against its own definition, if that is known.
    func checkDefinition(ofExtension object: JSONValue, _ url: JSONValue) {
        guard url.utf8.contains(UInt8(ascii: ":")), let profile = profile(url.text, at: url),
            profile.type == names.extensionType
        else { return }
        checkConformance(of: PathNode(object, type: names.extensionType), to: profile)
    }
}
