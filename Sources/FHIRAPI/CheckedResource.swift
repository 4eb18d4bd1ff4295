internal import FHIR
internal import JSONTape
internal import RecordStore

/// A resource that a client sent, its structure checked. Valid until its workbench reads another.
struct CheckedResource {
    let root: JSONValue
    let type: TypeID
    let references: [ReferenceSite]
    let warnings: [Issue]

    /// - Throws: `FHIRAPIError.unprocessable` with all that is wrong; `.invalid` if it is of another type.
    init(_ root: JSONValue, of type: TypeID, _ bench: Workbench) throws(FHIRAPIError) {
        var findings: [StructureFinding] = []
        var references: [ReferenceSite] = []
        let found = bench.checker.check(root, findings: &findings, references: &references)
        let definitions = bench.store.definitions
        if let found, found != type {
            var error = FHIRAPIError(
                .invalid, .invalid,
                "The resource is of type \(definitions[found].name), but the address says \(definitions[type].name).")
            error.issues[0].expression = definitions[found].name
            throw error
        }
        guard found != nil, !findings.contains(where: { $0.severity == .error }) else { throw FHIRAPIError(findings) }
        self.root = root
        self.type = type
        self.references = references
        warnings = findings.map(Issue.init)
    }
}
