internal import HTTP
internal import Synchronization

/// Answers requests by what is put in later: the server must listen before it is known where clients reach it.
final class LateHandler: Sendable {
    private struct Parts: Sendable {
        var handler: Handler
        var admit: @Sendable (HTTPRequest) -> HTTPResponse?
        var streamedBody: @Sendable (HTTPRequest) -> StreamedBody?
    }

    private let parts = Mutex<Parts?>(nil)

    /// Lets requests through from now on.
    func set(
        _ handler: @escaping Handler, admit: @escaping @Sendable (HTTPRequest) -> HTTPResponse?,
        streamedBody: @escaping @Sendable (HTTPRequest) -> StreamedBody?
    ) {
        parts.withLock { $0 = Parts(handler: handler, admit: admit, streamedBody: streamedBody) }
    }

    var handler: Handler {
        { [self] request, reply in
            guard let parts = parts.withLock({ $0 }) else { return _ = reply(Self.starting) }
            parts.handler(request, reply)
        }
    }

    var admit: @Sendable (HTTPRequest) -> HTTPResponse? {
        { [self] request in
            guard let parts = parts.withLock({ $0 }) else { return Self.starting }
            return parts.admit(request)
        }
    }

    var streamedBody: @Sendable (HTTPRequest) -> StreamedBody? {
        { [self] request in parts.withLock { $0 }?.streamedBody(request) }
    }

    private static var starting: HTTPResponse {
        var response = ProblemDocument(status: .serviceUnavailable, detail: "The server is starting.").response
        response.headers["Retry-After"] = "1"
        return response
    }
}
