internal import Base
internal import HTTP

/// Counts requests. A route is known by its pattern, a status by its class: nothing that a client sends is a label.
struct RouteMetrics: Sendable {
    private let routes: [Route]
    private let requests: Counters
    private let durations: Histograms
    private let receivedBytes: Counters

    /// What stands for the route of a request that had none.
    private static let noRoute = ["none", "other"]

    /// - Parameter routes: of the router that is observed.
    init(_ registry: MetricsRegistry, routes: [Route]) {
        self.routes = routes
        let names = routes.map { [$0.pattern.description, $0.method.name] } + [Self.noRoute]
        requests = registry.counters(
            "martlet_http_requests_total", "Requests that were answered, by route and class of status.",
            labels: ["route", "method", "status"],
            series: names.flatMap { name in StatusClass.names.map { name + [$0] } }, isSparse: true)
        durations = registry.histograms(
            "martlet_http_request_duration_seconds",
            "From the whole request to its answer, without the sending, in seconds.", labels: ["route", "method"],
            series: names, isSparse: true)
        receivedBytes = registry.counter(
            "martlet_http_request_body_bytes_total", "Bytes of request bodies that came to a route.")
    }

    /// Counts a request that was answered.
    func count(_ answered: AnsweredRequest) {
        let route = answered.route ?? routes.count
        requests.add(series: route * StatusClass.names.count + StatusClass.index(answered.status))
        durations.observe(answered.nanoseconds, series: route)
        if answered.bodyBytes > 0 { receivedBytes.add(answered.bodyBytes) }
    }

    /// The pattern of the route that a request came to.
    func pattern(_ route: Int?) -> String {
        route.map { routes[$0].pattern.description } ?? Self.noRoute[0]
    }
}

/// Counts answers, those too that were given before a route was looked for.
struct AnswerMetrics: Sendable {
    private let answers: Counters
    private let sentBytes: Counters

    init(_ registry: MetricsRegistry) {
        answers = registry.counters(
            "martlet_http_answers_total", "Answers, those too that were given before a route was looked for.",
            labels: ["status"], series: StatusClass.names.map { [$0] })
        sentBytes = registry.counter("martlet_http_answer_body_bytes_total", "Bytes of answers' bodies.")
    }

    /// Counts an answer that is about to be sent.
    func count(_ response: inout HTTPResponse, to request: HTTPRequest) {
        answers.add(series: StatusClass.index(response.status))
        guard request.method != .head, !response.status.forbidsBody else { return }
        guard case .stream(let stream) = response.body else { return sentBytes.add(response.body.byteCount ?? 0) }
        response.body = .stream(
            ByteStream(byteCount: stream.byteCount) { [sentBytes] in
                guard let piece = try stream.next() else { return nil }
                sentBytes.add(piece.count)
                return piece
            })
    }
}

/// The classes of status codes.
private enum StatusClass {
    static let names = ["1xx", "2xx", "3xx", "4xx", "5xx"]

    static func index(_ status: HTTPStatus) -> Int {
        min(max(status.code / 100, 1), names.count) - 1
    }
}
