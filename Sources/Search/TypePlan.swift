package import FHIR
internal import FHIRPath

/// What is indexed of one resource type, and for which parameters.
package final class TypePlan: Sendable {
    package let type: TypeID
    package let name: String
    /// Every place that some parameter looks at, each once.
    package let paths: [IndexPath]
    /// `PathExpression.rootMask` of each path, close together.
    let rootMasks: [UInt64]
    /// The parameters that can be searched, by code.
    package let parameters: [String: PlannedParameter]
    /// The codes of those that cannot: R4 gives them no expression.
    package let unserved: Set<String>
    /// Expressions that could not be compiled; their parameters are among the unserved.
    package let failures: [SearchError]
    let composites: [CompositePlan]
    /// The place that says what kind of thing a resource tells of, such as `Observation.code`; `nil` where there is none.
    package let kindPath: UInt16?

    /// The parameters that look at it, the most telling first.
    private static let kindCodes = ["code", "vaccine-code", "medication", "type", "class", "category"]

    /// Parameters that the store answers, not the index.
    static let ofStore: Set<String> = ["_id", "_lastUpdated"]

    init(_ type: TypeID, definitions: Definitions) {
        var draft = TypePlanDraft(type: type, definitions: definitions)
        for parameter in definitions.searchParameters(of: type) where !Self.ofStore.contains(parameter.code) {
            draft.add(parameter)
        }
        draft.addComposites()
        self.type = type
        name = definitions[type].name
        paths = draft.paths
        rootMasks = draft.paths.map(\.expression.rootMask)
        parameters = draft.parameters
        unserved = draft.unserved
        failures = draft.failures
        composites = draft.composites
        kindPath =
            Self.kindCodes.lazy.compactMap { draft.parameters[$0] }.first { $0.parameter.type == .token }?
            .uses.first?.path
    }
}

/// Gathers a plan.
private struct TypePlanDraft {
    let type: TypeID
    let definitions: Definitions
    var paths: [IndexPath] = []
    var places: [String: UInt16] = [:]
    var parameters: [String: PlannedParameter] = [:]
    var unserved: Set<String> = []
    var composites: [CompositePlan] = []
    var failures: [SearchError] = []
    private var waiting: [SearchParameter] = []

    /// Elements that records seldom lack though they may. To change this changes the tokens.
    private static let usual: Set<String> = [
        "subject", "patient", "encounter", "category", "effective", "performed", "period", "identifier", "birthDate",
    ]

    init(type: TypeID, definitions: Definitions) {
        self.type = type
        self.definitions = definitions
    }

    /// The branches of an expression that start from the type or one of its bases.
    private func branches(_ expression: String) -> [String] {
        PathText.branches(expression).filter { branch in
            guard let root = PathText.rootType(branch) else { return true }
            guard let rootType = definitions.type(named: root) else { return false }
            return definitions.isSubtype(type, of: rootType)
        }
    }

    mutating func add(_ parameter: SearchParameter) {
        if parameter.type == .composite {
            waiting.append(parameter)
            return
        }
        var uses: [PathUse] = []
        for branch in parameter.expression.isEmpty ? [] : branches(parameter.expression) {
            let (text, target) = parameter.type == .reference ? PathText.withoutTarget(branch) : (branch, nil)
            guard let place = place(of: text, parameter) else { continue }
            let use = PathUse(path: place, target: target)
            if !uses.contains(use) { uses.append(use) }
        }
        guard !uses.isEmpty else {
            unserved.insert(parameter.code)
            return
        }
        let targets = parameter.targets.map { definitions[$0].name }
        parameters[parameter.code] = PlannedParameter(
            parameter: parameter, uses: uses, targetNames: targets.contains("Resource") ? [] : targets, composite: nil,
            components: [])
        unserved.remove(parameter.code)
    }

    private mutating func compiled(
        _ text: String, on types: [TypeID], _ parameter: SearchParameter
    ) -> PathExpression? {
        do {
            let expression = try PathExpression.compile(text, onAnyOf: types, definitions: definitions)
            return expression.isAlwaysEmpty ? nil : expression
        } catch {
            failures.append(
                SearchError(
                    code: .badDefinitions, detail: "\(text) of \(definitions[type].name): \(error)",
                    parameter: parameter.code, cause: error))
            return nil
        }
    }

    /// The path of a branch; a new one if it is not yet there.
    private mutating func place(of branch: String, _ parameter: SearchParameter) -> UInt16? {
        let identity = "\(definitions[type].name) \(parameter.type.rawValue) \(branch)"
        if let known = places[identity] { return known }
        guard let expression = compiled(branch, on: [type], parameter) else { return nil }
        let walk = PathWalk(branch, on: type, definitions: definitions)
        let place = UInt16(paths.count)
        paths.append(
            IndexPath(
                identity: identity, kind: parameter.type, expression: expression,
                tellsAbsence: walk.map { $0.isMandatory || Self.usual.contains($0.ends.last?.baseName ?? "") } ?? false,
                isSingular: walk?.isSingular ?? false,
                tokenForm: tokenForm(expression), hasPairs: hasPairs(expression),
                bindings: walk?.ends.compactMap { $0.binding.map { definitions[$0] } } ?? []))
        places[identity] = place
        return place
    }

    private func tokenForm(_ expression: PathExpression) -> IndexPath.TokenForm {
        let types = expression.resultTypes
        if types.allSatisfy({ definitions[$0].kind == .primitive }) { return .bare }
        let coded: Set<String> = ["Coding", "CodeableConcept", "Identifier", "ContactPoint"]
        return types.allSatisfy { coded.contains(definitions[$0].name) } ? .coded : .mixed
    }

    private func hasPairs(_ expression: PathExpression) -> Bool {
        !expression.resultTypes.allSatisfy { ["Identifier", "ContactPoint"].contains(definitions[$0].name) }
    }

    /// Adds the composites, whose parts are all known by now.
    mutating func addComposites() {
        for parameter in waiting {
            let components = parameter.components.compactMap {
                parameters[definitions.searchParameters[Int($0.parameter)].code]
            }
            let branches = branches(parameter.expression).compactMap { branch(of: parameter, $0) }
            guard components.count == parameter.components.count, !branches.isEmpty else {
                unserved.insert(parameter.code)
                continue
            }
            parameters[parameter.code] = PlannedParameter(
                parameter: parameter, uses: [], targetNames: [], composite: UInt16(composites.count),
                components: components)
            composites.append(
                CompositePlan(parameter: parameter, branches: branches, kinds: components.map(\.parameter.type)))
        }
    }

    /// One branch of a composite; `nil` where a part of it cannot be compiled or never has a value.
    private mutating func branch(of parameter: SearchParameter, _ text: String) -> CompositePlan.Branch? {
        guard let whole = compiled(text, on: [type], parameter) else { return nil }
        var parts: [PathExpression] = []
        for component in parameter.components {
            guard let part = compiled(component.expression, on: whole.resultTypes, parameter) else { return nil }
            parts.append(part)
        }
        return CompositePlan.Branch(expression: whole, parts: parts)
    }
}
