package import FHIR

/// What is indexed of one resource type, and for which parameters.
package final class TypePlan: Sendable {
    package let type: TypeID
    package let name: String
    /// Every place that some parameter looks at, each once.
    package let paths: [IndexPath]
    /// The parameters that can be searched, by code.
    package let parameters: [String: PlannedParameter]
    /// The codes of those that cannot: R4 gives them no expression.
    package let unserved: Set<String>
    let composites: [CompositePlan]

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
        parameters = draft.parameters
        unserved = draft.unserved
        composites = draft.composites
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
    private var waiting: [SearchParameter] = []

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
        let branches = parameter.expression.isEmpty ? [] : branches(parameter.expression)
        guard !branches.isEmpty else {
            unserved.insert(parameter.code)
            return
        }
        var uses: [PathUse] = []
        for branch in branches {
            let (text, target) = parameter.type == .reference ? PathText.withoutTarget(branch) : (branch, nil)
            let use = PathUse(path: place(of: text, kind: parameter.type), target: target)
            if !uses.contains(use) { uses.append(use) }
        }
        let targets = parameter.targets.map { definitions[$0].name }
        parameters[parameter.code] = PlannedParameter(
            parameter: parameter, uses: uses, targetNames: targets.contains("Resource") ? [] : targets, composite: nil,
            components: [])
        unserved.remove(parameter.code)
    }

    /// The path of a branch; a new one if it is not yet there.
    private mutating func place(of branch: String, kind: SearchParameter.Kind) -> UInt16 {
        let identity = "\(definitions[type].name) \(kind.rawValue) \(branch)"
        if let known = places[identity] { return known }
        let walk = PathWalk(branch, on: type, definitions: definitions)
        let place = UInt16(paths.count)
        paths.append(
            IndexPath(
                identity: identity, kind: kind, expression: branch, firstMembers: walk?.firstMembers ?? [],
                tellsAbsence: walk?.isMandatory ?? false, isSingular: walk?.isSingular ?? false,
                tokenForm: tokenForm(walk), bindings: walk?.ends.compactMap { $0.binding.map { definitions[$0] } } ?? []))
        places[identity] = place
        return place
    }

    private func tokenForm(_ walk: PathWalk?) -> IndexPath.TokenForm {
        guard let walk, !walk.types.isEmpty else { return .mixed }
        let primitives = walk.types.filter { definitions[$0].kind == .primitive }.count
        if primitives == walk.types.count { return .bare }
        let coded: Set<String> = ["Coding", "CodeableConcept", "Identifier", "ContactPoint"]
        return walk.types.allSatisfy { coded.contains(definitions[$0].name) } ? .coded : .mixed
    }

    /// Adds the composites, whose parts are all known by now.
    mutating func addComposites() {
        for parameter in waiting {
            let parts = parameter.components.map { definitions.searchParameters[Int($0.parameter)] }
            let components = parts.compactMap { parameters[$0.code] }
            let branches = branches(parameter.expression).compactMap { text -> CompositePlan.Branch? in
                guard let walk = PathWalk(text, on: type, definitions: definitions) else { return nil }
                return CompositePlan.Branch(expression: text, isRoot: walk.ends.isEmpty, types: walk.types)
            }
            guard components.count == parts.count, !branches.isEmpty else {
                unserved.insert(parameter.code)
                continue
            }
            let planned = zip(parts, parameter.components).map {
                CompositePlan.Part(kind: $0.type, expression: $1.expression)
            }
            parameters[parameter.code] = PlannedParameter(
                parameter: parameter, uses: [], targetNames: [], composite: UInt16(composites.count),
                components: components)
            composites.append(CompositePlan(parameter: parameter.id, branches: branches, parts: planned))
        }
    }
}
