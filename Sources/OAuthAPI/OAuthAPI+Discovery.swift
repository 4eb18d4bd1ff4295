internal import HTTP
internal import OAuth

extension OAuthAPI {
    /// What clients need to know to sign in; the same for every tenant.
    /// - Source: SMART App Launch 2.2, conformance; RFC 8414; OpenID Connect Discovery 1.0.
    func serveDiscovery() -> HTTPResponse {
        let origin = ports.origin()
        let proofs = ["private_key_jwt", "client_secret_basic", "none"]
        var form = JSONWriter()
        form.add("issuer", origin)
        form.add("jwks_uri", origin + "/oauth/jwks")
        form.add("authorization_endpoint", origin + "/oauth/authorize")
        form.add("token_endpoint", origin + "/oauth/token")
        form.add("introspection_endpoint", origin + "/oauth/introspect")
        form.add("revocation_endpoint", origin + "/oauth/revoke")
        form.add("grant_types_supported", ["authorization_code", "client_credentials", "refresh_token"])
        form.add("response_types_supported", ["code"])
        form.add("response_modes_supported", ["query"])
        form.add("code_challenge_methods_supported", ["S256"])
        form.add("token_endpoint_auth_methods_supported", proofs)
        form.add("token_endpoint_auth_signing_alg_values_supported", ["RS384", "ES384"])
        form.add("introspection_endpoint_auth_methods_supported", Array(proofs.dropLast()))
        form.add("revocation_endpoint_auth_methods_supported", proofs)
        form.add("subject_types_supported", ["public"])
        form.add("id_token_signing_alg_values_supported", ["ES384"])
        form.add("authorization_response_iss_parameter_supported", true)
        form.add(
            "scopes_supported",
            ClientDraft.otherScopes + ["patient/*.cruds", "user/*.cruds", "system/*.cruds"])
        form.add(
            "capabilities",
            [
                "launch-ehr", "launch-standalone", "authorize-post", "client-public", "client-confidential-symmetric",
                "client-confidential-asymmetric", "sso-openid-connect", "context-ehr-patient",
                "context-standalone-patient", "context-banner", "permission-offline", "permission-online",
                "permission-patient", "permission-user", "permission-v1", "permission-v2",
            ])
        return HTTPResponse(
            headers: ["Content-Type": "application/json", "Cache-Control": "public, max-age=300"],
            body: .bytes(form.finish()))
    }

    /// The public keys of tokens about people.
    func serveKeys() throws -> HTTPResponse {
        HTTPResponse(
            headers: ["Content-Type": "application/json", "Cache-Control": "public, max-age=300"],
            body: .bytes(try server.publicKeySet()))
    }
}
