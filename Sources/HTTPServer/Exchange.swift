internal import Base
internal import CMicrohttpd
internal import HTTP
internal import Synchronization

/// One request and its answer.
///
/// Unchecked Sendable: everything but `outcome` is touched only by the server thread that owns the connection.
/// `outcome` is where that thread and the one that replies meet; under its lock the connection is suspended, and it is
/// settled who resumes it: so a reply can neither slip in before the suspension nor touch a connection that is gone.
final class Exchange: @unchecked Sendable {
    private enum Stage {
        case header
        case body
        /// The request is refused; the rest of its body is read so that the client gets to see why.
        case discarding(HTTPResponse)
        /// The handler has been called.
        case handled
    }

    private enum Outcome {
        case open
        /// The loop asks with every turn.
        case awaited
        case suspended
        case answered(Reply.Outcome)
        /// The connection may be gone.
        case finished
    }

    private let loop: EventLoop
    /// Since which turn of the loop it stays among the ready ones for its answer.
    private var waitsSince: UInt64?
    /// Characters of a target that is too long which are kept.
    private static let shownTargetMax = 256

    private let engine: Engine
    private let connection: OpaquePointer
    private let watch: ConnectionWatch?
    private var request: HTTPRequest
    private var targetError: HTTPError?
    private var stage = Stage.header
    private var isCounted = false
    private var reservedBytes = 0
    private var discardedBytes = 0
    /// Set where libmicrohttpd may take the end of this request for another one: its trailers cannot be looked at.
    private var endsConnection = false
    private let outcome = Mutex(Outcome.open)

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
        case .discarding(let refusal):
            guard count.pointee > 0 else { return queue(refusal, isLast: false) }
            discardedBytes += count.pointee
            watch?.received(count.pointee)
            count.pointee = 0
            return discardedBytes <= engine.limits.discardedBytesMax ? .YES : .NO
        case .handled: return answer()
        }
    }

    private func begin(_ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?) -> MHD_Result {
        request.method = method.map { HTTPMethod(String(cString: $0)) } ?? .get
        isCounted = engine.gate.enter()
        guard isCounted else {
            let error = HTTPError(.stopping, "The server is stopping.")
            return queue(engine.renderError(error, request), isLast: true)
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
            if case .length(let count) = head.framing, count > engine.limits.bodyBytesMax { throw bodyTooLarge }
        } catch {
            return refuse(engine.renderError(error, request), head)
        }
        stage = .body
        // An answer at this point would cost the connection: libmicrohttpd closes it, since a body might follow. It
        // calls again at the body's end, also where there is none.
        if case .none = head.framing { return .YES }
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

    private var bodyTooLarge: HTTPError {
        HTTPError(.bodyTooLarge, "The body may have \(engine.limits.bodyBytesMax) bytes.")
    }

    /// Answers at once where the client waits to be told to send the body, or it is out of all proportion; else reads
    /// the body first: a client that is still sending when the connection closes may never see the answer.
    private func refuse(_ response: HTTPResponse, _ head: RequestHead) -> MHD_Result {
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
            discard(bodyTooLarge)
        } else if !engine.reserveBody(piece.count) {
            discard(HTTPError(.overloaded, "The server has too many uploads in memory; try again."))
        } else {
            reservedBytes += piece.count
            request.body.append(contentsOf: piece)
        }
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
    private func answer() -> MHD_Result {
        let ready: Reply.Outcome? = outcome.withLock { outcome in
            if case .answered(let answer) = outcome {
                outcome = .finished
                return answer
            }
            guard !loop.answersAtOnce else {
                outcome = .finished
                return .failure(HTTPError(.stopping, "The server is stopping."))
            }
            if loop.mayWait(&waitsSince) {
                outcome = .awaited
                return nil
            }
            guard loop.suspended.insert(self) else {
                outcome = .finished
                return .failure(HTTPError(.stopping, "The server is stopping."))
            }
            loop.endWait(&waitsSince)
            outcome = .suspended
            MHD_suspend_connection(connection)
            return nil
        }
        if ready != nil { loop.endWait(&waitsSince) }
        switch ready {
        case .response(let response): return queue(response, isLast: false)
        case .failure(let error): return queue(engine.renderError(error, request), isLast: false)
        case nil: return .YES
        }
    }

    /// Takes the answer, on any thread. Comes too late after `finish`, and is then of no effect.
    func deliver(_ answer: Reply.Outcome) {
        let before = outcome.withLock { outcome in
            defer {
                switch outcome {
                case .open, .awaited, .suspended: outcome = .answered(answer)
                case .answered, .finished: break
                }
            }
            return outcome
        }
        switch before {
        case .open, .answered, .finished: break
        case .awaited: WakeBatch.wake(loop)
        case .suspended:
            // A suspended connection lives until it is resumed, and this alone resumes it. Not under the lock, for which
            // the server's thread would have to wait as soon as it wakes.
            MHD_resume_connection(connection)
            loop.suspended.remove(self)
        }
    }

    private func queue(_ response: HTTPResponse, isLast: Bool) -> MHD_Result {
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
        outcome.withLock { $0 = .finished }
        loop.endWait(&waitsSince)
        engine.releaseBody(reservedBytes)
        watch?.enter(.header, now: engine.connections.now)
        if isCounted { engine.gate.leave() }
    }
}
