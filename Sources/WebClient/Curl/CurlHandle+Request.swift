internal import CCurl
internal import HTTP

extension CurlHandle {
    private static let receiveBufferBytes = 256 << 10
    private static let sendBufferBytes = 512 << 10

    /// What holds for every transfer, whatever its protocol: no proxy, no signals, no files of the system's user, TLS from
    /// 1.2 on with the server's certificate checked, sockets by the gate alone.
    /// - Parameter protocols: the only ones that it may speak, as libcurl names them, with commas.
    func setGround(
        _ options: WebClientOptions, protocols: String, gate: SocketGate, connectSecondsMax: Double
    ) throws(WebClientError) {
        try set(CURLOPT_NOSIGNAL, 1)
        // A name service that does not answer must not hold the thread beyond the time limit.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_PROTOCOLS_STR, protocols)
        try set(CURLOPT_REDIR_PROTOCOLS_STR, protocols)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_PROXY, "")
        try set(CURLOPT_NOPROXY, "*")
        try set(CURLOPT_NETRC, martlet_curl_netrc_ignored)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, Int(max(1, min(connectSecondsMax, 1e6) * 1000)))
        try set(CURLOPT_SSLVERSION, martlet_curl_tls_1_2)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        if let file = options.authoritiesFile {
            try set(CURLOPT_CAINFO, file)
            try set(CURLOPT_CAPATH, nil as String?)
        }
        try set(CURLOPT_BUFFERSIZE, Self.receiveBufferBytes)
        try set(CURLOPT_UPLOAD_BUFFERSIZE, Self.sendBufferBytes)
        guard martlet_curl_set_socket_function(easy, SocketGate.open) == CURLE_OK else {
            throw WebClientError(.unavailable, "libcurl lacks what is needed")
        }
        try set(CURLOPT_OPENSOCKETDATA, pointer: Unmanaged.passUnretained(gate).toOpaque())
    }

    /// One request, without its redirects.
    func setRequest(
        _ hop: Hop, _ request: WebRequest, _ options: WebClientOptions, _ transfer: Transfer
    ) throws(WebClientError) {
        try set(CURLOPT_URL, hop.url.text)
        try set(CURLOPT_HTTP_VERSION, martlet_curl_http_1_1)
        try set(CURLOPT_USERAGENT, options.userAgent)
        try setBody(hop, transfer)
        try set(CURLOPT_HTTPHEADER, lines: hop.headers.fields.map(Self.line))
        if request.acceptsCompression { try set(CURLOPT_ACCEPT_ENCODING, Self.codings) }
        if let rate = request.receivedBytesPerSecondMax { try set(CURLOPT_MAX_RECV_SPEED_LARGE, size: max(1, rate)) }
        if let rate = request.sentBytesPerSecondMax { try set(CURLOPT_MAX_SEND_SPEED_LARGE, size: max(1, rate)) }

        if let signature = request.signature {
            try set(CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):\(signature.service)")
            try set(CURLOPT_USERNAME, signature.keyID)
            try set(CURLOPT_PASSWORD, signature.secret)
        }

        let context = Unmanaged.passUnretained(transfer).toOpaque()
        try set(CURLOPT_HEADERFUNCTION, function: Transfer.headerCallback)
        try set(CURLOPT_HEADERDATA, pointer: context)
        try set(CURLOPT_WRITEFUNCTION, function: Transfer.bodyCallback)
        try set(CURLOPT_WRITEDATA, pointer: context)
    }

    private func setBody(_ hop: Hop, _ transfer: Transfer) throws(WebClientError) {
        if hop.method == .head {
            try set(CURLOPT_NOBODY, 1)
        } else if hop.body.isNone && ![.post, .put, .patch].contains(hop.method) {
            try set(CURLOPT_HTTPGET, 1)
            try set(CURLOPT_CUSTOMREQUEST, hop.method.name)
        } else {
            // An upload sends any method's body, in chunks where its length is not known.
            try set(CURLOPT_UPLOAD, 1)
            try set(CURLOPT_CUSTOMREQUEST, hop.method.name)
            if let count = hop.body.byteCount { try set(CURLOPT_INFILESIZE_LARGE, size: count) }
            try set(CURLOPT_READFUNCTION, function: Transfer.sendCallback)
            try set(CURLOPT_READDATA, pointer: Unmanaged.passUnretained(transfer).toOpaque())
            guard martlet_curl_set_seek_function(easy, Transfer.seekCallback) == CURLE_OK else {
                throw WebClientError(.unavailable, "libcurl lacks what is needed")
            }
            try set(CURLOPT_SEEKDATA, pointer: Unmanaged.passUnretained(transfer).toOpaque())
            // What can be sent only once must not meet a connection that the server has closed.
            if !hop.body.isRepeatable { try set(CURLOPT_FRESH_CONNECT, 1) }
        }
    }

    /// A field with an empty value ends with a semicolon for libcurl, which takes a colon as "leave it out".
    private static func line(_ field: HTTPHeaders.Field) -> String {
        field.value.allSatisfy { $0 == " " || $0 == "\t" } ? field.name + ";" : field.name + ": " + field.value
    }

    /// The content codings that are asked for: those of this libcurl.
    private static let codings = martlet_curl_can_decode_zstd() != 0 ? "gzip, zstd" : "gzip"
}
