internal import Access
internal import Base
internal import HTTP

/// `/metrics`, for programs that collect figures.
struct MetricsPage: Sendable {
    /// Who may read it besides those whom `isAdmitted` lets in.
    enum Readers: Sendable {
        /// Processes of this machine, whose requests were not passed on for others.
        case machine
        /// Whoever connects: the listener is the operator's to guard.
        case everybody
    }

    private let registry: MetricsRegistry
    /// What a collector may send instead; `nil` for none.
    private let token: [UInt8]?

    private static let openMetrics = MediaType("application", "openmetrics-text")
    private static let plain = MediaType("text", "plain")
    private static let forwarding = ["x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-host"]

    /// - Parameter token: lets a collector in wherever it comes from; where there is one, a listener of its own asks
    ///   for it too.
    init(_ registry: MetricsRegistry, token: String?) {
        self.registry = registry
        self.token = token.map { Array($0.utf8) }
    }

    /// Adds the route.
    /// - Parameter isAdmitted: whether the request has a credential that is good enough.
    func addRoute(
        to router: inout Router, for readers: Readers, isAdmitted: @escaping @Sendable (HTTPRequest) -> Bool
    ) {
        router.answer(.get, "/metrics", summary: "Figures of the process, for Prometheus") { request in
            guard mayRead(request, readers) || isAdmitted(request) else { return Self.refusal }
            return answer(request)
        }
    }

    private func mayRead(_ request: HTTPRequest, _ readers: Readers) -> Bool {
        if let token, let given = request.bearerToken { return Self.isSame(Array(given.utf8), token) }
        switch readers {
        case .everybody: return token == nil
        case .machine:
            // A proxy on this machine passes on for anybody.
            guard request.headers["authorization"] == nil,
                !Self.forwarding.contains(where: { request.headers[$0] != nil })
            else { return false }
            return IPAddress(request.remoteAddress)?.isLoopback ?? false
        }
    }

    private func answer(_ request: HTTPRequest) -> HTTPResponse {
        let accept = request.accept
        var format = MetricsWriter.Format.prometheus
        let open = Self.weight(accept, Self.openMetrics)
        if open > 0, open >= Self.weight(accept, Self.plain) { format = .openMetrics }
        let writer = MetricsWriter(format)
        registry.write(to: writer)
        return HTTPResponse(
            headers: ["Content-Type": format.contentType, "Cache-Control": "no-store"], body: .bytes(writer.text))
    }

    /// The highest weight of ranges of a type, whatever version they name: there is one of each.
    private static func weight(_ accept: Accept, _ type: MediaType) -> Int {
        accept.preferences.filter { $0.range.essence == type.essence }
            .map(\.weight).max() ?? 0
    }

    private static func isSame(_ given: [UInt8], _ expected: [UInt8]) -> Bool {
        guard given.count == expected.count else { return false }
        var difference: UInt8 = 0
        for (left, right) in zip(given, expected) { difference |= left ^ right }
        return difference == 0
    }

    private static var refusal: HTTPResponse {
        var response = ProblemDocument(
            status: .unauthorized,
            detail: "Metrics are for this machine, for administrators and for whoever has the metrics token."
        ).response
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    }
}
