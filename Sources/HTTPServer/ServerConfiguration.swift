internal import Glibc
package import HTTP

/// Where and how a server listens.
package struct ServerConfiguration: Sendable {
    /// A certificate chain and its private key, both PEM.
    package struct TLS: Sendable {
        package var certificate: String
        package var key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// An address or a name that resolves to one; `0.0.0.0` and `::` are all addresses.
    package var host: String
    /// 0 picks a free port; `Server.port` tells which.
    package var port: Int
    /// Threads that read, handle and write.
    package var threadCount: Int
    package var limits: ServerLimits
    package var tls: TLS?
    /// Makes the answers to requests that no handler sees: malformed, too large, or come while stopping; and to
    /// those whose handler dropped its reply.
    package var renderError: ErrorRenderer
    /// Asked when the header of a request with a body is there and the body is not: an answer refuses the request
    /// before anything is uploaded. `nil` lets all through. The request has no body yet.
    package var admit: (@Sendable (HTTPRequest) -> HTTPResponse?)?

    package init(
        host: String = "127.0.0.1", port: Int = 0, threadCount: Int = ServerConfiguration.coreCount,
        limits: ServerLimits = ServerLimits(), tls: TLS? = nil,
        renderError: @escaping ErrorRenderer = ProblemDocument.render,
        admit: (@Sendable (HTTPRequest) -> HTTPResponse?)? = nil
    ) {
        self.host = host
        self.port = port
        self.threadCount = threadCount
        self.limits = limits
        self.tls = tls
        self.renderError = renderError
        self.admit = admit
    }
}

extension ServerConfiguration {
    /// How many cores this process may use.
    package static var coreCount: Int {
        max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }
}
