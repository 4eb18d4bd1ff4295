internal import Vault

/// The tables of clients and tokens, and what is done where rows of them are missing or older than they must be: clients
/// must be as they were registered, all else can be given anew.
enum OAuthTable {
    static let accessTokens = MarkedTable(
        "oauth_access_tokens", key: [.bytes("token_hash")],
        [.text("grant_id"), .integer("expires"), .bytes("sealed")],
        loss: .empties(["oauth_refresh_tokens", "oauth_codes", "oauth_grants"]))
    static let refreshTokens = MarkedTable(
        "oauth_refresh_tokens", key: [.bytes("token_hash")], [.text("grant_id"), .integer("is_used")],
        loss: .empties(["oauth_access_tokens", "oauth_codes", "oauth_grants"]))
    static let codes = MarkedTable(
        "oauth_codes", key: [.bytes("code_hash")],
        [.text("grant_id"), .integer("expires"), .integer("is_used"), .bytes("sealed")],
        loss: .empties(["oauth_access_tokens", "oauth_refresh_tokens", "oauth_grants"]))
    static let grants = MarkedTable(
        "oauth_grants", key: [.text("grant_id")],
        [.text("tenant"), .text("client_id"), .bytes("account_tag"), .integer("expires"), .bytes("sealed")],
        loss: .empties(["oauth_access_tokens", "oauth_refresh_tokens", "oauth_codes"]))
    static let launches = MarkedTable(
        "oauth_launches", key: [.bytes("launch_hash")], [.text("tenant"), .integer("expires"), .bytes("sealed")],
        loss: .empties([]))
    static let assertions = MarkedTable(
        "oauth_assertions", key: [.text("client_id"), .bytes("number_hash")], [.integer("expires")],
        loss: .empties([]))
    static let clients = MarkedTable(
        "oauth_clients", key: [.text("client_id")],
        [.text("tenant"), .integer("created"), .integer("is_disabled"), .bytes("sealed")], loss: .stops)
    static let signingKeys = MarkedTable(
        "oauth_signing_keys", key: [.text("key_id")], [.integer("created"), .bytes("sealed")], loss: .empties([]))

    static let all = [accessTokens, refreshTokens, codes, grants, launches, assertions, clients, signingKeys]
    /// Those with rows that go with a grant.
    static let ofGrant = [accessTokens, refreshTokens, codes]
}
