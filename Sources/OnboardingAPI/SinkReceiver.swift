internal import Base
internal import HTTP

/// Brings a body from the server's threads to a sink on threads that may block, in pieces of one size, a few ahead.
final class SinkReceiver: BodyReceiver, @unchecked Sendable {
    // Safe to share: `current` is the transport's, which calls one after the other; the sink is used by the one job that
    // `isBusy` stands for; the rest is used under `lock`.

    /// How a body ended.
    enum End: Sendable {
        case finished(OnboardingAnswer, Reply)
        case failed(any Error, Reply)
        case abandoned
    }

    private enum Last {
        case finish(Reply)
        case abandon
    }

    static let pieceBytes = 256 << 10
    /// How many pieces wait at most before the client must.
    private static let waitingMax = 2

    private let sink: any BodySink
    private let threads: WorkPool
    private let settle: @Sendable (End) -> Void
    private let lock = Lock()
    private var current = ByteWriter(capacity: 16)
    private var waiting: [ByteWriter] = []
    private var free: [ByteWriter] = []
    private var paused: BodyFlow?
    private var failure: (any Error)?
    private var last: Last?
    private var isBusy = false

    /// - Parameter settle: told how the body ended, once, on one of the threads.
    init(_ sink: any BodySink, on threads: WorkPool, settle: @escaping @Sendable (End) -> Void) {
        self.sink = sink
        self.threads = threads
        self.settle = settle
    }

    deinit {
        // What came may be of patients.
        for buffer in [current] + waiting + free { buffer.wipe() }
    }

    func receive(_ piece: UnsafeRawBufferPointer, _ flow: BodyFlow) -> BodyDemand {
        var rest = piece
        var demand = BodyDemand.more
        while !rest.isEmpty {
            if current.capacity < Self.pieceBytes { current = ByteWriter(capacity: Self.pieceBytes) }
            let count = min(rest.count, Self.pieceBytes - current.count)
            current.write(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            guard current.count == Self.pieceBytes else { break }
            guard pass(current, flow, &demand) else {
                current.removeAll()
                return .nothing
            }
        }
        return demand
    }

    /// Has a full piece written.
    /// - Returns: `false` if nothing more is of use.
    private func pass(_ piece: ByteWriter, _ flow: BodyFlow, _ demand: inout BodyDemand) -> Bool {
        lock.withLock {
            guard failure == nil else { return false }
            waiting.append(piece)
            current = free.popLast() ?? ByteWriter(capacity: Self.pieceBytes)
            schedule()
            if waiting.count >= Self.waitingMax, paused == nil {
                paused = flow
                demand = .later
            }
            return true
        }
    }

    func finish(_ reply: Reply) { end(.finish(reply)) }

    func abandon() { end(.abandon) }

    private func end(_ how: Last) {
        lock.withLock {
            last = how
            if case .finish = how, current.count > 0, failure == nil { waiting.append(current) }
            current = ByteWriter(capacity: 16)
            schedule()
        }
    }

    /// Has the next step done. Under `lock`.
    private func schedule() {
        guard !isBusy else { return }
        isBusy = true
        // Refused only once the server has stopped, when nobody waits for an answer any more.
        if !threads.proceed({ [self] in step() }) { isBusy = false }
    }

    private enum Step {
        case write(ByteWriter)
        case end(Last, (any Error)?)
        case nothing
    }

    /// One piece, or the end; others get their turn in between.
    private func step() {
        let step = lock.withLock { () -> Step in
            if case .abandon = last { return .end(.abandon, failure) }
            if failure == nil, !waiting.isEmpty { return .write(waiting.removeFirst()) }
            if let last { return .end(last, failure) }
            isBusy = false
            return .nothing
        }
        switch step {
        case .nothing: return
        case .write(let piece): write(piece)
        case .end(let last, let failure): return end(last, failure)
        }
        let resumed = lock.withLock { () -> BodyFlow? in
            isBusy = false
            if !waiting.isEmpty || last != nil { schedule() }
            guard waiting.count < Self.waitingMax else { return nil }
            defer { paused = nil }
            return paused
        }
        resumed?.resume()
    }

    private func write(_ piece: ByteWriter) {
        do {
            try sink.write(piece.bytes)
            piece.removeAll()
            lock.withLock { free.append(piece) }
        } catch {
            sink.abandon()
            lock.withLock {
                failure = error
                waiting = []
            }
        }
    }

    private func end(_ last: Last, _ failure: (any Error)?) {
        switch last {
        case .abandon:
            if failure == nil { sink.abandon() }
            settle(.abandoned)
        case .finish(let reply):
            if let failure { return settle(.failed(failure, reply)) }
            do {
                settle(.finished(try sink.finish(), reply))
            } catch {
                settle(.failed(error, reply))
            }
        }
    }
}
