internal import FHIR
internal import FHIRPath
internal import JSONTape

/// The pass over all elements of a resource by R4's own rules. What is not as the definitions have it has been found
/// before, and is passed by.
extension ResourceValidator {
    func walk(_ object: JSONValue, of type: TypeID, depth: Int) {
        guard depth < StructureChecker.depthMax else { return }
        let rules = typeRules(of: type)
        var isOnlyID = true
        for member in object.members {
            guard let shape = definitions.shape(of: type, numbered: member.number) else {
                isOnlyID = false
                continue
            }
            if member.number != names.id { isOnlyID = false }
            if shape.isExtension {
                for sibling in member.value.elementsOrSelf where sibling.isObject {
                    walk(sibling, of: names.element, depth: depth + 1)
                }
                continue
            }
            let element = rules.elements[Int(shape.ordinal)]
            if shape.primitive != nil, element == nil { continue }
            for value in member.value.elementsOrSelf where value.kind != .null {
                if shape.holdsResource {
                    if let type = resourceType(of: value) {
                        enqueue(value, type, isContained: member.number == names.contained)
                    }
                } else if shape.primitive != nil || value.isObject {
                    if let element { check(value, shape, element) }
                    if shape.primitive == nil { walk(value, of: shape.type, depth: depth + 1) }
                }
            }
        }
        if isOnlyID, depth > 0, type != names.element, object.isObject, object.endIndex > object.index + 1 {
            report(.error, .invariant, at: object, rule: "ele-1", "an element must have a value or children")
        }
        if type == names.extensionType { checkExtension(object) }
        if type == names.referenceType { checkLocalReference(object) }
        for invariant in rules.invariants { check(invariant, on: object, type) }
    }

    private func enqueue(_ value: JSONValue, _ type: TypeID, isContained: Bool) {
        nested.append(
            NestedResource(value: value, type: type, container: isContained ? container?.resource : nil))
    }

    /// Holds a value against the rules of its element.
    private func check(_ value: JSONValue, _ shape: ElementShape, _ element: ElementRules) {
        for invariant in element.invariants { check(invariant, on: value, shape.type) }
        for binding in element.bindings { check(binding, of: value, shape.type) }
        if !element.targets.isEmpty { checkTarget(of: value, shape.type, element.targets) }
        if let binding = shape.binding, shape.primitive == nil, element.bindings.isEmpty {
            let facts = definitions[binding]
            check(ValueSetBinding(strength: .required, valueSet: facts.valueSet), of: value, shape.type)
        }
    }

    /// Evaluates an invariant on an element of the resource at hand.
    func check(_ invariant: Invariant, on value: JSONValue, _ type: TypeID) {
        check(invariant, onNode: PathNode(value, type: type))
    }

    func check(_ invariant: Invariant, onNode node: PathNode) {
        guard tells(invariant.severity), stepsLeft > 0 else { return }
        evaluator.limits.stepsMax = min(options.stepsMax, stepsLeft)
        defer { stepsLeft -= max(1, evaluator.stepsTaken) }
        do throws(PathError) {
            try evaluator.evaluate(invariant.expression, on: .node(node), into: &results)
            // What comes out empty cannot be told, as the order of 2012 and 2012-03: no breach is shown.
            if results.isEmpty || results.count == 1 && isTrue(results[0]) { return }
            report(
                invariant.severity, .invariant, at: node.anchor, rule: invariant.key,
                "\(invariant.human) (\(invariant.key))")
        } catch {
            report(
                error.code == .limit ? .error : .warning, error.code == .limit ? .tooCostly : .exception,
                at: node.anchor,
                rule: invariant.key, "\(invariant.key) could not be evaluated: \(error)")
        }
    }

    private func isTrue(_ item: PathItem) -> Bool {
        switch item {
        case .boolean(let value): value
        case .node(let node): node.value?.bool ?? true
        default: true
        }
    }

    /// An extension has a value or extensions, never both.
    private func checkExtension(_ object: JSONValue) {
        var hasValue = false
        var hasExtensions = false
        for member in object.members {
            if member.number == names.extension {
                hasExtensions = true
            } else if let shape = definitions.shape(of: names.extensionType, numbered: member.number), shape.isChoice {
                hasValue = true
            }
        }
        if hasValue == hasExtensions {
            report(
                .error, .invariant, at: object, rule: "ext-1", "an extension must have a value or extensions, not both")
        }
        guard library != nil, let url = object.member(numbered: names.url), url.isString else { return }
        checkDefinition(ofExtension: object, url)
    }
}
