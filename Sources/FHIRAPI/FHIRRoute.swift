internal import Access
internal import HTTP

/// One method on one path of this interface: how it is answered, and what of FHIR it serves. Requests from outside, the
/// entries of batches and transactions, and the CapabilityStatement all go by the same table.
struct FHIRRoute: Sendable {
    /// What a route serves, in the words of the CapabilityStatement.
    enum Served: Sendable, Hashable {
        /// An interaction with resources of a type.
        case interaction(String)
        /// An interaction with the system as a whole.
        case system(String)
        /// A member of `rest.resource` that is then true, such as `conditionalCreate`.
        case feature(String)
        /// An operation, on one type or all types or the system.
        case operation(String, definition: String, type: String? = nil)
        case systemOperation(String, definition: String)

        /// What the audit trail calls it.
        fileprivate var event: String {
            switch self {
            case .interaction(let name), .system(let name): name
            case .feature("conditionalDelete"): "delete"
            case .feature("conditionalCreate"): "create"
            case .feature: "update"
            case .operation(let name, _, _), .systemOperation(let name, _): name
            }
        }
    }

    typealias Body = @Sendable (FHIRAPI, Call, Reply) throws -> Void

    let method: HTTPMethod
    /// Below the interface's address.
    let path: String
    let summary: String
    let serves: [Served]
    /// What the audit trail calls it.
    let event: String
    /// What it takes of whoever asks.
    let needs: AccessNeed
    /// The parameters that its query takes, but for those of searches and those that every route takes. What means
    /// something else here than in other routes has the operation's name behind a point: `mode.validate`.
    let parameters: [String]
    /// Whether a client may ask for its answer later by `Prefer: respond-async`.
    let comesLater: Bool
    let body: Body

    init(
        _ method: HTTPMethod, _ path: String, _ summary: String, _ serves: [Served] = [],
        needs: AccessNeed, takes parameters: [String] = [], comesLater: Bool = true, event: String? = nil,
        _ body: @escaping Body
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.serves = serves
        self.needs = needs
        self.event = event ?? serves.first?.event ?? "search-compartment"
        self.parameters = parameters
        self.comesLater = comesLater
        self.body = body
    }
}

/// Finds the route of a request within a Bundle.
struct InnerRoutes: Sendable {
    private let router: Router
    private let routes: [String: FHIRRoute]

    init(_ all: [FHIRRoute]) {
        var router = Router()
        var routes: [String: FHIRRoute] = [:]
        for route in all {
            let pattern = PathPattern("/" + route.path)
            router.answer(route.method, pattern) { _ in HTTPResponse() }
            routes[Self.key(route.method, pattern)] = route
        }
        self.router = router
        self.routes = routes
    }

    private static func key(_ method: HTTPMethod, _ pattern: PathPattern) -> String {
        method.name + " " + pattern.description
    }

    /// - Returns: the route and what its path captures.
    /// - Throws: `HTTPError.notFound`, `.methodNotAllowed`.
    func find(_ method: HTTPMethod, _ path: [String]) throws(HTTPError) -> (FHIRRoute, PathCaptures) {
        switch router.match(method, path: path) {
        case .route(let route, let captures):
            guard let found = routes[Self.key(route.method, route.pattern)] else { break }
            return (found, captures)
        case .otherMethods(let allowed):
            throw HTTPError(.methodNotAllowed(allow: allowed), "This path does not take \(method.name).")
        case .none: break
        }
        throw HTTPError(.notFound, "Nothing is at this path.")
    }
}
