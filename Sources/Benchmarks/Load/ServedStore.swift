internal import Access
internal import Audit
internal import Base
internal import FHIRAPI
internal import HTTP
internal import HTTPServer
internal import RecordStore

/// A store behind the FHIR interface and the HTTP server, on a free port of this machine.
final class ServedStore {
    let address: String
    let token: String
    private let api: FHIRAPI
    private let server: Server

    /// - Parameters:
    ///   - audit: takes what requests leave in the audit trail.
    ///   - authority: what the token allows.
    /// - Throws: `ServerError` if no port can be had.
    init(_ records: RecordStore, audit: @escaping AuditSink, authority: Authority = .whole) throws {
        var generator = SystemRandomNumberGenerator()
        let token = String(
            (0..<32).map { _ in Character(["a", "b", "c", "d"].randomElement(using: &generator) ?? "e") })
        let scope = AccessScope(tenant: .standard, actor: "martlet bench", authority: authority)
        let api = try FHIRAPI(
            store: records, pageKey: SipKey(low: generator.next(), high: generator.next()),
            audit: audit, admission: FHIRAPI.bearer { $0 == token ? scope : nil })
        var router = Router(renderError: FHIRAPI.errorRenderer())
        api.addRoutes(to: &router)
        do {
            server = try Server(ServerConfiguration(), handler: router.handler)
        } catch {
            api.stop()
            throw error
        }
        self.api = api
        self.token = token
        address = server.address
    }

    deinit {
        server.stop(deadlineSeconds: 5)
        api.stop()
    }

    var port: Int { server.port }
}

/// The bare server with one fixed answer: what HTTP alone costs.
final class FixedAnswerServer {
    let address: String
    private let server: Server

    /// - Parameter bytes: of the answer's body.
    /// - Throws: `ServerError` if no port can be had.
    init(bytes: Int) throws {
        let body = Array(repeating: UInt8(ascii: "x"), count: max(0, bytes))
        let buffer = ByteWriter(capacity: body.count)
        body.withUnsafeBytes { buffer.write($0) }
        // As the FHIR interface does: small bodies are copied, large ones sent from where they lie.
        let response = HTTPResponse(contentType: "application/fhir+json", body: .buffer(ByteBuffer(taking: buffer)))
        server = try Server(ServerConfiguration()) { _, reply in reply(response) }
        address = server.address
    }

    deinit {
        server.stop(deadlineSeconds: 5)
    }

    var port: Int { server.port }
}
