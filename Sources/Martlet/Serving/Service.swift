internal import Access
internal import Accounts
internal import Audit
internal import Base
internal import FHIRAPI
internal import HTTP
internal import HTTPServer
internal import Intake
internal import Jobs
internal import OAuthAPI
internal import OnboardingAPI
internal import PlatformAPI
internal import RecordStore
internal import Uploads
internal import Validation
internal import WebApp

/// Everything that a serving process answers, on one listening socket.
///
/// The records, under `/fhir` and `/t/{tenant}/fhir`, are for signed-in people and client systems with tokens. The status
/// page and the two probes tell figures of the whole and nothing of any patient, and are for everybody who can connect.
final class Service: Sendable {
    /// How a service is set up.
    struct Options: Sendable {
        var listen: ListenAddress
        /// Certificate and key, by their files.
        var tls: (certificateFile: String, keyFile: String)?
        var threadCount: Int?
        /// What clients reach the server under; `nil` takes where it listens.
        var publicOrigin: String?
        /// How far resources are checked before they are stored.
        var validation = ValidationMode.structure
        /// Whose records lie under `/fhir` for those who have no tenant yet: who is set up first.
        var tenant: TenantName
        /// Whose word counts on who a client is.
        var trustedProxies: [IPPrefix] = []
        /// The origins whose pages may read answers.
        var allowedOrigins: [CORSPolicy.Origin] = []
        /// What is watched for files, and what becomes of what was taken in.
        var onboarding = Onboarding.Options()
        /// Requests a second of one credential; `nil` sets no limit.
        var requestsPerSecondMax: Int?
        /// Where metrics and probes are served besides; `nil` for nowhere.
        var metricsListen: ListenAddress?
        /// Lets a collector of metrics in wherever it comes from.
        var metricsToken: String?
        /// Whether each request has a line in the log.
        var logsRequests = false
        /// How other servers are reached.
        var outgoing = Outgoing()
    }

    let installation: Installation
    private let server: Server
    private let api: FHIRAPI
    private let oauth: OAuthAPI
    private let platform: PlatformAPI
    private let onboarding: OnboardingAPI
    private let anonymous: AnonymousEntries
    private let onboarded: Onboarding
    private let workers: JobWorkers
    private let schedules: JobSchedules
    private let tls: (certificateFile: String, keyFile: String)?
    private let readiness: Readiness
    private let metricsServer: Server?

    /// Begins to listen and answer.
    /// - Parameter log: gets a line for each answer that is a fault of the server; no patient's data is in it.
    /// - Throws: `ServerError`, `StoreError`, `VaultError`, `AccountsError`, `OAuthError`.
    init(_ store: MartletStore, options: Options, log: Log) throws {
        tls = options.tls
        let readiness = Readiness()
        self.readiness = readiness
        let metrics = ServiceMetrics(log, store)
        let late = LateHandler(readiness)
        var configuration = ServerConfiguration(
            host: options.listen.host, port: options.listen.port,
            tls: try options.tls.map { files throws(ServerError) in
                try ServerConfiguration.TLS(certificateFile: files.certificateFile, keyFile: files.keyFile)
            },
            trustedProxies: TrustedProxies(options.trustedProxies), renderError: FHIRAPI.errorRenderer(),
            admit: late.admit, streamedBody: late.streamedBody)
        let edge = Edge(cors: options.allowedOrigins.isEmpty ? nil : CORSPolicy(origins: options.allowedOrigins))
        let complete = edge.completion
        configuration.complete = { [answers = metrics.answers] request, response in
            complete(request, &response)
            answers.count(&response, to: request)
        }
        if let count = options.threadCount { configuration.threadCount = count }
        let server = try Server(configuration, handler: late.handler)
        configuration.tls = nil
        self.server = server
        let origin = options.publicOrigin ?? server.address
        do {
            installation = try Installation(store, origin: origin, outgoing: options.outgoing) {
                log.error("work in the background failed", reason: $0)
            }
        } catch {
            server.stop(deadlineSeconds: 0)
            throw error
        }
        let reportJob: @Sendable (any Error) -> Void = { log.error("a job failed", reason: ErrorText.forLog($0)) }
        workers = JobWorkers(installation.jobs, report: reportJob)
        schedules = JobSchedules(installation.jobs, report: reportJob)
        let pulls = PullService(
            store, installation.pulls, queue: installation.jobs, schedules: schedules, validation: options.validation,
            report: reportJob)
        let parts: Parts
        do {
            let page = MetricsPage(metrics.registry, token: options.metricsToken)
            parts = try Self.parts(installation, pulls, options, origin: origin, readiness, metrics, page, log)
            metricsServer = try options.metricsListen.map { try Self.metricsServer($0, page, readiness) }
        } catch {
            server.stop(deadlineSeconds: 0)
            try? installation.closeAccounts()
            throw error
        }
        metrics.read(server)
        _ = QueueMetrics(metrics.registry, installation.jobs)
        api = parts.api
        oauth = parts.oauth
        platform = parts.platform
        onboarding = parts.onboarding
        anonymous = parts.anonymous
        onboarded = parts.onboarded
        let limits = Self.limits(options)
        let admissions = parts.admissions
        let refuse: ErrorRenderer = { error, request in
            metrics.countRefusal(RequestClass.of(request))
            return FHIRAPI.errorRenderer()(error, request)
        }
        let handler = limits.limited(edge.handler(parts.router), renderError: refuse) {
            (RequestClass.of($0), admissions.rateSubject(of: $0))
        }
        late.set(
            handler,
            admit: { [router = parts.router] request in
                if let refusal = Self.refusal(of: request, by: limits, admissions, refuse, isCounted: false) {
                    return refusal
                }
                return Self.refusal(of: request, by: router, admissions)
            },
            streamedBody: { [router = parts.router] request in
                guard var body = router.streamedBody(request) else { return nil }
                body.open = { [open = body.open] request, opening in
                    if let refusal = Self.refusal(of: request, by: limits, admissions, refuse, isCounted: true) {
                        return opening.refuse(refusal)
                    }
                    open(request, opening)
                }
                return body
            })
        let probing = AccessScope(tenant: options.tenant, actor: "martlet probe")
        readiness.serve([
            Readiness.Part("records") { _ = try store.records.now(probing) },
            Readiness.Part("audit") { if metrics.audit.isFailing { throw Readiness.NotReady() } },
        ])
        do {
            try onboarded.start(workers)
            try pulls.serve(workers)
        } catch {
            try? stop(deadlineSeconds: 0)
            throw error
        }
        workers.start()
        schedules.start()
    }

    /// The answer to a request that comes too soon after others.
    private static func refusal(
        of request: HTTPRequest, by limits: RateLimits, _ admissions: Admissions, _ refuse: ErrorRenderer,
        isCounted: Bool
    ) -> HTTPResponse? {
        limits.refusal(of: RequestClass.of(request), by: admissions.rateSubject(of: request), isCounted: isCounted)
            .map { refuse($0, request) }
    }

    private struct Parts {
        var router: Router
        var api: FHIRAPI
        var oauth: OAuthAPI
        var platform: PlatformAPI
        var onboarding: OnboardingAPI
        var onboarded: Onboarding
        var anonymous: AnonymousEntries
        var admissions: Admissions
    }

    private static func parts(
        _ installation: Installation, _ pulls: PullService, _ options: Options, origin: String, _ readiness: Readiness,
        _ metrics: ServiceMetrics, _ page: MetricsPage, _ log: Log
    ) throws -> Parts {
        let store = installation.store
        let admissions = Admissions(accounts: installation.accounts, authorization: installation.authorization)
        let reportFailure: @Sendable (any Error) -> Void = {
            log.error("a request failed", reason: ErrorText.forLog($0))
        }
        let anonymous = AnonymousEntries(
            metrics.audit.counting(
                store.auditSink { log.error("the audit trail failed", reason: ErrorText.forLog($0)) }))
        let audit: AuditSink = { anonymous.take($0, $1, $2) }
        var apiOptions = FHIRAPIOptions()
        apiOptions.publicOrigin = origin
        apiOptions.validation = options.validation
        apiOptions.softwareVersion = Program.version
        apiOptions.asyncFolder = store.folder.asyncAnswers
        apiOptions.sessionCookieName = installation.accounts.cookie.sessionName
        let api = try FHIRAPI(
            store: store.records, pageKey: store.pageKey, options: apiOptions,
            targetsArrived: { [records = store.records] scope, sequences in
                do {
                    let own = AccessScope(tenant: scope.tenant, actor: "martlet references")
                    _ = try ReferenceRepair(store: records, scope: own).run(sequences)
                } catch {
                    log.error("late references stay unresolved", reason: ErrorText.forLog(error))
                }
            },
            reportFailure: reportFailure, bulkIntake: pulls.makeAnnounced(), trails: store.trails, audit: audit,
            admission: { admissions.admission(of: $0) })
        let app = app(store, log)
        let oauth = OAuthAPI(
            server: installation.authorization,
            ports: OAuthAPI.Ports(
                origin: { origin }, session: { admissions.session(of: $0) },
                mayOpen: { [records = store.records] patient, person in
                    let scope = AccessScope(
                        tenant: person.tenant, subject: Subject(person.facts))
                    do {
                        let found = try records.read(scope, type: "Patient", id: patient)
                        return found.map { !$0.isDeleted } ?? false
                    } catch {
                        reportFailure(error)
                        return false
                    }
                },
                renderConsent: { app.consent(ConsentFacts($0)) }, audit: audit, reportFailure: reportFailure),
            clock: SystemClock(), home: options.tenant, threadCount: oauthThreadCount)
        let pages = AccountPages(
            accounts: installation.accounts, version: Program.version, clock: SystemClock(), audit: audit,
            reportFailure: reportFailure)
        let platform = PlatformAPI(
            accounts: installation.accounts, clock: SystemClock(), ports: installation.platformPorts, audit: audit,
            reportFailure: reportFailure)
        let onboarded = try Onboarding(installation, options.onboarding, validation: options.validation) {
            log.error("an ingest failed", reason: ErrorText.forLog($0))
        }
        try installation.uploads.start(
            report: { log.error("an upload failed", reason: ErrorText.forLog($0)) },
            begin: { try onboarded.begin($0, on: $1) })
        let onboarding = OnboardingAPI(
            uploads: installation.uploads, jobs: installation.jobs, ingests: onboarded.ingests, pulls: pulls.desk,
            admission: { admissions.onboarding(of: $0) }, audit: audit,
            reportFailure: reportFailure)
        var router = Router(renderError: FHIRAPI.errorRenderer())
        api.addRoutes(to: &router)
        platform.addRoutes(to: &router)
        onboarding.addRoutes(to: &router)
        oauth.addRoutes(to: &router)
        app.addRoutes(to: &router)
        pages.addRoutes(to: &router)
        readiness.addRoutes(to: &router)
        page.addRoute(to: &router, for: .machine) { request in
            guard case .admitted(let scope) = admissions.admission(of: request) else { return false }
            return scope.authority.decide(.administration, type: nil) == .allow
        }
        api.addDescription(to: &router)
        observe(&router, metrics, options, log)
        return Parts(
            router: router, api: api, oauth: oauth, platform: platform, onboarding: onboarding, onboarded: onboarded,
            anonymous: anonymous,
            admissions: admissions)
    }

    /// Counts each request, and tells of those that have a line in the log.
    private static func observe(_ router: inout Router, _ metrics: ServiceMetrics, _ options: Options, _ log: Log) {
        let routes = RouteMetrics(metrics.registry, routes: router.routes)
        let logsAll = options.logsRequests
        router.observer = { answered in
            routes.count(answered)
            let isFault = answered.status == .internalServerError
            guard logsAll || isFault else { return }
            RequestLine.write(answered, route: routes.pattern(answered.route), isFault: isFault, to: log)
        }
    }

    /// Serves metrics and probes alone, as plain HTTP.
    private static func metricsServer(
        _ listen: ListenAddress, _ page: MetricsPage, _ readiness: Readiness
    ) throws(ServerError) -> Server {
        var router = Router()
        readiness.addRoutes(to: &router)
        page.addRoute(to: &router, for: .everybody) { _ in false }
        var configuration = ServerConfiguration(host: listen.host, port: listen.port, threadCount: 1)
        configuration.complete = Edge().completion
        return try Server(configuration, handler: router.handler)
    }

    private static func app(_ store: MartletStore, _ log: Log) -> WebApp {
        let status = StatusSource(store)
        return WebApp(version: Program.version) {
            do {
                return try status.facts()
            } catch {
                log.error("the status page failed", reason: ErrorText.forLog(error))
                throw error
            }
        }
    }

    private static func limits(_ options: Options) -> RateLimits {
        var rates = RateLimits.Options()
        rates.read = options.requestsPerSecondMax.map { Rate($0, burst: $0 * burstSeconds) }
        rates.write = rates.read
        return RateLimits(rates)
    }

    /// More than may wait for the key sets of clients at once.
    private static let oauthThreadCount = 12

    /// For how many seconds' worth of requests a client may be ahead of its rate.
    private static let burstSeconds = 4

    /// `http://127.0.0.1:8080`.
    var address: String { server.address }
    var port: Int { server.port }
    /// Where metrics are served besides; `nil` for nowhere.
    var metricsAddress: String? { metricsServer?.address }

    /// Reads certificate and key anew; new connections use them. Those that are no pair leave the old ones in use.
    /// - Throws: `ServerError`.
    func reloadCertificate() throws(ServerError) {
        guard let tls else { throw ServerError(.notServingTLS, "The server speaks plain HTTP.") }
        try server.reload(
            tls: try ServerConfiguration.TLS(certificateFile: tls.certificateFile, keyFile: tls.keyFile))
    }

    /// Refuses new connections, lets requests under way finish, and ends all threads. The store must still be open.
    func stop(deadlineSeconds: Double) throws {
        readiness.drain()
        server.stop(deadlineSeconds: deadlineSeconds)
        onboarding.stop()
        schedules.stop()
        onboarded.stopWatching()
        workers.drain(deadlineSeconds: deadlineSeconds)
        onboarded.stop()
        metricsServer?.stop(deadlineSeconds: 0)
        oauth.stop()
        api.stop()
        anonymous.flush()
        try installation.closeAccounts()
    }

    /// What a request is answered before its body is sent: whoever is not let in uploads nothing. Routes that need it
    /// answer without looking at the body then, so they are asked without it.
    private static func refusal(
        of request: HTTPRequest, by router: Router, _ admissions: Admissions
    ) -> HTTPResponse? {
        guard RequestClass.of(request) != .signIn else { return nil }
        if case .admitted = admissions.admission(of: request) { return nil }
        guard FHIRAPI.serves(request.target) else { return nil }
        let answer = FirstAnswer()
        router(request, Reply { answer.set($0) })
        return answer.wait()
    }
}

extension ConsentFacts {
    fileprivate init(_ page: ConsentPage) {
        self.init(
            appName: page.clientName, personName: page.personName, destination: page.destination,
            items: page.items.map { Item(value: $0.scope, words: $0.words) }, asksPatient: page.asksPatient,
            patient: page.patient, problem: page.problem, action: page.action, hidden: page.hidden)
    }
}

/// Takes an answer.
private final class FirstAnswer: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var outcome: Reply.Outcome?

    func set(_ outcome: Reply.Outcome) {
        lock.withLock {
            self.outcome = outcome
            lock.signalAll()
        }
    }

    /// Blocks until there is an answer, which follows its entry in the audit trail.
    func wait() -> HTTPResponse? {
        lock.withLock {
            while outcome == nil { lock.wait() }
            guard case .response(let response) = outcome else { return nil }
            return response
        }
    }
}
