/// How long what is given lasts, and how much of it there may be.
package struct OAuthOptions: Sendable {
    /// Access tokens of clients that act for themselves; at most 5 minutes.
    package var systemTokenSeconds = 300
    /// Access tokens of clients that act for a person; at most an hour.
    package var userTokenSeconds = 3_600
    /// Authorization codes.
    package var codeSeconds = 60
    /// Launches.
    package var launchSeconds = 300
    /// How long after the consent refresh tokens with `offline_access` work.
    package var offlineSeconds = 90 * 86_400
    /// How long after the consent refresh tokens with `online_access` work.
    package var onlineSeconds = 12 * 3_600
    /// How far ahead a client's assertion may expire.
    package var assertionSecondsMax = 300
    /// By how much the clocks of clients may differ where that harms nobody.
    package var skewSeconds = 10
    /// How long a key signs before the next one does; it is shown a while longer.
    package var signingKeySeconds = 30 * 86_400
    /// How long a client's key set is kept that came from an address.
    package var keySetSeconds = 300
    /// How long after that was asked for an unknown key has it asked for again.
    package var keySetRetrySeconds = 30
    /// How long a request waits for a key set that another one has asked for.
    package var keySetWaitSecondsMax = 6
    /// How many requests may ask for key sets, or wait for them, at once; beyond them they are refused, so that key sets
    /// which do not come leave threads for everybody else.
    package var keySetWaitsMax = 8
    /// Access tokens that are alive at once; beyond them none is given.
    package var accessTokensMax = 1_000_000
    /// Clients of one tenant.
    package var clientsMax = 10_000

    package init() {}
}
