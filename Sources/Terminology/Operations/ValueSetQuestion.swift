/// The value set that a question is about.
package enum ValueSetQuestion: Sendable {
    /// By its address, `url` or `url|version`.
    case address(String)
    /// One that came with the question, or that was read by its id.
    case given(ValueSetModel)
}

extension DefinitionView {
    func members(
        of question: ValueSetQuestion, rules: VersionRules
    ) throws(TerminologyError) -> ValueSetMembers {
        switch question {
        case .address(let address):
            let canonical = Canonical(address)
            if rules.isEmpty { return try members(of: canonical) }
            guard let model = try valueSet(canonical) else {
                throw TerminologyError(.notFound, "the value set \(canonical) is not held here")
            }
            return try ValueSetCompiler(view: self, rules: rules).compile(model)
        case .given(let model):
            return try ValueSetCompiler(view: self, rules: rules).compile(model)
        }
    }
}
