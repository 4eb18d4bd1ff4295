/// Finds the route of a request: a value, built once and then only read.
///
/// Segment by segment a literal goes before a capture, a capture before `*`. The most specific pattern that fits the
/// path decides; if it lacks the method, the answer is 405 with `Allow`, even where a less specific one has it.
/// `HEAD` is answered by the route of `GET` (the transport leaves out the body); `OPTIONS` by the router itself.
package struct Router: Sendable {
    /// A node of the tree of patterns; children are indexes into `nodes`.
    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        var capture: Int?
        /// Indexes of routes that end here.
        var exact: [Int] = []
        /// Indexes of routes that end here with `*`.
        var rest: [Int] = []
    }

    /// All routes in the order in which they were added.
    package private(set) var routes: [Route] = []
    private var nodes = [Node()]
    private let renderError: ErrorRenderer
    /// Told of each request that was answered; `nil` for nobody.
    package var observer: RequestObserver?

    /// - Parameter renderError: makes the answers to 404, 405 and what handlers throw.
    package init(renderError: @escaping ErrorRenderer = ProblemDocument.render) {
        self.renderError = renderError
    }

    /// Adds a route whose handler answers through a `Reply`.
    /// - Precondition: no route has this method and an equal pattern.
    package mutating func handle(
        _ method: HTTPMethod, _ pattern: PathPattern, summary: String = "", _ handler: @escaping Handler
    ) {
        add(Route(method: method, pattern: pattern, summary: summary, action: .callback(handler), number: routes.count))
    }

    /// Adds a route that answers on the server's thread: for what neither waits nor takes long.
    /// - Precondition: no route has this method and an equal pattern.
    package mutating func answer(
        _ method: HTTPMethod, _ pattern: PathPattern, summary: String = "",
        _ body: @escaping @Sendable (HTTPRequest) throws -> HTTPResponse
    ) {
        add(Route(method: method, pattern: pattern, summary: summary, action: .sync(body), number: routes.count))
    }

    /// Adds a route that answers from a detached task.
    /// - Precondition: no route has this method and an equal pattern.
    package mutating func answerAsync(
        _ method: HTTPMethod, _ pattern: PathPattern, summary: String = "",
        _ body: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) {
        add(Route(method: method, pattern: pattern, summary: summary, action: .async(body), number: routes.count))
    }

    /// Adds a route that takes its body as it comes: `open` decides on the header alone, maybe later, and names what
    /// receives the body.
    /// - Parameter bodyBytesMax: of the longest body, whatever the server's limit is for those in memory.
    /// - Precondition: no route has this method and an equal pattern.
    package mutating func receive(
        _ method: HTTPMethod, _ pattern: PathPattern, summary: String = "", bodyBytesMax: Int,
        open: @escaping @Sendable (HTTPRequest, BodyOpening) -> Void
    ) {
        let body = StreamedBody(bytesMax: bodyBytesMax, open: open)
        add(Route(method: method, pattern: pattern, summary: summary, action: .streaming(body), number: routes.count))
    }

    private mutating func add(_ route: Route) {
        var node = 0
        var takesRest = false
        for segment in route.pattern.segments {
            switch segment {
            case .literal(let text):
                node = nodes[node].literals[text] ?? child(of: node) { $0.literals[text] = $1 }
            case .capture:
                node = nodes[node].capture ?? child(of: node) { $0.capture = $1 }
            case .rest: takesRest = true
            }
        }
        let present = takesRest ? nodes[node].rest : nodes[node].exact
        precondition(
            !present.contains { routes[$0].method == route.method },
            "two routes for \(route.method) \(route.pattern)")
        if takesRest { nodes[node].rest.append(routes.count) } else { nodes[node].exact.append(routes.count) }
        routes.append(route)
    }

    private mutating func child(of parent: Int, link: (inout Node, Int) -> Void) -> Int {
        nodes.append(Node())
        link(&nodes[parent], nodes.count - 1)
        return nodes.count - 1
    }

    /// What the path of a request leads to.
    package enum Match: Sendable {
        case route(Route, PathCaptures)
        /// The path exists; these are the methods it takes, `HEAD` and `OPTIONS` among them.
        case otherMethods([HTTPMethod])
        case none

        /// The place of the route that was found in `routes`.
        var number: Int? {
            if case .route(let route, _) = self { route.number } else { nil }
        }
    }

    /// Finds the route for a method and decoded path segments.
    package func match(_ method: HTTPMethod, path: [String]) -> Match {
        var captured: [String] = []
        guard let found = find(path, depth: 0, node: 0, captured: &captured) else { return .none }
        let index =
            found.first { routes[$0].method == method }
            ?? (method == .head ? found.first { routes[$0].method == .get } : nil)
        if let index {
            return .route(routes[index], PathCaptures(names: routes[index].captureNames, values: captured))
        }
        return .otherMethods(allowed(found))
    }

    /// The methods of a path, `HEAD` and `OPTIONS` among them; `nil` if there is no such path.
    package func methods(at path: [String]) -> [HTTPMethod]? {
        var captured: [String] = []
        guard let found = find(path, depth: 0, node: 0, captured: &captured) else { return nil }
        return allowed(found)
    }

    private func allowed(_ found: [Int]) -> [HTTPMethod] {
        var allowed = found.map { routes[$0].method }
        if allowed.contains(.get) && !allowed.contains(.head) { allowed.append(.head) }
        if !allowed.contains(.options) { allowed.append(.options) }
        return allowed
    }

    private func find(_ path: [String], depth: Int, node: Int, captured: inout [String]) -> [Int]? {
        let here = nodes[node]
        guard depth < path.count else { return here.exact.isEmpty ? nil : here.exact }
        let segment = path[depth]
        if let next = here.literals[segment],
            let found = find(path, depth: depth + 1, node: next, captured: &captured)
        {
            return found
        }
        if let next = here.capture, !segment.isEmpty {
            captured.append(segment)
            if let found = find(path, depth: depth + 1, node: next, captured: &captured) { return found }
            captured.removeLast()
        }
        guard !here.rest.isEmpty else { return nil }
        captured.append(path[depth...].joined(separator: "/"))
        return here.rest
    }

    /// How the body of a request is taken as it comes; `nil` where its route wants it whole, or there is none.
    package func streamedBody(_ request: HTTPRequest) -> StreamedBody? {
        guard case .route(let route, let captures) = match(request.method, path: request.path),
            case .streaming(var body) = route.action
        else { return nil }
        body.open = { [open = body.open] request, opening in
            var request = request
            request.captures = captures
            open(request, opening)
        }
        return body
    }

    /// Answers `request`, now or later. This is the router as a `Handler`.
    package func callAsFunction(_ request: HTTPRequest, _ reply: Reply) {
        let match = match(request.method, path: request.path)
        if let observer { reply.observe(request, route: match.number, observer) }
        switch match {
        case .route(let route, let captures):
            var request = request
            request.captures = captures
            run(route.action, request, reply)
        case .otherMethods(let allowed):
            if request.method == .options {
                let names = allowed.map(\.name).joined(separator: ", ")
                reply(HTTPResponse(status: .noContent, headers: ["Allow": names]))
            } else {
                let error = HTTPError(
                    .methodNotAllowed(allow: allowed), "This path does not take \(request.method.name).")
                reply(renderError(error, request))
            }
        case .none:
            reply(renderError(HTTPError(.notFound, "Nothing is at this path."), request))
        }
    }

    private func run(_ action: Route.Action, _ request: HTTPRequest, _ reply: Reply) {
        switch action {
        case .callback(let handler): handler(request, reply)
        case .streaming(let body): BodyFeed.run(body, request, reply, renderError)
        case .sync(let body):
            do {
                reply(try body(request))
            } catch {
                reply(renderError(error, request))
            }
        case .async(let body):
            Task.detached { [renderError] in
                do {
                    reply(try await body(request))
                } catch {
                    reply(renderError(error, request))
                }
            }
        }
    }

    /// The router as a `Handler`.
    package var handler: Handler {
        { request, reply in self(request, reply) }
    }
}
