internal import Access
internal import Base
internal import FHIRAPI
internal import HTTP
internal import HTTPServer
internal import Intake
internal import RecordStore
internal import Validation
internal import WebApp

/// Everything that a serving process answers, on one listening socket.
///
/// The records, under `/fhir` and `/t/{tenant}/fhir`, are for holders of the access token. The status page and the two
/// probes tell figures of the whole and nothing of any patient, and are for everybody who can connect.
final class Service: Sendable {
    /// How a service is set up.
    struct Options: Sendable {
        var listen: ListenAddress
        var tls: ServerConfiguration.TLS?
        var threadCount: Int?
        /// What clients reach the server under; `nil` takes what each request says.
        var publicOrigin: String?
        /// How far resources are checked before they are stored.
        var validation = ValidationMode.structure
        /// Whose records the token opens.
        var tenant: TenantName
    }

    private let server: Server
    private let api: FHIRAPI

    /// Begins to listen and answer.
    /// - Parameter report: gets one line for each answer that is a fault of the server; no patient's data is in it.
    /// - Throws: `ServerError`, `StoreError`, `VaultError`.
    init(
        _ store: MartletStore, token: AccessToken, options: Options, report: @escaping @Sendable (String) -> Void
    ) throws {
        let scope = AccessScope(tenant: options.tenant, actor: "access token")
        let authenticate: @Sendable (String) -> AccessScope? = { token.matches($0) ? scope : nil }
        var apiOptions = FHIRAPIOptions()
        apiOptions.publicOrigin = options.publicOrigin
        apiOptions.validation = options.validation
        apiOptions.softwareVersion = Program.version
        apiOptions.asyncFolder = store.folder.asyncAnswers
        let api = try FHIRAPI(
            store: store.records, pageKey: store.pageKey, options: apiOptions,
            targetsArrived: { [records = store.records] scope, sequences in
                do {
                    _ = try ReferenceRepair(store: records, scope: scope).run(sequences)
                } catch {
                    report("late references stay unresolved: " + ErrorText.forLog(error))
                }
            },
            reportFailure: { report("a request failed: " + ErrorText.forLog($0)) },
            audit: store.auditSink { report("the audit trail failed: " + ErrorText.forLog($0)) },
            admission: FHIRAPI.bearer(authenticate))
        self.api = api
        let renderError = FHIRAPI.errorRenderer()
        var router = Router(renderError: renderError)
        api.addRoutes(to: &router)
        let status = StatusSource(store)
        WebApp(version: Program.version) {
            do {
                return try status.facts()
            } catch {
                report("the status page failed: " + ErrorText.forLog(error))
                throw error
            }
        }.addRoutes(to: &router)
        Self.addProbes(store, scope, to: &router)
        api.addDescription(to: &router)

        var configuration = ServerConfiguration(
            host: options.listen.host, port: options.listen.port, tls: options.tls, renderError: renderError)
        if let count = options.threadCount { configuration.threadCount = count }
        configuration.admit = { [router] in Self.refusal(of: $0, by: router, authenticate) }
        do {
            server = try Server(configuration, handler: router.handler)
        } catch {
            api.stop()
            throw error
        }
    }

    /// `http://127.0.0.1:8080`.
    var address: String { server.address }
    var port: Int { server.port }

    /// Refuses new connections, lets requests under way finish, and ends all threads. The store must still be open.
    func stop(deadlineSeconds: Double) {
        server.stop(deadlineSeconds: deadlineSeconds)
        api.stop()
    }

    /// What a request is answered before its body is sent: whoever lacks the token uploads nothing. Routes that need it
    /// answer without looking at the body then, so they are asked without it.
    private static func refusal(
        of request: HTTPRequest, by router: Router, _ authenticate: @Sendable (String) -> AccessScope?
    ) -> HTTPResponse? {
        if let token = request.bearerToken, authenticate(token) != nil { return nil }
        let answer = FirstAnswer()
        router(request, Reply { answer.set($0) })
        return answer.response
    }

    private static func addProbes(_ store: MartletStore, _ scope: AccessScope, to router: inout Router) {
        router.answer(.get, "/livez", summary: "Whether the process answers") { _ in
            HTTPResponse(text: "ok\n")
        }
        router.answer(.get, "/readyz", summary: "Whether the store answers") { _ in
            do {
                _ = try store.records.now(scope)
                return HTTPResponse(text: "ready\n")
            } catch {
                return HTTPResponse(status: .serviceUnavailable, text: "the store does not answer\n")
            }
        }
    }
}

/// Takes an answer that comes before the call returns.
private final class FirstAnswer: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var outcome: Reply.Outcome?

    func set(_ outcome: Reply.Outcome) {
        lock.withLock { self.outcome = outcome }
    }

    var response: HTTPResponse? {
        guard case .response(let response) = lock.withLock({ outcome }) else { return nil }
        return response
    }
}
