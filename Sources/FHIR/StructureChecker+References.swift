package import JSONTape

/// References alone, for what is stored unchecked.
extension StructureChecker {
    /// Finds the strings that may name resources in one resource and everything in it, and checks nothing else. What is
    /// not as the definitions have it is passed by.
    /// - Parameters:
    ///   - resource: the resource's value on its tape.
    ///   - findings: a resource of no known type, here or within, and what nests too deep is told here.
    ///   - references: as `check` adds them.
    /// - Returns: the resource's type; `nil` if `resourceType` is missing or unknown.
    package func findReferences(
        in resource: JSONValue, findings: inout [StructureFinding], references: inout [ReferenceSite]
    ) -> TypeID? {
        root = resource
        findingsLeft = Self.findingsMax
        defer { root = nil }
        return searchResource(resource, depth: 0, &findings, &references)
    }

    private func searchResource(
        _ value: JSONValue, depth: Int, _ findings: inout [StructureFinding], _ references: inout [ReferenceSite]
    ) -> TypeID? {
        guard let type = resourceType(of: value, &findings) else { return nil }
        search(value, of: type, depth: depth, &findings, &references)
        return type
    }

    private func search(
        _ object: JSONValue, of type: TypeID, depth: Int, _ findings: inout [StructureFinding],
        _ references: inout [ReferenceSite]
    ) {
        guard depth < Self.depthMax else { return report(.tooDeep, at: object, "nested too deep", &findings) }
        let row = shapes.row(type)
        for member in object.members {
            guard findingsLeft > 0 else { return }
            guard let shape = shapes.find(member.number, row: row) else { continue }
            if shape.isExtension {
                for element in member.value.elementsOrSelf where element.isObject {
                    search(element, of: elementType, depth: depth + 1, &findings, &references)
                }
            } else if let primitive = shape.primitive {
                guard shape.isReference || shape.isLink else { continue }
                let kind: ReferenceSite.Kind = shape.isReference ? .reference : .uri
                for element in member.value.elementsOrSelf where element.isString && primitive.accepts(element.utf8) {
                    references.append(
                        ReferenceSite(nodeIndex: Int32(truncatingIfNeeded: element.index), kind: kind))
                }
            } else {
                for element in member.value.elementsOrSelf where element.isObject {
                    if shape.holdsResource {
                        _ = searchResource(element, depth: depth + 1, &findings, &references)
                    } else {
                        search(element, of: shape.type, depth: depth + 1, &findings, &references)
                    }
                }
            }
        }
    }
}
