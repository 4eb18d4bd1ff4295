internal import Accounts
internal import Base
internal import Mail
internal import WebClient

/// Mails that the accounts send: invites and resets.
final class AccountMails: Sendable {
    private let queue: MailQueue
    private let sender: MailAddress
    private let report: @Sendable (any Error) -> Void

    /// How long what is due may take once the program stops.
    private static let stopSecondsMax = 5.0

    /// - Parameter report: gets what could not be sent; no address and no link is in it.
    init(
        _ mailing: Outgoing.Mailing, client: WebClient, clock: any Clock,
        report: @escaping @Sendable (any Error) -> Void
    ) {
        queue = MailQueue(client: client, server: mailing.server, clock: clock, report: report)
        sender = mailing.sender
        self.report = report
    }

    /// Has a mail sent soon; whether it was taken.
    func take(_ mail: Mail) -> Bool {
        guard let address = MailAddress(mail.address, name: mail.displayName) else {
            report(MailError(.malformed, "a sign-in name is no address that mail can be sent to"))
            return false
        }
        do {
            let message = try MailMessage(
                from: sender, to: address, subject: mail.subject, text: mail.text, goodUntil: mail.link.expires)
            return queue.put(message)
        } catch {
            report(error)
            return false
        }
    }

    func stop() {
        queue.stop(deadlineSeconds: Self.stopSecondsMax)
    }
}
