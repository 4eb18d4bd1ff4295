internal import Access
internal import Audit
internal import Base
internal import HTTP
internal import OAuth

/// What the audit trail will say of a request, filled in while it is answered.
struct Trace {
    typealias Category = AuditEntry.Category

    let event: String
    private let category: Category
    /// Whose trail it stands in.
    var tenant: TenantName
    /// Whether a line is written though nothing was refused.
    var isAudited = false
    /// Takes back what was done, for when its line cannot be written.
    var undo: (@Sendable () throws -> Void)?
    /// Who asks, or claims to.
    private var agent = "client/unknown"
    private var onBehalfOf: String?
    private var role: String?
    private var patients: [String] = []
    private var detail: String?
    private var isRefused = false

    init(event: String, category: Category, tenant: TenantName) {
        self.event = event
        self.category = category
        self.tenant = tenant
    }

    /// Notes who claims to ask; believed or not.
    mutating func claim(_ clientID: String, _ client: OAuthClient?) {
        let shown = clientID.utf8.prefix(64).filter { HTTPHeaders.isToken(String(UnicodeScalar($0))) }
        agent = "client/" + String(decoding: shown, as: UTF8.self)
        if let client { tenant = client.tenant }
    }

    mutating func person(_ signedIn: OAuthAPI.SignedIn) {
        agent = signedIn.facts.account
        role = signedIn.facts.role.rawValue
        tenant = signedIn.tenant
    }

    /// Notes what was given.
    mutating func grant(_ grant: Grant) {
        isAudited = true
        role = grant.role.rawValue
        onBehalfOf = grant.account
        patients = grant.patient.map { [$0] } ?? []
        detail = "grant \(grant.id): \(grant.scopes.text)"
    }

    mutating func done(_ detail: String, patient: String? = nil) {
        isAudited = true
        self.detail = detail
        if let patient { patients = [patient] }
    }

    mutating func refused(_ detail: String, patient: String? = nil) {
        if let patient { patients = [patient] }
        isAudited = true
        isRefused = true
        self.detail = detail
    }

    func entry(_ request: HTTPRequest, status: HTTPStatus, at time: Instant) -> AuditEntry {
        var entry = AuditEntry(
            category, action, event,
            outcome: status.code >= 500 ? .majorFailure : isRefused ? .seriousFailure : .success, time: time,
            agent: agent)
        entry.onBehalfOf = onBehalfOf
        entry.role = role
        entry.address = request.remoteAddress
        entry.patients = patients
        entry.requestID = request.id
        // Without the query, which holds what clients and people exchange.
        entry.request = request.method.name + " /" + request.path.map(PercentEncoding.encode).joined(separator: "/")
        entry.status = UInt16(clamping: status.code)
        entry.detail = detail
        return entry
    }

    private var action: AuditEntry.Action {
        switch event {
        case "client-create": .create
        case "client-update": .update
        case "client-delete": .delete
        case "client-list", "client-read": .read
        default: .execute
        }
    }
}
