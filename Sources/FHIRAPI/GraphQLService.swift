internal import FHIR
internal import GraphQL
internal import Synchronization

/// Keeps the GraphQL schema, which is made when it is first asked for.
final class GraphQLService: Sendable {
    private let made = Mutex<GraphQLEngine?>(nil)

    func engine(_ definitions: Definitions) -> GraphQLEngine {
        made.withLock { made in
            if let known = made { return known }
            let engine = GraphQLEngine(definitions)
            made = engine
            return engine
        }
    }
}
