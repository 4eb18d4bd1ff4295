package import Access
package import Accounts
package import Audit
package import Base
package import HTTP

/// The pages for one's own account: signing in, second factor, invites and resets, sessions. They work without scripts.
package final class AccountPages: Sendable {
    /// Takes an entry of the audit trail, and says whether it is durable.
    package typealias Audit = @Sendable (AuditEntry, TenantName, @escaping @Sendable (Bool) -> Void) -> Void

    private static let bodyBytesMax = 64 << 10

    let accounts: Accounts
    let layout: Layout
    let clock: any Clock
    private let audit: Audit
    private let reportFailure: @Sendable (any Error) -> Void

    /// - Parameters:
    ///   - audit: takes what was asked for and how it ended, before the answer leaves.
    ///   - reportFailure: told of faults of the server.
    package init(
        accounts: Accounts, version: String, clock: any Clock, audit: @escaping Audit,
        reportFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.accounts = accounts
        self.clock = clock
        self.audit = audit
        self.reportFailure = reportFailure
        layout = Layout(
            links: [.init("Status", path: "/"), .init("FHIR capabilities", path: "/fhir/metadata")], version: version)
    }

    /// Adds the routes of these pages.
    package func addRoutes(to router: inout Router) {
        for route in Self.routes {
            router.handle(route.method, PathPattern(route.path), summary: route.summary) { [self] request, reply in
                serve(route, request, reply)
            }
        }
    }

    /// Tells the operator of a fault of the server.
    func report(_ error: any Error) { reportFailure(error) }

    private func serve(_ route: AccountRoute, _ request: HTTPRequest, _ reply: Reply) {
        do {
            let call = try admit(route, request)
            let pool = route.hashes ? accounts.hashThreads : accounts.threads
            let isTaken = pool.run { [self] in
                do {
                    finish(route, call, try route.body(self, call), reply)
                } catch {
                    refuse(route, request, call.signedIn, error, reply)
                }
            }
            if !isTaken { throw PageRefusal.unavailable }
        } catch {
            refuse(route, request, accounts.authenticate(request), error, reply)
        }
    }

    private func admit(_ route: AccountRoute, _ request: HTTPRequest) throws(PageRefusal) -> PageCall {
        guard request.body.count <= Self.bodyBytesMax else { throw .malformed }
        let signedIn = accounts.authenticate(request)
        var form = QueryParameters()
        if RequestOrigin.isUnsafe(request.method) {
            if let type = request.contentType {
                guard type.type == "application", type.subtype == "x-www-form-urlencoded" else { throw .malformed }
            }
            guard let read = try? QueryParameters(form: request.body) else { throw .malformed }
            form = read
            let token = form[RequestOrigin.formField]
            // What needs no session must not be bound to one that the browser happens to have.
            let isOwn =
                route.needs == .nothing
                ? accounts.origin.isOwn(request)
                : signedIn.map { accounts.accepts(request, $0, formToken: token) } ?? true
            guard isOwn else { throw .crossSite }
        }
        if route.needs != .nothing {
            guard let signedIn else { throw .signInFirst }
            switch (signedIn.due, route.needs) {
            case (.nothing, _), (_, .anySession), (.enrolment, .beforeEnrolment): break
            default: throw .due(signedIn.due)
            }
        }
        return PageCall(
            request: request, form: form, signedIn: signedIn,
            secret: signedIn == nil ? nil : accounts.cookie.session(of: request.headers))
    }

    private func finish(_ route: AccountRoute, _ call: PageCall, _ answer: PageAnswer, _ reply: Reply) {
        guard var entry = entry(route, call.request, call.signedIn) else {
            reply(answer.response)
            if let afterwards = answer.afterwards { _ = accounts.threads.run(afterwards) }
            return
        }
        if answer.isRefused { entry.outcome = .minorFailure }
        if let agent = answer.agent { entry.agent = agent }
        if let role = answer.role { entry.role = role.rawValue }
        entry.resources = answer.resources
        entry.detail = answer.detail
        entry.status = UInt16(answer.response.status.code)
        send(answer, entry, answer.tenant ?? call.signedIn?.tenant ?? .platform, reply)
    }

    private func refuse(
        _ route: AccountRoute, _ request: HTTPRequest, _ signedIn: SignedIn?, _ error: any Error, _ reply: Reply
    ) {
        let answer = PageAnswer(response(of: error, request))
        guard let signedIn, var entry = entry(route, request, signedIn) else {
            reply(answer.response)
            return
        }
        entry.category = entry.category == .authentication ? .authentication : .denial
        entry.outcome = .minorFailure
        entry.status = UInt16(answer.response.status.code)
        send(answer, entry, signedIn.tenant, reply)
    }

    private func send(_ answer: PageAnswer, _ entry: AuditEntry, _ tenant: TenantName, _ reply: Reply) {
        audit(entry, tenant) { [self] isDurable in
            guard isDurable else {
                if let undo = answer.undo { _ = accounts.threads.run(undo) }
                reply(page(MessagePage.unavailable, path: "", status: .serviceUnavailable))
                return
            }
            reply(answer.response)
            if let afterwards = answer.afterwards { _ = accounts.threads.run(afterwards) }
        }
    }

    private func response(of error: any Error, _ request: HTTPRequest) -> HTTPResponse {
        switch error {
        case PageRefusal.signInFirst:
            let next = request.method == .get ? "?next=" + PercentEncoding.encode(request.target) : ""
            return PageAnswer.redirect("/sign-in" + next).response
        case PageRefusal.due(let due):
            return PageAnswer.redirect(due == .code ? "/second-factor" : "/second-factor/setup").response
        case PageRefusal.crossSite: return page(MessagePage.crossSite, path: "", status: .forbidden)
        case PageRefusal.malformed: return page(MessagePage.malformed, path: "", status: .badRequest)
        case PageRefusal.linkIsOver: return page(MessagePage.linkIsOver, path: "", status: .notFound)
        case let error as AccountsError where error.code == .notFound:
            return page(MessagePage.linkIsOver, path: "", status: .notFound)
        default:
            if (error as? PageRefusal) == nil { reportFailure(error) }
            return page(MessagePage.unavailable, path: "", status: .serviceUnavailable)
        }
    }

    func page(_ page: Page, path: String, status: HTTPStatus = .ok) -> HTTPResponse {
        layout.response(page, path: path, status: status)
    }

    private func entry(_ route: AccountRoute, _ request: HTTPRequest, _ signedIn: SignedIn?) -> AuditEntry? {
        guard let event = route.event else { return nil }
        var entry = AuditEntry(
            event.category, event.action, event.name, time: clock.now(),
            agent: signedIn?.facts.account ?? "anonymous")
        entry.role = signedIn?.role.rawValue
        entry.address = request.remoteAddress
        // The pattern and not the target, which may hold the secret of a link.
        entry.request = "\(route.method) \(route.path)"
        entry.requestID = request.id
        return entry
    }
}
