internal import FHIR
internal import FHIRPath

extension TypePlanDraft {
    /// One that goes on from a plan: what the plan has keeps its place.
    init(extending base: TypePlan, definitions: Definitions) {
        self.init(type: base.type, definitions: definitions)
        isCustom = true
        paths = base.paths
        standardPathCount = base.standardPathCount
        for (place, path) in base.paths.enumerated() { places[path.identity] = UInt16(place) }
        used = Set(base.indexed)
        parameters = base.parameters
        unserved = base.unserved
        failures = base.failures
        composites = base.composites
    }

    /// Adds a custom parameter. One that is out of use keeps its places, so that those behind it keep theirs.
    mutating func add(_ slot: CustomSlot, place: Int) {
        guard slot.parameter.type != .composite else { return }
        let planned = planned(slot.parameter)
        guard slot.state.isInUse, let planned else { return }
        enter(planned, slot, place)
    }

    /// What a custom parameter other than a composite is for the type; `nil` if its expression gives nothing there.
    mutating func planned(_ custom: CustomParameter) -> PlannedParameter? {
        let parameter = custom.parameter
        var uses: [PathUse] = []
        for branch in ofType(custom.branches) {
            let (text, target) = parameter.type == .reference ? PathText.withoutTarget(branch) : (branch, nil)
            guard paths.count < Int(UInt16.max), let place = self.place(of: text, parameter) else { continue }
            let use = PathUse(path: place, target: target)
            if !uses.contains(use) { uses.append(use) }
        }
        guard !uses.isEmpty else { return nil }
        let targets = parameter.targets.map { definitions[$0].name }
        return PlannedParameter(
            parameter: parameter, uses: uses, targetNames: targets.contains("Resource") ? [] : targets, composite: nil,
            components: [])
    }

    /// Adds the composites among custom parameters, whose parts are all known by now.
    mutating func addCustomComposites(_ customs: [(place: Int, slot: CustomSlot)]) {
        for (place, slot) in customs where slot.parameter.type == .composite {
            let made = composite(slot.parameter)
            // A place is taken in any case, so that those behind it keep theirs.
            composites.append(
                made?.plan ?? CompositePlan(parameter: slot.parameter.parameter, branches: [], kinds: []))
            if slot.state.isInUse, let made { enter(made.planned, slot, place) }
        }
    }

    /// What a custom composite is for the type, with the next place among composites; `nil` if a part of it is unknown.
    mutating func composite(_ custom: CustomParameter) -> (planned: PlannedParameter, plan: CompositePlan)? {
        let parts = custom.components.compactMap { component in
            self.customs[component.definition]
                ?? definitions.searchParameters.first { $0.url == component.definition }.flatMap { parameters[$0.code] }
        }
        guard parts.count == custom.components.count, !parts.contains(where: { $0.composite != nil }) else {
            return nil
        }
        var branches: [CompositePlan.Branch] = []
        for text in ofType(custom.branches) {
            guard let whole = compiled(text, on: [type], custom.parameter) else { continue }
            let expressions = custom.components.compactMap {
                compiled($0.expression, on: whole.resultTypes, custom.parameter)
            }
            guard expressions.count == parts.count else { continue }
            branches.append(CompositePlan.Branch(expression: whole, parts: expressions))
        }
        guard !branches.isEmpty, composites.count < Int(UInt16.max) else { return nil }
        let planned = PlannedParameter(
            parameter: custom.parameter, uses: [], targetNames: [], composite: UInt16(composites.count),
            components: parts)
        return (
            planned,
            CompositePlan(parameter: custom.parameter, branches: branches, kinds: parts.map(\.parameter.type))
        )
    }

    private mutating func enter(_ planned: PlannedParameter, _ slot: CustomSlot, _ place: Int) {
        let needed = Set((planned.uses + planned.components.flatMap(\.uses)).map(\.path))
        used.formUnion(needed)
        // What only repeats a parameter of the specification needs nothing of its own.
        guard !isStandard(planned.code) else { return }
        customPaths[place] = needed.filter { Int($0) >= standardPathCount }.sorted()
        customs[slot.parameter.url] = planned
        if case .reindexing(let progress) = slot.state {
            reindexing[planned.code] = progress
        } else {
            parameters[planned.code] = planned
        }
    }

    /// Whether the specification has a parameter of that code for the type, be it one that is not served.
    func isStandard(_ code: String) -> Bool {
        if TypePlan.ofStore.contains(code) || unserved.contains(code) { return true }
        return parameters[code].map { $0.parameter.id != SearchParameter.customID } ?? false
    }
}
