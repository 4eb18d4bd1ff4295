import Base
import Foundation
import Mail
import Synchronization
import TestSupport
import Testing
import WebClient

@Suite struct MailQueueTests {
    private static func message(goodUntil: Instant? = nil) throws -> MailMessage {
        try MailMessage(
            from: #require(MailAddress("martlet@clinic.example")), to: #require(MailAddress("ada@clinic.example")),
            subject: "Hello", text: "secret words", goodUntil: goodUntil)
    }

    private static func options(_ change: (inout MailQueueOptions) -> Void = { _ in }) -> MailQueueOptions {
        var options = MailQueueOptions()
        options.retrySeconds = [0.001]
        change(&options)
        return options
    }

    private static func waitUntilEmpty(_ queue: MailQueue) throws {
        for _ in 0..<10_000 {
            if queue.waitingCount == 0 { return }
            Thread.sleep(forTimeInterval: 0.001)
        }
        throw PeerFailure(reason: "mails wait")
    }

    @Test func `what fails for now is tried again, and each failure is reported without what the mail says`() throws {
        let reports = Reports()
        let tries = Atomic<Int>(0)
        let queue = MailQueue(options: Self.options(), clock: SystemClock(), report: { reports.add("\($0)") }) {
            _, _, _, _ in
            let number = tries.add(1, ordering: .sequentiallyConsistent).oldValue
            if number == 0 { throw WebClientError(.interrupted, "gone") }
            if number == 1 { throw WebClientError(.messageRefused, "later", statusCode: 451) }
            if number == 2 { throw WebClientError(.credentialsRefused, "who") }
        }
        #expect(queue.put(try Self.message()))
        try Self.waitUntilEmpty(queue)
        #expect(tries.load(ordering: .sequentiallyConsistent) == 4)
        #expect(reports.all.count == 3 && reports.all.allSatisfy { $0.contains("tried again") })
        #expect(!reports.all.contains { $0.contains("ada") || $0.contains("secret") || $0.contains("Hello") })
        queue.stop()
    }

    @Test func `what is refused for good, or too often, is given up`() throws {
        let reports = Reports()
        let tries = Atomic<Int>(0)
        let refused = MailQueue(options: Self.options(), clock: SystemClock(), report: { reports.add("\($0)") }) {
            _, _, _, _ in
            throw WebClientError(.messageRefused, "no", statusCode: 550)
        }
        #expect(refused.put(try Self.message()))
        try Self.waitUntilEmpty(refused)
        #expect(reports.all.count == 1 && reports.all[0].contains("given up after 1 attempts"))
        let often = MailQueue(
            options: Self.options { $0.attemptsMax = 3 }, clock: SystemClock(), report: { reports.add("\($0)") }
        ) { _, _, _, _ in
            tries.add(1, ordering: .sequentiallyConsistent)
            throw WebClientError(.unreachable, "no")
        }
        #expect(often.put(try Self.message()))
        try Self.waitUntilEmpty(often)
        #expect(tries.load(ordering: .sequentiallyConsistent) == 3 && reports.all.count == 4)
        refused.stop()
        often.stop()
    }

    @Test func `a mail whose link is over is not sent`() throws {
        let reports = Reports()
        let sent = Atomic<Int>(0)
        let queue = MailQueue(
            options: Self.options { $0.retrySeconds = [3_600] }, clock: SystemClock(), report: { reports.add("\($0)") }
        ) { _, _, _, _ in
            sent.add(1, ordering: .sequentiallyConsistent)
            throw WebClientError(.unreachable, "no")
        }
        let now = SystemClock().now()
        #expect(queue.put(try Self.message(goodUntil: now)))
        // Tried once: the next time would be too late.
        #expect(queue.put(try Self.message(goodUntil: now.advanced(bySeconds: 1_800))))
        try Self.waitUntilEmpty(queue)
        #expect(sent.load(ordering: .sequentiallyConsistent) == 1 && reports.all.count == 2)
        #expect(reports.all.allSatisfy { $0.contains("given up") })
        queue.stop()
    }

    @Test func `a sender that hangs holds up nobody, and what does not fit is refused`() throws {
        let reports = Reports()
        let queue = MailQueue(
            options: Self.options { $0.waitingMax = 3 }, clock: SystemClock(), report: { reports.add("\($0)") }
        ) { _, _, _, cancellation in
            while !cancellation.isCancelled { Thread.sleep(forTimeInterval: 0.001) }
            throw WebClientError(.cancelled, "stopped")
        }
        for _ in 0..<3 { #expect(queue.put(try Self.message())) }
        #expect(!queue.put(try Self.message()))
        #expect(reports.all.count == 1 && reports.all[0].contains("too many wait"))
        queue.stop()
        #expect(reports.all.count == 2 && reports.all[1].contains("3 mails were not sent"))
        #expect(!queue.put(try Self.message()))
        queue.stop()
    }

    @Test func `stopping lets what is due be sent first`() throws {
        let reports = Reports()
        let sent = Atomic<Int>(0)
        let queue = MailQueue(options: Self.options(), clock: SystemClock(), report: { reports.add("\($0)") }) {
            _, _, _, _ in
            Thread.sleep(forTimeInterval: 0.01)
            sent.add(1, ordering: .sequentiallyConsistent)
        }
        for _ in 0..<10 { #expect(queue.put(try Self.message())) }
        queue.stop(deadlineSeconds: 30)
        #expect(sent.load(ordering: .sequentiallyConsistent) == 10 && reports.all.isEmpty)
    }
}
