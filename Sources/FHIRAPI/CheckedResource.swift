internal import FHIR
internal import JSONTape
internal import RecordStore
internal import Validation

/// A resource that a client sent, checked as far as the server is told to. Valid until its workbench reads another.
struct CheckedResource {
    let root: JSONValue
    let type: TypeID
    let references: [ReferenceSite]
    let warnings: [Issue]

    /// - Parameter isStored: whether it is to be stored; what is not is checked in its structure only.
    /// - Throws: `FHIRAPIError.unprocessable` with all that is wrong; `.invalid` if it is of another type.
    init(_ root: JSONValue, of type: TypeID, _ bench: Workbench, isStored: Bool = true) throws(FHIRAPIError) {
        let mode = isStored ? bench.validation : .structure
        var references: [ReferenceSite] = []
        let warnings: [Issue]
        if mode == .full {
            warnings = try Self.validate(root, of: type, bench, &references)
        } else {
            warnings = try Self.checkStructure(root, of: type, bench, mode, &references)
        }
        self.root = root
        self.type = type
        self.references = references
        self.warnings = warnings
    }

    /// - Returns: what is passed over.
    private static func checkStructure(
        _ root: JSONValue, of type: TypeID, _ bench: Workbench, _ mode: ValidationMode,
        _ references: inout [ReferenceSite]
    ) throws(FHIRAPIError) -> [Issue] {
        var findings: [StructureFinding] = []
        let found =
            mode == .off
            ? bench.checker.findReferences(in: root, findings: &findings, references: &references)
            : bench.checker.check(root, findings: &findings, references: &references)
        try checkType(found, is: type, bench)
        guard found != nil, !findings.contains(where: { $0.severity == .error }) else { throw FHIRAPIError(findings) }
        return findings.map { finding in
            var issue = Issue(finding)
            issue.severity = .warning
            return issue
        }
    }

    private static func validate(
        _ root: JSONValue, of type: TypeID, _ bench: Workbench, _ references: inout [ReferenceSite]
    ) throws(FHIRAPIError) -> [Issue] {
        var findings: [ValidationFinding] = []
        let found = try bench.validator(.write).validate(root, findings: &findings, references: &references)
        try checkType(found, is: type, bench)
        guard found != nil, !findings.contains(where: { $0.severity == .error }) else {
            throw FHIRAPIError(.unprocessable, issues: findings.map { Issue($0) })
        }
        return findings.map { Issue($0) }
    }

    private static func checkType(_ found: TypeID?, is type: TypeID, _ bench: Workbench) throws(FHIRAPIError) {
        guard let found, found != type else { return }
        let definitions = bench.store.definitions
        var error = FHIRAPIError(
            .invalid, .invalid,
            "The resource is of type \(definitions[found].name), but the address says \(definitions[type].name).")
        error.issues[0].expression = definitions[found].name
        throw error
    }
}
