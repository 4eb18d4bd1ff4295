internal import Synchronization

/// How far the reading is, for a progress bar. Safe to ask from any thread.
package final class ReadingProgress: Sendable {
    /// A moment of it.
    package struct Snapshot: Sendable {
        /// Bytes on disk of all inputs; 0 where only a stream is read.
        package var bytesTotal: UInt64 = 0
        /// How many of them were read.
        package var bytesDone: UInt64 = 0
        /// Leaf files opened so far.
        package var files = 0
        /// Units handed on so far.
        package var units = 0
        /// The file at hand.
        package var file = ""
    }

    private struct State {
        var shown = Snapshot()
        var inputEnd: UInt64 = .max
        var isPaused = false
    }

    private let state = Mutex(State())

    package init() {}

    package var snapshot: Snapshot { state.withLock { $0.shown } }

    func begin(bytesTotal: UInt64) {
        state.withLock { $0.shown.bytesTotal = bytesTotal }
    }

    /// From here on bytes belong to an input of `bytes` on disk; `nil` for a stream.
    func beginInput(bytes: UInt64?) {
        state.withLock { $0.inputEnd = bytes.map { [done = $0.shown.bytesDone] in done + $0 } ?? .max }
    }

    /// The input is done with, however much of it was read.
    func endInput() {
        state.withLock {
            if $0.inputEnd != .max { $0.shown.bytesDone = $0.inputEnd }
            $0.inputEnd = .max
        }
    }

    func advance(by bytes: UInt64) {
        state.withLock {
            if !$0.isPaused { $0.shown.bytesDone = min($0.shown.bytesDone + bytes, $0.inputEnd) }
        }
    }

    /// Bytes read in `body` are not counted: they will be read again.
    func uncounted<Result>(_ body: () throws -> Result) rethrows -> Result {
        state.withLock { $0.isPaused = true }
        defer { state.withLock { $0.isPaused = false } }
        return try body()
    }

    func beginFile(_ path: String) {
        state.withLock {
            $0.shown.files += 1
            $0.shown.file = path
        }
    }

    func countUnit() {
        state.withLock { $0.shown.units += 1 }
    }
}
