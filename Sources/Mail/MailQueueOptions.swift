/// How mails wait and are tried.
package struct MailQueueOptions: Sendable {
    /// How many are sent at once.
    package var threadCount = 2
    /// How many may wait.
    package var waitingMax = 1_000
    /// How long after each failure it is tried again; the last counts for all that follow.
    package var retrySeconds: [Double] = [10, 60, 300, 900, 1_800, 3_600]
    /// After how many failures it is given up.
    package var attemptsMax = 12

    package init() {}

    /// What comes after the failure of an attempt, the first being 1.
    /// - Returns: after how many seconds it is tried again; `nil` to give it up.
    func delay(afterAttempt attempt: Int, isFinal: Bool) -> Double? {
        guard !isFinal, attempt < attemptsMax, let last = retrySeconds.last else { return nil }
        return attempt <= retrySeconds.count ? retrySeconds[attempt - 1] : last
    }
}
