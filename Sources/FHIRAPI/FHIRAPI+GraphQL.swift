internal import Access
internal import Base
internal import FHIR
internal import GraphQL
internal import HTTP
internal import JSONTape
internal import RecordStore
internal import Validation

extension FHIRAPI {
    private static let ofGraphQL = ["query", "variables", "operationName", "extensions"]

    private static let graphQLDefinition = "http://hl7.org/fhir/OperationDefinition/Resource-graphql"

    private static func graphQLRoute(_ method: HTTPMethod) -> FHIRRoute {
        FHIRRoute(
            method, "/$graphql", "GraphQL over all resources",
            [.systemOperation("graphql", definition: graphQLDefinition)],
            needs: .anyRecords(.read), takes: method == .get ? ofGraphQL : []
        ) { try $0.serveGraphQL($1, $2) }
    }

    static let graphQLRoutes: [FHIRRoute] = [HTTPMethod.get, .post].flatMap { method in
        let parameters = method == .get ? ofGraphQL : []
        return [
            graphQLRoute(method),
            FHIRRoute(
                method, "/{type}/{id}/$graphql", "GraphQL over one resource",
                [.operation("graphql", definition: graphQLDefinition)], needs: .records(.read), takes: parameters
            ) { try $0.serveGraphQL($1, $2) },
        ]
    }

    /// Adds `/graphql`, which is `/fhir/$graphql` under the name that GraphQL's tools expect.
    func addGraphQLRoutes(to router: inout Router) {
        for method in [HTTPMethod.get, .post] {
            let route = Self.graphQLRoute(method)
            router.handle(method, "/graphql", summary: route.summary) { [self] request, reply in
                serve(route, request, reply)
            }
        }
    }

    /// Answers a GraphQL request over all resources, or over the one that the path names.
    ///
    /// What cannot be executed is answered with the status of its kind, 400 for nearly all, and a document of errors,
    /// each with an OperationOutcome in it; errors of fields come with status 200 beside the rest of the data.
    /// - Source: FHIR R4 GraphQL, https://hl7.org/fhir/R4/graphql.html; GraphQL over HTTP.
    @Sendable func serveGraphQL(_ call: Call, _ reply: Reply) throws {
        let isGet = call.request.method == .get || call.request.method == .head
        try call.allowOnly(isGet ? Self.ofGraphQL : [])
        if !call.typeName.isEmpty { _ = try call.type() }
        hand(call, reply, to: readers) { [self] bench in
            do {
                return try graphQL(call, bench)
            } catch let errors as GraphQLErrors {
                if let failed = errors.errors.first(where: { $0.code == .failed }) { throw failed.cause ?? failed }
                let isMissing = errors.errors.contains { $0.code == .notFound }
                return Self.graphQLAnswer(errors.errors, status: isMissing ? .notFound : .badRequest)
            } catch let error as FHIRAPIError where error.status.code < 500 {
                return Self.graphQLAnswer([GraphQLError(code: .invalid, detail: error.detail)], status: error.status)
            }
        }
    }

    private func graphQL(_ call: Call, _ bench: Workbench) throws -> HTTPResponse {
        let request = try GraphQLBody.request(call.request, bench)
        let source = RecordSource(call, point: try store.now(call.scope))
        var root = GraphQLRoot.system
        if !call.typeName.isEmpty {
            let type = try call.type()
            do {
                _ = try present(store.read(call.scope, type: call.typeName, id: call.id), call)
            } catch let error as FHIRAPIError {
                let missing = GraphQLError(code: .notFound, detail: error.detail)
                return Self.graphQLAnswer([missing], status: error.status)
            }
            root = .resource(type, id: call.id)
        }
        let writer = ByteWriter(capacity: 16_384)
        try graphQLService.engine(store.plans(call.scope), of: call.scope.tenant).execute(
            request, on: root, source: source, now: clock.now(),
            terminology: TerminologyAnswers(terminology: terminologies.terminology(call.scope)), into: writer)
        return Self.graphQLAnswer(writer, status: .ok)
    }

    private static func graphQLAnswer(_ errors: [GraphQLError], status: HTTPStatus) -> HTTPResponse {
        let writer = ByteWriter(capacity: 1024)
        GraphQLErrorWriter.writeAnswer(errors, to: writer)
        return graphQLAnswer(writer, status: status)
    }

    private static func graphQLAnswer(_ writer: ByteWriter, status: HTTPStatus) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"],
            body: .buffer(ByteBuffer(taking: writer)))
    }
}
