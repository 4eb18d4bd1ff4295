internal import FHIR

extension SearchQueryParser {
    // MARK: Chains

    /// References that may point at more types, which is at nearly any, need one to be named.
    private static let namedTypesMax = 32

    /// Reads `subject:Patient.general-practitioner.name`.
    mutating func chain(_ path: Substring) throws(SearchError) -> SearchChain {
        let parts = path.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let head = parts[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let code = head.first ?? ""
        let (parameter, types) = try steps(code, typeName: head.count > 1 ? head[1] : nil)
        let rest = parts[1]
        guard !rest.isEmpty else { throw values.error(.badValue, "\"\(values.name)\" ends with a point") }
        let targets = try targets(code, types) { (child) throws(SearchError) in try child.readCriteria(rest) }
        return SearchChain(
            name: values.name, value: values.value, parameter: parameter, targets: targets, plan: plan)
    }

    /// The reference parameter that a chain follows, and the types that it may lead to.
    func steps(_ code: String, typeName: String?) throws(SearchError) -> (PlannedParameter, [TypeID]) {
        guard chainDepth < limits.chainDepthMax else {
            throw values.error(
                .tooMany, "\"\(values.name)\" leads over more than \(limits.chainDepthMax) references")
        }
        guard let parameter = try known(code, of: plan) else {
            throw values.error(.unknownParameter, "\(plan.name) has no search parameter \"\(code)\"")
        }
        guard parameter.parameter.type == .reference else {
            throw values.error(
                .badValue, "\"\(values.name)\" cannot be followed: \"\(code)\" of \(plan.name) is no reference")
        }
        let fixed = Set(parameter.uses.compactMap(\.target))
        let isFixed = parameter.uses.allSatisfy { $0.target != nil }
        if let typeName {
            guard let type = values.resourceType(typeName) else {
                throw values.error(
                    .unknownModifier, "\"\(values.name)\" cannot be followed: there is no resource type \"\(typeName)\""
                )
            }
            let isPossible = parameter.targetNames.isEmpty || parameter.targetNames.contains(typeName)
            guard isPossible, !isFixed || fixed.contains(typeName) else {
                throw values.error(
                    .unknownModifier,
                    "\"\(values.name)\" cannot be followed: \"\(code)\" of \(plan.name) never points at \(typeName)")
            }
            return (parameter, [type])
        }
        let pointsAnywhere = parameter.targetNames.isEmpty || parameter.targetNames.count > Self.namedTypesMax
        guard !pointsAnywhere || isFixed else {
            throw values.error(
                .badValue,
                "\"\(values.name)\" needs a type: \"\(code)\" of \(plan.name) may point at any, as in \(code):Patient.")
        }
        let names = isFixed ? fixed.sorted() : parameter.targetNames
        return (parameter, names.compactMap { values.resourceType($0) })
    }

    /// Reads the rest of a chain for each type that it may lead to. Types without the parameter that is asked for are
    /// passed over, but not all of them.
    mutating func targets(
        _ code: String, _ types: [TypeID], _ read: (inout SearchQueryParser) throws(SearchError) -> Void
    ) throws(SearchError) -> [SearchQuery] {
        var found: [SearchQuery] = []
        var unknown: SearchError?
        for type in types {
            chainTypes += 1
            guard chainTypes <= limits.chainTypesMax else {
                throw values.error(
                    .tooMany,
                    "\"\(values.name)\" leads to more than \(limits.chainTypesMax) types: name them, as in \(code):Patient"
                )
            }
            var child = child(type: type)
            child.chainDepth += 1
            do {
                try read(&child)
                found.append(child.query)
            } catch {
                guard error.code == .unknownParameter, types.count > 1 else { throw error }
                unknown = unknown ?? error
            }
            adopt(child)
        }
        guard let first = found.first else {
            let names = types.map { plans.definitions[$0].name }.joined(separator: ", ")
            throw values.error(
                .unknownParameter,
                unknown.map {
                    "\"\(values.name)\" cannot be followed, whatever \"\(code)\" points at (\(names)): \($0)"
                }
                    ?? "\"\(values.name)\" leads nowhere")
        }
        guard found.allSatisfy({ $0.leafKinds == first.leafKinds }) else {
            let names = found.map { plans.definitions[$0.type].name }.joined(separator: ", ")
            throw values.error(
                .badValue,
                "\"\(values.name)\" means different things for \(names): name the type, as in "
                    + "\(code):\(plans.definitions[first.type].name)")
        }
        return found
    }

    // MARK: Reverse chains

    /// Reads `_has:Observation:patient:code`, where what stands behind the third colon may itself be a chain or `_has`.
    mutating func reverse(_ path: Substring) throws(SearchError) -> SearchReverse {
        let parts = path.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, !parts[3].isEmpty else {
            throw values.error(.badValue, "\"\(values.name)\" is not of the form _has:Type:reference:parameter")
        }
        guard let type = values.resourceType(parts[1]) else {
            throw values.error(.badValue, "\"\(values.name)\" names no resource type: \"\(parts[1])\"")
        }
        guard chainDepth < limits.chainDepthMax else {
            throw values.error(
                .tooMany, "\"\(values.name)\" leads over more than \(limits.chainDepthMax) references")
        }
        let other = plans.plan(for: type)
        guard let parameter = try known(parts[2], of: other) else {
            throw values.error(.unknownParameter, "\(parts[1]) has no search parameter \"\(parts[2])\"")
        }
        guard parameter.parameter.type == .reference else {
            throw values.error(
                .badValue, "\"\(values.name)\" cannot be followed: \"\(parts[2])\" of \(parts[1]) is no reference")
        }
        let isPossible = parameter.targetNames.isEmpty || parameter.targetNames.contains(plan.name)
        guard isPossible, parameter.uses.contains(where: { $0.target == nil || $0.target == plan.name }) else {
            throw values.error(
                .badValue,
                "\"\(values.name)\" cannot be followed: \"\(parts[2])\" of \(parts[1]) never points at \(plan.name)")
        }
        chainTypes += 1
        var child = child(type: type)
        child.chainDepth += 1
        try child.readCriteria(parts[3][...])
        adopt(child)
        return SearchReverse(
            name: values.name, value: values.value, parameter: parameter, source: child.query, type: query.type,
            plan: other)
    }

    /// Reads `_list`: the resources that are items of a List.
    mutating func list(_ modifier: String?) throws(SearchError) -> SearchReverse {
        if let modifier { throw values.unknownModifier(modifier) }
        guard let type = values.resourceType("List"), let parameter = plans.plan(for: type).parameters["item"] else {
            throw values.error(.notSupported, "The search parameter \"_list\" is not served")
        }
        var child = child(type: type)
        var ids: [String] = []
        for part in try alternatives() {
            var id = SearchValueText.unescaped(part)
            guard !id.hasPrefix("$") else {
                throw values.error(.notSupported, "The functional list \"\(id)\" is not served: name a List by its id")
            }
            if id.hasPrefix("List/") { id.removeFirst("List/".count) }
            guard Array(id.utf8).withUnsafeBytes({ ReferenceText.isID($0) }) else {
                throw values.error(.badValue, "\"_list\" takes the id of a List, not \"\(part)\"")
            }
            ids.append(id)
        }
        child.query.ids = [ids]
        return SearchReverse(
            name: values.name, value: values.value, parameter: parameter, source: child.query, type: query.type,
            plan: plans.plan(for: type))
    }

    // MARK: Hierarchies

    /// The parameters that say what a resource of a type is part of, where the type has one.
    private static let parents = ["partof", "part-of"]

    /// Reads what `:above` and `:below` of a reference name: `Type/id`, or an id where one type alone is possible.
    func hierarchy(
        _ parameter: PlannedParameter, isBelow: Bool, _ alternatives: [String]
    ) throws(SearchError) -> SearchHierarchy {
        var roots: [(type: TypeID, id: String, parent: PlannedParameter)] = []
        for text in alternatives {
            let criterion = try values.reference(text, of: parameter, typeModifier: nil)
            guard case .id(let id, let types, nil) = criterion.target else {
                throw values.error(.badValue, "\"\(values.name)\" takes Type/id, not \"\(text)\"")
            }
            let possible =
                types.isEmpty ? plans.definitions.concreteResourceTypes.map { plans.definitions[$0].name } : types
            let before = roots.count
            for name in possible {
                guard let type = values.resourceType(name) else { continue }
                let known = plans.plan(for: type).parameters
                let parent = Self.parents.lazy.compactMap { known[$0] }.first { candidate in
                    candidate.parameter.type == .reference && candidate.targetNames.contains(name)
                }
                if let parent { roots.append((type, id, parent)) }
            }
            guard roots.count > before else {
                throw values.error(
                    .badValue,
                    "\"\(values.name)\" takes what can be part of another, such as a Location: \"\(text)\" "
                        + "cannot")
            }
        }
        return SearchHierarchy(
            name: values.name, value: values.value, parameter: parameter, isBelow: isBelow, roots: roots, plan: plan,
            parentPlans: roots.map { plans.plan(for: $0.type) })
    }
}

extension SearchQuery {
    /// The kinds of the parameters at the ends of its chains: a value means the same only for equal ones.
    var leafKinds: [SearchParameter.Kind] {
        clauses.map(\.parameter.parameter.type) + ids.map { _ in .token } + lastUpdated.map { _ in .date }
            + conditions.flatMap(\.leafKinds)
    }
}

extension SearchCondition {
    var leafKinds: [SearchParameter.Kind] {
        switch self {
        case .clause(let clause): [clause.parameter.parameter.type]
        case .ids: [.token]
        case .lastUpdated: [.date]
        case .all(let conditions), .any(let conditions): conditions.flatMap(\.leafKinds)
        case .not(let condition): condition.leafKinds
        case .chain(let chain): chain.targets.first?.leafKinds ?? []
        case .reverse(let reverse): reverse.source.leafKinds
        case .hierarchy: [.reference]
        }
    }
}
