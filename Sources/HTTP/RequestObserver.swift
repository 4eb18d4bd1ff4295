internal import Base

/// What an observer is told of a request that was answered.
package struct AnsweredRequest: Sendable {
    /// The request, without its body.
    package let request: HTTPRequest
    /// How many bytes its body has.
    package let bodyBytes: Int
    /// The place of its route in `Router.routes`; `nil` where there was none.
    package let route: Int?
    package let status: HTTPStatus
    /// From the router to the answer: without the time for the request's body and the sending.
    package let nanoseconds: UInt64
}

/// Told of each request that a router has answered, on the thread that answers; it must not block.
package typealias RequestObserver = @Sendable (AnsweredRequest) -> Void

/// A request whose answer is awaited.
struct RequestObservation: Sendable {
    private let observer: RequestObserver
    private let request: HTTPRequest
    private let route: Int?
    private let bodyBytes: Int
    private let began = monotonicNanoseconds()

    init(_ request: HTTPRequest, route: Int?, _ observer: @escaping RequestObserver) {
        self.observer = observer
        self.route = route
        // What is taken in piece by piece is not in the request; its length was told before it.
        let stated = request.body.isEmpty ? request.headers["content-length"].flatMap { Int($0) } : nil
        bodyBytes = max(stated ?? request.body.count, 0)
        var request = request
        // The handler alone holds the body, and may let go of it as early as it can.
        request.body = []
        self.request = request
    }

    func end(_ status: HTTPStatus) {
        observer(
            AnsweredRequest(
                request: request, bodyBytes: bodyBytes, route: route, status: status,
                nanoseconds: monotonicNanoseconds() - began))
    }
}
