internal import HTTP

/// One request of a chain of redirects.
struct Hop {
    var method: HTTPMethod
    var url: WebURL
    var headers: HTTPHeaders
    var body: WebBody

    /// What may be known elsewhere: all else could be a credential of the first server.
    private static let portable = [
        "accept", "accept-language", "content-type", "prefer", "range", "if-range", "if-none-match",
        "if-modified-since",
    ]
    /// What is the client's own to send.
    private static let framing = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection",
        "proxy-authorization", "expect", "te", "trailer", "upgrade", "accept-encoding", "user-agent",
    ]

    /// - Throws: `WebClientError.malformedURL`, `.malformedRequest`.
    init(_ request: WebRequest) throws(WebClientError) {
        url = try WebURL(request.url)
        guard HTTPHeaders.isToken(request.method.name) else {
            throw WebClientError(.malformedRequest, "the request's method is no method")
        }
        if let name = request.headers.unsendableName {
            throw WebClientError(.malformedRequest, "the header field \(Self.printable(name)) cannot be sent")
        }
        for field in request.headers.fields where Self.framing.contains(field.name.lowercased()) {
            throw WebClientError(.malformedRequest, "the header field \(field.name) is the client's own")
        }
        if request.acceptsCompression, request.headers["Range"] != nil {
            throw WebClientError(.malformedRequest, "ranges are asked for uncompressed")
        }
        guard request.signature == nil || request.redirectsMax == 0 else {
            throw WebClientError(.malformedRequest, "a signed request is for one host")
        }
        method = request.method
        headers = request.headers
        body = request.body
    }

    static func isRedirect(_ status: HTTPStatus, _ headers: HTTPHeaders) -> Bool {
        [301, 302, 303, 307, 308].contains(status.code) && headers["Location"] != nil
    }

    /// The request that an answer sends on to.
    /// - Throws: `WebClientError.refusedRedirect`, `.malformedURL`.
    /// - Source: RFC 9110 section 15.4; the WHATWG Fetch standard for what POST becomes.
    func following(_ response: WebResponse) throws(WebClientError) -> Hop {
        let next = try url.following(response.headers["Location"] ?? "")
        guard next.isSecure || !url.isSecure else {
            throw WebClientError(.refusedRedirect, "\(url.origin) sends on from https to http")
        }
        var hop = self
        hop.url = next
        let code = response.status.code
        if (code == 303 && method != .head) || ([301, 302].contains(code) && method == .post) {
            hop.method = .get
            hop.body = .none
            hop.headers["Content-Type"] = nil
            hop.headers["Content-Encoding"] = nil
        }
        let isElsewhere = next.origin != url.origin
        if !hop.body.isNone {
            guard !isElsewhere, hop.body.isRepeatable else {
                throw WebClientError(
                    .refusedRedirect, "\(url.origin) sends on a request with a body; ask \(next.origin) itself")
            }
        }
        if isElsewhere {
            var kept = HTTPHeaders()
            for field in hop.headers.fields where Self.portable.contains(field.name.lowercased()) {
                kept.add(field.name, field.value)
            }
            hop.headers = kept
        }
        return hop
    }

    private static func printable(_ name: String) -> String {
        String(name.unicodeScalars.prefix(64).map { (0x21...0x7E).contains($0.value) ? Character($0) : "?" })
    }
}
