internal import FHIR
internal import JSONTape
internal import RecordStore
internal import Validation

/// A resource that a client sent, its structure checked. Valid until its workbench reads another.
struct CheckedResource {
    let root: JSONValue
    let type: TypeID
    let references: [ReferenceSite]
    let warnings: [Issue]

    /// - Parameter isStored: whether it is to be stored, and so is checked as far as the server is told to.
    /// - Throws: `FHIRAPIError.unprocessable` with all that is wrong; `.invalid` if it is of another type.
    init(_ root: JSONValue, of type: TypeID, _ bench: Workbench, isStored: Bool = true) throws(FHIRAPIError) {
        let mode = isStored ? bench.validation : .structure
        if mode == .full {
            try self.init(validating: root, of: type, bench)
            return
        }
        var findings: [StructureFinding] = []
        var references: [ReferenceSite] = []
        let found = bench.checker.check(root, findings: &findings, references: &references)
        let definitions = bench.store.definitions
        if let found, found != type { throw Self.otherType(found, than: type, definitions) }
        let isRefused = findings.contains { finding in
            guard mode == .off else { return finding.severity == .error }
            // Behind the last of too many faults nothing was looked at, references neither.
            return [.unknownResourceType, .tooDeep, .tooMany].contains(finding.code)
        }
        guard found != nil, !isRefused else { throw FHIRAPIError(findings) }
        self.root = root
        self.type = type
        self.references = references
        warnings = findings.map { finding in
            var issue = Issue(finding)
            // What is passed over is no error.
            issue.severity = .warning
            return issue
        }
    }

    private init(validating root: JSONValue, of type: TypeID, _ bench: Workbench) throws(FHIRAPIError) {
        var findings: [ValidationFinding] = []
        var references: [ReferenceSite] = []
        let validator = try bench.validator(.write)
        let found = validator.validate(root, findings: &findings, references: &references)
        if let found, found != type { throw Self.otherType(found, than: type, bench.store.definitions) }
        guard found != nil, !findings.contains(where: { $0.severity == .error }) else {
            throw FHIRAPIError(.unprocessable, issues: findings.map(Issue.init))
        }
        self.root = root
        self.type = type
        self.references = references
        warnings = findings.map(Issue.init)
    }

    private static func otherType(_ found: TypeID, than type: TypeID, _ definitions: Definitions) -> FHIRAPIError {
        var error = FHIRAPIError(
            .invalid, .invalid,
            "The resource is of type \(definitions[found].name), but the address says \(definitions[type].name).")
        error.issues[0].expression = definitions[found].name
        return error
    }
}
