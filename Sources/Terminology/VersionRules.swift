/// Which versions of code systems an expansion or validation uses.
/// - Source: the parameters system-version, check-system-version and force-system-version of
///   https://hl7.org/fhir/R4/valueset-operation-expand.html
package struct VersionRules: Sendable, Equatable {
    /// Used where a value set names no version; by the code system's URI.
    package var defaults: [String: String] = [:]
    /// Another version than this is an error.
    package var checked: [String: String] = [:]
    /// Used whatever the value set says.
    package var forced: [String: String] = [:]

    package init() {}

    package var isEmpty: Bool { defaults.isEmpty && checked.isEmpty && forced.isEmpty }

    /// The version of a code system to use where a value set says `version`.
    func version(of system: String, saying version: String?) throws(TerminologyError) -> String? {
        if let forced = forced[system] { return forced }
        let chosen = version ?? defaults[system]
        guard let wanted = checked[system] else { return chosen }
        if let chosen, chosen != wanted {
            throw TerminologyError(.invalid, "version \(chosen) of \(system) where only \(wanted) is allowed")
        }
        return wanted
    }
}
