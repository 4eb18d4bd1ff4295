package import Access
package import Audit
package import Base
internal import FHIR
internal import Glibc
package import HTTP
package import RecordStore
internal import Search

/// FHIR R4 over HTTP: routes under `/fhir` and `/t/{tenant}/fhir`, each for those that are admitted and may ask for it.
///
/// Every answer leaves behind its entry in the audit trail. What the entry says was handed out is what the record store
/// handed out to the request's scope.
///
/// Reads by id are answered on the server's thread. Everything that may take longer runs on threads of this object:
/// searches and writes each have their own, so that neither waits for the other.
/// - Source: FHIR R4 RESTful API, https://hl7.org/fhir/R4/http.html
package final class FHIRAPI: Sendable {
    let store: RecordStore
    let options: FHIRAPIOptions
    let clock: any Clock
    let pageKey: SipKey
    let readers: Workers
    let writers: Workers
    /// Erases, which may take long: one patient at a time.
    let erasers: Workers
    let capabilities: TenantCapabilities
    let openCommits = OpenCommits()
    let terminologies: TenantTerminologies
    let validators: TenantValidators
    let graphQLService = GraphQLService()
    /// `nil` where no folder is given for answers that are made later.
    let asyncJobs: AsyncJobs?
    let innerRoutes = InnerRoutes(FHIRAPI.routes)
    /// `nil` where nothing is fetched from others.
    let bulkIntake: (any BulkIntake)?
    private let admission: Admit
    let audit: AuditSink
    /// What is told of as AuditEvents, beside those that are stored.
    let trails: AuditTrails?
    private let reportFailure: @Sendable (any Error) -> Void
    /// By how much a stored resource may be larger than what was sent.
    private static let storedExtraBytes = 1 << 20
    private static let erasuresWaitingMax = 32
    /// Called with the resources whose references a write may have given their target.
    let targetsArrived: @Sendable (AccessScope, [UInt64]) -> Void

    /// - Parameters:
    ///   - pageKey: what paging links are authenticated with; secret, and the same for all servers of one address.
    ///   - targetsArrived: gets the sequence numbers of resources that waited for the target of a reference which a write
    ///     may have brought; may block.
    ///   - reportFailure: gets what made an answer a 5xx, for the log; the client is not told.
    ///   - bulkIntake: fetches what other systems announce.
    ///   - trails: what `/AuditEvent` tells beside what is stored; nothing where it is `nil`.
    ///   - audit: takes the entry of every request before its answer leaves.
    ///   - admission: says who sends a request.
    /// - Throws: `JSONError.noMemory`.
    package init(
        store: RecordStore, pageKey: SipKey, options: FHIRAPIOptions = FHIRAPIOptions(),
        clock: any Clock = SystemClock(),
        targetsArrived: @escaping @Sendable (AccessScope, [UInt64]) -> Void = { _, _ in },
        reportFailure: @escaping @Sendable (any Error) -> Void = { _ in },
        bulkIntake: (any BulkIntake)? = nil, trails: AuditTrails? = nil, audit: @escaping AuditSink,
        admission: @escaping Admit
    ) throws {
        self.store = store
        self.pageKey = pageKey
        self.options = options
        self.clock = clock
        self.targetsArrived = targetsArrived
        self.reportFailure = reportFailure
        self.audit = audit
        self.bulkIntake = bulkIntake
        self.trails = trails
        self.admission = admission
        terminologies = TenantTerminologies(store: store, clock: clock)
        validators = TenantValidators(store: store, clock: clock, terminologies: terminologies)
        let (validation, validators) = (options.validation, validators)
        capabilities = TenantCapabilities(store: store, options: options, routes: Self.routes, date: clock.now())
        let count = options.workerCount > 0 ? options.workerCount : max(2, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let bytesMax = options.bodyBytesMax
        let makeBench: @Sendable (Int) throws -> Workbench = { extraBytes in
            try Workbench(
                store: store, resourceBytesMax: bytesMax + extraBytes, validation: validation, validators: validators,
                clock: clock)
        }
        readers = try Workers(name: "fhir search", count: count, waitingMax: options.waitingMax) {
            try makeBench(Self.storedExtraBytes)
        }
        writers = try Workers(name: "fhir write", count: count, waitingMax: options.waitingMax) { try makeBench(0) }
        erasers = try Workers(name: "fhir erase", count: 1, waitingMax: Self.erasuresWaitingMax) { try makeBench(0) }
        asyncJobs = try options.asyncFolder.map {
            try AsyncJobs(folder: $0, store: store, options: options, clock: clock, report: reportFailure) {
                try makeBench(Self.storedExtraBytes)
            }
        }
        store.onPurge { [weak self] tenant in self?.forgetCopies(of: tenant) }
        asyncJobs?.start { [self] job, bench, steps in try make(job, bench, steps) }
    }

    /// Finishes what is under way and lets the threads go. No request may follow; the store must still be open.
    package func stop() {
        asyncJobs?.stop()
        erasers.stop()
        writers.stop()
        openCommits.wait()
        readers.stop()
    }

    /// Drops the answers to a tenant that are kept in a folder, where nobody serves from it.
    package static func forgetAnswers(in folder: String, of tenant: TenantName) {
        AsyncFolder(path: folder).removeAll(of: tenant)
    }

    /// Adds the routes.
    package func addRoutes(to router: inout Router) {
        for base in ["/fhir", "/t/{tenant}/fhir"] {
            addRoutes(under: base, to: &router)
        }
        addGraphQLRoutes(to: &router)
    }

    private func addRoutes(under base: String, to router: inout Router) {
        for route in Self.routes {
            router.handle(route.method, PathPattern(base + route.path), summary: route.summary) {
                [self] request, reply in serve(route, request, reply)
            }
        }
    }

    /// Answers a request by a route, behind its entry in the audit trail.
    func serve(_ route: FHIRRoute, _ request: HTTPRequest, _ reply: Reply) {
        let admission = admission(request)
        let audited = audited(route, request, admission, reply)
        do {
            let call = try admit(request, admission, route, audited.trace)
            if !defers(route, call, audited.reply) { try route.body(self, call, audited.reply) }
        } catch {
            answer(error, audited.reply)
        }
    }

    /// Lets a request in that has a valid credential for the tenant it names, may ask for this, and takes JSON.
    private func admit(
        _ request: HTTPRequest, _ admission: Admission, _ route: FHIRRoute, _ trace: RequestTrace
    ) throws(FHIRAPIError) -> Call {
        var scope: AccessScope
        switch admission {
        case .admitted(let known): scope = known
        case .anonymous, .unknown:
            guard route.needs != .nothing else {
                try ContentNegotiation.checkAnswer(request)
                return Call(request: request, scope: .anonymous, api: self, trace: trace)
            }
            if case .anonymous = admission {
                throw .unauthorized(
                    "The request has no bearer token: send the header Authorization: Bearer …", error: nil)
            }
            throw .unauthorized("The bearer token is not valid, or not any more.", error: "invalid_token")
        case .refused(_, let reason): throw FHIRAPIError(.forbidden, .forbidden, reason)
        }
        if let tenant = request.captures["tenant"], tenant != scope.tenant.description {
            throw FHIRAPIError(.forbidden, .forbidden, "The bearer token is for another tenant.")
        }
        try permit(route, request, scope)
        try ContentNegotiation.checkAnswer(request)
        scope.witness = trace
        return Call(request: request, scope: scope, api: self, trace: trace)
    }

    /// Refuses what a scope may not even try.
    func permit(_ route: FHIRRoute, _ request: HTTPRequest, _ scope: AccessScope) throws(FHIRAPIError) {
        guard case .deny(let reason) = scope.authority.decide(route.needs, type: request.captures["type"]) else {
            return
        }
        var error = FHIRAPIError(.forbidden, .forbidden, reason)
        error.headers = ["WWW-Authenticate": "Bearer realm=\"FHIR\", error=\"insufficient_scope\""]
        throw error
    }

    /// Whose a request is, where it may come without a credential.
    func scope(of request: HTTPRequest) -> AccessScope? {
        guard case .admitted(let scope) = admission(request) else { return nil }
        return scope
    }

    func resourceType(_ name: String) -> TypeID? {
        var name = name
        return name.withUTF8 { store.definitions.resourceType(named: UnsafeRawBufferPointer($0)) }
    }

    /// Has a request answered by workers, or refuses it if they have too much to do.
    func hand(
        _ call: Call, _ reply: Reply, to workers: Workers,
        _ body: @escaping @Sendable (Workbench) throws -> HTTPResponse?
    ) {
        if let bench = call.bench {
            do {
                if let response = try body(bench) { reply(response) }
            } catch {
                answer(error, reply)
            }
            return
        }
        let isTaken = workers.run { [self] bench in
            bench.work(for: call.scope) {
                do {
                    if let response = try body(bench) { reply(finished(response, for: call, bench)) }
                } catch {
                    answer(error, reply)
                }
            }
        }
        if !isTaken {
            answer(HTTPError(.overloaded, "Too many requests wait already: try again in a moment."), reply)
        }
    }

    /// Answers with an error.
    func answer(_ error: any Error, _ reply: Reply) {
        let known = FHIRAPIError.wrapping(error)
        // That a search must wait for its parameter is no fault.
        let isExpected = known.code == .busy && known.cause is SearchError
        if known.status.code >= 500, !isExpected { reportFailure(known.cause ?? known) }
        reply(known.response)
    }

    /// Renders errors that never reach a route, such as 404 and 405, as OperationOutcomes under this interface's paths.
    /// - Parameter otherwise: renders those of all other paths.
    package static func errorRenderer(otherwise: @escaping ErrorRenderer = ProblemDocument.render) -> ErrorRenderer {
        { error, request in
            serves(request.target) ? FHIRAPIError.wrapping(error).response : otherwise(error, request)
        }
    }

    /// Whether a request for this target is answered here, be it by an error.
    package static func serves(_ target: String) -> Bool {
        let path = target.prefix { $0 != "?" && $0 != "#" }
        let segments = path.split(separator: "/", maxSplits: 3)
        return segments.first == "fhir" || segments.count > 2 && segments[0] == "t" && segments[2] == "fhir"
    }
}

extension FHIRAPIError {
    static func unauthorized(_ detail: String, error: String?) -> FHIRAPIError {
        var made = FHIRAPIError(.unauthorized, .login, detail, location: "http.Authorization")
        made.headers = [
            "WWW-Authenticate": "Bearer realm=\"FHIR\"" + (error.map { ", error=\"\($0)\"" } ?? "")
        ]
        return made
    }
}
