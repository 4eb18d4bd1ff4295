internal import Glibc
package import HTTP

/// Where and how a server listens.
package struct ServerConfiguration: Sendable {
    /// An address or a name that resolves to one; `0.0.0.0` and `::` are all addresses.
    package var host: String
    /// 0 picks a free port; `Server.port` tells which.
    package var port: Int
    /// Threads that read, handle and write.
    package var threadCount: Int
    package var limits: ServerLimits
    package var tls: TLS?
    /// Whose word counts on who the client is; nobody's by default.
    package var trustedProxies: TrustedProxies
    /// Makes the answers to requests that no handler sees: malformed, too large, or come while stopping; and to
    /// those whose handler dropped its reply.
    package var renderError: ErrorRenderer
    /// Asked when the header of a request with a body is there and the body is not: an answer refuses the request
    /// before anything is uploaded. `nil` lets all through. The request has no body yet.
    package var admit: (@Sendable (HTTPRequest) -> HTTPResponse?)?
    /// Asked first when the header of a request with a body is there: how its body is taken as it comes; `nil` gathers it,
    /// if `admit` lets it. The request has no body yet.
    package var streamedBody: (@Sendable (HTTPRequest) -> StreamedBody?)?
    /// Completes every answer before it is sent, those of `renderError` and `admit` too. `nil` leaves them as they are.
    package var complete: AnswerCompletion?

    package init(
        host: String = "127.0.0.1", port: Int = 0, threadCount: Int = ServerConfiguration.coreCount,
        limits: ServerLimits = ServerLimits(), tls: TLS? = nil, trustedProxies: TrustedProxies = TrustedProxies(),
        renderError: @escaping ErrorRenderer = ProblemDocument.render,
        admit: (@Sendable (HTTPRequest) -> HTTPResponse?)? = nil,
        streamedBody: (@Sendable (HTTPRequest) -> StreamedBody?)? = nil, complete: AnswerCompletion? = nil
    ) {
        self.host = host
        self.port = port
        self.threadCount = threadCount
        self.limits = limits
        self.tls = tls
        self.trustedProxies = trustedProxies
        self.renderError = renderError
        self.admit = admit
        self.streamedBody = streamedBody
        self.complete = complete
    }
}

extension ServerConfiguration {
    /// How many cores this process may use.
    package static var coreCount: Int {
        max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }
}
