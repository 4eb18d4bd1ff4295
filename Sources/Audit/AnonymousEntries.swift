package import Access
internal import Base
internal import Synchronization

/// Bounds what somebody without a credential can have written: of one address, and of all together, the first refusals of
/// a minute are entries of their own; the others are counted, and the count is an entry when the minute is over.
///
/// That there are more stands in the last entry of its own, so that it is known even if the program ends before the count
/// was written. Entries of whoever has a credential, and attempts to sign in, pass as they are.
package final class AnonymousEntries: Sendable {
    /// What is let through.
    package struct Options: Sendable {
        /// Entries of their own of one address in a window.
        package var perAddressMax = 10
        /// Entries of their own in a window.
        package var inAllMax = 600
        /// Addresses that are counted apart in a window; what comes from others is counted as one.
        package var addressesMax = 200
        package var windowSeconds: Double = 60

        package init() {}
    }

    private struct Counted {
        var count: UInt64
        var last: AuditEntry
    }

    private struct Window {
        var began: Instant?
        var written: [String: Int] = [:]
        var writtenInAll = 0
        var counted: [String: Counted] = [:]
    }

    private enum Fate {
        case passes(AuditEntry)
        case counted
    }

    /// What addresses are counted as that have no count of their own.
    package static let others = "others"

    private let options: Options
    private let sink: AuditSink
    private let window = Mutex(Window())

    /// - Parameter sink: takes the entries that are written.
    package init(options: Options = Options(), _ sink: @escaping AuditSink) {
        self.options = options
        self.sink = sink
    }

    /// Takes an entry, as `AuditSink` does.
    package func take(_ entry: AuditEntry, _ tenant: TenantName, _ done: @escaping @Sendable (Bool) -> Void) {
        let isAnonymous = tenant == .platform && entry.agent == "anonymous" && entry.category == .denial
        let (decided, over) = window.withLock { window -> (Fate, [String: Counted]) in
            let over = close(&window, at: entry.time)
            return (isAnonymous ? fate(of: entry, &window) : .passes(entry), over)
        }
        write(over)
        switch decided {
        case .passes(let entry): sink(entry, tenant, done)
        case .counted: done(true)
        }
    }

    /// Writes the counts that wait, as at the end of the program.
    package func flush() {
        write(window.withLock { window -> [String: Counted] in take(&window) })
    }

    private func fate(of entry: AuditEntry, _ window: inout Window) -> Fate {
        let address = NetworkAddress.counted(entry.address)
        if window.began == nil { window.began = entry.time }
        let before = window.written[address] ?? 0
        if before < options.perAddressMax && window.writtenInAll < options.inAllMax {
            window.written[address] = before + 1
            window.writtenInAll += 1
            guard before + 1 == options.perAddressMax || window.writtenInAll == options.inAllMax else {
                return .passes(entry)
            }
            var entry = entry
            entry.detail = (entry.detail.map { $0 + "; " } ?? "") + "from here on refusals are counted for a while"
            return .passes(entry)
        }
        let isKnown = window.counted[address] != nil || window.counted.count < options.addressesMax
        let key = isKnown ? address : Self.others
        window.counted[key, default: Counted(count: 0, last: entry)].count += 1
        window.counted[key]?.last = entry
        return .counted
    }

    /// Ends the window if it is over, or the clock was set back.
    private func close(_ window: inout Window, at now: Instant) -> [String: Counted] {
        guard let began = window.began,
            now >= began.advanced(bySeconds: options.windowSeconds) || now < began.advanced(bySeconds: -1)
        else { return [:] }
        return take(&window)
    }

    private func take(_ window: inout Window) -> [String: Counted] {
        defer { window = Window() }
        return window.counted
    }

    private func write(_ counted: [String: Counted]) {
        for (address, counted) in counted.sorted(by: { $0.key < $1.key }) {
            var entry = counted.last
            entry.address = address
            entry.request = nil
            entry.detail = "\(counted.count) more requests without a valid credential were counted"
            sink(entry, .platform) { [self] isDurable in
                guard !isDurable else { return }
                // Not lost: it goes with the next count.
                window.withLock { window in
                    if window.began == nil { window.began = counted.last.time }
                    window.counted[address, default: Counted(count: 0, last: counted.last)].count += counted.count
                }
            }
        }
    }
}
