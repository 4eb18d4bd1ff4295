extension Terminology {
    /// Whether a code is right: in the value set or code system, with a display that is one of the code's.
    ///
    /// Of several codings the first that is right decides; if none is, the messages of all are given together, and a
    /// coding of which nobody can say makes the whole unknown.
    /// - Throws: `TerminologyError.notFound` if the value set is not held; `.invalid` without a code, or if the value set
    ///   imports itself.
    package func validateCode(_ request: ValidationRequest) throws(TerminologyError) -> ValidationResult {
        let view = try present()
        var members: ValueSetMembers?
        if case .valueSet(let question) = request.target {
            members = try view.members(of: question, rules: request.versions)
        }
        guard let first = request.codings.first else {
            throw TerminologyError(.invalid, "a code to validate is missing")
        }
        let validator = CodeValidator(view: view, request: request, members: members)
        var combined = try validator.validate(first)
        for coding in request.codings.dropFirst() where !combined.isValid {
            let next = try validator.validate(coding)
            if next.isValid {
                combined = next
                continue
            }
            let message = [combined.message, next.message].compactMap { $0 }.joined(separator: " ")
            let isBetter = combined.membership.isNotMember && !next.membership.isNotMember
            if isBetter { combined = next }
            combined.message = message
        }
        return combined
    }
}
