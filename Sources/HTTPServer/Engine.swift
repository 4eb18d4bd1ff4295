internal import HTTP
internal import Synchronization

/// What all threads of one server share.
final class Engine: Sendable {
    let handler: Handler
    let limits: ServerLimits
    let renderError: ErrorRenderer
    let admit: (@Sendable (HTTPRequest) -> HTTPResponse?)?
    let streamedBody: (@Sendable (HTTPRequest) -> StreamedBody?)?
    let complete: AnswerCompletion?
    let trustedProxies: TrustedProxies
    let isTLS: Bool
    let requestIDs = RequestIDs()
    let gate = RequestGate()
    let connections: ConnectionTable
    /// Set when the server begins to stop: answers then close their connections.
    let isDraining = Atomic<Bool>(false)
    private let bodyBytes = Atomic<Int>(0)

    init(configuration: ServerConfiguration, handler: @escaping Handler) {
        self.handler = handler
        limits = configuration.limits
        renderError = configuration.renderError
        admit = configuration.admit
        streamedBody = configuration.streamedBody
        complete = configuration.complete
        trustedProxies = configuration.trustedProxies
        isTLS = configuration.tls != nil
        connections = ConnectionTable(limits: configuration.limits, trustedProxies: configuration.trustedProxies)
    }

    /// Books `count` more bytes of request bodies; `false` if that is more than all may have together.
    func reserveBody(_ count: Int) -> Bool {
        let total = bodyBytes.add(count, ordering: .relaxed).newValue
        guard total > limits.bodiesBytesMax else { return true }
        releaseBody(count)
        return false
    }

    func releaseBody(_ count: Int) {
        if count > 0 { bodyBytes.subtract(count, ordering: .relaxed) }
    }
}
