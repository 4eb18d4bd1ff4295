internal import Base
internal import Compression
internal import FHIR
internal import HTTP
internal import Search
internal import Synchronization

/// The description of all that a server answers, for programs: made from the routes that serve and from the search
/// parameters that are indexed.
/// - Source: OpenAPI 3.0.3, https://spec.openapis.org/oas/v3.0.3
final class OpenAPIDocument: Sendable {
    private let routes: [Route]
    private let parameters: OpenAPIParameters
    private let made = Mutex(Made())

    private struct Made {
        var plain: ByteBuffer?
        var coded: [ContentCoding: ByteBuffer] = [:]
    }

    /// - Parameter routes: what is answered, of this interface and of others on the same address.
    init(routes: [Route], plans: SearchPlans, options: FHIRAPIOptions) {
        self.routes = routes
        parameters = OpenAPIParameters(plans: plans, options: options)
    }

    /// The document in a coding or as it is, once it is made.
    func ready(_ coding: ContentCoding?) -> ByteBuffer? {
        made.withLock { made in
            guard let coding else { return made.plain }
            return made.coded[coding]
        }
    }

    /// The document in a coding or as it is; made when it is first asked for, which takes a moment.
    func json(_ coding: ContentCoding?) throws -> ByteBuffer {
        try made.withLock { made in
            let plain: ByteBuffer
            if let known = made.plain {
                plain = known
            } else {
                let writer = ByteWriter(capacity: 1 << 20)
                tree.write(to: writer)
                plain = ByteBuffer(taking: writer)
                made.plain = plain
            }
            guard let coding else { return plain }
            if let known = made.coded[coding] { return known }
            let writer = ByteWriter(capacity: 1 << 18)
            let coder = try ContentCoder()
            try plain.withUnsafeBytes { try coder.encode($0, as: coding, to: writer) }
            let coded = ByteBuffer(taking: writer)
            made.coded[coding] = coded
            return coded
        }
    }

    private var tree: JSONTree {
        [
            "openapi": "3.0.3",
            "info": [
                "title": "Martlet", "version": .text(parameters.options.softwareVersion),
                "description": """
                FHIR R4 in JSON. Searches also take the modifiers of FHIR, as in name:exact, chains and _has. All of \
                /fhir is served for one tenant by name under /t/{tenant}/fhir as well.
                """,
                "license": ["name": "Apache-2.0"],
            ],
            "servers": [["url": .text(parameters.options.publicOrigin ?? "/")]],
            "security": [["bearer": []], ["cookie": []]],
            "paths": paths,
            "components": [
                "securitySchemes": securitySchemes,
                "parameters": parameters.components(), "schemas": OpenAPISchemas.all,
                "responses": OpenAPISchemas.responses,
            ],
        ]
    }

    /// By what requests are let in.
    private var securitySchemes: JSONTree {
        [
            "bearer": [
                "type": "http", "scheme": "bearer",
                "description": "An access token: `/.well-known/smart-configuration` says where to get one.",
            ],
            "cookie": [
                "type": "apiKey", "in": "cookie", "name": .text(parameters.options.sessionCookieName),
                "description": """
                The session of a signed-in person. Requests that change something repeat its token in X-CSRF-Token.
                """,
            ],
        ]
    }

    private var paths: JSONTree {
        let known = Dictionary(
            FHIRAPI.routes.map { (Self.key($0.method, "/fhir" + $0.path), $0) }, uniquingKeysWith: { first, _ in first }
        )
        var order: [String] = []
        var items: [String: [(String, JSONTree)]] = [:]
        func add(_ method: HTTPMethod, _ path: String, _ operation: JSONTree) {
            if items[path] == nil { order.append(path) }
            items[path, default: []].append((method.name.lowercased(), operation))
        }
        for route in routes {
            let path = route.pattern.description
            // The same again under a tenant's name is told in words.
            if path.hasPrefix("/t/{tenant}/") { continue }
            let described = path == "/graphql" ? "/fhir/$graphql" : path
            guard let facts = known[Self.key(route.method, described)] else {
                add(route.method, path, Self.plain(route))
                continue
            }
            for (path, type) in places(path) {
                let operation = OpenAPIOperation(route: facts, path: path, type: type, parameters: parameters)
                add(route.method, path, operation.tree)
            }
        }
        return .members(order.map { ($0, .members(items[$0] ?? [])) })
    }

    private static func key(_ method: HTTPMethod, _ path: String) -> String { method.name + " " + path }

    /// The paths under which a route is described: one for each type where the type decides about the parameters.
    private func places(_ path: String) -> [(String, TypeID?)] {
        guard path == "/fhir/{type}" || path == "/fhir/{type}/_search" else { return [(path, nil)] }
        let definitions = parameters.plans.definitions
        return definitions.concreteResourceTypes.map { type in
            ("/fhir/" + definitions[type].name + path.dropFirst("/fhir/{type}".count), type)
        }
    }

    /// A route that is not FHIR's: a page, a probe, or one of the interfaces for accounts and clients, which say themselves
    /// whom they are for.
    private static func plain(_ route: Route) -> JSONTree {
        let path = route.pattern.description
        let parameters = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { part -> JSONTree in
            [
                "name": .text(String(part.dropFirst().dropLast())), "in": "path", "required": .bool(true),
                "schema": ["type": "string"],
            ]
        }
        return [
            "operationId": .text(OpenAPIOperation.identifier(route.method, path)),
            "summary": .text(route.summary), "tags": ["server"], "security": [], "parameters": .list(parameters),
            "responses": [
                "200": ["description": .text(route.summary)],
                "default": ["description": "Done in another way, or refused: then mostly a problem (RFC 9457)."],
            ],
        ]
    }
}
