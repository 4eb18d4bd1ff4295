internal import Base
internal import Synchronization

/// Shows how far a piece of work is on standard error: a line that is drawn over on a terminal, else a line every few
/// seconds. Safe to call from any thread.
final class ProgressMeter: Sendable {
    private struct State {
        var pace = PaceEstimate()
        var shownAt: UInt64?
        var isDrawn = false
        var isEnded = false
    }

    private let console: Console
    private let label: String
    private let unit: String
    private let isSilent: Bool
    private let isTerminal: Bool
    private let startedAt = monotonicNanoseconds()
    private let state = Mutex(State())

    private static let drawEveryNanoseconds: UInt64 = 100_000_000
    private static let lineEveryNanoseconds: UInt64 = 5_000_000_000

    /// - Parameter isSilent: shows nothing, for output that machines read.
    init(_ console: Console, label: String, unit: String, isSilent: Bool) {
        self.console = console
        self.label = label
        self.unit = unit
        self.isSilent = isSilent
        isTerminal = console.isTerminal
    }

    /// Seconds since the work began.
    var elapsedSeconds: Double { Double(monotonicNanoseconds() - startedAt) / 1e9 }

    /// Tells how far it is; shown if the last time lies long enough back.
    /// - Parameter stage: what the work is called from now on, if not by the meter's label.
    func show(count: Int, fraction: Double?, stage: String? = nil) {
        guard !isSilent else { return }
        let now = monotonicNanoseconds()
        state.withLock { state in
            guard !state.isEnded else { return }
            state.pace.note(seconds: Double(now - startedAt) / 1e9, count: count, fraction: fraction)
            let every = isTerminal ? Self.drawEveryNanoseconds : Self.lineEveryNanoseconds
            guard now - (state.shownAt ?? startedAt) >= every else { return }
            state.shownAt = now
            let line = ProgressLine(
                label: stage ?? label, unit: unit, count: count, fraction: fraction, rate: state.pace.rate,
                secondsLeft: state.pace.secondsLeft)
            guard isTerminal else { return console.note(line.plain) }
            console.draw("\r" + line.drawn(columns: console.columns - 1, isUnicode: console.isUnicode) + "\u{1B}[K")
            state.isDrawn = true
        }
    }

    /// Tells what goes on now that is not counted.
    func phase(_ text: String) {
        guard !isSilent, isTerminal else { return }
        state.withLock { state in
            guard !state.isEnded else { return }
            console.draw("\r" + String(text.prefix(max(console.columns - 1, 0))) + "\u{1B}[K")
            state.isDrawn = true
        }
    }

    /// Takes the line away; nothing is shown from then on.
    func end() {
        state.withLock { state in
            if state.isDrawn { console.draw("\r\u{1B}[K") }
            state.isEnded = true
        }
    }
}
