internal import Base
internal import CCurl
internal import HTTP

/// The program's HTTP client: libcurl behind a policy of where requests may go.
///
/// Calls block, and run on the caller's own thread; many threads may call at once. Connections are kept and used again.
/// Nothing comes from the environment: no proxies, no cookies, no credentials of the system's user.
package final class WebClient: Sendable {
    package let options: WebClientOptions
    private let pool: CurlPool
    /// Ends everything.
    let end = WebCancellation()

    package init(options: WebClientOptions = WebClientOptions()) {
        self.options = options
        pool = CurlPool(idleMax: max(0, options.idleConnectionsMax))
    }

    /// Ends all requests under way, refuses further ones, and closes the connections that are kept.
    package func stop() {
        end.cancel()
        pool.removeAll()
    }

    func take() throws(WebClientError) -> CurlHandle { try pool.take() }

    func put(_ handle: CurlHandle) { pool.put(handle) }

    /// Asks, follows redirects, and hands the answer's body over as it comes.
    ///
    /// An answer of any status is an answer: only what prevents one throws. What was handed over before an error is part
    /// of an answer that is not whole.
    /// - Parameter receive: takes pieces of the body in order, on this thread, with the header that belongs to them. It may
    ///   block; what it throws ends the request.
    /// - Returns: the header.
    /// - Throws: `WebClientError`.
    package func send(
        _ request: WebRequest, cancellation: WebCancellation? = nil,
        receive: (WebResponse, UnsafeRawBufferPointer) throws -> Void
    ) throws(WebClientError) -> WebResponse {
        try withoutActuallyEscaping(receive) { (receive) throws(WebClientError) in
            try exchange(request, cancellations: [end] + (cancellation.map { [$0] } ?? []), receive)
        }
    }

    /// Asks, follows redirects, and gives the answer whole.
    /// - Throws: `WebClientError`.
    package func send(
        _ request: WebRequest, cancellation: WebCancellation? = nil
    ) throws(WebClientError) -> (head: WebResponse, body: [UInt8]) {
        var body: [UInt8] = []
        let head = try send(request, cancellation: cancellation) { _, piece in body.append(contentsOf: piece) }
        return (head, body)
    }

    private func exchange(
        _ request: WebRequest, cancellations: [WebCancellation], _ receive: @escaping Transfer.Receive
    ) throws(WebClientError) -> WebResponse {
        let deadline = (request.requestSecondsMax ?? options.requestSecondsMax).map {
            monotonicNanoseconds() + UInt64(max(0, min($0, 1e9)) * 1e9)
        }
        let redirectsMax = request.redirectsMax ?? options.redirectsMax
        var hop = try Hop(request)
        var redirects = 0
        let handle = try pool.take()
        defer { pool.put(handle) }
        while true {
            let transfer = Transfer(
                hop.url, body: hop.body, answerBytesMax: request.answerBytesMax ?? options.answerBytesMax,
                headerBytesMax: options.headerBytesMax, decodes: request.acceptsCompression,
                discards: { status, headers in redirectsMax > 0 && Hop.isRedirect(status, headers) }, receive: receive)
            try run(handle, hop, request, transfer, deadline, cancellations)
            let response = transfer.response
            guard redirectsMax > 0, Hop.isRedirect(response.status, response.headers) else { return response }
            guard redirects < redirectsMax else {
                throw WebClientError(.tooManyRedirects, "\(hop.url.origin) sends on more than \(redirectsMax) times")
            }
            redirects += 1
            hop = try hop.following(response)
        }
    }

    /// One request of the chain.
    private func run(
        _ handle: CurlHandle, _ hop: Hop, _ request: WebRequest, _ transfer: Transfer, _ deadline: UInt64?,
        _ cancellations: [WebCancellation]
    ) throws(WebClientError) {
        guard hop.url.isSecure || options.addresses.permitsPlainHTTP else {
            throw WebClientError(.refusedAddress, "\(hop.url.origin) is not https, and nothing is allowed without")
        }
        handle.reset()
        let gate = SocketGate(options.addresses, host: hop.url.host, isPlain: !hop.url.isSecure)
        try handle.setGround(
            options, protocols: hop.url.isSecure ? "https" : "http", gate: gate,
            connectSecondsMax: options.connectSecondsMax)
        try handle.setRequest(hop, request, options, transfer)
        let end = try handle.run(
            silentSecondsMax: request.silentSecondsMax ?? options.silentSecondsMax, deadline: deadline,
            cancellations: cancellations, beats: { transfer.beats })
        try withExtendedLifetime((transfer, gate)) { () throws(WebClientError) in
            if let failure = transfer.failure { throw failure }
            if transfer.isCutOff { return }
            try Outcome(gate, origin: hop.url.origin).check(end)
        }
    }
}
