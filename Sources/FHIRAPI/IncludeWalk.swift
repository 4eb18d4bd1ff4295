internal import Base
internal import FHIR
internal import JSONTape
internal import RecordStore
internal import Search

/// Gathers what `_include` and `_revinclude` add to matches, at the point of the log at which the search was made.
/// - Source: FHIR R4 search, https://hl7.org/fhir/R4/search.html#revinclude
struct IncludeWalk {
    private let call: Call
    private let plans: SearchPlans
    private let point: LogPoint
    private let options: ResultOptions
    private let countMax: Int
    private let store: RecordStore
    private let definitions: Definitions
    /// "Type/id" of all that is in the Bundle, or is known not to be there.
    private var seen: Set<String> = []
    private var found: [StoredResource] = []
    /// Whether there was more than `countMax`.
    private(set) var isCut = false

    /// How many resources one search for referring ones names.
    private static let targetsMax = 200

    /// - Parameter plans: those that the search was read by.
    init(call: Call, plans: SearchPlans, point: LogPoint, options: ResultOptions, countMax: Int) {
        self.call = call
        self.plans = plans
        self.point = point
        self.options = options
        self.countMax = countMax
        store = call.api.store
        definitions = store.definitions
    }

    /// What is included, each resource once and none of the matches.
    mutating func resources(around matches: ArraySlice<StoredResource>) throws -> [StoredResource] {
        for match in matches { seen.insert(match.type + "/" + match.id) }
        var frontier = Array(matches)
        var isFirst = true
        while !frontier.isEmpty, !isCut {
            let before = found.count
            try follow(options.includes.filter { isFirst || $0.iterates }, from: frontier)
            for include in options.revincludes where isFirst || include.iterates {
                try search(include, for: frontier)
            }
            frontier = Array(found[before...])
            isFirst = false
        }
        return found
    }

    private mutating func add(_ resource: StoredResource) {
        guard found.count < countMax else { return isCut = true }
        found.append(resource)
    }

    // MARK: _include

    private mutating func follow(_ includes: [ResultOptions.Include], from resources: [StoredResource]) throws {
        if includes.isEmpty { return }
        for resource in resources where !isCut {
            for name in try targets(of: resource, includes) where seen.insert(name).inserted && !isCut {
                let parts = name.split(separator: "/", maxSplits: 1)
                guard parts.count == 2,
                    let target = try store.read(call.scope, type: String(parts[0]), id: String(parts[1]), at: point),
                    !target.isDeleted
                else { continue }
                add(target)
            }
        }
    }

    /// "Type/id" of what a resource refers to by the parameters.
    private func targets(of resource: StoredResource, _ includes: [ResultOptions.Include]) throws -> [String] {
        guard let type = definitions.type(named: resource.type) else { return [] }
        let plan = plans.plan(for: type)
        var wanted: [(parameter: PlannedParameter, target: String?)] = []
        for include in includes where include.source == nil || include.source == type {
            let target = include.target.map { definitions[$0].name }
            if include.parameter == "*" {
                for parameter in plan.parameters.values where parameter.parameter.type == .reference {
                    wanted.append((parameter, target))
                }
            } else if let parameter = plan.parameters[include.parameter] {
                wanted.append((parameter, target))
            }
        }
        if wanted.isEmpty { return [] }
        return try store.withEntries(call.scope, of: resource) { buffer in
            var names: [String] = []
            for entry in buffer.entries where entry.kind == .reference && entry.isBare && !entry.second.isEmpty {
                let isWanted = wanted.contains { parameter, target in
                    parameter.includes(entry) && (target.map { entry.first.text == $0 } ?? true)
                }
                if isWanted { names.append(entry.first.text + "/" + entry.second.text) }
            }
            return names
        }
    }

    // MARK: _revinclude

    private mutating func search(_ include: ResultOptions.Include, for resources: [StoredResource]) throws {
        let sources = include.source.map { [$0] } ?? definitions.concreteResourceTypes
        let targetName = include.target.map { definitions[$0].name }
        var byType: [String: [String]] = [:]
        for resource in resources where targetName == nil || targetName == resource.type {
            byType[resource.type, default: []].append(resource.id)
        }
        for (type, ids) in byType.sorted(by: { $0.key < $1.key }) {
            var start = 0
            while start < ids.count, !isCut {
                let end = min(ids.count, start + Self.targetsMax)
                let names = Set(ids[start..<end].map { type + "/" + $0 })
                let queries = sources.compactMap { source -> SearchQuery? in
                    let parameters = parameters(include, source: source, referringTo: type)
                    if parameters.isEmpty { return nil }
                    return .referring(source, by: parameters, to: names, plans: plans)
                }
                try search(queries)
                start = end
            }
        }
    }

    /// The parameters by which resources of `source` may refer to ones of `type`.
    private func parameters(
        _ include: ResultOptions.Include, source: TypeID, referringTo type: String
    ) -> [PlannedParameter] {
        let known = plans.plan(for: source).parameters
        let named = include.parameter == "*" ? known.keys.sorted() : [include.parameter]
        return named.compactMap { known[$0] }.filter { parameter in
            guard parameter.parameter.type == .reference else { return false }
            return parameter.targetNames.isEmpty || parameter.targetNames.contains(type)
        }
    }

    private mutating func search(_ queries: [SearchQuery]) throws {
        // One more than there is room for tells whether there are more.
        var window = SearchWindow(count: countMax - found.count + 1, point: point)
        var isDone = false
        while !isDone, !isCut {
            let page = try store.search(call.scope, queries, window)
            for match in page.matches where seen.insert(match.type + "/" + match.id).inserted { add(match) }
            window.cursor = page.next
            isDone = page.next == nil
        }
    }
}
