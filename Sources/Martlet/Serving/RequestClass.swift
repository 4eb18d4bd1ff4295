internal import HTTP

/// The class of a request for the limits of rates.
enum RequestClass {
    /// Where passwords, codes and client credentials are tried.
    private static let signIn: Set<String> = [
        "/sign-in", "/second-factor", "/setup", "/invite", "/reset", "/forgot-password", "/account/password",
        "/oauth/token", "/oauth/introspect", "/oauth/revoke",
        "/api/v1/sessions", "/api/v1/password-resets", "/api/v1/invites", "/api/v1/setup",
    ]

    static func of(_ request: HTTPRequest) -> RateLimits.Class {
        if request.method == .get || request.method == .head || request.method == .options { return .read }
        let path = request.target.prefix { $0 != "?" }
        if signIn.contains(String(path)) { return .signIn }
        let isBelow = signIn.contains { path.hasPrefix($0 + "/") }
        return isBelow ? .signIn : .write
    }
}
