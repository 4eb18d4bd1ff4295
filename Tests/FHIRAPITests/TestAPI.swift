import Access
import Audit
import Base
import Compression
import FHIR
import FHIRAPI
import Foundation
import HTTP
import RecordStore
import SQLDatabase
import Vault

/// The FHIR interface over a record store in a folder of its own, which goes when the test ends.
final class TestAPI: Sendable {
    let folder: String
    let store: RecordStore
    let api: FHIRAPI
    let client: TestClient
    let router: Router
    let failures = Failures()
    let trail = KeptTrail()
    /// The trail on the disk, if there is one.
    let trails: AuditTrails?

    static let definitions = Result { try Definitions.load() }
    static let token = "secret-of-the-test"
    static let otherToken = "secret-of-another-tenant"
    static let base = "http://fhir.test/fhir"
    static let authorization: HTTPHeaders = ["Authorization": "Bearer \(token)"]

    static let limits = StoreLimits()
    /// Holds up the indexing for new search parameters.
    let pace = ReindexPace()
    private let keysDatabase: SQLiteDatabase
    private let ownsFolder: Bool
    // Set by the test alone, at its end.
    nonisolated(unsafe) private var isClosed = false

    /// - Parameters:
    ///   - folder: that of another one, which was closed; `nil` for a new one.
    ///   - keepsTrail: whether there is an audit trail on the disk, which is served.
    ///   - subjects: who is admitted besides, by token.
    ///   - bulkIntake: fetches what is announced.
    init(
        limits: StoreLimits = limits, folder known: String? = nil, isReindexingHeld: Bool = false,
        keepsTrail: Bool = false, subjects: [String: AccessScope] = [:], bulkIntake: (any BulkIntake)? = nil,
        options change: (inout FHIRAPIOptions) -> Void = { _ in }
    ) throws {
        if isReindexingHeld { pace.hold() }
        ownsFolder = known == nil
        folder = known ?? NSTemporaryDirectory() + "martlet-fhirapi-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let master = try MasterKeyFile.load(path: folder + "/master.key", mayCreate: true)
        let keys = try SQLiteDatabase(path: folder + "/keys.db")
        keysDatabase = keys
        let vault = try Vault(store: keys, masterKey: master)
        trails = keepsTrail ? try AuditTrails(folder: folder + "/audit", vault: vault, clock: SystemClock()) : nil
        store = try RecordStore(
            database: SQLiteDatabase(path: folder + "/data.db"), vault: vault,
            definitions: Self.definitions.get(), dictionaries: Dictionaries(dictionary: []), limits: limits,
            reindexPace: pace)
        (api, router) = try Self.serve(store, folder, failures, trail, trails, subjects, bulkIntake, change)
        client = TestClient(.inProcess(router.handler, renderError: FHIRAPI.errorRenderer()))
    }

    private static func serve(
        _ store: RecordStore, _ folder: String, _ failures: Failures, _ trail: KeptTrail, _ trails: AuditTrails?,
        _ subjects: [String: AccessScope], _ bulkIntake: (any BulkIntake)?,
        _ change: (inout FHIRAPIOptions) -> Void
    ) throws -> (api: FHIRAPI, router: Router) {
        var options = FHIRAPIOptions()
        options.publicOrigin = "http://fhir.test"
        options.workerCount = 2
        options.asyncFolder = folder + "/async"
        change(&options)
        let other = TenantName("other")
        let api = try FHIRAPI(
            store: store, pageKey: SipKey(low: 1, high: 2), options: options,
            reportFailure: { [failures] in failures.add($0) },
            bulkIntake: bulkIntake, trails: trails,
            audit: { [trail] entry, tenant, done in
                guard trail.append(entry, of: tenant), let trails else { return done(!trail.refuses) }
                trails.append(entry, tenant: tenant) { result in done((try? result.get()) != nil) }
            },
            admission: FHIRAPI.bearer { token in
                switch token {
                case Self.token: AccessScope(tenant: .standard, actor: "test")
                case Self.otherToken: other.map { AccessScope(tenant: $0, actor: "other") }
                default: subjects[token]
                }
            })
        var router = Router(renderError: FHIRAPI.errorRenderer())
        api.addRoutes(to: &router)
        return (api, router)
    }

    /// The interface made anew over the same store, once `api` was stopped.
    func restarted(
        options change: (inout FHIRAPIOptions) -> Void = { _ in }
    ) throws -> (api: FHIRAPI, client: TestClient) {
        let (api, router) = try Self.serve(store, folder, failures, trail, trails, [:], nil, change)
        return (api, TestClient(.inProcess(router.handler, renderError: FHIRAPI.errorRenderer())))
    }

    deinit {
        if !isClosed {
            api.stop()
            try? trails?.stop()
            try? store.close()
        }
        if ownsFolder { try? FileManager.default.removeItem(atPath: folder) }
    }

    /// Ends it, so that another one can open its folder.
    func close() throws {
        isClosed = true
        api.stop()
        try trails?.stop()
        try store.close()
        try keysDatabase.close()
    }

    /// Sends a request with the token.
    @discardableResult
    func send(
        _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = [:], body: String? = nil,
        token: String = TestAPI.token
    ) async throws -> Answer {
        var all: HTTPHeaders = ["Authorization": "Bearer \(token)"]
        if body != nil { all["Content-Type"] = "application/fhir+json" }
        all.merge(headers)
        return try Answer(await client.send(method, target, headers: all, body: Array((body ?? "").utf8)))
    }

    func get(_ target: String, headers: HTTPHeaders = [:]) async throws -> Answer {
        try await send(.get, target, headers: headers)
    }

    /// Stores resources by PUT and gives their versions.
    @discardableResult
    func put(_ resources: String...) async throws -> [String] {
        try await put(resources)
    }

    @discardableResult
    func put(_ resources: [String]) async throws -> [String] {
        var tags: [String] = []
        for resource in resources {
            let json = try JSON(Array(resource.utf8))
            let target = "/fhir/\(json["resourceType"].text)/\(json["id"].text)"
            let answer = try await send(.put, target, headers: ["Prefer": "return=minimal"], body: resource)
            guard answer.status.code < 300 else { throw Unexpected(text: "PUT \(target): \(answer.text)") }
            tags.append(answer.headers["ETag"] ?? "")
        }
        return tags
    }

    /// The ids of all matches, page by page, as the links lead.
    func ids(_ target: String) async throws -> [String] {
        var ids: [String] = []
        var next: String? = target
        while let target = next {
            let answer = try await get(target)
            guard answer.status == .ok else { throw Unexpected(text: "GET \(target): \(answer.text)") }
            ids += answer.entries(mode: "match").map { $0["resource"]["id"].text }
            next = answer.link("next")
        }
        return ids
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}

/// What was reported as the server's own fault.
final class Failures: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var errors: [any Error] = []

    func add(_ error: any Error) { lock.withLock { errors.append(error) } }
    var all: [String] { lock.withLock { errors.map { "\($0)" } } }
}

/// An answer with its body read.
struct Answer: Sendable {
    let status: HTTPStatus
    let headers: HTTPHeaders
    let bytes: [UInt8]
    let json: JSON

    init(_ response: HTTPResponse) throws {
        status = response.status
        headers = response.headers
        bytes = try response.body.collect()
        if headers["Content-Type"] == "application/fhir+ndjson" { throw NoJSON(headers: headers, bytes: bytes) }
        json = bytes.isEmpty ? JSON(value: nil) : try JSON(bytes)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The first issue of an OperationOutcome: "code: diagnostics".
    var issue: String {
        let issue = json["issue"][0]
        return issue["code"].text + ": " + issue["diagnostics"].text
    }

    func entries(mode: String) -> [JSON] {
        json["entry"].array.filter { $0["search"]["mode"].text == mode }
    }

    /// "Type/id" of the entries of a mode.
    func names(mode: String) -> [String] {
        entries(mode: mode).map { $0["resource"]["resourceType"].text + "/" + $0["resource"]["id"].text }
    }

    /// The target of a link, without scheme and host.
    func link(_ relation: String) -> String? {
        let url = json["link"].array.first { $0["relation"].text == relation }?["url"].text
        return url.map { $0.hasPrefix("http://fhir.test") ? String($0.dropFirst("http://fhir.test".count)) : $0 }
    }
}

/// An answer of lines instead of one document.
struct NoJSON: Error {
    let headers: HTTPHeaders
    let bytes: [UInt8]
}

/// JSON read by another parser than the program's.
struct JSON: @unchecked Sendable {
    // Safe to share: what was read is never changed.
    let value: Any?

    init(value: Any?) { self.value = value }

    init(_ bytes: [UInt8]) throws {
        value = try JSONSerialization.jsonObject(with: Data(bytes))
    }

    subscript(name: String) -> JSON { JSON(value: (value as? [String: Any])?[name]) }
    subscript(place: Int) -> JSON {
        let array = array
        return place < array.count ? array[place] : JSON(value: nil)
    }

    var array: [JSON] { (value as? [Any])?.map { JSON(value: $0) } ?? [] }
    var text: String { value as? String ?? "" }
    /// All of it.
    var description: String { value.map { "\($0)" } ?? "" }
    var number: Int? { (value as? NSNumber)?.intValue }
    var isThere: Bool { value != nil }
    var isNull: Bool { value is NSNull }
    var keys: Set<String> { Set((value as? [String: Any])?.keys.map { $0 } ?? []) }
}
