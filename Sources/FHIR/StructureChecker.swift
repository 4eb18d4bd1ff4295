package import JSONTape

/// Checks resources against the definitions in one pass over their tape: names, JSON types, cardinalities, formats,
/// required codes. Invariants and profiles are not its business.
///
/// Not thread-safe: one checker a thread. The parser must number names by the same definitions' `names`.
/// Nothing is allocated for a resource without findings.
package final class StructureChecker {
    /// How many findings one resource gets before the check of it ends with `.tooMany`.
    package static let findingsMax = 100
    /// How deep objects may nest in one resource.
    package static let depthMax = 64

    let definitions: Definitions
    let shapes: ElementShapes
    let elementType: TypeID
    /// Where the paths of findings start.
    var root: JSONValue?
    var findingsLeft = 0

    package init(definitions: Definitions) {
        self.definitions = definitions
        shapes = definitions.shapes
        elementType = definitions.type(named: "Element") ?? TypeID(raw: 0)
    }

    /// Checks one resource and everything in it.
    /// - Parameters:
    ///   - resource: the resource's value on its tape.
    ///   - findings: what is wrong is added here; at most `findingsMax` and one for one resource.
    ///   - references: the strings that may name resources are added here, in document order.
    /// - Returns: the resource's type; `nil` if `resourceType` is missing or unknown.
    package func check(
        _ resource: JSONValue, findings: inout [StructureFinding], references: inout [ReferenceSite]
    ) -> TypeID? {
        root = resource
        findingsLeft = Self.findingsMax
        defer { root = nil }
        return checkResource(resource, depth: 0, &findings, &references)
    }

    private func checkResource(
        _ value: JSONValue, depth: Int, _ findings: inout [StructureFinding], _ references: inout [ReferenceSite]
    ) -> TypeID? {
        guard let type = resourceType(of: value, &findings) else { return nil }
        checkObject(value, of: type, isResource: true, depth: depth, &findings, &references)
        return type
    }

    /// The type that a resource says it has; a finding if that is none.
    func resourceType(of value: JSONValue, _ findings: inout [StructureFinding]) -> TypeID? {
        guard value.isObject else {
            report(.wrongType, at: value, "a resource must be an object", &findings)
            return nil
        }
        guard let name = value.member(numbered: definitions.resourceTypeNumber) else {
            report(.unknownResourceType, at: value, "the resource has no resourceType", &findings)
            return nil
        }
        guard name.isString, let type = definitions.resourceType(named: name.utf8) else {
            report(.unknownResourceType, at: name, "R4 knows no resource of the type \(quoted(name))", &findings)
            return nil
        }
        return type
    }

    private func checkObject(
        _ object: JSONValue, of type: TypeID, isResource: Bool, depth: Int, _ findings: inout [StructureFinding],
        _ references: inout [ReferenceSite]
    ) {
        guard depth < Self.depthMax else { return report(.tooDeep, at: object, "nested too deep", &findings) }
        let row = shapes.row(type)
        var seen: UInt64 = 0
        var seenExtensions: UInt64 = 0
        var hasResourceType = false
        for member in object.members {
            guard findingsLeft > 0 else { return }
            guard let shape = shapes.find(member.number, row: row) else {
                if isResource && member.number == definitions.resourceTypeNumber {
                    if hasResourceType { reportDuplicate(member, &findings) }
                    hasResourceType = true
                } else {
                    reportUnknown(member, in: type, &findings)
                }
                continue
            }
            let bit: UInt64 = 1 << UInt64(shape.group)
            if shape.isExtension {
                if seenExtensions & bit != 0 { reportSecond(member, shape, in: object, type, &findings) }
                seenExtensions |= bit
                checkPrimitiveExtension(member.value, shape, in: object, depth: depth, &findings, &references)
            } else {
                if seen & bit != 0 { reportSecond(member, shape, in: object, type, &findings) }
                seen |= bit
                checkMember(member.value, shape, in: object, depth: depth, &findings, &references)
            }
        }
        let isEmpty = seen | seenExtensions == 0
        if isEmpty && !isResource && object.endIndex == object.index + 1 {
            report(.empty, at: object, "an object must not be empty", &findings)
        }
        let missing = row.required & ~(seen | seenExtensions)
        if missing != 0 { reportMissing(missing, in: object, type, &findings) }
        if seen & seenExtensions & row.choices != 0 { checkChoicesMatch(object, type, &findings) }
    }

    private func checkMember(
        _ value: JSONValue, _ shape: ElementShape, in object: JSONValue, depth: Int,
        _ findings: inout [StructureFinding], _ references: inout [ReferenceSite]
    ) {
        guard shape.isArray else {
            switch value.kind {
            case .array: report(.unexpectedArray, at: value, "may not repeat, so must not be an array", &findings)
            case .null: report(.misplacedNull, at: value, "null stands for nothing here: leave it out", &findings)
            default: checkValue(value, shape, depth: depth, &findings, &references)
            }
            return
        }
        guard value.isArray else {
            return report(.notAnArray, at: value, "may repeat, so must be an array", &findings)
        }
        guard value.endIndex > value.index + 1 else {
            return report(.empty, at: value, "an array must not be empty", &findings)
        }
        var firstNull: JSONValue?
        for element in value.elements {
            guard findingsLeft > 0 else { return }
            if element.kind == .null {
                if firstNull == nil { firstNull = element }
            } else {
                checkValue(element, shape, depth: depth, &findings, &references)
            }
        }
        // With a `_name` beside it the nulls are looked at there.
        if let firstNull,
            shape.primitiveExtensionNumber == 0 || object.member(numbered: shape.primitiveExtensionNumber) == nil
        {
            report(.misplacedNull, at: firstNull, "null without a parallel extension", &findings)
        }
    }

    private func checkValue(
        _ value: JSONValue, _ shape: ElementShape, depth: Int, _ findings: inout [StructureFinding],
        _ references: inout [ReferenceSite]
    ) {
        if let primitive = shape.primitive {
            checkPrimitive(value, primitive, shape, &findings, &references)
        } else if shape.holdsResource {
            _ = checkResource(value, depth: depth + 1, &findings, &references)
        } else if value.isObject {
            checkObject(value, of: shape.type, isResource: false, depth: depth + 1, &findings, &references)
        } else {
            report(.wrongType, at: value, "a \(definitions[shape.type].name) must be an object", &findings)
        }
    }

    private func checkPrimitive(
        _ value: JSONValue, _ primitive: PrimitiveType, _ shape: ElementShape, _ findings: inout [StructureFinding],
        _ references: inout [ReferenceSite]
    ) {
        let isRightKind =
            switch primitive.jsonForm {
            case .boolean: value.kind == .true || value.kind == .false
            case .number: value.kind == .number
            case .string: value.kind == .string
            }
        guard isRightKind else {
            return report(
                .wrongType, at: value, "a \(primitive.name) must be a JSON \(primitive.jsonForm)", &findings)
        }
        let text = value.utf8
        guard primitive.accepts(text) else {
            return report(.badFormat, at: value, "\(quoted(value)) is no \(primitive.name)", &findings)
        }
        if primitive == .code, let binding = shape.binding, !definitions.contains(text, in: binding) {
            return report(
                .unknownCode, at: value, "\(quoted(value)) is no code of \(definitions[binding].valueSet)", &findings)
        }
        if shape.isReference {
            references.append(ReferenceSite(nodeIndex: Int32(truncatingIfNeeded: value.index), kind: .reference))
        } else if shape.isLink {
            references.append(ReferenceSite(nodeIndex: Int32(truncatingIfNeeded: value.index), kind: .uri))
        }
    }

    /// Checks a `_name`: an Element, or an array of Elements and nulls beside the array of values.
    private func checkPrimitiveExtension(
        _ value: JSONValue, _ shape: ElementShape, in object: JSONValue, depth: Int,
        _ findings: inout [StructureFinding], _ references: inout [ReferenceSite]
    ) {
        guard shape.isArray else {
            switch value.kind {
            case .object: checkExtensionObject(value, depth: depth, &findings, &references)
            case .array: report(.unexpectedArray, at: value, "may not repeat, so must not be an array", &findings)
            case .null: report(.misplacedNull, at: value, "null stands for nothing here: leave it out", &findings)
            default: report(.wrongType, at: value, "a primitive's extensions must be an object", &findings)
            }
            return
        }
        guard value.isArray else {
            return report(.notAnArray, at: value, "may repeat, so must be an array", &findings)
        }
        guard value.endIndex > value.index + 1 else {
            return report(.empty, at: value, "an array must not be empty", &findings)
        }
        let sibling = object.member(numbered: shape.nameNumber)
        var others = sibling?.elements
        var isLonger = false
        for element in value.elements {
            guard findingsLeft > 0 else { return }
            let other = others?.next()
            isLonger = isLonger || other == nil
            switch element.kind {
            case .object: checkExtensionObject(element, depth: depth, &findings, &references)
            case .null where other == nil || other?.kind == .null:
                report(.misplacedNull, at: element, "null with neither value nor extension", &findings)
            case .null: break
            default: report(.wrongType, at: element, "a primitive's extensions must be an object", &findings)
            }
        }
        if let sibling, sibling.isArray, isLonger || others?.next() != nil {
            report(.notParallel, at: value, "must be as long as the array of values beside it", &findings)
        }
    }

    private func checkExtensionObject(
        _ value: JSONValue, depth: Int, _ findings: inout [StructureFinding], _ references: inout [ReferenceSite]
    ) {
        checkObject(value, of: elementType, isResource: false, depth: depth + 1, &findings, &references)
    }
}
