internal import Base
internal import WebClient

/// One attempt to send a mail, and what follows from how it ended.
struct MailAttempt {
    /// For the report; `nil` if it was sent.
    private(set) var error: MailError?
    /// `nil` if it was sent or is given up.
    private(set) var againAfterSeconds: Double?

    /// Sends it with `send`, unless it is of no use any more.
    init(_ mail: MailWaiting, _ options: MailQueueOptions, now: Instant, send: () throws -> Void) {
        if let end = mail.goodUntil, now >= end {
            error = MailError(.undeliverable, "mail \(mail.number) is given up: it is of no use any more")
            return
        }
        do {
            try send()
        } catch {
            let delay = options.delay(afterAttempt: mail.attempts, isFinal: Self.isFinal(error))
            if let delay, mail.goodUntil.map({ now.advanced(bySeconds: delay) < $0 }) ?? true {
                againAfterSeconds = delay
                self.error = MailError(
                    .delayed, "mail \(mail.number) was not taken and is tried again in \(Int(delay.rounded(.up))) s",
                    cause: error)
            } else {
                self.error = MailError(
                    .undeliverable, "mail \(mail.number) is given up after \(mail.attempts) attempts", cause: error)
            }
        }
    }

    /// Whether the message itself is what fails. Refused logins, certificates and the like are mended by the operator
    /// while it waits.
    private static func isFinal(_ error: any Error) -> Bool {
        guard let error = error as? WebClientError else { return false }
        switch error.code {
        case .messageRefused: return !error.isTemporary
        case .malformedRequest: return true
        default: return false
        }
    }
}
