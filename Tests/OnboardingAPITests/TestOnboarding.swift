import Access
import Audit
import Base
import Compression
import FHIR
import BulkData
import Foundation
import HTTP
import Intake
import JSONTape
import Jobs
import OnboardingAPI
import RecordStore
import SQLDatabase
import Synchronization
import Testing
import Uploads
import Vault
import WebClient

/// A clock that stands still until it is told to go on.
final class ManualClock: Base.Clock, Sendable {
    private let time = Mutex(Instant(microseconds: 1_790_000_000_000_000))

    func now() -> Instant { time.withLock { $0 } }

    func advance(_ seconds: Double) { time.withLock { $0 = $0.advanced(bySeconds: seconds) } }
}

/// A trail in memory that can be told to fail.
final class TestTrail: Sendable {
    private let kept = Mutex<[(entry: AuditEntry, tenant: TenantName)]>([])
    private let fails = Mutex(false)

    func append(_ entry: AuditEntry, _ tenant: TenantName, _ then: @Sendable (Bool) -> Void) {
        let isKept = !fails.withLock { $0 }
        if isKept { kept.withLock { $0.append((entry, tenant)) } }
        then(isKept)
    }

    func setFails(_ value: Bool) { fails.withLock { $0 = value } }
    var entries: [AuditEntry] { kept.withLock { $0.map(\.entry) } }
    var last: (entry: AuditEntry, tenant: TenantName)? { kept.withLock { $0.last } }
}

/// Who asks, by a bearer token of that name.
enum Asker: String, CaseIterable {
    case admin, clinician, patient, auditor, reporter
    /// A client with create and update of everything.
    case pusher
    /// The operator's token, or that of a client that may do everything.
    case whole
    /// Clients that lack a part of what is needed.
    case reader, creator, narrow, filtered, userContext, appOfAdmin
    /// One with a credential whose second factor is due.
    case due
    /// A token that is over.
    case expired
    case anonymous

    var admission: OnboardingAPI.Admission {
        switch self {
        case .admin, .clinician, .patient, .auditor, .reporter:
            .admitted(scope(Role(rawValue: rawValue) ?? .system, nil))
        case .pusher: .admitted(scope(.system, "system/*.c system/*.ru"))
        case .whole: .admitted(scope(.system, "system/*.cruds"))
        case .reader: .admitted(scope(.system, "system/*.rs"))
        case .creator: .admitted(scope(.system, "system/*.c system/Patient.u"))
        case .narrow: .admitted(scope(.system, "system/Patient.cu system/Observation.cu"))
        case .filtered: .admitted(scope(.system, "system/*.cu?category=laboratory"))
        case .userContext: .admitted(scope(.clinician, "user/*.cruds"))
        case .appOfAdmin: .admitted(scope(.admin, "user/*.cruds"))
        case .due: .refused(scope(.admin, nil), "The code of the second factor is due first.")
        case .expired: .unknown
        case .anonymous: .anonymous
        }
    }

    private func scope(_ role: Role, _ scopes: String?) -> AccessScope {
        var facts = Subject.Facts(account: (scopes == nil ? "user/" : "client/") + rawValue, role: role)
        facts.scopes = scopes.flatMap { SMARTScopes($0) }
        return AccessScope(tenant: .standard, subject: Subject(facts))
    }

    var isLetIn: Bool { self == .admin || self == .pusher || self == .whole }
}

/// The interface over uploads in a folder of their own, called in process.
final class TestOnboarding: Sendable {
    let folder: String
    let clock = ManualClock()
    let trail = TestTrail()
    let uploads: UploadStore
    let ingests: Ingests
    /// The bytes of ingests' sources.
    let sources = SourceTable()
    private let records: RecordStore
    private static let definitions = Result { try Definitions.load() }
    let jobs: JobQueue
    let api: OnboardingAPI
    let router: Router
    let client: TestClient
    private let databases: [SQLiteDatabase]

    init(_ change: (inout UploadOptions) -> Void = { _ in }) throws {
        folder = NSTemporaryDirectory() + "martlet-onboarding-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let keys = try SQLiteDatabase(path: folder + "/keys.db")
        let data = try SQLiteDatabase(path: folder + "/platform.db")
        databases = [keys, data]
        var options = UploadOptions()
        options.syncs = false
        options.freeBytesMin = 0
        change(&options)
        let vault = try Vault(store: keys, masterKey: SecretKey.random())
        let pulls = try Pulls(
            database: data, vault: vault, folder: folder + "/pulls", web: WebClientOptions(), clock: clock)
        let started = started
        let desk = PullDesk(
            pulls: pulls, start: { started.add("start \($0.id)") },
            schedule: { plan in
                guard plan.schedule != "never" else { throw BulkDataError(.invalid, "the schedule is none") }
                started.add("schedule \(plan.id)")
            }, unschedule: { started.add("unschedule \($0.id)") })
        let uploads = try UploadStore(
            database: data, vault: vault, folder: folder + "/uploads", clock: clock, options: options)
        self.uploads = uploads
        let jobs = try JobQueue(database: data, vault: vault, clock: clock)
        self.jobs = jobs
        let records = try RecordStore(
            database: SQLiteDatabase(path: folder + "/data.db"), vault: vault, definitions: Self.definitions.get(),
            dictionaries: Dictionaries(dictionary: []))
        self.records = records
        let sources = self.sources
        let ports = IngestPorts(
            contents: { source, _ in sources.contents.withLock { $0[source.reference] ?? [] } }, settle: { _, _ in },
            record: { _, _ in }, report: { Issue.record("an ingest: \($0)") })
        let ingests = try Ingests(
            database: data, queue: jobs, store: records, vault: vault, clock: SystemClock(), ports: ports,
            options: IngestServiceOptions(folder: folder + "/ingests") { MemorySpool() })
        self.ingests = ingests
        let ended = TokenList()
        self.endedTokens = ended
        let api = OnboardingAPI(
            uploads: uploads, jobs: jobs, ingests: ingests, pulls: desk, clock: clock,
            admission: { request in
                guard let token = request.bearerToken else { return .anonymous }
                if ended.contains(token) { return .unknown }
                if token == "stranger" {
                    var facts = Subject.Facts(account: "user/stranger", role: .admin)
                    facts.scopes = nil
                    guard let other = TenantName("other") else { return .unknown }
                    return .admitted(AccessScope(tenant: other, subject: Subject(facts)))
                }
                return Asker(rawValue: token.split(separator: "-").first.map(String.init) ?? "")?.admission ?? .unknown
            },
            audit: { [trail] entry, tenant, then in trail.append(entry, tenant, then) },
            reportFailure: { Issue.record("a fault: \($0)") })
        self.api = api
        var router = Router()
        api.addRoutes(to: &router)
        self.router = router
        client = TestClient(.inProcess(router))
        try uploads.start(report: { Issue.record("by itself: \($0)") }) { upload, _ in "ingest-of-\(upload.id)" }
    }

    private let endedTokens: TokenList
    /// What was asked for of pulls: `start ID`, `schedule ID`, `unschedule ID`.
    let started = TokenList()

    deinit {
        api.stop()
        uploads.stop()
        ingests.stop()
        try? records.close()
        for database in databases { try? database.close() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    func end(_ token: String) { endedTokens.add(token) }

    func send(
        _ method: HTTPMethod, _ path: String, as token: String? = "pusher", headers: HTTPHeaders = [:],
        body: [UInt8] = [], through client: TestClient? = nil
    ) async throws -> HTTPResponse {
        var headers = headers
        if let token, token != "anonymous" { headers["Authorization"] = "Bearer " + token }
        return try await (client ?? self.client).send(method, "/api/v1" + path, headers: headers, body: body)
    }

    func post(_ path: String, _ json: String = "", as token: String? = "pusher") async throws -> HTTPResponse {
        try await send(
            .post, path, as: token, headers: json.isEmpty ? [:] : ["Content-Type": "application/json"],
            body: Array(json.utf8))
    }

    /// Begins an upload and gives its id.
    func begin(_ more: String = "", as token: String = "pusher") async throws -> String {
        let response = try await post("/uploads", #"{"fileName":"records.zip"\#(more)}"#, as: token)
        #expect(response.status == .created)
        return try #require(try Self.text(response, "id"))
    }

    func put(
        _ id: String, _ part: Int, _ bytes: [UInt8], headers: HTTPHeaders? = nil, query: String = "",
        as token: String = "pusher", through client: TestClient? = nil
    ) async throws -> HTTPResponse {
        try await send(
            .put, "/uploads/\(id)/parts/\(part)\(query)", as: token, headers: headers ?? Self.digest(bytes),
            body: bytes, through: client)
    }

    static func digest(_ bytes: [UInt8]) -> HTTPHeaders {
        ["Content-Digest": "sha-256=:" + base64(bytes, .sha256) + ":"]
    }

    static func base64(_ bytes: [UInt8], _ algorithm: StreamDigest.Algorithm) -> String {
        guard let digest = try? StreamDigest(algorithm) else { return "" }
        bytes.withUnsafeBytes { try? digest.update($0) }
        return Data((try? digest.finish()) ?? []).base64EncodedString()
    }

    static func hex(_ bytes: [UInt8]) -> String {
        Data(base64Encoded: base64(bytes, .sha256))?.map { String(format: "%02x", $0) }.joined() ?? ""
    }

    static func body(_ response: HTTPResponse) throws -> String {
        String(decoding: try response.body.collect(), as: UTF8.self)
    }

    /// A text or number of the answer's object, or of an object in it.
    static func text(_ response: HTTPResponse, _ names: String...) throws -> String? {
        try JSONDocument(response.body.collect()).withRoot { root in
            var value: JSONValue? = root
            for name in names { value = value?.member(named: name) }
            return value?.text
        }
    }

    /// The kind of a problem, its status and type in one.
    static func problem(_ response: HTTPResponse) throws -> String {
        #expect(response.headers["content-type"] == "application/problem+json")
        let type = try text(response, "type") ?? ""
        #expect(try text(response, "status") == String(response.status.code))
        #expect(try text(response, "detail")?.isEmpty == false)
        return "\(response.status.code) " + type.replacing("urn:martlet:problem:", with: "")
    }

    static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
}

final class SourceTable: Sendable {
    let contents = Mutex<[String: [SourceContent]]>([:])
}

final class TokenList: Sendable {
    private let tokens = Mutex<Set<String>>([])

    func add(_ token: String) { tokens.withLock { _ = $0.insert(token) } }
    func contains(_ token: String) -> Bool { tokens.withLock { $0.contains(token) } }
}
