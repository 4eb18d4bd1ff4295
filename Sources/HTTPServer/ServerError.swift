/// Why a server could not start.
package struct ServerError: Error, Sendable {
    package enum Code: Sendable {
        /// The host is neither an address nor a name that resolves.
        case hostUnknown
        /// The address is in use, not allowed, or not this machine's.
        case listenFailed
        /// libmicrohttpd was built without TLS.
        case tlsUnsupported
        /// The certificate or key does not load, or they do not belong together.
        case tlsInvalid
        /// libmicrohttpd refused to start: no memory, threads or file descriptors.
        case startFailed
    }

    package var code: Code
    package var detail: String
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }
}
