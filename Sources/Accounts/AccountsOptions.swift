package import Vault

/// How accounts are kept.
package struct AccountsOptions: Sendable {
    /// How long a session lasts without a request.
    package var idleSeconds: Double = 15 * 60
    /// How long a session lasts at most.
    package var absoluteSeconds: Double = 12 * 3600
    /// How many sessions a user may have at once; a further one ends the oldest.
    package var sessionsPerUserMax = 8
    /// How long the second factor may take once the password was right.
    package var secondFactorSeconds: Double = 10 * 60
    package var inviteSeconds: Double = 72 * 3600
    package var resetSeconds: Double = 30 * 60
    package var setupSeconds: Double = 72 * 3600
    /// How many recovery codes a user gets.
    package var recoveryCodes = 10
    /// How many browsers a user may be known from; a further one forgets the oldest.
    package var devicesPerUserMax = 16
    package var emergencyMinutesMax = 240
    package var emergencyMinutes = 60
    package var passwordCost = PasswordHash.Cost()
    package var throttle = ThrottleRules()
    /// Whether cookies are for HTTPS alone; not over plain HTTP on the loopback.
    package var cookiesAreSecure = true
    /// Where links begin and what browsers name as origin, such as `https://fhir.example.org`; no slash at its end.
    package var publicOrigin: String
    /// Who a one-time password is of, as authenticator apps show it.
    package var issuer = "Martlet"
    /// How many requests may wait for a thread.
    package var waitingMax = 256

    package init(publicOrigin: String) {
        self.publicOrigin = publicOrigin
    }
}
