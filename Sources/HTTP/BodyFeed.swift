internal import Base

/// Gives a body that is in memory to a route that takes bodies as they come.
enum BodyFeed {
    /// Odd, so that a receiver sees pieces that end anywhere.
    private static let pieceBytes = 10_007

    /// Opens, feeds and finishes; the answer goes to `reply`. What is not empty is fed by a thread of its own, as a
    /// receiver may have it wait.
    static func run(
        _ body: StreamedBody, _ request: HTTPRequest, _ reply: Reply, _ renderError: @escaping ErrorRenderer
    ) {
        let bytes = request.body
        guard bytes.count <= body.bytesMax else {
            let error = HTTPError(.bodyTooLarge, "The body may have \(body.bytesMax) bytes.")
            return _ = reply(renderError(error, request))
        }
        open(body, head(of: request), reply, renderError) { receiver in
            guard !bytes.isEmpty else { return receiver.finish(reply) }
            _ = WorkerThread(name: "body feed") {
                feed(bytes, to: receiver)
                receiver.finish(reply)
            }
        }
    }

    /// Opens, feeds and abandons, as a server does when a connection is lost.
    static func cutOff(
        _ body: StreamedBody, _ request: HTTPRequest, _ reply: Reply, _ renderError: @escaping ErrorRenderer
    ) {
        let bytes = request.body
        open(body, head(of: request), reply, renderError) { receiver in
            _ = WorkerThread(name: "body feed") {
                feed(bytes, to: receiver)
                receiver.abandon()
                reply(HTTPResponse(status: .noContent))
            }
        }
    }

    /// The request as it is before its body, whose length a client tells.
    private static func head(of request: HTTPRequest) -> HTTPRequest {
        var head = request
        head.body = []
        if head.headers["transfer-encoding"] == nil {
            head.headers.addMissing(HTTPHeaders.Field(name: "Content-Length", value: String(request.body.count)))
        }
        return head
    }

    private static func open(
        _ body: StreamedBody, _ request: HTTPRequest, _ reply: Reply, _ renderError: @escaping ErrorRenderer,
        _ accepted: @escaping @Sendable (any BodyReceiver) -> Void
    ) {
        body.open(
            request,
            BodyOpening { decision in
                switch decision {
                case .accepted(let receiver): accepted(receiver)
                case .refused(let response): reply(response)
                case .failed(let error): reply(renderError(error, request))
                }
            })
    }

    private static func feed(_ bytes: [UInt8], to receiver: any BodyReceiver) {
        let valve = Valve()
        let flow = BodyFlow { valve.open() }
        bytes.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = min(start + pieceBytes, bytes.count)
                switch receiver.receive(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), flow) {
                case .more: break
                case .later: valve.wait()
                case .nothing: return
                }
                start = end
            }
        }
    }
}

/// Waits until it is opened, as often as it is.
private final class Valve: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var isOpen = false

    func open() {
        lock.withLock {
            isOpen = true
            lock.signalAll()
        }
    }

    func wait() {
        lock.withLock {
            while !isOpen { lock.wait() }
            isOpen = false
        }
    }
}
