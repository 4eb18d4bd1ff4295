/// Which pages of other origins may read answers. Who is not listed is told nothing: no origin is ever repeated that is
/// not in the list, and none stands for all.
/// - Source: Fetch, section 3.2, https://fetch.spec.whatwg.org/#http-cors-protocol.
package struct CORSPolicy: Sendable {
    /// An origin in the form in which browsers send it.
    package struct Origin: Sendable, Hashable {
        package let text: String
        /// Whether its pages may send cookies along and read what comes back.
        package var allowsCredentials: Bool

        /// Reads `https://app.example.org` or `http://localhost:3000`; `nil` for anything with a path, a wildcard, a
        /// user, or another scheme, and for `null`.
        package init?(_ text: String, allowsCredentials: Bool = false) {
            let text = text.lowercased()
            let schemes = [(start: "https://", port: ":443"), (start: "http://", port: ":80")]
            guard let scheme = schemes.first(where: { text.hasPrefix($0.start) }) else { return nil }
            var host = text.dropFirst(scheme.start.count)
            if host.hasSuffix(scheme.port) { host = host.dropLast(scheme.port.count) }
            guard Self.isHost(host) else { return nil }
            self.text = scheme.start + host
            self.allowsCredentials = allowsCredentials
        }

        private static func isHost(_ text: Substring) -> Bool {
            let isBracketed = text.hasPrefix("[")
            let end = isBracketed ? text.firstIndex(of: "]").map { text.index(after: $0) } : text.firstIndex(of: ":")
            if isBracketed && end == nil { return false }
            let name = text[..<(end ?? text.endIndex)]
            let port = text[(end ?? text.endIndex)...]
            if isBracketed {
                guard name.utf8.contains(UInt8(ascii: ":")), IPAddress(String(name.dropFirst().dropLast())) != nil
                else { return false }
            } else {
                let isName = name.utf8.allSatisfy { byte in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (0x30...0x39).contains(byte)
                        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
                }
                guard isName, !name.isEmpty else { return false }
            }
            guard !port.isEmpty else { return true }
            return port.first == ":" && (2...6).contains(port.utf8.count)
                && port.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
        }
    }

    private let origins: [String: Bool]
    private let maxAge: String
    private let allowedHeaders: String
    private let exposedHeaders: String

    /// - Parameters:
    ///   - maxAgeSeconds: how long a browser may remember what a preflight said.
    ///   - allowedHeaders: the fields that pages may set.
    ///   - exposedHeaders: the fields that pages may read, beside those that they always may.
    package init(
        origins: [Origin], maxAgeSeconds: Int = 600,
        allowedHeaders: [String] = [
            "Accept", "Authorization", "Content-Type", "If-Match", "If-Modified-Since", "If-None-Exist",
            "If-None-Match", "Prefer", "X-Request-Id",
        ],
        exposedHeaders: [String] = [
            "Content-Location", "ETag", "Location", "Retry-After", "WWW-Authenticate", "X-Progress", "X-Request-Id",
        ]
    ) {
        self.origins = Dictionary(origins.map { ($0.text, $0.allowsCredentials) }) { $0 && $1 }
        maxAge = String(max(0, maxAgeSeconds))
        self.allowedHeaders = allowedHeaders.joined(separator: ", ")
        self.exposedHeaders = exposedHeaders.joined(separator: ", ")
    }

    /// Adds to an answer what lets a listed origin read it. To be done to every answer, errors too: caches must not give
    /// one origin what was made for another.
    package func complete(_ response: inout HTTPResponse, to request: HTTPRequest) {
        guard !origins.isEmpty else { return }
        response.headers.addToVary("Origin")
        guard let origin = request.headers["Origin"], let allowsCredentials = origins[origin] else { return }
        response.headers.addMissing(.init(name: "Access-Control-Allow-Origin", value: origin))
        if allowsCredentials {
            response.headers.addMissing(.init(name: "Access-Control-Allow-Credentials", value: "true"))
        }
        response.headers.addMissing(.init(name: "Access-Control-Expose-Headers", value: exposedHeaders))
    }

    /// The answer to a preflight of a route that `router` has; `nil` for any other request. It asks for no sign-in, as
    /// browsers send none. An origin that is not listed gets the methods and no leave.
    package func preflight(_ request: HTTPRequest, _ router: Router) -> HTTPResponse? {
        guard request.method == .options, !origins.isEmpty, let origin = request.headers["Origin"],
            request.headers["Access-Control-Request-Method"] != nil,
            let methods = router.methods(at: request.path)
        else { return nil }
        let names = methods.map(\.name).joined(separator: ", ")
        var response = HTTPResponse(
            status: .noContent,
            headers: [
                "Allow": names,
                "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            ])
        if origins[origin] != nil {
            response.headers.add("Access-Control-Allow-Methods", names)
            response.headers.add("Access-Control-Allow-Headers", allowedHeaders)
            response.headers.add("Access-Control-Max-Age", maxAge)
            complete(&response, to: request)
        }
        return response
    }

    /// `router` with preflights answered before it.
    package func handler(_ router: Router) -> Handler {
        { request, reply in
            if let answer = preflight(request, router) {
                reply(answer)
            } else {
                router(request, reply)
            }
        }
    }
}
