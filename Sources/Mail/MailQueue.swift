package import Base
package import WebClient

/// Sends mails on threads of its own and tries again where the server does not take one. What waits is in memory, and
/// bounded: a mail is never the only place of anything.
package final class MailQueue: Sendable {
    /// Hands a mail over, blocks until that is done, and throws a `WebClientError` if it is not.
    package typealias Send =
        @Sendable (
            _ message: [UInt8], _ from: String, _ to: String, _ cancellation: WebCancellation
        ) throws -> Void

    private let waiting: MailsWaiting
    private let options: MailQueueOptions
    private let clock: any Clock
    private let report: @Sendable (any Error) -> Void
    private let cancellation = WebCancellation()
    private let threads: [WorkerThread]

    /// - Parameters:
    ///   - report: gets a `MailError` for each attempt that failed; no address, subject or text is in it.
    ///   - send: called on the queue's threads.
    package init(
        options: MailQueueOptions = MailQueueOptions(), clock: any Clock,
        report: @escaping @Sendable (any Error) -> Void, send: @escaping Send
    ) {
        let waiting = MailsWaiting(countMax: options.waitingMax)
        self.waiting = waiting
        self.options = options
        self.clock = clock
        self.report = report
        let cancellation = cancellation
        threads = (0..<max(1, options.threadCount)).map { _ in
            WorkerThread(name: "mail") {
                while let mail = waiting.take() {
                    let attempt = MailAttempt(mail, options, now: clock.now()) {
                        try send(mail.bytes, mail.from, mail.to, cancellation)
                    }
                    if cancellation.isCancelled, attempt.error != nil {
                        waiting.drop()
                    } else {
                        if let error = attempt.error { report(error) }
                        waiting.finish(mail, againAfterSeconds: attempt.againAfterSeconds)
                    }
                }
            }
        }
    }

    /// Mails by way of a server.
    package convenience init(
        client: WebClient, server: MailServer, options: MailQueueOptions = MailQueueOptions(), clock: any Clock,
        report: @escaping @Sendable (any Error) -> Void
    ) {
        self.init(options: options, clock: clock, report: report) { message, from, to, cancellation in
            try client.submit(message, from: from, to: [to], by: server, cancellation: cancellation)
        }
    }

    deinit {
        waiting.close()
        cancellation.cancel()
    }

    /// Has a mail sent soon. Never waits.
    /// - Returns: whether it was taken; if not, as too many wait or the queue is stopped, that is reported.
    package func put(_ message: MailMessage) -> Bool {
        let number = MailMessage.newNumber(of: message.from)
        let mail = MailWaiting(
            number: number, bytes: message.encoded(number: number, date: clock.now()), from: message.from.address,
            to: message.to.address, goodUntil: message.goodUntil)
        if waiting.put(mail) { return true }
        report(MailError(.queueFull, "mail \(number) is not sent, as too many wait"))
        return false
    }

    /// How many have not been sent yet.
    package var waitingCount: Int { waiting.count }

    /// Sends what is due, ends what is under way then, and drops what waits, which is reported. Returns once the threads have
    /// ended; again at once.
    /// - Parameter deadlineSeconds: how long what is due may take.
    package func stop(deadlineSeconds: Double = 0) {
        waiting.waitUntilNothingIsDue(seconds: deadlineSeconds)
        waiting.close()
        cancellation.cancel()
        for thread in threads { thread.join() }
        let dropped = waiting.takeDropped()
        guard dropped > 0 else { return }
        report(MailError(.dropped, "\(dropped) mails were not sent before the program stopped"))
    }
}
