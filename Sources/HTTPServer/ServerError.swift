/// Why a server could not start, or not take another certificate.
package struct ServerError: Error, Sendable {
    /// What is wrong, for whoever decides what to do.
    package enum Code: Sendable {
        /// The host is neither an address nor a name that resolves.
        case hostUnknown
        /// The address is in use, not allowed, or not this machine's.
        case listenFailed
        /// libmicrohttpd was built without TLS.
        case tlsUnsupported
        /// The certificate or key does not load, or they do not belong together.
        case tlsInvalid
        /// The file of the certificate or of the key cannot be read.
        case tlsUnreadable
        /// The server speaks plain HTTP, or has been stopped: it has no certificate to replace.
        case notServingTLS
        /// Connections under earlier certificates do not come to an end: try again later.
        case reloadBusy
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
