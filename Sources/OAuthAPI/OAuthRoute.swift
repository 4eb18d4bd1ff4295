internal import Audit
package import HTTP

/// One method on one path of this interface.
package struct OAuthRoute: Sendable {
    /// What whoever asks must bring.
    package enum Need: String, Hashable, Sendable, CaseIterable {
        /// Nothing: the answer is the same for everybody.
        case nothing
        /// A client's proof of who it is, in the request itself.
        case client
        /// A session of any role; without one, people are sent to sign in.
        case session
        /// A session of a role that opens records.
        case careSession
        /// A session of an administrator.
        case admin
    }

    typealias Body = @Sendable (OAuthAPI, HTTPRequest, inout Trace) throws -> HTTPResponse

    package let method: HTTPMethod
    package let path: String
    package let summary: String
    package let need: Need
    /// What the audit trail calls it.
    let event: String
    let category: Trace.Category
    /// Whether its errors are those of OAuth's protocol (RFC 6749 section 5.2); else they are problem documents.
    let isProtocol: Bool
    let body: Body

    init(
        _ method: HTTPMethod, _ path: String, _ summary: String, _ need: Need, event: String,
        category: Trace.Category = .authentication, isProtocol: Bool = false, _ body: @escaping Body
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.need = need
        self.event = event
        self.category = category
        self.isProtocol = isProtocol
        self.body = body
    }
}

extension OAuthAPI {
    /// All that this interface answers.
    package static let routes: [OAuthRoute] =
        discoveryRoutes + clientRoutes + personRoutes + consentRoutes
        + administrationRoutes

    private static let discoveryRoutes =
        [
            "/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration",
            "/t/{tenant}/fhir/.well-known/smart-configuration", "/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server",
        ].map { path in
            OAuthRoute(.get, path, "How clients sign in", .nothing, event: "discovery") { api, _, _ in
                api.serveDiscovery()
            }
        } + [
            OAuthRoute(.get, "/oauth/jwks", "The keys of tokens about people", .nothing, event: "jwks") { api, _, _ in
                try api.serveKeys()
            }
        ]

    private static let clientRoutes = [
        OAuthRoute(.post, "/oauth/token", "Get a token", .client, event: "token", isProtocol: true) {
            try $0.serveToken($1, &$2)
        },
        OAuthRoute(.post, "/oauth/revoke", "End a token", .client, event: "revoke", isProtocol: true) {
            try $0.serveRevoke($1, &$2)
        },
        OAuthRoute(
            .post, "/oauth/introspect", "What a token stands for", .client, event: "introspect", isProtocol: true
        ) { try $0.serveIntrospect($1, &$2) },
    ]

    private static let personRoutes = [
        OAuthRoute(.get, "/oauth/authorize", "Ask a person's consent", .session, event: "authorize") {
            try $0.serveAuthorize($1, &$2)
        },
        OAuthRoute(
            .post, "/oauth/authorize", "Ask a person's consent, or take the answer", .session, event: "authorize"
        ) { try $0.servePostedAuthorize($1, &$2) },
        OAuthRoute(.post, "/oauth/launch", "Make a launch for an app", .careSession, event: "launch") {
            try $0.serveLaunch($1, &$2)
        },
    ]

    private static let consentRoutes = [
        OAuthRoute(.get, "/api/v1/grants", "What the person allowed clients", .session, event: "grant-list") {
            try $0.serveGrants($1, &$2)
        },
        OAuthRoute(.delete, "/api/v1/grants/{id}", "Take back what was allowed", .session, event: "revoke") {
            try $0.serveGoneGrant($1, &$2)
        },
    ]

    private static let administrationRoutes = [
        OAuthRoute(
            .get, "/api/v1/clients", "The tenant's clients", .admin, event: "client-list", category: .configuration
        ) { try $0.serveClients($1, &$2) },
        OAuthRoute(
            .post, "/api/v1/clients", "Set a client down", .admin, event: "client-create", category: .configuration
        ) { try $0.serveNewClient($1, &$2) },
        OAuthRoute(
            .get, "/api/v1/clients/{id}", "One client", .admin, event: "client-read", category: .configuration
        ) { try $0.serveClient($1, &$2) },
        OAuthRoute(
            .put, "/api/v1/clients/{id}", "Change a client", .admin, event: "client-update", category: .configuration
        ) { try $0.serveChangedClient($1, &$2) },
        OAuthRoute(
            .delete, "/api/v1/clients/{id}", "Remove a client", .admin, event: "client-delete",
            category: .configuration
        ) { try $0.serveGoneClient($1, &$2) },
    ]
}
