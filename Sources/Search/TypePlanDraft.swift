internal import FHIR
internal import FHIRPath

/// Gathers a plan.
struct TypePlanDraft {
    let type: TypeID
    let definitions: Definitions
    var paths: [IndexPath] = []
    var places: [String: UInt16] = [:]
    var parameters: [String: PlannedParameter] = [:]
    var unserved: Set<String> = []
    var composites: [CompositePlan] = []
    var failures: [SearchError] = []
    // What custom parameters bring.
    var isCustom = false
    /// How many of `paths` are the specification's.
    var standardPathCount = 0
    var used: Set<UInt16> = []
    var reindexing: [String: ReindexProgress] = [:]
    var customPaths: [Int: [UInt16]] = [:]
    /// Custom parameters by their addresses, for the parts of composites.
    var customs: [String: PlannedParameter] = [:]
    var waiting: [SearchParameter] = []

    /// Elements that records seldom lack though they may. To change this changes the tokens.
    static let usual: Set<String> = [
        "subject", "patient", "encounter", "category", "effective", "performed", "period", "identifier", "birthDate",
    ]

    init(type: TypeID, definitions: Definitions) {
        self.type = type
        self.definitions = definitions
    }

    /// The branches of an expression that start from the type or one of its bases.
    func branches(_ expression: String) -> [String] {
        ofType(PathText.branches(expression))
    }

    /// Those that start from the type or one of its bases.
    func ofType(_ branches: [String]) -> [String] {
        branches.filter { branch in
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

    mutating func compiled(
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
    mutating func place(of branch: String, _ parameter: SearchParameter) -> UInt16? {
        let identity = "\(definitions[type].name) \(parameter.type.rawValue) \(branch)"
        if let known = places[identity] { return known }
        guard let expression = compiled(branch, on: [type], parameter) else { return nil }
        let walk = PathWalk(branch, on: type, definitions: definitions)
        let place = UInt16(paths.count)
        paths.append(
            IndexPath(
                identity: identity, kind: parameter.type, expression: expression,
                tellsAbsence: !isCustom
                    && walk.map { $0.isMandatory || Self.usual.contains($0.ends.last?.baseName ?? "") } ?? false,
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
    mutating func branch(of parameter: SearchParameter, _ text: String) -> CompositePlan.Branch? {
        guard let whole = compiled(text, on: [type], parameter) else { return nil }
        var parts: [PathExpression] = []
        for component in parameter.components {
            guard let part = compiled(component.expression, on: whole.resultTypes, parameter) else { return nil }
            parts.append(part)
        }
        return CompositePlan.Branch(expression: whole, parts: parts)
    }
}
