internal import Base
internal import CCurl
internal import HTTP

extension WebClient {
    private static let mailSecondsMax = 120.0

    /// Hands a message to a mail server, which then cares for its delivery. Blocks, for two minutes at most.
    ///
    /// The server is its operator's choice and so not under the address policy; but a login is never sent in clear beyond
    /// this machine, whatever name leads to it.
    /// - Parameters:
    ///   - message: header and body, with lines that end in CR and LF.
    ///   - sender: where failures of delivery are told; an address alone.
    ///   - recipients: addresses alone; the server takes all of them or none.
    /// - Throws: `WebClientError`: `.messageRefused` with the server's code, `.credentialsRefused`, `.tls` also where it
    ///   offers no STARTTLS, and the codes of connections.
    package func submit(
        _ message: [UInt8], from sender: String, to recipients: [String], by server: MailServer,
        cancellation: WebCancellation? = nil
    ) throws(WebClientError) {
        guard !recipients.isEmpty, ([sender] + recipients).allSatisfy(Self.isMailbox) else {
            throw WebClientError(.malformedRequest, "an address of the mail cannot be sent")
        }
        let scheme = server.security == .tls ? "smtps" : "smtp"
        let mustBeLoopback = server.security == .none && server.login != nil
        let gate = SocketGate(refusal: "a login is not sent in clear beyond this machine") { address, _, _ in
            !mustBeLoopback || address.isLoopback
        }
        let origin = "\(scheme)://\(server.host):\(server.port)"
        let cancellations = [end] + (cancellation.map { [$0] } ?? [])
        let transfer = Transfer(body: .bytes(message), origin: origin) { cancellations.contains(where: \.isCancelled) }
        let handle = try take()
        defer { put(handle) }
        handle.reset()
        try handle.setGround(options, protocols: scheme, gate: gate, connectSecondsMax: options.connectSecondsMax)
        try handle.setMail(
            server, transfer, sender: sender, recipients: recipients, silentSecondsMax: options.silentSecondsMax)
        let end = try handle.run(
            silentSecondsMax: options.silentSecondsMax,
            deadline: monotonicNanoseconds() + UInt64(Self.mailSecondsMax * 1e9),
            cancellations: cancellations, beats: { transfer.beats })
        try withExtendedLifetime((transfer, gate)) { () throws(WebClientError) in
            if let failure = transfer.failure { throw failure }
            try Outcome(gate, origin: origin, reply: handle.long(CURLINFO_RESPONSE_CODE)).check(end)
        }
    }

    /// What can stand between angle brackets without ending them.
    private static func isMailbox(_ text: String) -> Bool {
        (3...320).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
    }
}

extension CurlHandle {
    fileprivate func setMail(
        _ server: MailServer, _ transfer: Transfer, sender: String, recipients: [String], silentSecondsMax: Double
    ) throws(WebClientError) {
        try set(CURLOPT_URL, "\(server.security == .tls ? "smtps" : "smtp")://\(server.host):\(server.port)")
        try set(
            CURLOPT_USE_SSL, server.security == .none ? martlet_curl_starttls_never : martlet_curl_starttls_always)
        // A connection that the server has closed meanwhile would cost the message.
        try set(CURLOPT_FRESH_CONNECT, 1)
        try set(CURLOPT_FORBID_REUSE, 1)
        if let login = server.login {
            try set(CURLOPT_USERNAME, login.user)
            try set(CURLOPT_PASSWORD, login.password)
        }
        // At its end libcurl waits for the server within one call, by this limit; and asks whether to go on.
        try set(CURLOPT_SERVER_RESPONSE_TIMEOUT, Int(max(1, min(silentSecondsMax, 1e6)).rounded(.up)))
        try set(CURLOPT_NOPROGRESS, 0)
        guard martlet_curl_set_progress_function(easy, Transfer.progressCallback) == CURLE_OK else {
            throw WebClientError(.unavailable, "libcurl lacks what is needed")
        }
        try set(CURLOPT_XFERINFODATA, pointer: Unmanaged.passUnretained(transfer).toOpaque())
        try set(CURLOPT_MAIL_FROM, "<\(sender)>")
        try set(CURLOPT_MAIL_RCPT, lines: recipients.map { "<\($0)>" })
        try set(CURLOPT_UPLOAD, 1)
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        try set(CURLOPT_READFUNCTION, function: Transfer.sendCallback)
        try set(CURLOPT_READDATA, pointer: context)
        // The server's replies come as a header; nobody needs their text.
        try set(CURLOPT_HEADERFUNCTION, function: Transfer.beatCallback)
        try set(CURLOPT_HEADERDATA, pointer: context)
        try set(CURLOPT_WRITEFUNCTION, function: Transfer.beatCallback)
        try set(CURLOPT_WRITEDATA, pointer: context)
    }
}
