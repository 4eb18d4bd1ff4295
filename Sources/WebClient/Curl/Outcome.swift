internal import CCurl

/// What libcurl says of a transfer, in the words of this module.
struct Outcome {
    private let gate: SocketGate
    /// Who was asked, as errors name it.
    private let origin: String
    /// What the server said last, where it is the answer that is the failure (SMTP).
    private let reply: Int

    init(_ gate: SocketGate, origin: String, reply: Int = 0) {
        self.gate = gate
        self.reply = reply
        self.origin = origin
    }

    /// - Throws: `WebClientError` for every end but a good one.
    func check(_ end: CurlHandle.End) throws(WebClientError) {
        switch end {
        case .done(CURLE_OK): return
        case .done(let code): throw error(code)
        case .cancelled: throw WebClientError(.cancelled, "\(origin): the request was cancelled")
        case .timedOut(.silence):
            throw WebClientError(.timedOut, "\(origin): nothing came for too long")
        case .timedOut(.whole):
            throw WebClientError(.timedOut, "\(origin): the request took longer than it may")
        }
    }

    private func error(_ code: CURLcode) -> WebClientError {
        if let refusal = refusal(code) { return refusal }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return made(.unresolvable, "the name of the host has no address; check the name and the name service")
        case CURLE_COULDNT_CONNECT where gate.refusedAll:
            return made(.refusedAddress, gate.refusal)
        case CURLE_COULDNT_CONNECT:
            return made(
                .unreachable, "no connection comes about; check that the server runs and the network lets it by")
        case CURLE_OPERATION_TIMEDOUT:
            return made(.timedOut, "no connection or no answer came in time")
        case CURLE_ABORTED_BY_CALLBACK:
            return made(.cancelled, "the request was cancelled")
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SEND_FAIL_REWIND:
            return made(.interrupted, "the connection ended early")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE:
            return made(.tls, "the server's certificate is not one for this host by an authority that is trusted")
        case CURLE_SSL_CACERT_BADFILE:
            return made(.tls, "the file of authorities cannot be read")
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CERTPROBLEM,
            CURLE_USE_SSL_FAILED, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_SHUTDOWN_FAILED:
            return made(.tls, "no TLS connection comes about, of version 1.2 or later")
        case CURLE_URL_MALFORMAT:
            return made(.malformedURL, "the address cannot be asked")
        case CURLE_LOGIN_DENIED, CURLE_REMOTE_ACCESS_DENIED:
            return made(.credentialsRefused, "the server refuses the user name or password")
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_NOT_BUILT_IN:
            return made(
                .unavailable, "libcurl lacks memory or an ability: " + String(cString: curl_easy_strerror(code)))
        default:
            return made(
                .protocolViolation, "the server's answer cannot be read: " + String(cString: curl_easy_strerror(code)))
        }
    }

    /// A transfer that a reply of SMTP ended.
    private func refusal(_ code: CURLcode) -> WebClientError? {
        guard (400...599).contains(reply), code != CURLE_USE_SSL_FAILED else { return nil }
        if code == CURLE_LOGIN_DENIED, reply >= 500 {
            return made(.credentialsRefused, "the server refuses the user name or password (\(reply))")
        }
        var error = made(.messageRefused, "the server refuses the message (\(reply))")
        error.statusCode = reply
        return error
    }

    private func made(_ code: WebClientError.Code, _ what: String) -> WebClientError {
        WebClientError(code, "\(origin): \(what)")
    }
}
