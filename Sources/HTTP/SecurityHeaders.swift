/// The header fields that tell browsers what an answer is not to be used for. A field that the answer has already stays.
/// - Source: RFC 6797 (HSTS); Content Security Policy Level 3; Fetch (CORP, nosniff); OWASP Secure Headers.
package struct SecurityHeaders: Sendable {
    /// What a server may choose about the fields.
    package struct Options: Sendable {
        /// For how long, in seconds, browsers are to use TLS alone once they came over TLS; 0 leaves the field out.
        package var strictTransportSeconds = 31_536_000
        /// Whether that holds for every name below this one, too.
        package var includesSubdomains = false

        package init() {}
    }

    private let forPages: [HTTPHeaders.Field]
    private let forRest: [HTTPHeaders.Field]
    private let strictTransport: HTTPHeaders.Field?

    package init(_ options: Options = Options()) {
        let shared = [
            HTTPHeaders.Field(name: "X-Content-Type-Options", value: "nosniff"),
            HTTPHeaders.Field(name: "Referrer-Policy", value: "no-referrer"),
            HTTPHeaders.Field(name: "X-Frame-Options", value: "DENY"),
            HTTPHeaders.Field(name: "Cross-Origin-Resource-Policy", value: "same-origin"),
            HTTPHeaders.Field(name: "Cache-Control", value: "no-store"),
        ]
        let policy = "Content-Security-Policy"
        forRest = shared + [.init(name: policy, value: "default-src 'none'; frame-ancestors 'none'")]
        forPages =
            shared + [
                .init(
                    name: policy,
                    value: "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
                        + "form-action 'self'; frame-ancestors 'none'"),
                .init(name: "Cross-Origin-Opener-Policy", value: "same-origin"),
                .init(
                    name: "Permissions-Policy",
                    value: "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()"),
            ]
        guard options.strictTransportSeconds > 0 else {
            strictTransport = nil
            return
        }
        strictTransport = .init(
            name: "Strict-Transport-Security",
            value: "max-age=\(options.strictTransportSeconds)"
                + (options.includesSubdomains ? "; includeSubDomains" : ""))
    }

    /// Adds what is missing.
    /// - Parameter isSecure: whether the client came over TLS; browsers ignore HSTS elsewhere.
    package func complete(_ response: inout HTTPResponse, isSecure: Bool) {
        response.headers.addMissing(Self.isPage(response) ? forPages : forRest)
        if isSecure, let strictTransport { response.headers.addMissing(strictTransport) }
    }

    private static func isPage(_ response: HTTPResponse) -> Bool {
        guard let type = response.headers["Content-Type"]?.utf8, type.count >= 9 else { return false }
        for (byte, expected) in zip(type, "text/html".utf8) where byte != expected && byte | 0x20 != expected {
            return false
        }
        return true
    }
}
