internal import Synchronization

/// Takes the body of one request as it comes.
///
/// The transport calls `receive` for each piece, one after the other and from one thread at a time, then once either
/// `finish` or `abandon`. Neither of the three may block for long: they run on threads of the server.
package protocol BodyReceiver: AnyObject, Sendable {
    /// Takes a piece, always whole, that is valid during the call alone.
    /// - Parameter flow: goes on after `BodyDemand.later`; the same at each call.
    func receive(_ piece: UnsafeRawBufferPointer, _ flow: BodyFlow) -> BodyDemand

    /// The body came whole, or what came after `BodyDemand.nothing` was thrown away: answers now or later.
    func finish(_ reply: Reply)

    /// The body will not come whole: the connection is lost or cut off, or the server stops. Nobody takes an answer.
    func abandon()
}

/// Whether a receiver takes more.
package enum BodyDemand: Sendable {
    case more
    /// Nothing more comes until the receiver calls `BodyFlow.resume`, once, from any thread, maybe before this is returned.
    case later
    /// It has failed and can tell why: the rest is thrown away, then `finish` asks for the answer.
    case nothing
}

/// Lets a body go on that waits for its receiver.
package final class BodyFlow: Sendable {
    private let resumed: @Sendable () -> Void

    /// - Parameter resumed: called by `resume`, on its thread.
    package init(resumed: @escaping @Sendable () -> Void) {
        self.resumed = resumed
    }

    /// The receiver takes more.
    package func resume() { resumed() }
}

/// The one decision on a request whose body is yet to come: made once, from any thread, before or after `open` returned.
///
/// When the last reference goes without a decision, the client gets a 500.
package final class BodyOpening: Sendable {
    /// What the transport gets.
    package enum Decision: Sendable {
        case accepted(any BodyReceiver)
        case refused(HTTPResponse)
        case failed(HTTPError)
    }

    private let decide: @Sendable (Decision) -> Void
    private let isDecided = Atomic<Bool>(false)

    /// - Parameter decide: called exactly once, on the thread that decides.
    package init(decide: @escaping @Sendable (Decision) -> Void) {
        self.decide = decide
    }

    deinit {
        guard !isDecided.load(ordering: .acquiring) else { return }
        decide(.failed(HTTPError(.noAnswer, "The server failed to answer this request.")))
    }

    /// Has the client send the body. A receiver that comes after another decision is told to abandon.
    package func accept(_ receiver: any BodyReceiver) {
        guard !isDecided.exchange(true, ordering: .acquiringAndReleasing) else { return receiver.abandon() }
        decide(.accepted(receiver))
    }

    /// Answers without the body. What comes after another decision is of no effect.
    package func refuse(_ response: HTTPResponse) {
        guard !isDecided.exchange(true, ordering: .acquiringAndReleasing) else { return }
        if response.headers.unsendableName != nil {
            decide(.failed(HTTPError(.noAnswer, "The answer held a header field that may not be sent.")))
        } else {
            decide(.refused(response))
        }
    }
}

/// How a route takes a body as it comes.
package struct StreamedBody: Sendable {
    /// Bytes of the longest body; more is answered with 413.
    package var bytesMax: Int
    /// Asked when the header is there and the body is not; the request has none. Must not block.
    package var open: @Sendable (HTTPRequest, BodyOpening) -> Void

    package init(bytesMax: Int, open: @escaping @Sendable (HTTPRequest, BodyOpening) -> Void) {
        self.bytesMax = bytesMax
        self.open = open
    }
}
