internal import GraphQL
internal import HTTP
internal import JSONTape

/// Reads GraphQL requests as HTTP carries them: in the query, as JSON, as the bare document, or as FHIR Parameters.
/// - Source: https://graphql.org/learn/serving-over-http; FHIR R4 operation graphql,
///   https://hl7.org/fhir/R4/resource-operation-graphql.html
enum GraphQLBody {
    /// - Returns: what is valid until the bench parses something else.
    /// - Throws: `FHIRAPIError` for what is no request, `JSONError`.
    static func request(_ request: HTTPRequest, _ bench: Workbench) throws -> GraphQLRequest {
        if request.method == .get || request.method == .head { return try query(request, bench) }
        let type = request.contentType
        guard type?.parameter("charset").map({ $0.lowercased() == "utf-8" }) ?? true else { throw unsupported(request) }
        switch type?.essence {
        case "application/graphql": return GraphQLRequest(query: request.body)
        case "application/json", "application/fhir+json": return try document(request, bench)
        default: throw unsupported(request)
        }
    }

    private static func unsupported(_ request: HTTPRequest) -> FHIRAPIError {
        let said = request.headers["content-type"].map { "\"\($0.shortened)\"" } ?? "no Content-Type"
        return FHIRAPIError(
            .unsupportedMediaType, .notSupported,
            "The request has \(said): send application/json with query, variables and operationName, or the document "
                + "as application/graphql.", location: "http.Content-Type")
    }

    private static func query(_ request: HTTPRequest, _ bench: Workbench) throws -> GraphQLRequest {
        guard let text = request.query["query"] else { throw missing("http.query") }
        var made = GraphQLRequest(query: Array(text.utf8), operationName: request.query["operationName"])
        if var variables = request.query["variables"], !variables.isEmpty {
            made.variables = try variables.withUTF8 { bytes in
                try parse(UnsafeRawBufferPointer(bytes), "The parameter variables", bench)
            }
        }
        return made
    }

    private static func missing(_ location: String? = nil) -> FHIRAPIError {
        FHIRAPIError(
            .invalid, .required, "The request has no GraphQL document: send it as query.", location: location)
    }

    private static func parse(
        _ text: UnsafeRawBufferPointer, _ what: String, _ bench: Workbench
    ) throws -> JSONValue {
        do {
            return try bench.parse(text)
        } catch {
            if error.code == .noMemory || error.code == .tooLarge { throw error }
            throw FHIRAPIError(.invalid, .invalid, "\(what) is no JSON: \(error).", cause: error)
        }
    }

    private static func document(_ request: HTTPRequest, _ bench: Workbench) throws -> GraphQLRequest {
        let body = try request.body.withUnsafeBytes { try parse($0, "The body", bench) }
        guard body.isObject else {
            throw FHIRAPIError(.invalid, .structure, "The body is no JSON object: send one request with a query.")
        }
        if body.member("resourceType")?.equals("Parameters") == true { return try parameters(body) }
        guard let query = body.member("query"), query.isString else { throw missing() }
        let name = body.member("operationName")
        guard name == nil || name?.isString == true || name?.kind == .null else {
            throw FHIRAPIError(.invalid, .value, "operationName is no string.")
        }
        return GraphQLRequest(
            query: Array(query.utf8), operationName: name?.string, variables: body.member("variables"))
    }

    private static func parameters(_ body: JSONValue) throws -> GraphQLRequest {
        for parameter in body.member("parameter")?.elementsOrSelf ?? body.elements
        where parameter.member("name")?.equals("query") == true {
            guard let text = parameter.member("valueString"), text.isString else { continue }
            return GraphQLRequest(query: Array(text.utf8))
        }
        throw missing()
    }
}
