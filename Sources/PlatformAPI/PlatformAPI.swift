internal import Access
package import Accounts
package import Audit
package import Base
package import HTTP

/// The interface for accounts under `/api/v1`: JSON in and out, errors by RFC 9457. Nothing leaves that was not audited.
package final class PlatformAPI: Sendable {
    /// What all paths begin with.
    static let root = "/api/v1"
    let accounts: Accounts
    let clock: any Clock
    let ports: Ports
    private let authenticate: @Sendable (HTTPRequest) -> SignedIn?
    private let bearer: @Sendable (String) -> SignedIn?
    let audit: AuditSink
    private let reportFailure: @Sendable (any Error) -> Void

    /// - Parameters:
    ///   - authenticate: the session of a request's cookie; that of `accounts` where it is `nil`.
    ///   - ports: what it needs of the records and their trail.
    ///   - bearer: whom a client's token stands for; `nil` if it is not accepted.
    ///   - audit: takes what was asked for and how it ended, before the answer leaves.
    ///   - reportFailure: told of faults of the server.
    package init(
        accounts: Accounts, clock: any Clock, ports: Ports, authenticate: (@Sendable (HTTPRequest) -> SignedIn?)? = nil,
        bearer: @escaping @Sendable (String) -> SignedIn? = { _ in nil }, audit: @escaping AuditSink,
        reportFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.accounts = accounts
        self.clock = clock
        self.ports = ports
        self.authenticate = authenticate ?? { accounts.authenticate($0) }
        self.bearer = bearer
        self.audit = audit
        self.reportFailure = reportFailure
    }

    /// Adds the routes of this interface.
    package func addRoutes(to router: inout Router) {
        for route in Self.routes {
            router.handle(route.method, PathPattern(route.path), summary: route.summary) { [self] request, reply in
                serve(route, request, reply)
            }
        }
    }

    private func serve(_ route: PlatformRoute, _ request: HTTPRequest, _ reply: Reply) {
        var caller: SignedIn?
        do {
            caller = try admit(route, request)
            let secret = request.headers["authorization"] == nil ? accounts.cookie.session(of: request.headers) : nil
            let call = PlatformCall(request: request, signedIn: caller, secret: caller == nil ? nil : secret)
            let pool = route.hashes ? accounts.hashThreads : accounts.threads
            let isTaken = pool.run { [self] in
                do {
                    finish(route, call, try route.body(self, call), reply)
                } catch {
                    refuse(route, request, call.signedIn, error, reply)
                }
            }
            if !isTaken { throw PlatformAPIError(.unavailable, "Too much is under way. Try again later.") }
        } catch {
            refuse(route, request, caller ?? known(request), error, reply)
        }
    }

    /// Whether a request may go on to its route, and whose it is.
    private func admit(_ route: PlatformRoute, _ request: HTTPRequest) throws(PlatformAPIError) -> SignedIn? {
        guard request.body.count <= route.bodyBytesMax else {
            throw PlatformAPIError(.bodyTooLarge, "A body has at most \(route.bodyBytesMax) bytes here.")
        }
        let caller = try caller(route, request)
        if RequestOrigin.isUnsafe(request.method) {
            let isOwn = caller.map { accounts.accepts(request, $0) } ?? accounts.origin.isOwn(request)
            guard isOwn else {
                throw PlatformAPIError(
                    .crossSite, "A request with a session's cookie repeats its token in \(RequestOrigin.tokenField).")
            }
            // A form of another site cannot send this type.
            guard request.body.isEmpty || isJSON(request) else {
                throw PlatformAPIError(.unsupportedMediaType, "The body is of type application/json.")
            }
        }
        guard let caller else { return nil }
        try check(caller.due, for: route)
        try check(caller, for: route, request)
        return caller
    }

    private func isJSON(_ request: HTTPRequest) -> Bool {
        request.contentType.map { $0.type == "application" && $0.subtype == "json" } ?? false
    }

    private func caller(_ route: PlatformRoute, _ request: HTTPRequest) throws(PlatformAPIError) -> SignedIn? {
        guard route.needs != .none else { return nil }
        guard request.headers["authorization"] != nil else {
            guard let signedIn = authenticate(request) else {
                throw PlatformAPIError(.notSignedIn, "Sign in first.")
            }
            return signedIn
        }
        guard let token = request.bearerToken, let caller = bearer(token) else {
            throw PlatformAPIError(.notSignedIn, "The token is not accepted.")
        }
        guard route.takesToken else {
            throw PlatformAPIError(.forbidden, "This is for a person's own session.")
        }
        return caller
    }

    private func check(_ due: SignedIn.Due, for route: PlatformRoute) throws(PlatformAPIError) {
        switch (due, route.readiness) {
        case (.nothing, _), (.enrolment, .beforeEnrolment), (_, .beforeCode): return
        case (.code, _): throw PlatformAPIError(.codeDue, "The code of the second factor is due first.")
        case (.enrolment, _): throw PlatformAPIError(.enrolmentDue, "A second factor must be set up first.")
        }
    }

    private func check(
        _ caller: SignedIn, for route: PlatformRoute, _ request: HTTPRequest
    ) throws(PlatformAPIError) {
        let isAllowed =
            switch route.needs {
            case .none, .signedIn: true
            case .selfOrAdmin, .ownSession: true
            case .admin: caller.role == .admin
            case .adminOrAuditor: caller.role == .admin || caller.role == .auditor
            case .clinician: caller.role == .clinician
            }
        guard isAllowed else { throw PlatformAPIError(.forbidden, "Your role does not allow this.") }
        let isSelf = request.captures["id"] == caller.user.description
        if route.needs == .ownSession && !isSelf {
            guard caller.role == .admin else { throw PlatformAPIError(.notFound, "There is no such user.") }
            throw PlatformAPIError(.forbidden, "Only the user can do this.")
        }
        // Who is no admin learns nothing of whether another user exists.
        if route.needs == .selfOrAdmin && !isSelf && caller.role != .admin {
            throw PlatformAPIError(.notFound, "There is no such user.")
        }
    }

    /// Whom a request that is refused came from, as far as its cookie or token tells.
    private func known(_ request: HTTPRequest) -> SignedIn? {
        if let token = request.bearerToken { return bearer(token) }
        return authenticate(request)
    }

    /// Tells the operator of a fault of the server.
    func report(_ error: any Error) { reportFailure(error) }

    // MARK: Answers

    private func finish(_ route: PlatformRoute, _ call: PlatformCall, _ answer: PlatformAnswer, _ reply: Reply) {
        var entry = entry(route, call.request, call.signedIn)
        if answer.isRefused { entry.outcome = answer.isSerious ? .seriousFailure : .minorFailure }
        if let agent = answer.agent { entry.agent = agent }
        if let role = answer.role { entry.role = role.rawValue }
        entry.patients = answer.patients
        entry.resources = answer.resources
        entry.detail = answer.detail
        entry.purposeOfUse = answer.purposeOfUse ?? entry.purposeOfUse
        entry.status = UInt16(answer.response.status.code)
        send(answer, entry, answer.tenant ?? call.signedIn?.tenant ?? .platform, reply)
    }

    private func refuse(
        _ route: PlatformRoute, _ request: HTTPRequest, _ caller: SignedIn?, _ error: any Error, _ reply: Reply
    ) {
        if Problems.isFault(error) { reportFailure(error) }
        let answer = PlatformAnswer(Problems.response(of: error))
        // Who brings nothing at all is nobody: a trail that anybody could fill would be worth less.
        let isAnonymous = caller == nil && request.headers["authorization"] == nil && route.needs != .none
        guard !isAnonymous else {
            reply(complete(answer.response))
            return
        }
        var entry = entry(route, request, caller)
        entry.category = entry.category == .authentication ? .authentication : .denial
        entry.outcome = Problems.isFault(error) ? .majorFailure : .minorFailure
        entry.status = UInt16(answer.response.status.code)
        entry.detail = (error as? PlatformAPIError)?.detail ?? (error as? AccountsError)?.detail
        send(answer, entry, caller?.tenant ?? .platform, reply)
    }

    private func send(_ answer: PlatformAnswer, _ entry: AuditEntry, _ tenant: TenantName, _ reply: Reply) {
        audit(entry, tenant) { [self] isDurable in
            guard isDurable else {
                if let undo = answer.undo { _ = accounts.threads.run(undo) }
                let error = PlatformAPIError(.unavailable, "The audit trail does not answer. Try again later.")
                reply(error.response)
                return
            }
            reply(complete(answer.response))
            if let afterwards = answer.afterwards { _ = accounts.threads.run(afterwards) }
        }
    }

    private func complete(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
    }

    /// What is written of every request.
    private func entry(_ route: PlatformRoute, _ request: HTTPRequest, _ caller: SignedIn?) -> AuditEntry {
        let event = route.event
        var entry = AuditEntry(
            event.category, event.action, event.name, time: clock.now(), agent: caller?.facts.account ?? "anonymous")
        entry.role = caller?.role.rawValue
        entry.onBehalfOf = caller?.facts.onBehalfOf
        entry.purposeOfUse = caller?.facts.purposeOfUse
        entry.address = request.remoteAddress
        entry.request = "\(route.method) \(route.holdsSecret ? route.path : String(request.target.prefix(1024)))"
        entry.requestID = request.id
        return entry
    }
}
