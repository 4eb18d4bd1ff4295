internal import Base
internal import CMicrohttpd
internal import HTTP
internal import Synchronization

/// One request and its answer.
///
/// Unchecked Sendable: everything but `meeting` is touched only by the server thread that owns the connection.
/// `meeting` is where that thread and the one that replies meet; under its lock the connection is suspended, and it is
/// settled who resumes it: so a reply can neither slip in before the suspension nor touch a connection that is gone.
final class Exchange: @unchecked Sendable {
    enum Stage {
        case header
        case body
        /// A route decides whether it takes the body as it comes.
        case opening
        case streaming(any BodyReceiver)
        /// The receiver takes no more; the rest of the body is read so that the client gets to see why.
        case draining(any BodyReceiver)
        /// The request is refused; the rest of its body is read so that the client gets to see why.
        case discarding(HTTPResponse)
        /// The handler has been called.
        case handled
    }

    /// What the server's thread waits for.
    enum Signal {
        case decision(BodyOpening.Decision)
        /// The receiver of the body takes more.
        case resumed
        case answer(Reply.Outcome)
    }

    enum Meeting {
        case open
        /// The body is whole: what its receiver still says of it is of no interest, and only the answer is waited for.
        case ended
        /// The loop asks with every turn.
        case awaited
        case suspended
        /// The body's receiver is waited for.
        case paused
        case settled(Signal)
        /// The connection may be gone.
        case finished
    }

    let loop: EventLoop
    /// Since which turn of the loop it stays among the ready ones for its answer.
    private var waitsSince: UInt64?
    /// Characters of a target that is too long which are kept.
    private static let shownTargetMax = 256

    let engine: Engine
    let connection: OpaquePointer
    let watch: ConnectionWatch?
    var request: HTTPRequest
    private var targetError: HTTPError?
    var stage = Stage.header
    /// Of a body that is taken as it comes: how it is framed, its bytes so far, and how many it may have.
    var head: RequestHead?
    var streamedBytes = 0
    var streamedBytesMax = 0
    private var isCounted = false
    private var reservedBytes = 0
    var discardedBytes = 0
    /// Set where libmicrohttpd may take the end of this request for another one: its trailers cannot be looked at.
    private var endsConnection = false
    let meeting = Mutex(Meeting.open)

    /// A request whose line has been read; `target` is as it stands there.
    init(loop: EventLoop, connection: OpaquePointer, watch: ConnectionWatch?, target: UnsafePointer<CChar>?) {
        self.loop = loop
        engine = loop.engine
        self.connection = connection
        self.watch = watch
        let text = target.flatMap { String(validatingCString: $0) }
        request = HTTPRequest(
            method: .get, unparsedTarget: text ?? "", remoteAddress: watch?.remoteAddress ?? "")
        request.isSecure = engine.isTLS
        if text == nil {
            targetError = HTTPError(.malformedTarget, "The request target is not UTF-8.")
        } else if request.target.utf8.count > engine.limits.targetBytesMax {
            targetError = HTTPError(
                .targetTooLong, "The request target may have \(engine.limits.targetBytesMax) bytes.")
            // Enough to tell by which part of the server the error is rendered.
            request.target = String(request.target.prefix { $0 != "?" }.prefix(Self.shownTargetMax))
        }
    }

    /// libmicrohttpd has something: the header; then pieces of the body; then, with `count` 0, its end; and once more
    /// after a suspension.
    func access(
        method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?, piece: UnsafePointer<CChar>?,
        count: UnsafeMutablePointer<Int>
    ) -> MHD_Result {
        switch stage {
        case .header: return begin(method, version)
        case .body:
            guard count.pointee > 0 else { return dispatch() }
            receive(UnsafeRawBufferPointer(start: piece, count: count.pointee))
            count.pointee = 0
            return .YES
        case .opening: return open()
        case .streaming(let receiver):
            guard count.pointee > 0 else { return finish(receiver) }
            let piece = UnsafeRawBufferPointer(start: piece, count: count.pointee)
            count.pointee = 0
            return stream(piece, to: receiver)
        case .draining(let receiver):
            guard count.pointee > 0 else { return finish(receiver) }
            return discard(count)
        case .discarding(let refusal):
            guard count.pointee > 0 else { return queue(refusal, isLast: false) }
            return discard(count)
        case .handled: return answer()
        }
    }

    private func begin(_ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?) -> MHD_Result {
        request.method = method.map { HTTPMethod(String(cString: $0)) } ?? .get
        isCounted = engine.gate.enter()
        guard isCounted else {
            return queue(engine.renderError(Self.stopping, request), isLast: true)
        }
        let head: RequestHead
        do throws(HTTPError) {
            head = try RequestHead(connection, method: method, version: version, limits: engine.limits)
            request.headers = head.headers
            request.id = engine.requestIDs.id(head.headers)
            if let watch, watch.isTrustedProxy, let peer = watch.address { believe(peer) }
            if let targetError { throw targetError }
        } catch {
            return queue(engine.renderError(error, request), isLast: true)
        }
        if HeaderLayout.isNeeded, case .chunked = head.framing { endsConnection = true }
        do throws(HTTPError) {
            try request.parseTarget()
        } catch {
            return refuse(engine.renderError(error, request), head)
        }
        stage = .body
        // An answer at this point would cost the connection: libmicrohttpd closes it, since a body might follow. It
        // calls again at the body's end, also where there is none.
        if case .none = head.framing { return .YES }
        if let body = engine.streamedBody?(request) { return begin(body, head) }
        if case .length(let count) = head.framing, count > engine.limits.bodyBytesMax {
            return refuse(engine.renderError(bodyTooLarge(engine.limits.bodyBytesMax), request), head)
        }
        if let refusal = engine.admit?(request) { return refuse(refusal, head) }
        watch?.enter(.body, now: engine.connections.now)
        return .YES
    }

    /// Takes the word of a trusted proxy.
    private func believe(_ proxy: IPAddress) {
        let client = engine.trustedProxies.client(behind: proxy, request.headers)
        if client != proxy { request.remoteAddress = client.description }
        request.isSecure = engine.trustedProxies.isSecure(request.headers) ?? engine.isTLS
    }

    func bodyTooLarge(_ bytesMax: Int) -> HTTPError {
        HTTPError(.bodyTooLarge, "The body may have \(bytesMax) bytes.")
    }

    /// Answers at once where the client waits to be told to send the body, or it is out of all proportion; else reads
    /// the body first: a client that is still sending when the connection closes may never see the answer.
    func refuse(_ response: HTTPResponse, _ head: RequestHead) -> MHD_Result {
        switch head.framing {
        case .length(let count) where count > engine.limits.discardedBytesMax: return queue(response, isLast: true)
        case .length where head.expectsContinue, .chunked where head.expectsContinue:
            return queue(response, isLast: true)
        case .none, .length, .chunked:
            watch?.enter(.body, now: engine.connections.now)
            stage = .discarding(response)
            return .YES
        }
    }

    private func receive(_ piece: UnsafeRawBufferPointer) {
        watch?.received(piece.count)
        if request.body.count + piece.count > engine.limits.bodyBytesMax {
            discard(bodyTooLarge(engine.limits.bodyBytesMax))
        } else if !engine.reserveBody(piece.count) {
            discard(HTTPError(.overloaded, "The server has too many uploads in memory; try again."))
        } else {
            reservedBytes += piece.count
            request.body.append(contentsOf: piece)
        }
    }

    /// Reads what comes and throws it away, as far as that is in proportion.
    private func discard(_ count: UnsafeMutablePointer<Int>) -> MHD_Result {
        discardedBytes += count.pointee
        watch?.received(count.pointee)
        count.pointee = 0
        return discardedBytes <= engine.limits.discardedBytesMax ? .YES : .NO
    }

    private func discard(_ error: HTTPError) {
        request.body = []
        engine.releaseBody(reservedBytes)
        reservedBytes = 0
        stage = .discarding(engine.renderError(error, request))
    }

    private func dispatch() -> MHD_Result {
        watch?.enter(.answer, now: engine.connections.now)
        stage = .handled
        engine.handler(request, Reply { self.deliver($0) })
        request.body = []
        return answer()
    }

    /// Queues the answer if it is there. Else the loop asks again with its next turn, or, where it has asked for long
    /// enough, the connection is suspended until the answer is there.
    func answer() -> MHD_Result {
        let signal = awaitSignal(mayWait: true)
        if signal != nil { loop.endWait(&waitsSince) }
        switch signal {
        case .answer(.response(let response)): return queue(response, isLast: false)
        case .answer(.failure(let error)): return queue(engine.renderError(error, request), isLast: false)
        case .decision, .resumed: return .NO
        case nil: return .YES
        }
    }

    /// Takes the signal if it is there, else gives `nil`: the connection is then suspended until it is, or, where it may
    /// wait, stays among the ready ones.
    func awaitSignal(mayWait: Bool) -> Signal? {
        meeting.withLock { meeting in
            if case .settled(let signal) = meeting {
                meeting = .open
                return signal
            }
            if mayWait && !loop.answersAtOnce && loop.mayWait(&waitsSince) {
                meeting = .awaited
                return nil
            }
            guard !loop.answersAtOnce, loop.suspended.insert(self) else {
                meeting = .finished
                return .answer(.failure(Self.stopping))
            }
            loop.endWait(&waitsSince)
            meeting = .suspended
            MHD_suspend_connection(connection)
            return nil
        }
    }

    /// Takes the answer, on any thread. Comes too late after `finish`, and is then of no effect.
    func deliver(_ answer: Reply.Outcome) {
        _ = settle(.answer(answer))
    }

    /// Leaves a signal for the server's thread.
    /// - Returns: `false` if it comes too late.
    func settle(_ signal: Signal) -> Bool {
        let before = meeting.withLock { meeting in
            defer {
                switch meeting {
                case .open, .ended, .awaited, .suspended: meeting = .settled(signal)
                case .paused, .settled, .finished: break
                }
            }
            return meeting
        }
        switch before {
        case .open, .ended: return true
        case .awaited:
            WakeBatch.wake(loop)
            return true
        case .suspended:
            resume()
            return true
        case .paused, .settled, .finished: return false
        }
    }

    /// A suspended connection lives until it is resumed, and only whoever settled its exchange resumes it. Not under the
    /// lock, for which the server's thread would have to wait as soon as it wakes.
    func resume() {
        MHD_resume_connection(connection)
        loop.suspended.remove(self)
        // libmicrohttpd may take its own sign for this before it looks what it was for.
        WakeBatch.wake(loop)
    }

    static let stopping = HTTPError(.stopping, "The server is stopping.")

    /// The server stops and waits no longer.
    func stop() {
        let wasPaused = meeting.withLock { meeting in
            guard case .paused = meeting else { return false }
            meeting = .finished
            return true
        }
        if wasPaused { resume() } else { deliver(.failure(Self.stopping)) }
    }

    func queue(_ response: HTTPResponse, isLast: Bool) -> MHD_Result {
        // Before the client can see the answer: its next request may come on another thread, and finds the room free.
        engine.releaseBody(reservedBytes)
        reservedBytes = 0
        let isLast =
            isLast || endsConnection || engine.isDraining.load(ordering: .relaxed)
            || loop.isDraining.load(ordering: .relaxed)
        var response = response
        if let complete = engine.complete {
            // A request whose header could not be read has none yet.
            if request.id.isEmpty { request.id = engine.requestIDs.make() }
            complete(request, &response)
        }
        guard let made = ResponseWriter.make(response, isLast: isLast) else { return .NO }
        watch?.enter(.sending, now: engine.connections.now)
        defer { MHD_destroy_response(made) }
        return MHD_queue_response(connection, UInt32(response.status.code), made)
    }

    /// The answer has been sent, or the connection is lost; nothing touches the connection after this.
    func finish() {
        let before = meeting.withLock { meeting in
            defer { meeting = .finished }
            return meeting
        }
        switch stage {
        case .streaming(let receiver), .draining(let receiver): receiver.abandon()
        default: break
        }
        // Decided too late: the request has been answered, or nobody waits any more.
        if case .settled(.decision(.accepted(let receiver))) = before { receiver.abandon() }
        stage = .handled
        loop.endWait(&waitsSince)
        engine.releaseBody(reservedBytes)
        watch?.enter(.header, now: engine.connections.now)
        if isCounted { engine.gate.leave() }
    }
}
