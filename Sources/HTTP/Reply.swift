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

    /// - Parameter deliver: called exactly once, on the thread that answers.
    package init(deliver: @escaping @Sendable (Outcome) -> Void) {
        self.deliver = deliver
    }

    deinit {
        guard !isAnswered.load(ordering: .acquiring) else { return }
        deliver(.failure(HTTPError(.noAnswer, "The server failed to answer this request.")))
    }

    /// Answers. A header field with line breaks or other control characters makes it a 500: such an answer could
    /// carry headers or a whole second answer of someone else's making.
    /// - Returns: `false` if there was an answer before; this one is then ignored.
    @discardableResult
    package func callAsFunction(_ response: HTTPResponse) -> Bool {
        guard !isAnswered.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        if response.headers.unsendableName != nil {
            deliver(.failure(HTTPError(.noAnswer, "The answer held a header field that may not be sent.")))
        } else {
            deliver(.response(response))
        }
        return true
    }
}

/// Answers requests. Runs on a thread of the server: whoever must wait long keeps the `Reply` and returns.
package typealias Handler = @Sendable (HTTPRequest, Reply) -> Void
