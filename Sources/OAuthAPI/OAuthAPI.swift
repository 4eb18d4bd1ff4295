package import Access
package import Audit
package import Base
package import HTTP
package import OAuth

/// The interface by which client systems are let in: SMART's discovery, the consent page, tokens, and the list of clients
/// for administrators.
///
/// Nothing of a result leaves before its line of the audit trail is durable.
package final class OAuthAPI: Sendable {
    /// A signed-in person, as the request's session says.
    package struct SignedIn: Sendable {
        package var tenant: TenantName
        /// The account is `user/ID`.
        package var facts: Subject.Facts
        package var displayName: String
        /// What a form or header must repeat for a request that changes something; `nil` where the request brought a
        /// credential that no other site can have sent along.
        package var csrf: String?

        package init(tenant: TenantName, facts: Subject.Facts, displayName: String, csrf: String?) {
            self.tenant = tenant
            self.facts = facts
            self.displayName = displayName
            self.csrf = csrf
        }
    }

    /// What this interface needs of the rest of the program.
    package struct Ports: Sendable {
        /// Where clients reach the server: `https://martlet.example`, without a slash at the end. It must be set down by
        /// the operator and never be taken from a request: assertions are meant for one server by it.
        package var origin: @Sendable () -> String
        /// Who is signed in; may wait for the disk.
        package var session: @Sendable (HTTPRequest) -> SignedIn?
        /// Whether a person may open the record of the patient with this id.
        package var mayOpen: @Sendable (String, SignedIn) -> Bool
        /// Makes the page at which a person allows or denies, in HTML.
        package var renderConsent: @Sendable (ConsentPage) -> [UInt8]
        /// Writes a line of the audit trail; tells whether it is durable.
        package var audit: @Sendable (AuditEntry, TenantName, @escaping @Sendable (Bool) -> Void) -> Void
        /// Gets failures of the server itself, for its log.
        package var reportFailure: @Sendable (any Error) -> Void

        package init(
            origin: @escaping @Sendable () -> String, session: @escaping @Sendable (HTTPRequest) -> SignedIn?,
            mayOpen: @escaping @Sendable (String, SignedIn) -> Bool,
            renderConsent: @escaping @Sendable (ConsentPage) -> [UInt8],
            audit: @escaping @Sendable (AuditEntry, TenantName, @escaping @Sendable (Bool) -> Void) -> Void,
            reportFailure: @escaping @Sendable (any Error) -> Void
        ) {
            self.origin = origin
            self.session = session
            self.mayOpen = mayOpen
            self.renderConsent = renderConsent
            self.audit = audit
            self.reportFailure = reportFailure
        }
    }

    let server: AuthorizationServer
    let ports: Ports
    let clock: any Clock
    /// The tenant whose records lie under `/fhir`; what nobody knows whose it is stands in its audit trail.
    let home: TenantName
    private let workers: WorkPool

    /// - Parameters:
    ///   - home: the tenant whose records lie under `/fhir`.
    ///   - threadCount: how many requests are worked on at once.
    ///   - waitingMax: how many more may wait; beyond them the answer is 503.
    package init(
        server: AuthorizationServer, ports: Ports, clock: any Clock, home: TenantName = .standard,
        threadCount: Int = 4, waitingMax: Int = 256
    ) {
        self.server = server
        self.ports = ports
        self.clock = clock
        self.home = home
        workers = WorkPool(name: "oauth", count: threadCount, waitingMax: waitingMax)
    }

    /// Finishes what is under way and ends the threads.
    package func stop() {
        workers.stop()
    }

    /// Adds all of `routes`.
    package func addRoutes(to router: inout Router) {
        for route in Self.routes {
            router.handle(route.method, PathPattern(route.path), summary: route.summary) { request, reply in
                let isTaken = self.workers.run { self.serve(route, request, reply) }
                if !isTaken { reply(Self.overloaded) }
            }
        }
    }

    private static var overloaded: HTTPResponse {
        var response = ProblemDocument(
            status: .serviceUnavailable, detail: "Too many requests are waiting; try again."
        ).response
        response.headers["Retry-After"] = "1"
        return response
    }

    private func serve(_ route: OAuthRoute, _ request: HTTPRequest, _ reply: Reply) {
        var trace = Trace(event: route.event, category: route.category, tenant: home)
        var response: HTTPResponse
        do {
            response = try route.body(self, request, &trace)
        } catch {
            response = refusal(error, route, request, &trace)
        }
        if response.headers["Cache-Control"] == nil { response.headers["Cache-Control"] = "no-store" }
        response.headers["X-Content-Type-Options"] = "nosniff"
        guard trace.isAudited else {
            reply(response)
            return
        }
        let entry = trace.entry(request, status: response.status, at: clock.now())
        let final = response
        let undo = trace.undo
        ports.audit(entry, trace.tenant) { isDurable in
            if isDurable {
                reply(final)
            } else {
                self.takeBack(undo)
                reply(
                    ProblemDocument(
                        status: .serviceUnavailable, detail: "The audit trail cannot be written; nothing was given."
                    ).response)
            }
        }
    }

    /// Undoes what no line tells of, on a thread that may wait for the disk.
    private func takeBack(_ undo: (@Sendable () throws -> Void)?) {
        guard let undo else { return }
        let isTaken = workers.run {
            do {
                try undo()
            } catch {
                self.ports.reportFailure(error)
            }
        }
        if !isTaken {
            ports.reportFailure(OAuthError(.unavailable, "what no line of the audit trail tells of was not undone"))
        }
    }

    /// The answer to what a route threw. Every refusal is audited.
    private func refusal(
        _ error: any Error, _ route: OAuthRoute, _ request: HTTPRequest, _ trace: inout Trace
    ) -> HTTPResponse {
        trace.isAudited = true
        if let known = error as? HTTPError {
            trace.refused(known.detail)
            return route.isProtocol
                ? TokenAnswer.refusal(OAuthError(.invalidRequest, known.detail), request)
                : ProblemDocument(status: known.status, detail: known.detail).response
        }
        let known = OAuthError.wrapping(error)
        trace.refused(known.detail)
        if known.code == .storage { ports.reportFailure(error) }
        return route.isProtocol ? TokenAnswer.refusal(known, request) : TokenAnswer.problem(known)
    }
}
