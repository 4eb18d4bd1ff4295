/// What a client gets for a code, a refresh token or an assertion. It is told once and kept nowhere.
package struct IssuedTokens: Sendable {
    package var accessToken: String
    package var expiresInSeconds: Int
    package var refreshToken: String?
    /// What the access token stands for.
    package var grant: Grant
    /// What the consent said for the token about the person (`id_token`); `nil` but for a code's first tokens.
    package var nonce: String?
}
