/// Codes of which a client wants to know whether they are right.
/// - Source: https://hl7.org/fhir/R4/valueset-operation-validate-code.html and
///   https://hl7.org/fhir/R4/codesystem-operation-validate-code.html
package struct ValidationRequest: Sendable {
    /// What the codes must be in.
    package enum Target: Sendable {
        case valueSet(ValueSetQuestion)
        /// This code system; `nil` for the one that each code names.
        case codeSystem(CodeSystemModel?)
    }

    package var target: Target
    /// One, or those of a CodeableConcept, of which one must be right.
    package var codings: [CodedValue]
    /// Whether a code without system takes the one system in which the value set has it.
    package var infersSystem = true
    /// `false` refuses codes that only group others; `nil` lets them pass, as `true` does.
    package var allowsAbstract: Bool?
    package var languages = LanguagePreference.none
    package var versions = VersionRules()

    package init(_ target: Target, _ codings: [CodedValue]) {
        self.target = target
        self.codings = codings
    }
}
