/// Judges codes one by one.
struct CodeValidator {
    let view: DefinitionView
    let request: ValidationRequest
    /// `nil` where the codes must only be of their code systems.
    let members: ValueSetMembers?

    func validate(_ given: CodedValue) throws(TerminologyError) -> ValidationResult {
        var coding = given
        if coding.code.isEmpty { throw TerminologyError(.invalid, "a code to validate is missing") }
        if case .codeSystem(let model?) = request.target {
            coding.system = coding.system ?? model.url
            guard coding.system == model.url else {
                return ValidationResult(
                    membership: .notMember,
                    message: "The code \(coding.code) is one of \(coding.system ?? ""), not of \(model.url).",
                    coding: coding)
            }
        } else if coding.system == nil {
            if let refusal = inferSystem(of: &coding) { return refusal }
        }
        guard let system = coding.system else {
            return ValidationResult(
                membership: .notMember, message: "The code \(coding.code) has no system.", coding: coding)
        }
        let version = try request.versions.version(of: system, saying: coding.version)
        let exact = try codeSystem(Canonical(url: system, version: version))
        var held = exact
        if exact == nil, version != nil { held = try view.codeSystem(Canonical(url: system)) }
        let membership: Membership
        if let members {
            membership = members.contains(system: system, code: coding.code)
        } else {
            membership = Self.membership(of: coding.code, in: exact, system, version)
        }
        let listed = members?.listing(of: system, coding.code)
        let concept = held?.concept(coding.code)
        var result = ValidationResult(membership: membership, coding: coding)
        result.display = display(listed, concept)
        switch membership {
        case .member: judge(&result, listed, concept)
        case .notMember: result.message = refusal(of: coding, in: held, hasConcept: concept != nil)
        case .unknown(let reason): result.message = "Nobody here can say about \(coding.code): \(reason.detail)."
        }
        if result.isValid, exact == nil, let version, let held {
            result.message =
                "Version \(version) of \(system) is not held here; the code was looked up in "
                + "\(held.version.map { "version \($0)" } ?? "another one")."
        }
        return result
    }

    /// The code system of an address; the one in question before others.
    private func codeSystem(_ canonical: Canonical) throws(TerminologyError) -> CodeSystemModel? {
        if case .codeSystem(let model?) = request.target, model.url == canonical.url,
            canonical.accepts(version: model.version)
        {
            return model
        }
        return try view.codeSystem(canonical)
    }

    private static func membership(
        of code: String, in system: CodeSystemModel?, _ url: String, _ version: String?
    ) -> Membership {
        guard let system else { return .unknown(DefinitionView.unheld(url, version: version)) }
        if system.concept(code) != nil { return .member }
        return system.isComplete ? .notMember : .unknown(DefinitionView.incomplete(system))
    }

    /// Finds the one system in which the value set has the code.
    /// - Returns: the refusal where there is not one.
    private func inferSystem(of coding: inout CodedValue) -> ValidationResult? {
        guard request.infersSystem, let members else { return nil }
        var code = coding.code
        let found = code.withUTF8 { members.systems(having: UnsafeRawBufferPointer($0)) }
        if found.members.count == 1 {
            coding.system = found.members[0]
            return nil
        }
        if found.members.isEmpty {
            let membership = found.unknown.first.map { Membership.unknown($0) } ?? .notMember
            let message =
                found.unknown.first.map { "Nobody here can say about \(coding.code): \($0.detail)." }
                ?? "The code \(coding.code) is not in \(name(of: members))."
            return ValidationResult(membership: membership, message: message, coding: coding)
        }
        return ValidationResult(
            membership: .notMember,
            message: "The code \(coding.code) needs a system: \(name(of: members)) has it in "
                + found.members.joined(separator: ", ") + ".",
            coding: coding)
    }

    private func name(of members: ValueSetMembers) -> String {
        members.header.url.isEmpty ? "the value set" : "the value set \(members.header.canonical)"
    }

    /// What is to be said about a code that is there.
    private func judge(
        _ result: inout ValidationResult, _ listed: (concepts: ListedConcepts, number: Int)?, _ concept: Concept?
    ) {
        let code = result.coding.code
        if request.allowsAbstract == false, concept?.isAbstract ?? false {
            result.objections.append("The code \(code) only groups others and is not to be used itself.")
        }
        if let given = result.coding.display {
            let known = ValueSetMember(system: "", code: code, concept: concept, listed: listed).texts
            if !known.isEmpty, !known.contains(where: { Self.isSame($0, given) }) {
                let right = result.display.map { ": it is called \"\($0)\"" } ?? ""
                result.objections.append("The display \"\(given)\" is not one of the code \(code)\(right).")
            }
        }
        if !result.objections.isEmpty {
            result.message = result.objections.joined(separator: " ")
        } else if concept?.isInactive ?? false {
            result.message = "The code \(code) is not active any more."
        }
    }

    private func refusal(of coding: CodedValue, in system: CodeSystemModel?, hasConcept: Bool) -> String {
        let name = coding.system ?? ""
        let isUnknownCode = (system?.isComplete ?? false) && !hasConcept
        guard let members else { return "\(name) has no code \(coding.code)." }
        let refusal = "The code \(coding.code) of \(name) is not in \(self.name(of: members))."
        return isUnknownCode ? refusal + " The code system has no such code." : refusal
    }

    private func display(_ listed: (concepts: ListedConcepts, number: Int)?, _ concept: Concept?) -> String? {
        let all = (listed.map { $0.concepts.designations($0.number) } ?? []) + (concept?.designations ?? [])
        let listedDisplay = listed.flatMap { $0.concepts.display($0.number) }
        let language = listedDisplay == nil ? concept?.system.header.language : members?.header.language
        return request.languages.choose(
            designations: all, display: listedDisplay ?? concept?.display, language: language)
    }

    /// Whether two displays differ in nothing but upper and lower case and white space.
    private static func isSame(_ one: String, _ other: String) -> Bool {
        one.lowercased().split(whereSeparator: \.isWhitespace)
            == other.lowercased().split(whereSeparator: \.isWhitespace)
    }
}
