/// A request as a value, whatever carried it.
package struct HTTPRequest: Sendable {
    package var method: HTTPMethod
    /// The target as the client sent it, not decoded; never to be used for a decision.
    package var target: String
    /// Decoded path segments; see `RequestTarget.path`.
    package var path: [String]
    package var query: QueryParameters
    package var headers: HTTPHeaders
    /// The body, whole; already within the server's limit.
    package var body: [UInt8]
    /// The client's IP address without port; behind proxies that are not trusted it is theirs. Empty in process.
    package var remoteAddress: String
    /// Whether the client came over TLS: to this server, or by the word of a trusted proxy.
    package var isSecure = false
    /// What this request is known by in its answer, the audit trail and the log; see `RequestIDs`. Empty until a
    /// transport gives it.
    package var id = ""
    /// What the router's pattern captured.
    package var captures: PathCaptures

    /// A request whose target is yet to be parsed: `path` and `query` are empty.
    package init(
        method: HTTPMethod, unparsedTarget target: String, headers: HTTPHeaders = [:], body: [UInt8] = [],
        remoteAddress: String = ""
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
        path = []
        query = QueryParameters()
        captures = PathCaptures()
    }

    /// A request for `target`, such as `/fhir/Patient?name=a`.
    /// - Throws: `HTTPError.malformedTarget`.
    package init(
        method: HTTPMethod, target: String, headers: HTTPHeaders = [:], body: [UInt8] = [],
        remoteAddress: String = ""
    ) throws(HTTPError) {
        self.init(
            method: method, unparsedTarget: target, headers: headers, body: body, remoteAddress: remoteAddress)
        try parseTarget()
    }

    /// Fills `path` and `query` from `target`.
    /// - Throws: `HTTPError.malformedTarget`; then nothing is changed.
    package mutating func parseTarget() throws(HTTPError) {
        let parsed = try RequestTarget(target)
        path = parsed.path
        query = parsed.query
    }

    /// The body's media type; `nil` if there is none or it is malformed.
    package var contentType: MediaType? {
        headers["content-type"].flatMap { MediaType($0) }
    }

    /// What the client accepts; everything where it does not say.
    package var accept: Accept {
        Accept(headers.list("accept") ?? "*/*")
    }

    /// The token of `Authorization: Bearer …`.
    package var bearerToken: String? {
        guard let value = headers["authorization"] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, HTTPHeaders.sameName(String(parts[0]), "bearer") else { return nil }
        return String(parts[1].drop { $0 == " " })
    }
}
