internal import FHIR
internal import HTTP
internal import Search

/// One route as OpenAPI describes it.
struct OpenAPIOperation {
    let route: FHIRRoute
    /// The path as clients write it, `/fhir/{type}/{id}`, with the type's name where it is described for one type.
    let path: String
    /// The type that it is described for.
    let type: TypeID?
    let parameters: OpenAPIParameters

    /// A request's body for a type's resource, and what a type's answer is, has no schema of its own: R4's structure
    /// goes past what JSON Schema can say, and the structure is checked on every write anyway.
    private static let fhir = "application/fhir+json"

    var tree: JSONTree {
        let tree: JSONTree = [
            "operationId": .text(Self.identifier(route.method, path)), "summary": .text(route.summary),
            "tags": [.text(typeName ?? (path.contains("{type}") ? "any type" : "system"))],
            "parameters": .list(allParameters), "responses": responses,
        ]
        return tree.with("requestBody", body)
    }

    /// `get.fhir.Patient`: the method and the path's parts.
    static func identifier(_ method: HTTPMethod, _ path: String) -> String {
        ([method.name.lowercased()] + path.split(separator: "/").map { $0.filter { !"{}$".contains($0) } })
            .joined(separator: ".")
    }

    private var typeName: String? { type.map { parameters.plans.definitions[$0].name } }
    private var isSearch: Bool {
        route.path.hasSuffix("/_search") || route.path.hasSuffix("/{inner}")
            || route.serves.contains { $0 == .interaction("search-type") || $0 == .system("search-system") }
    }
    private var isRead: Bool { route.serves.contains { $0 == .interaction("read") || $0 == .interaction("vread") } }
    private var isGraphQL: Bool { route.path.hasSuffix("$graphql") }
    private var isOperation: Bool { route.path.contains("$") }
    private var isValidation: Bool { route.path.hasSuffix("$validate") }
    /// Whether the answer comes in other forms than FHIR's JSON, or later.
    private var isLater: Bool { route.path.contains("$export") || route.path.contains("$async") }
    private var takesPreferences: Bool { writes || isSearch || route.path.hasSuffix("$export") }
    /// Whether the answer comes later if the client prefers that.
    private var mayComeLater: Bool { takesPreferences && route.comesLater }
    /// Whether it writes what the criteria in its query find.
    private var isConditional: Bool { route.path == "/{type}" && ![.get, .post].contains(route.method) }
    private var writes: Bool {
        ![.get, .head].contains(route.method) && !isSearch && (!isOperation || route.path.contains("$meta"))
    }

    private var allParameters: [JSONTree] {
        var all = path.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { parameters.path(String($0.dropFirst().dropLast())) }
        if let type, isConditional || isSearch && route.method == .get { all += parameters.references(type) }
        let results = isSearch && route.method == .get ? OpenAPIParameters.ofResult : []
        all += OpenAPIParameters.query(route.parameters + results)
        return all + headers
    }

    private var headers: [JSONTree] {
        var all: [OpenAPIParameters.Header] = isRead ? [.ifNoneMatch, .ifModifiedSince] : []
        if [.put, .patch, .delete].contains(route.method), !isOperation { all.append(.ifMatch) }
        if route.serves.contains(.feature("conditionalCreate")) { all.append(.ifNoneExist) }
        if takesPreferences { all.append(.prefer) }
        return all.map(\.reference)
    }

    private var body: JSONTree? {
        if route.method == .get || route.method == .delete { return nil }
        // What is stored is validated as it is if nothing comes along.
        let mayBeMissing = isSearch || isValidation && path.contains("{id}")
        return ["required": .bool(!mayBeMissing), "content": bodyContent]
    }

    private var bodyContent: JSONTree {
        let parametersBody: JSONTree = ["schema": ["$ref": "#/components/schemas/Parameters"]]
        if isSearch {
            return ["application/x-www-form-urlencoded": ["schema": parameters.form(type)]]
        }
        if isGraphQL {
            return [
                "application/json": ["schema": ["$ref": "#/components/schemas/GraphQLRequest"]],
                "application/graphql": ["schema": ["type": "string"]],
            ]
        }
        if route.method == .patch {
            return [
                "application/json-patch+json": ["schema": ["$ref": "#/components/schemas/JSONPatch"]],
                "application/fhir+json": parametersBody,
            ]
        }
        if isOperation && !isValidation { return [Self.fhir: parametersBody] }
        if route.path.isEmpty { return [Self.fhir: ["schema": ["$ref": "#/components/schemas/Bundle"]]] }
        guard let typeName else { return [Self.fhir: ["schema": ["$ref": "#/components/schemas/Resource"]]] }
        let schema: JSONTree = [
            "allOf": [
                ["$ref": "#/components/schemas/Resource"],
                ["type": "object", "properties": ["resourceType": ["type": "string", "enum": [.text(typeName)]]]],
            ]
        ]
        return [Self.fhir: ["schema": schema]]
    }

    private var responses: JSONTree {
        var codes = ["400", "401", "403", "404", "406", "410", "414", "429", "431", "503"]
        if route.method != .get && route.method != .delete { codes += ["413", "415", "422"] }
        if isOperation { codes += ["422"] }
        if isLater || mayComeLater { codes += ["507"] }
        if writes { codes += ["409", "412", "507"] }
        let named = ["401": "Unauthorized", "403": "Forbidden", "429": "TooManyRequests"]
        let refusals = Set(codes).sorted().map { code -> (String, JSONTree) in
            let name = named[code] ?? (isGraphQL ? "GraphQLRefusal" : "Refusal")
            return (code, ["$ref": .text("#/components/responses/" + name)])
        }
        return .members(successes + (mayComeLater ? [Self.taken] : []) + refusals)
    }

    private static let taken: (String, JSONTree) = (
        "202", ["description": "Taken: the header Content-Location tells where to ask how it stands."]
    )

    private var successes: [(String, JSONTree)] {
        if isLater {
            return [
                ("200", ["description": "A manifest, or a file of it."]),
                Self.taken,
            ]
        }
        if isGraphQL {
            return [("200", Self.answer("Data and errors of fields.", "GraphQLAnswer", media: "application/json"))]
        }
        if route.method == .delete {
            return [
                ("200", Self.answer("Done, with Prefer: return=OperationOutcome.", "OperationOutcome")),
                ("204", ["description": "Done."]),
            ]
        }
        if isSearch || route.path.isEmpty || route.path.hasSuffix("_history") || route.path.hasSuffix("$everything") {
            return [("200", Self.answer("A Bundle.", "Bundle"))]
        }
        if isValidation { return [("200", Self.answer("What was found.", "OperationOutcome"))] }
        let resource = Self.answer("The resource; nothing with Prefer: return=minimal.", "Resource")
        if writes && !isOperation {
            let created = Self.answer("A new resource; nothing with Prefer: return=minimal.", "Resource")
            return route.method == .patch ? [("200", resource)] : [("200", resource), ("201", created)]
        }
        let found = Self.answer("The answer.", "Resource")
        return isRead ? [("200", found), ("304", ["description": "Not changed."])] : [("200", found)]
    }

    private static func answer(_ description: String, _ schema: String, media: String = fhir) -> JSONTree {
        let shape: JSONTree = ["schema": ["$ref": .text("#/components/schemas/" + schema)]]
        return ["description": .text(description), "content": .members([(media, shape)])]
    }
}
