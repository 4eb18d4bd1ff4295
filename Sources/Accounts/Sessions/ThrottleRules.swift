/// How attempts are slowed down.
package struct ThrottleRules: Sendable {
    /// Attempts of one kind: some are free, each further failure makes the next one wait, twice as long each time.
    package struct Rule: Hashable, Sendable {
        /// Failures without consequence.
        package var free: Int
        /// The first wait, in seconds.
        package var baseSeconds: Double
        /// The longest wait, in seconds.
        package var waitSecondsMax: Double
        /// After so many seconds without an attempt all is forgotten.
        package var forgetSeconds: Double

        package init(free: Int, baseSeconds: Double, waitSecondsMax: Double, forgetSeconds: Double) {
            self.free = free
            self.baseSeconds = baseSeconds
            self.waitSecondsMax = waitSecondsMax
            self.forgetSeconds = forgetSeconds
        }
    }

    /// One account from one address, or from one browser that it signed in with before.
    package var pair = Rule(free: 5, baseSeconds: 30, waitSecondsMax: 900, forgetSeconds: 86_400)
    /// All accounts from one address: a hospital may have a single one.
    package var address = Rule(free: 50, baseSeconds: 5, waitSecondsMax: 300, forgetSeconds: 3600)
    /// One account from wherever it is not known: slow, never shut.
    package var account = Rule(free: 20, baseSeconds: 5, waitSecondsMax: 60, forgetSeconds: 86_400)
    /// Mails to one account, or asked for from one address.
    package var mail = Rule(free: 3, baseSeconds: 600, waitSecondsMax: 3600, forgetSeconds: 86_400)

    package init() {}
}
