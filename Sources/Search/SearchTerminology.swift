/// A code with its system.
package struct SearchCode: Hashable, Sendable {
    package var system: String
    package var code: String

    package init(system: String, code: String) {
        self.system = system
        self.code = code
    }
}

/// Answers what searches by `:in`, `:not-in`, `:above` and `:below` ask of code systems and value sets.
/// - Source: FHIR R4 search, https://hl7.org/fhir/R4/search.html#token
package protocol SearchTerminology: Sendable {
    /// All codes of a value set.
    /// - Parameter valueSet: its URL, maybe with `|version`, or `ValueSet/id` of one that is stored here.
    /// - Throws: an error whose description tells the caller why they are not known.
    func codes(inValueSet valueSet: String) throws -> [SearchCode]
    /// All codes that a code subsumes, itself included.
    /// - Throws: an error whose description tells the caller why they are not known.
    func descendants(of code: SearchCode) throws -> [SearchCode]
    /// All codes that subsume a code, itself included.
    /// - Throws: an error whose description tells the caller why they are not known.
    func ancestors(of code: SearchCode) throws -> [SearchCode]
}
