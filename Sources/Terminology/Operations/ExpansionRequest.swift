/// What a client wants of a value set's codes.
/// - Source: https://hl7.org/fhir/R4/valueset-operation-expand.html
package struct ExpansionRequest: Sendable {
    package var valueSet: ValueSetQuestion
    /// Words that the codes' texts must have; see `TextFilter`.
    package var filter: String?
    /// How many codes of the whole to leave out at the start.
    package var offset: Int?
    /// How many codes to give; 0 for the total alone. Asking for a page makes the expansion flat.
    package var count: Int?
    package var includesDesignations = false
    /// Of the designations only those of these languages or uses (`system|code`, or a language); all if empty.
    package var designations: [String] = []
    package var includesDefinition = false
    package var activeOnly = false
    /// Whether the codes come as a flat list though their system is a tree.
    package var excludesNested = false
    /// Whether codes that only group others are left out.
    package var excludesAbstract = false
    package var languages = LanguagePreference.none
    /// Code systems to leave out, `url` or `url|version`.
    package var excludedSystems: [String] = []
    package var versions = VersionRules()

    package init(_ valueSet: ValueSetQuestion) {
        self.valueSet = valueSet
    }
}
