internal import Access
package import Audit
package import Base
package import HTTP
package import Intake
package import Jobs
package import Uploads

/// The interface by which data of a whole health system comes in, under `/api/v1`: JSON in and out, errors by RFC 9457.
/// Nothing leaves that was not audited.
package final class OnboardingAPI: Sendable {
    /// What all paths begin with.
    static let root = "/api/v1"
    let clock: any Clock
    let ingests: Ingests
    let events: IngestEvents
    let uploads: UploadStore
    let jobs: JobQueue
    let pulls: PullDesk
    /// For what blocks: databases and files.
    let threads: WorkPool
    private let admission: Admit
    private let audit: AuditSink
    private let reportFailure: @Sendable (any Error) -> Void

    /// Bodies are written by them, and what ends an upload waits for the disk.
    private static let threadCount = 16
    private static let waitingMax = 4096

    /// - Parameters:
    ///   - ingests: stopped after this.
    ///   - uploads: started, and stopped after this.
    ///   - jobs: closed after this is stopped.
    ///   - admission: says who sends a request.
    ///   - audit: takes what was asked for and how it ended, before the answer leaves.
    ///   - reportFailure: told of faults of the server.
    package init(
        uploads: UploadStore, jobs: JobQueue, ingests: Ingests, pulls: PullDesk, clock: any Clock = SystemClock(),
        admission: @escaping Admit, audit: @escaping AuditSink, reportFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.uploads = uploads
        self.jobs = jobs
        self.pulls = pulls
        self.clock = clock
        self.ingests = ingests
        events = IngestEvents(ingests)
        self.admission = admission
        self.audit = audit
        self.reportFailure = reportFailure
        threads = WorkPool(name: "onboarding", count: Self.threadCount, waitingMax: Self.waitingMax)
    }

    /// All that this interface answers.
    package static let routes: [OnboardingRoute] = uploadRoutes + ingestRoutes + pullRoutes + jobRoutes

    /// Adds the routes of this interface.
    package func addRoutes(to router: inout Router) {
        for route in Self.routes {
            switch route.action {
            case .whole(let body):
                router.handle(route.method, PathPattern(route.path), summary: route.summary) {
                    [self] request, reply in serve(route, request, reply, body)
                }
            case .streamed(let bytesMax, let open):
                router.receive(
                    route.method, PathPattern(route.path), summary: route.summary, bodyBytesMax: bytesMax
                ) { [self] request, opening in serve(route, request, opening, open) }
            }
        }
    }

    /// Finishes what is under way and lets the threads go. No request may follow.
    package func stop() {
        events.close()
        threads.stop()
    }

    /// Tells the operator of a fault of the server.
    func report(_ error: any Error) { reportFailure(error) }

    // MARK: Bodies that are there

    private func serve(
        _ route: OnboardingRoute, _ request: HTTPRequest, _ reply: Reply,
        _ body: @escaping @Sendable (OnboardingAPI, OnboardingCall) throws -> OnboardingAnswer
    ) {
        let admission = admission(request)
        let tell: @Sendable (HTTPResponse) -> Void = { reply($0) }
        do {
            let call = try admit(route, request, admission)
            try checkBody(route, request)
            let isTaken = threads.run { [self] in
                do {
                    finish(route, request, call.scope, try body(self, call), tell)
                } catch {
                    refuse(route, request, call.scope, error, tell)
                }
            }
            if !isTaken { throw Self.busy }
        } catch {
            refuse(route, request, admission.scope, error, tell)
        }
    }

    private func checkBody(_ route: OnboardingRoute, _ request: HTTPRequest) throws(OnboardingAPIError) {
        guard request.body.count <= route.bodyBytesMax else {
            throw OnboardingAPIError(.bodyTooLarge, "A body has at most \(route.bodyBytesMax) bytes here.")
        }
        // A form of another site cannot send this type.
        guard
            request.body.isEmpty
                || request.contentType.map({ $0.type == "application" && $0.subtype == "json" }) == true
        else { throw OnboardingAPIError(.unsupportedMediaType, "The body is of type application/json.") }
    }

    // MARK: Bodies that come

    private func serve(
        _ route: OnboardingRoute, _ request: HTTPRequest, _ opening: BodyOpening,
        _ open: @escaping @Sendable (OnboardingAPI, OnboardingCall) throws -> SinkOpening
    ) {
        let admission = admission(request)
        let tell: @Sendable (HTTPResponse) -> Void = { opening.refuse($0) }
        do {
            let call = try admit(route, request, admission)
            let isTaken = threads.run { [self] in
                do {
                    switch try open(self, call) {
                    case .sink(let sink):
                        opening.accept(
                            SinkReceiver(sink, on: threads) { [self] end in settle(end, route, request, call.scope) })
                    case .answered(let answer): finish(route, request, call.scope, answer, tell)
                    }
                } catch {
                    refuse(route, request, call.scope, error, tell)
                }
            }
            if !isTaken { throw Self.busy }
        } catch {
            refuse(route, request, admission.scope, error, tell)
        }
    }

    /// Answers and writes down how a body ended.
    private func settle(
        _ end: SinkReceiver.End, _ route: OnboardingRoute, _ request: HTTPRequest, _ scope: AccessScope
    ) {
        switch end {
        case .finished(let answer, let reply): finish(route, request, scope, answer) { reply($0) }
        case .failed(let error, let reply): refuse(route, request, scope, error) { reply($0) }
        case .abandoned:
            var entry = entry(route, request, scope)
            entry.outcome = .minorFailure
            entry.detail = "the connection ended before the body was whole"
            audit(entry, scope.tenant) { _ in }
        }
    }

    // MARK: Who may

    private static let busy = OnboardingAPIError(.unavailable, "Too much is under way. Try again later.")

    private func admit(
        _ route: OnboardingRoute, _ request: HTTPRequest, _ admission: Admission
    ) throws(OnboardingAPIError) -> OnboardingCall {
        switch admission {
        case .admitted(let scope):
            if let reason = route.needs.refusal(of: scope.authority) { throw OnboardingAPIError(.forbidden, reason) }
            return OnboardingCall(request: request, scope: scope)
        case .anonymous: throw OnboardingAPIError(.notSignedIn, "Sign in, or send a bearer token.")
        case .unknown: throw OnboardingAPIError(.tokenInvalid, "The token is not accepted, or not any more.")
        case .refused(_, let reason): throw OnboardingAPIError(.forbidden, reason)
        }
    }

    // MARK: Answers

    private func finish(
        _ route: OnboardingRoute, _ request: HTTPRequest, _ scope: AccessScope, _ answer: OnboardingAnswer,
        _ tell: @escaping @Sendable (HTTPResponse) -> Void
    ) {
        var entry = entry(route, request, scope)
        entry.resources = answer.resources
        entry.detail = answer.detail
        guard let wait = answer.wait else {
            return send(answer.response, entry, scope.tenant, answer.afterwards, tell)
        }
        wait { [self, entry] response in send(response, entry, scope.tenant, answer.afterwards, tell) }
    }

    private func refuse(
        _ route: OnboardingRoute, _ request: HTTPRequest, _ scope: AccessScope?, _ error: any Error,
        _ tell: @escaping @Sendable (HTTPResponse) -> Void
    ) {
        let response = Problems.response(of: error)
        if Problems.isFault(response) { reportFailure((error as? OnboardingAPIError)?.cause ?? error) }
        // Who brings nothing at all is nobody: a trail that anybody could fill would be worth less.
        guard scope != nil || request.headers["authorization"] != nil else { return tell(complete(response)) }
        var entry = entry(route, request, scope)
        if response.status == .unauthorized || response.status == .forbidden { entry.category = .denial }
        entry.outcome = response.status.code >= 500 ? .seriousFailure : .minorFailure
        entry.detail = Problems.detail(of: error)
        send(response, entry, scope?.tenant ?? .platform, nil, tell)
    }

    private func send(
        _ response: HTTPResponse, _ entry: AuditEntry, _ tenant: TenantName, _ afterwards: (@Sendable () -> Void)?,
        _ tell: @escaping @Sendable (HTTPResponse) -> Void
    ) {
        var entry = entry
        entry.status = UInt16(clamping: response.status.code)
        audit(entry, tenant) { [self] isDurable in
            if isDurable {
                tell(complete(response))
            } else {
                let error = OnboardingAPIError(
                    .unavailable,
                    "The audit trail cannot be written, so nothing is told. What was asked for may have been done: look "
                        + "before you ask again.")
                tell(complete(error.response))
            }
            if let afterwards { _ = threads.proceed(afterwards) }
        }
    }

    private func complete(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        response.headers["Cache-Control"] = "no-store"
        return response
    }

    /// What is written of every request.
    private func entry(_ route: OnboardingRoute, _ request: HTTPRequest, _ scope: AccessScope?) -> AuditEntry {
        let event = route.event
        var entry = AuditEntry(
            event.category, event.action, event.name, time: clock.now(), agent: scope?.actor ?? "anonymous")
        if case .subject(let subject) = scope?.authority {
            entry.agent = subject.facts.account
            entry.role = subject.facts.role.rawValue
            entry.onBehalfOf = subject.facts.onBehalfOf
            entry.purposeOfUse = subject.facts.purposeOfUse
        }
        entry.address = request.remoteAddress
        entry.request = "\(route.method) \(String(request.target.prefix(1024)))"
        entry.requestID = request.id
        return entry
    }
}
