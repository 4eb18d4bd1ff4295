package import Audit
package import HTTP

/// One method on one path of this interface: who may use it, how it is audited, and what answers it.
package struct OnboardingRoute: Sendable {
    /// What a request must bring.
    package enum Need: Hashable, Sendable, CaseIterable {
        /// To bring in data of all kinds: the session of an administrator, or the token of a client system whose scopes
        /// hold create and update of all types.
        case write
        /// To run what brings data in: the session of an administrator, or the token of a client system that may do
        /// everything with all types, as the operator's.
        case admin
    }

    /// How a request is written in the audit trail.
    package struct Event: Sendable {
        package var category: AuditEntry.Category
        package var action: AuditEntry.Action
        package var name: String

        init(_ category: AuditEntry.Category, _ action: AuditEntry.Action, _ name: String) {
            self.category = category
            self.action = action
            self.name = name
        }
    }

    /// How a route answers; each part runs on threads that may block.
    enum Action: Sendable {
        /// Its body is there, whole.
        case whole(@Sendable (OnboardingAPI, OnboardingCall) throws -> OnboardingAnswer)
        /// Its body comes into what is opened on the header alone.
        case streamed(bodyBytesMax: Int, @Sendable (OnboardingAPI, OnboardingCall) throws -> SinkOpening)
    }

    package let method: HTTPMethod
    /// The whole path, as a pattern of `Router`.
    package let path: String
    package let summary: String
    package let needs: Need
    package let event: Event
    let action: Action
    /// The largest body that it takes whole.
    let bodyBytesMax: Int

    /// A route that takes a small JSON body, or none.
    init(
        _ method: HTTPMethod, _ path: String, _ summary: String, needs: Need, event: Event,
        bodyBytesMax: Int = 64 << 10,
        _ body: @escaping @Sendable (OnboardingAPI, OnboardingCall) throws -> OnboardingAnswer
    ) {
        self.method = method
        self.path = OnboardingAPI.root + path
        self.summary = summary
        self.needs = needs
        self.event = event
        self.bodyBytesMax = bodyBytesMax
        action = .whole(body)
    }

    /// A route that takes bytes of any kind as they come.
    init(
        _ method: HTTPMethod, _ path: String, _ summary: String, needs: Need, event: Event,
        streaming bodyBytesMax: Int, _ open: @escaping @Sendable (OnboardingAPI, OnboardingCall) throws -> SinkOpening
    ) {
        self.method = method
        self.path = OnboardingAPI.root + path
        self.summary = summary
        self.needs = needs
        self.event = event
        self.bodyBytesMax = 0
        action = .streamed(bodyBytesMax: bodyBytesMax, open)
    }
}

/// What comes of the header of a request whose body is yet to come.
enum SinkOpening: Sendable {
    case sink(any BodySink)
    /// The body need not be sent.
    case answered(OnboardingAnswer)
}

/// Takes the body of one request. Called by one thread at a time, which may block.
protocol BodySink: AnyObject, Sendable {
    /// - Throws: what makes all that follows useless; `abandon` follows then.
    func write(_ bytes: UnsafeRawBufferPointer) throws

    /// The body is whole. After it nothing is called.
    /// - Throws: why it is of no use; `abandon` does not follow.
    func finish() throws -> OnboardingAnswer

    /// The body does not come whole. After it nothing is called.
    func abandon()
}
