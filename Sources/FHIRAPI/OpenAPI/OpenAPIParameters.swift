internal import FHIR
internal import Search

/// The parameters of requests as OpenAPI describes them.
struct OpenAPIParameters {
    let plans: SearchPlans
    let options: FHIRAPIOptions

    /// What a search may say of its answer.
    static let ofResult = [
        "_count", "_sort", "_total", "_summary", "_elements", "_include", "_revinclude", "_at", "_page",
        "_list", "_filter", "_content", "_explain",
    ]

    /// What every request may say.
    private static let ofAnswer = ["_format", "_pretty"]

    /// The parameters by which resources of a type are found, in the order of their names.
    func search(_ type: TypeID) -> [SearchParameter] {
        let plan = plans.plan(for: type)
        let ofStore = ["_id", "_lastUpdated"].compactMap { plans.definitions.searchParameter($0, of: type) }
        return ofStore + plan.parameters.keys.sorted().compactMap { plan.parameters[$0]?.parameter }
    }

    /// References to the parameters of a type's search.
    func references(_ type: TypeID) -> [JSONTree] {
        search(type).map { ["$ref": "#/components/parameters/\(Self.key($0))"] }
    }

    /// References to parameters in the query by their names.
    static func query(_ names: [String]) -> [JSONTree] {
        (names + ofAnswer.filter { !names.contains($0) }).map { ["$ref": .text("#/components/parameters/query-" + $0)] }
    }

    /// What a search by POST has in its form; without a type what searches of any type take.
    func form(_ type: TypeID?) -> JSONTree {
        let ofSearch = type.map(search)?.map { ($0.code, Self.schemaReference($0.type)) } ?? []
        let ofResult = Self.ofResult.map { ($0, Self.schema(of: $0, countMax: options.pageCountMax)) }
        return ["type": "object", "properties": .members(ofSearch + ofResult)]
    }

    /// All parameters of all routes, each once, under the names that the references have.
    func components() -> JSONTree {
        var known: Set<String> = []
        let names = Set(FHIRAPI.routes.flatMap(\.parameters) + Self.ofResult + Self.ofAnswer)
        var all = names.sorted().map { name -> (String, JSONTree) in
            let schema = Self.schema(of: name, countMax: options.pageCountMax)
            let asked = String(name.prefix { $0 != "." })
            return ("query-" + name, ["name": .text(asked), "in": "query", "schema": schema])
        }
        all += ["type", "id", "version"].map { ("path-" + $0, described($0)) }
        all += Header.allCases.map { ("header-" + $0.rawValue, $0.described) }
        for type in plans.definitions.concreteResourceTypes {
            for parameter in search(type) where known.insert(Self.key(parameter)).inserted {
                all.append(
                    (
                        Self.key(parameter),
                        [
                            "name": .text(parameter.code), "in": "query",
                            "description": .text("\(parameter.type.rawValue): \(parameter.url)"),
                            "schema": Self.schemaReference(parameter.type),
                        ]
                    ))
            }
        }
        return .members(all)
    }

    /// The name of a search parameter among the components: the last part of its canonical URL is its own.
    private static func key(_ parameter: SearchParameter) -> String {
        if parameter.id == SearchParameter.customID { return "search-\(parameter.code)-\(parameter.type.rawValue)" }
        return "search-" + (parameter.url.split(separator: "/").last.map(String.init) ?? parameter.code)
    }

    private static func schemaReference(_ kind: SearchParameter.Kind) -> JSONTree {
        ["$ref": "#/components/schemas/search-\(kind.rawValue)"]
    }

    /// What search parameters of each kind take: given again, all must hold; with commas, one must.
    static var kindSchemas: [(String, JSONTree)] {
        SearchParameter.Kind.allCases.map { kind in
            ("search-" + kind.rawValue, ["type": "array", "items": item(kind)])
        }
    }

    private static let prefix = "(eq|ne|gt|lt|ge|le|sa|eb|ap)?"
    private static let date =
        "[1-9][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|1[0-9]|2[0-8])"
        + "(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6})?)?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])?)?)?)?"

    private static func item(_ kind: SearchParameter.Kind) -> JSONTree {
        switch kind {
        case .date: ["type": "string", "pattern": .text(listPattern(prefix + date))]
        case .number: ["type": "string", "pattern": .text(listPattern(prefix + "-?[0-9]{1,9}(\\.[0-9]{1,9})?"))]
        default: ["type": "string", "minLength": 1]
        }
    }

    private static func listPattern(_ one: String) -> String { "^\(one)(,\(one))*$" }

    private static let instants: Set = ["_at", "_since", "_until", "start", "end"]
    private static let counts: Set = ["offset", "count"]
    private static let flags: Set = [
        "_pretty", "_explain", "includeDesignations", "includeDefinition", "activeOnly", "excludeNested",
        "excludeNotForUI", "excludePostCoordinated", "abstract", "inferSystem",
        "on-demand", "allowPartialManifests",
    ]

    static func schema(of name: String, countMax: Int) -> JSONTree {
        if instants.contains(name) { return ["type": "string", "pattern": .text("^\(date)$")] }
        if counts.contains(name) { return ["type": "integer", "minimum": 0] }
        if flags.contains(name) { return ["type": "boolean"] }
        switch name {
        case "_count":
            return [
                "type": "integer", "minimum": 1,
                "description": .text("Results on a page; more than \(countMax) are answered as \(countMax)."),
            ]
        case "_summary": return ["type": "string", "enum": ["true", "false", "text", "data"]]
        case "_total": return ["type": "string", "enum": ["none", "estimate", "accurate"]]
        case "_format": return ["type": "string", "enum": ["json", "application/json", "application/fhir+json"]]
        case "_page": return ["type": "string", "description": "Where to go on: as paging links give it."]
        case "max": return ["type": "integer", "minimum": 1]
        case "mode": return ["type": "string", "enum": ["full", "normative"]]
        case "mode.validate": return ["type": "string", "enum": ["create", "update", "delete", "profile"]]
        default: return ["type": "string"]
        }
    }

    /// A part of the path: a reference to those that many paths have.
    func path(_ name: String) -> JSONTree {
        ["type", "id", "version"].contains(name)
            ? ["$ref": .text("#/components/parameters/path-" + name)] : described(name)
    }

    private func described(_ name: String) -> JSONTree {
        let schema: JSONTree =
            switch name {
            case "type", "inner":
                [
                    "type": "string",
                    "enum": .list(plans.definitions.concreteResourceTypes.map { .text(plans.definitions[$0].name) }),
                ]
            case "id": ["type": "string", "pattern": "^[A-Za-z0-9\\-.]{1,64}$"]
            case "version": ["type": "string", "pattern": "^[0-9]{1,19}$"]
            default: ["type": "string"]
            }
        return ["name": .text(name), "in": "path", "required": true, "schema": schema]
    }
}

extension OpenAPIParameters {
    /// A header field of a request.
    enum Header: String, CaseIterable {
        case ifNoneMatch = "If-None-Match"
        case ifModifiedSince = "If-Modified-Since"
        case ifMatch = "If-Match"
        case ifNoneExist = "If-None-Exist"
        case prefer = "Prefer"

        var reference: JSONTree { ["$ref": .text("#/components/parameters/header-" + rawValue)] }

        var described: JSONTree {
            let text: JSONTree = ["type": "string"]
            let version: JSONTree = ["type": "string", "pattern": "^(W/)?\"[0-9]{1,18}\"$"]
            let (description, schema): (JSONTree, JSONTree) =
                switch self {
                case .ifNoneMatch: ("A version that the client has.", version)
                case .ifModifiedSince: ("When the client read it.", text)
                case .ifMatch: ("The version that must be the newest.", version)
                case .ifNoneExist: ("Criteria that nothing may fulfil yet.", text)
                case .prefer:
                    (
                        "return=minimal, representation or OperationOutcome; handling=strict or lenient; respond-async.",
                        text
                    )
                }
            return ["name": .text(rawValue), "in": "header", "description": description, "schema": schema]
        }
    }
}
