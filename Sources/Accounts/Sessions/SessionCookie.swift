package import HTTP

/// The cookies of sessions and of known browsers: how they are named, set and read.
///
/// Where they are for HTTPS alone their names begin with `__Host-`, by which browsers keep other hosts, paths and plain
/// HTTP from setting them.
/// - Source: RFC 6265bis section 4.1.3.2.
package struct SessionCookie: Sendable {
    private let isSecure: Bool

    package init(isSecure: Bool) {
        self.isSecure = isSecure
    }

    /// The session's cookie.
    package var sessionName: String { isSecure ? "__Host-martlet" : "martlet" }
    /// The cookie of a browser that a user signed in with before.
    package var deviceName: String { isSecure ? "__Host-martlet-device" : "martlet-device" }

    /// `Set-Cookie` for a session: gone when the browser ends.
    package func session(_ secret: SecretToken) -> String {
        "\(sessionName)=\(secret.text); Path=/; \(attributes)"
    }

    /// `Set-Cookie` for a known browser: a year.
    package func device(_ secret: SecretToken) -> String {
        "\(deviceName)=\(secret.text); Path=/; Max-Age=31536000; \(attributes)"
    }

    /// `Set-Cookie` that takes the session's cookie away.
    package var removal: String {
        "\(sessionName)=; Path=/; Max-Age=0; \(attributes)"
    }

    /// The secret of the request's session.
    /// - Returns: `nil` if it has none, or more than one: then somebody else may have planted one.
    package func session(of headers: HTTPHeaders) -> SecretToken? {
        value(sessionName, headers).flatMap { SecretToken($0) }
    }

    /// The secret of the request's browser.
    package func device(of headers: HTTPHeaders) -> SecretToken? {
        value(deviceName, headers).flatMap { SecretToken($0) }
    }

    private var attributes: String { "HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "") }

    private func value(_ name: String, _ headers: HTTPHeaders) -> String? {
        var found: Substring?
        for field in headers.fields where HTTPHeaders.sameName(field.name, "cookie") {
            for pair in field.value.split(separator: ";") {
                guard let equals = pair.firstIndex(of: "=") else { continue }
                guard pair[..<equals].drop(while: { $0 == " " }) == name[...] else { continue }
                if found != nil { return nil }
                found = pair[pair.index(after: equals)...]
            }
        }
        return found.map(String.init)
    }
}
