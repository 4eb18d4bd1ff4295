extension Terminology {
    /// What is known of a code.
    /// - Parameters:
    ///   - address: the code system, `url` or `url|version`.
    ///   - properties: those wanted, by code; all if empty. `designation`, and `lang.X` for designations of language X,
    ///     choose designations.
    /// - Throws: `TerminologyError.notSupported` if the code system is not held; `.notFound` if it has no such code.
    /// - Source: https://hl7.org/fhir/R4/codesystem-operation-lookup.html
    package func lookup(
        system address: String, code: String, languages: LanguagePreference = .none, properties: [String] = []
    ) throws(TerminologyError) -> LookupResult {
        let canonical = Canonical(address)
        guard let system = try present().codeSystem(canonical), system.count > 0 else {
            throw DefinitionView.unheld(canonical.url, version: canonical.version)
        }
        guard let concept = system.concept(code) else {
            throw TerminologyError(
                .notFound,
                system.isComplete
                    ? "\(system.url) has no code \(code)"
                    : "\(system.url) has no code \(code) among those that are held here")
        }
        let wanted = Set(properties)
        return LookupResult(
            name: system.header.title ?? system.header.name ?? system.url, system: system.url,
            version: system.version, code: concept.code, display: concept.display(in: languages) ?? concept.code,
            designations: concept.designations.filter { Self.isWanted($0, wanted) },
            properties: Self.properties(of: concept).filter { wanted.isEmpty || wanted.contains($0.code) })
    }

    private static func isWanted(_ designation: Designation, _ wanted: Set<String>) -> Bool {
        if wanted.isEmpty || wanted.contains("designation") { return true }
        return designation.language.map { wanted.contains("lang." + $0) } ?? false
    }

    /// The properties that the definition gives, and those that every concept has.
    private static func properties(of concept: Concept) -> [ConceptProperty] {
        var list: [ConceptProperty] = []
        if let definition = concept.definition {
            list.append(ConceptProperty(code: "definition", kind: .string, value: definition))
        }
        for parent in concept.parents {
            list.append(ConceptProperty(code: "parent", kind: .code, value: parent.code, display: parent.display))
        }
        for child in concept.children {
            list.append(ConceptProperty(code: "child", kind: .code, value: child.code, display: child.display))
        }
        let own = concept.properties
        if !own.contains(where: { $0.code == "inactive" }) {
            list.append(ConceptProperty(code: "inactive", kind: .boolean, value: concept.isInactive ? "true" : "false"))
        }
        return list
            + own.filter { property in !list.contains { $0.code == property.code && $0.value == property.value } }
    }
}
