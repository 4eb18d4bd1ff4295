internal import Synchronization

/// The one answer to one request: called once, from any thread, before or after the handler has returned.
///
/// When the last reference goes without an answer, the client gets a 500 instead of waiting for ever.
package final class Reply: Sendable {
    /// What the transport gets.
    package enum Outcome: Sendable {
        case response(HTTPResponse)
        /// Dropped without an answer, or answered with a header field that may not be sent.
        case failure(HTTPError)
    }

    private let deliver: @Sendable (Outcome) -> Void
    private let isAnswered = Atomic<Bool>(false)
    // Safe to share: set by the router before the handler has the reply, and only read from then on.
    private nonisolated(unsafe) var observation: RequestObservation?

    /// - Parameter deliver: called exactly once, on the thread that answers.
    package init(deliver: @escaping @Sendable (Outcome) -> Void) {
        self.deliver = deliver
    }

    deinit {
        guard !isAnswered.load(ordering: .acquiring) else { return }
        observation?.end(.internalServerError)
        deliver(.failure(HTTPError(.noAnswer, "The server failed to answer this request.")))
    }

    /// Answers. A header field with line breaks or other control characters makes it a 500: such an answer could
    /// carry headers or a whole second answer of someone else's making.
    /// - Returns: `false` if there was an answer before; this one is then ignored.
    @discardableResult
    package func callAsFunction(_ response: HTTPResponse) -> Bool {
        guard !isAnswered.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        if response.headers.unsendableName != nil {
            observation?.end(.internalServerError)
            deliver(.failure(HTTPError(.noAnswer, "The answer held a header field that may not be sent.")))
        } else {
            observation?.end(response.status)
            deliver(.response(response))
        }
        return true
    }

    /// Has an observer told when the answer is there. To be called before anybody can answer.
    func observe(_ request: HTTPRequest, route: Int?, _ observer: @escaping RequestObserver) {
        observation = RequestObservation(request, route: route, observer)
    }
}

/// Answers requests. Runs on a thread of the server: whoever must wait long keeps the `Reply` and returns.
package typealias Handler = @Sendable (HTTPRequest, Reply) -> Void
