internal import Access
internal import Audit
internal import Base
internal import HTTP

extension FHIRAPI {
    /// What a request reads and changes, and where its answer goes once that is in the audit trail.
    struct Audited {
        let trace: RequestTrace
        let reply: Reply
    }

    /// Puts the audit trail between a route and its reply: an answer leaves when its entry is durable, and none leaves
    /// when it cannot be.
    func audited(_ route: FHIRRoute, _ request: HTTPRequest, _ admission: Admission, _ reply: Reply) -> Audited {
        let trace = RequestTrace()
        let (tenant, scope) = Self.trail(of: admission)
        // Tells everybody the same.
        if route.needs == .nothing { return Audited(trace: trace, reply: reply) }
        let began = clock.now()
        let audited = Reply { [self] outcome in
            let entry = entry(route, request, scope, trace, outcome, began)
            audit(entry, tenant) { isDurable in
                guard case .response(let response) = outcome else { return }
                reply(isDurable ? response : Self.unaudited)
            }
        }
        return Audited(trace: trace, reply: audited)
    }

    /// The same for a request within a Bundle. It is not waited for: entries become durable in their order, and the
    /// Bundle's own comes last.
    func audited(_ route: FHIRRoute, _ request: HTTPRequest, within outer: Call, _ reply: Reply) -> Audited {
        let trace = RequestTrace()
        let began = clock.now()
        let audited = Reply { [self] outcome in
            audit(entry(route, request, outer.scope, trace, outcome, began), outer.scope.tenant) { _ in }
            if case .response(let response) = outcome { reply(response) }
        }
        return Audited(trace: trace, reply: audited)
    }

    /// Writes down what an answer that is made later has read, and waits until that is durable.
    /// - Throws: `FHIRAPIError.busy` if it cannot be.
    func record(_ entry: AuditEntry, for scope: AccessScope) throws(FHIRAPIError) {
        let box = DurabilityBox()
        var entry = entry
        Self.markEmergency(&entry, scope)
        audit(entry, scope.tenant) { box.set($0) }
        guard box.wait() else { throw Self.unauditedError }
    }

    /// An entry for what a scope does, with who that is.
    static func entry(
        _ category: AuditEntry.Category, _ action: AuditEntry.Action, _ event: String, _ scope: AccessScope?,
        at time: Instant
    ) -> AuditEntry {
        var entry = AuditEntry(category, action, event, time: time, agent: scope?.actor ?? "anonymous")
        if case .subject(let subject) = scope?.authority {
            entry.agent = subject.facts.account
            entry.role = subject.facts.role.rawValue
            entry.onBehalfOf = subject.facts.onBehalfOf
            entry.purposeOfUse = subject.facts.purposeOfUse
        }
        return entry
    }

    /// Makes an entry stand out that is about a patient whose record the asker has opened in an emergency: it may be that
    /// nothing else let the asker in.
    private static func markEmergency(_ entry: inout AuditEntry, _ scope: AccessScope?) {
        guard entry.category == .access || entry.category == .change, case .subject(let subject) = scope?.authority,
            subject.facts.role == .clinician, !subject.facts.emergencies.isEmpty
        else { return }
        let time = entry.time
        let opened = subject.facts.emergencies.filter { $0.value > time }
        guard entry.patients.contains(where: { opened[$0] != nil }) else { return }
        entry.category = .emergency
        entry.purposeOfUse = breakGlass
    }

    /// HL7 PurposeOfUse: break the glass.
    private static let breakGlass = "BTG"

    private func entry(
        _ route: FHIRRoute, _ request: HTTPRequest, _ scope: AccessScope?, _ trace: RequestTrace,
        _ outcome: Reply.Outcome, _ began: Instant
    ) -> AuditEntry {
        let status: HTTPStatus =
            switch outcome {
            case .response(let response): response.status
            case .failure(let error): FHIRAPIError(error).status
            }
        let isDenied = status == .unauthorized || status == .forbidden
        var entry = Self.entry(isDenied ? .denial : route.category, route.action, route.event, scope, at: began)
        entry.outcome =
            switch status.code {
            case ..<400: .success
            case ..<500: .minorFailure
            default: .seriousFailure
            }
        entry.status = UInt16(clamping: status.code)
        entry.address = request.remoteAddress
        entry.requestID = request.id
        entry.request = Self.line(of: request)
        trace.fill(&entry)
        Self.markEmergency(&entry, scope)
        return entry
    }

    /// Method and target; of a search by form, what it asks for as well.
    private static func line(of request: HTTPRequest) -> String {
        var line = request.method.name + " " + request.target
        if request.method == .post, request.path.last == "_search", request.headers["content-encoding"] == nil {
            line +=
                (request.target.contains("?") ? "&" : "?")
                + String(decoding: request.body.prefix(formBytesMax), as: UTF8.self)
        }
        return line
    }

    private static let formBytesMax = 4 << 10

    /// Whose trail a request belongs to: the platform's, where it is nobody's.
    private static func trail(of admission: Admission) -> (TenantName, AccessScope?) {
        switch admission {
        case .admitted(let scope), .refused(let scope, _): (scope.tenant, scope)
        case .anonymous, .unknown: (.platform, nil)
        }
    }

    private static var unauditedError: FHIRAPIError {
        var error = FHIRAPIError(
            .busy, .transient,
            "The audit trail cannot be written, so nothing is told. What was asked for may have been done: look before "
                + "you ask again.")
        error.headers = ["Retry-After": "5"]
        return error
    }

    private static var unaudited: HTTPResponse { unauditedError.response }
}

extension FHIRRoute {
    /// What an answer by this route is in the audit trail.
    var category: AuditEntry.Category {
        switch event {
        case "create", "update", "patch", "delete", "meta-add", "meta-delete", "transaction", "batch": .change
        case "reindex": .configuration
        case "purge": .key
        default: .access
        }
    }

    var action: AuditEntry.Action {
        switch event {
        case "create": .create
        case "update", "patch", "meta-add", "meta-delete": .update
        case "delete", "purge": .delete
        case "read", "vread", "history-instance", "history-type", "history-system": .read
        default: .execute
        }
    }
}

/// Waits for an entry to be durable.
private final class DurabilityBox: @unchecked Sendable {
    // Safe to share: the answer is used under `lock`.
    private let lock = Lock()
    private var isDurable: Bool?

    func set(_ isDurable: Bool) {
        lock.withLock {
            self.isDurable = isDurable
            lock.signalAll()
        }
    }

    func wait() -> Bool {
        lock.withLock {
            while true {
                if let isDurable { return isDurable }
                lock.wait()
            }
        }
    }
}
