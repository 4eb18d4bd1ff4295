package import JSONTape

/// Checks resources against the definitions in one pass over their tape.
///
/// Not thread-safe: one checker a thread. The parser must number names by the same definitions' `names`.
package final class StructureChecker {
    private let definitions: Definitions

    package init(definitions: Definitions) {
        self.definitions = definitions
    }

    /// Checks one resource and everything in it.
    /// - Parameters:
    ///   - resource: the resource's value on its tape.
    ///   - findings: what is wrong is added here; at most `findingsMax` for one resource.
    ///   - references: the strings that may name resources are added here, in document order.
    /// - Returns: the resource's type; `nil` if `resourceType` is missing or unknown.
    package func check(
        _ resource: JSONValue, findings: inout [StructureFinding], references: inout [ReferenceSite]
    ) -> TypeID? {
        guard let name = resource.member(numbered: definitions.resourceTypeNumber), name.isString,
            let type = definitions.resourceType(named: name.utf8)
        else {
            findings.append(
                StructureFinding(
                    path: "", nodeIndex: resource.index, severity: .error, code: .unknownResourceType,
                    message: "no resource type that R4 knows"))
            return nil
        }
        return type
    }
}
