internal import FHIR
internal import FHIRPath

/// Tells whether a custom parameter can be searched: whether its expressions compile and give what can be indexed, and
/// whether its code is free.
package struct CustomParameterCheck {
    private let parameter: CustomParameter
    /// Plans of the specification's parameters.
    private let base: SearchPlans
    private var definitions: Definitions { base.definitions }
    private var findings: [CustomParameterFinding] = []

    /// Functions that an index cannot answer: they ask for the time, or for what stands outside of the resource.
    private static let unanswered = [
        "now", "today", "timeOfDay", "memberOf", "subsumes", "subsumedBy", "conformsTo", "elementDefinition", "slice",
        "checkModifiers",
    ]

    private init(_ parameter: CustomParameter, base: SearchPlans) {
        self.parameter = parameter
        self.base = base
    }

    /// What is wrong with a parameter; empty if nothing.
    /// - Parameters:
    ///   - others: the custom parameters in use beside it. One with the same id is what it replaces.
    ///   - base: the plans of the specification's parameters.
    package static func findings(
        of parameter: CustomParameter, beside others: [CustomParameter], base: SearchPlans
    ) -> [CustomParameterFinding] {
        var check = CustomParameterCheck(parameter, base: base)
        check.checkExpression()
        guard check.findings.isEmpty else { return check.findings }
        check.checkTypes(others.filter { $0.resourceID != parameter.resourceID })
        return check.findings + takenFindings(of: parameter, beside: others, base: base)
    }

    /// Whether code and url of a parameter are taken by others; see `findings`.
    package static func takenFindings(
        of parameter: CustomParameter, beside others: [CustomParameter], base: SearchPlans
    ) -> [CustomParameterFinding] {
        var check = CustomParameterCheck(parameter, base: base)
        check.checkTaken(by: others.filter { $0.resourceID != parameter.resourceID })
        return check.findings
    }

    /// Whether a parameter only repeats what the specification has for every type that it is for.
    package static func isRepetition(_ parameter: CustomParameter, base: SearchPlans) -> Bool {
        parameter.types(base.definitions).allSatisfy { isRepetition(parameter, base.plan(for: $0), base.definitions) }
    }

    private static func isRepetition(
        _ parameter: CustomParameter, _ plan: TypePlan, _ definitions: Definitions
    ) -> Bool {
        if TypePlan.ofStore.contains(parameter.code) {
            guard let known = definitions.searchParameter(parameter.code, of: plan.type) else { return false }
            let rest = known.expression.split(separator: ".").dropFirst().joined(separator: ".")
            return known.type == parameter.type
                && [known.expression, rest, plan.name + "." + rest].contains(parameter.expression)
        }
        guard let known = plan.parameters[parameter.code], known.parameter.type == parameter.type else { return false }
        var draft = TypePlanDraft(extending: plan, definitions: definitions)
        guard parameter.type != .composite else { return known.parameter.url == parameter.url }
        guard let planned = draft.planned(parameter) else { return false }
        return Set(planned.uses) == Set(known.uses)
    }

    private mutating func note(_ code: CustomParameterFinding.Code, _ element: String, _ detail: String) {
        findings.append(CustomParameterFinding(code: code, path: "SearchParameter." + element, detail: detail))
    }

    // MARK: Expressions

    /// Compiles the expression as it stands, so that an error tells its place.
    private mutating func checkExpression() {
        guard answers(parameter.expression, "expression") else { return }
        for base in parameter.bases {
            do throws(PathError) {
                let expression = try PathExpression.compile(
                    parameter.expression, on: base, definitions: definitions)
                if expression.isAlwaysEmpty, definitions[base].isAbstract == false {
                    note(.value, "expression", "it never gives anything on \(definitions[base].name)")
                } else {
                    checkKind(expression, base)
                }
            } catch {
                return note(.value, "expression", "on \(definitions[base].name): \(error)")
            }
        }
    }

    private mutating func answers(_ expression: String, _ element: String) -> Bool {
        for name in Self.unanswered where Self.calls(name, in: expression) {
            note(
                .notSupported, element,
                "\(name)() cannot be used in a search parameter: its answer does not stand in the resource")
            return false
        }
        return true
    }

    /// Whether a function of that name is called outside of quotes.
    private static func calls(_ name: String, in expression: String) -> Bool {
        var isQuoted = false
        var word = ""
        for character in expression {
            if character == "'" { isQuoted.toggle() }
            guard !isQuoted else { continue }
            if character == "(", word == name { return true }
            if character.isLetter {
                word.append(character)
            } else if character != " " {
                word = ""
            }
        }
        return false
    }

    /// Notes if nothing that an expression gives can be indexed under the parameter's type.
    private mutating func checkKind(_ expression: PathExpression, _ base: TypeID) {
        guard parameter.type != .composite else { return }
        let types = expression.resultTypes
        let isComputed = types.isEmpty
        let isIndexed =
            isComputed
            ? [.token, .string].contains(parameter.type)
            : types.contains { ElementForm(definitions[$0], definitions: definitions).isIndexed(as: parameter.type) }
        guard !isIndexed, !expression.isAlwaysEmpty else { return }
        let given =
            isComputed ? "computed values" : types.prefix(8).map { definitions[$0].name }.joined(separator: ", ")
        note(
            .value, "type",
            "on \(definitions[base].name) the expression gives \(given), which no \(parameter.type.rawValue) parameter "
                + "can find")
    }

    // MARK: Types

    /// Checks what is left for each type of resource.
    private mutating func checkTypes(_ others: [CustomParameter]) {
        for type in parameter.types(definitions) {
            let plan = base.plan(for: type)
            var draft = TypePlanDraft(extending: plan, definitions: definitions)
            if parameter.type == .composite {
                checkComponents(&draft, others, plan.name)
            } else if draft.planned(parameter) == nil, !parameter.bases.contains(where: { definitions[$0].isAbstract })
            {
                let reason = draft.failures.last?.detail ?? "it never gives anything on \(plan.name)"
                note(.value, "expression", reason)
            }
            if !findings.isEmpty { return }
        }
    }

    private mutating func checkComponents(_ draft: inout TypePlanDraft, _ others: [CustomParameter], _ type: String) {
        for (place, component) in parameter.components.enumerated() {
            guard answers(component.expression, "component[\(place)].expression") else { return }
            let custom = others.first { $0.url == component.definition && $0.type != .composite }
            if let custom, let planned = draft.planned(custom) { draft.customs[custom.url] = planned }
            let standard = definitions.searchParameters.first { $0.url == component.definition }
            let isKnown =
                draft.customs[component.definition] != nil
                || standard.map { draft.parameters[$0.code] != nil && $0.type != .composite } ?? false
            guard isKnown else {
                return note(
                    .value, "component[\(place)].definition",
                    "\"\(component.definition)\" is no search parameter of \(type) that a composite can have as a part")
            }
        }
        guard draft.composite(parameter) == nil else { return }
        let reason = draft.failures.last?.detail ?? "a part never has a value on \(type)"
        note(.value, "component", reason)
    }

    // MARK: The code

    private mutating func checkTaken(by others: [CustomParameter]) {
        let types = parameter.types(definitions)
        for type in types {
            let plan = base.plan(for: type)
            let isStandard =
                plan.parameters[parameter.code] != nil || plan.unserved.contains(parameter.code)
                || TypePlan.ofStore.contains(parameter.code)
            if isStandard, !Self.isRepetition(parameter, plan, definitions) {
                return note(
                    .taken, "code",
                    "\(plan.name) has a search parameter \"\(parameter.code)\" of the specification, which this one "
                        + "does not repeat: choose another code")
            }
            if !isStandard, parameter.code.hasPrefix("_") {
                return note(
                    .taken, "code",
                    "codes that begin with _ are the specification's: choose another than \"\(parameter.code)\"")
            }
            let other = others.first { other in
                other.code == parameter.code && other.bases.contains { definitions.isSubtype(type, of: $0) }
            }
            if let other {
                return note(
                    .taken, "code",
                    "SearchParameter/\(other.resourceID) defines \"\(parameter.code)\" of \(plan.name) already")
            }
        }
        if let other = others.first(where: { $0.url == parameter.url }) {
            note(.taken, "url", "SearchParameter/\(other.resourceID) has this url already")
        }
    }
}

extension ElementForm {
    /// Whether a value of this form can be found by a parameter of a kind.
    func isIndexed(as kind: SearchParameter.Kind) -> Bool {
        if self == .fhirExtension { return kind != .composite && kind != .special }
        switch kind {
        case .token:
            return [.text, .boolean, .number, .date, .coding, .codeableConcept, .identifier, .contactPoint].contains(
                self)
        case .string: return [.text, .humanName, .address, .codeableConcept].contains(self)
        case .date: return [.date, .period, .timing].contains(self)
        case .number: return [.number, .range, .quantity].contains(self)
        case .quantity: return [.quantity, .range, .money].contains(self)
        case .reference: return [.reference, .text, .resource].contains(self)
        case .uri: return self == .text
        case .composite, .special: return false
        }
    }
}
