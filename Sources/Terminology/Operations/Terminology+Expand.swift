extension Terminology {
    /// The codes of a value set.
    ///
    /// Without a page the expansion is whole or an error; the codes of a tree come as a tree, unless a filter or
    /// `excludesNested` is given.
    /// - Throws: `TerminologyError.notFound` if the value set is not held; `.notSupported` if the codes of a code system
    ///   in it are not, naming it; `.tooCostly` if there are too many; `.invalid` if it imports itself or the request is
    ///   malformed.
    /// - Source: https://hl7.org/fhir/R4/valueset-operation-expand.html
    package func expand(_ request: ExpansionRequest) throws(TerminologyError) -> ExpansionResult {
        let members = try present().members(of: request.valueSet, rules: request.versions)
        var expander = ValueSetExpander(request, members, limits: limits)
        return try expander.expand()
    }
}
