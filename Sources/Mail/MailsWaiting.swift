internal import Base

/// A mail that is yet to be sent.
struct MailWaiting: Sendable {
    var number: String
    var bytes: [UInt8]
    var from: String
    var to: String
    var goodUntil: Instant?
    /// With the one under way.
    var attempts = 0
    /// In `monotonicNanoseconds`, so that a clock that is set does not matter.
    var due: UInt64 = 0
}

/// The mails that wait, and those under way.
final class MailsWaiting: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private let countMax: Int
    private var mails: [MailWaiting] = []
    private var underWay = 0
    private var dropped = 0
    private var isClosed = false

    private static let waitMillisecondsMax: UInt64 = 60_000

    init(countMax: Int) {
        self.countMax = countMax
    }

    var count: Int { lock.withLock { mails.count + underWay } }

    func put(_ mail: MailWaiting) -> Bool {
        lock.withLock {
            guard !isClosed, mails.count + underWay < countMax else { return false }
            mails.append(mail)
            lock.signalAll()
            return true
        }
    }

    /// Waits for a mail that is due; `nil` once it is closed.
    func take() -> MailWaiting? {
        lock.withLock {
            while !isClosed {
                let now = monotonicNanoseconds()
                guard let first = mails.indices.min(by: { mails[$0].due < mails[$1].due }) else {
                    lock.wait()
                    continue
                }
                if mails[first].due <= now {
                    var mail = mails.remove(at: first)
                    mail.attempts += 1
                    underWay += 1
                    return mail
                }
                let milliseconds = (mails[first].due - now) / 1_000_000 + 1
                lock.wait(milliseconds: Int(min(milliseconds, Self.waitMillisecondsMax)))
            }
            return nil
        }
    }

    /// A mail is done with, or waits once more.
    func finish(_ mail: MailWaiting, againAfterSeconds: Double?) {
        lock.withLock {
            underWay -= 1
            if let seconds = againAfterSeconds {
                var next = mail
                next.due = monotonicNanoseconds() + UInt64(max(0, seconds) * 1e9)
                mails.append(next)
            }
            lock.signalAll()
        }
    }

    /// A mail was cut off by the end.
    func drop() {
        lock.withLock {
            underWay -= 1
            dropped += 1
            lock.signalAll()
        }
    }

    /// Waits until none is under way or due, or the time is over.
    func waitUntilNothingIsDue(seconds: Double) {
        let end = monotonicNanoseconds() + UInt64(max(0, seconds) * 1e9)
        lock.withLock {
            while true {
                let now = monotonicNanoseconds()
                guard !isClosed, now < end, underWay > 0 || mails.contains(where: { $0.due <= now }) else { return }
                lock.wait(milliseconds: Int((end - now) / 1_000_000) + 1)
            }
        }
    }

    func close() {
        lock.withLock {
            isClosed = true
            lock.signalAll()
        }
    }

    /// How many will not be sent any more; counted once.
    func takeDropped() -> Int {
        lock.withLock {
            defer {
                mails = []
                dropped = 0
            }
            return mails.count + dropped
        }
    }
}
