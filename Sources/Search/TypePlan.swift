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
    /// How many of `paths` are the specification's: they come first, those of custom parameters behind them.
    let standardPathCount: Int
    /// The places in `paths` that tokens are made of: all but those that custom parameters looked at which are out of use.
    let indexed: [UInt16]
    /// Custom parameters that cannot be searched yet, by code: what was stored before them is still being indexed.
    package let reindexing: [String: ReindexProgress]
    /// By the place of a custom parameter in `SearchPlans.customs`: the paths behind the specification's that it needs.
    let customPaths: [Int: [UInt16]]
    /// The place that says what kind of thing a resource tells of, such as `Observation.code`; `nil` where there is none.
    package let kindPath: UInt16?

    /// The parameters that look at it, the most telling first.
    private static let kindCodes = ["code", "vaccine-code", "medication", "type", "class", "category"]

    /// Parameters that the store answers, not the index.
    static let ofStore: Set<String> = ["_id", "_lastUpdated"]

    /// The plan of the specification's parameters.
    convenience init(_ type: TypeID, definitions: Definitions) {
        var draft = TypePlanDraft(type: type, definitions: definitions)
        for parameter in definitions.searchParameters(of: type) where !Self.ofStore.contains(parameter.code) {
            draft.add(parameter)
        }
        draft.addComposites()
        self.init(draft, standardPathCount: draft.paths.count)
    }

    /// The plan of a type that has custom parameters as well. What `base` has keeps its place.
    /// - Parameter customs: those of the type, with their places in `SearchPlans.customs`, in this order.
    convenience init(extending base: TypePlan, customs: [(place: Int, slot: CustomSlot)], definitions: Definitions) {
        var draft = TypePlanDraft(extending: base, definitions: definitions)
        for (place, slot) in customs { draft.add(slot, place: place) }
        draft.addCustomComposites(customs)
        self.init(draft, standardPathCount: base.paths.count)
    }

    /// The part of a plan that makes the tokens of some paths. It answers no searches but those of the specification's
    /// parameters, and these only if it keeps their paths.
    convenience init(narrowing plan: TypePlan, keepsStandard: Bool, identities: Set<String>, definitions: Definitions) {
        var draft = TypePlanDraft(type: plan.type, definitions: definitions)
        for (place, path) in plan.paths.enumerated() {
            let isStandard = place < plan.standardPathCount
            if isStandard ? keepsStandard : identities.contains(path.identity) { draft.paths.append(path) }
        }
        if keepsStandard {
            draft.parameters = plan.parameters.filter { $0.value.parameter.id != SearchParameter.customID }
        }
        self.init(draft, standardPathCount: keepsStandard ? plan.standardPathCount : 0)
    }

    private init(_ draft: TypePlanDraft, standardPathCount: Int) {
        type = draft.type
        name = draft.definitions[draft.type].name
        paths = draft.paths
        rootMasks = draft.paths.map(\.expression.rootMask)
        parameters = draft.parameters
        unserved = draft.unserved
        failures = draft.failures
        composites = draft.composites
        self.standardPathCount = standardPathCount
        indexed = draft.paths.indices.map { UInt16($0) }.filter {
            $0 < standardPathCount || !draft.isCustom || draft.used.contains($0)
        }
        reindexing = draft.reindexing
        customPaths = draft.customPaths
        kindPath =
            Self.kindCodes.lazy.compactMap { draft.parameters[$0] }.first {
                $0.parameter.type == .token && $0.parameter.id != SearchParameter.customID
            }?
            .uses.first?.path
    }
}
