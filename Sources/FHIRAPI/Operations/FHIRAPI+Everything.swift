internal import Access
internal import Base
internal import FHIR
internal import HTTP
internal import RecordStore
internal import Search

extension FHIRAPI {
    static let everythingRoutes: [FHIRRoute] = {
        let definition = "http://hl7.org/fhir/OperationDefinition/"
        let focuses: [(focus: EverythingRequest.Focus, path: String, type: String, summary: String)] = [
            (.patient, "/Patient/{id}/$everything", "Patient", "A patient's whole record"),
            (.everybody, "/Patient/$everything", "Patient", "All patients' records"),
            (.encounter, "/Encounter/{id}/$everything", "Encounter", "All about an encounter"),
        ]
        return focuses.flatMap { focus, path, type, summary in
            [HTTPMethod.get, .post].map { method in
                FHIRRoute(
                    method, path, summary,
                    [.operation("everything", definition: definition + type + "-everything", type: type)],
                    needs: .records(.read, type: type),
                    takes: method == .get ? EverythingRequest.known(focus) + ["_page"] : []
                ) { try $0.serveEverything($1, $2, focus, type) }
            }
        }
    }()

    /// Lists what is in a patient's or an encounter's compartment, or all patients', oldest entry of the log first.
    ///
    /// All of it comes on one page, unless `_count` asks for less or the page would grow past `pageBytesMax`; what
    /// follows is then linked and shows what held when the first page was made, or at `_at`.
    /// - Source: FHIR R4 Patient/$everything, https://hl7.org/fhir/R4/patient-operation-everything.html;
    ///   Encounter/$everything, https://hl7.org/fhir/R4/encounter-operation-everything.html
    private func serveEverything(
        _ call: Call, _ reply: Reply, _ focus: EverythingRequest.Focus, _ type: String
    ) throws {
        hand(call, reply, to: readers) { [self] bench in
            try everything(try call.decoded(bench), focus, type, bench)
        }
    }

    private func everything(
        _ call: Call, _ focus: EverythingRequest.Focus, _ type: String, _ bench: Workbench
    ) throws -> HTTPResponse {
        let paged = try pageRequest(
            operationItems(call, bench), place: "\(call.scope.tenant) everything \(focus) \(call.id)")
        let resumed = paged.cursor
        let request = try EverythingRequest(paged.parameters, of: focus, api: self)
        let point =
            try resumed?.point ?? request.at.map { try store.point(call.scope, at: $0) } ?? store.now(call.scope)
        if resumed == nil, focus != .everybody { _ = try focused(call, type, point) }
        var after = resumed?.after ?? 0
        if let since = request.since { after = max(after, try store.point(call.scope, at: since).sequence) }

        var page = EverythingPage(
            bundle: BundleWriter(type: "searchset", addresses: Addresses(base: call.base), capacity: 1 << 20),
            countMax: request.count ?? .max, bytesMax: options.pageBytesMax)
        var care = request.care.map { CareDates(store: store, scope: call.scope, span: $0) }
        let takes: (StoredResource, TypeID) throws -> Bool = { version, type in
            guard request.types?.contains(type) ?? true, try care?.includes(version, type: type) ?? true else {
                return true
            }
            return try page.add(version, bench)
        }
        switch focus {
        case .patient:
            try store.forEachInCompartment(call.scope, patient: call.id, after: after, at: point) { version in
                // A whole record should not be looked at twice.
                if request.types == nil, request.care == nil { return try page.add(version, bench) }
                guard let type = resourceType(version.type) else { return true }
                return try takes(version, type)
            }
        case .everybody:
            var walk = LogWalk(point: point)
            walk.types = request.types
            walk.patients = .anyPatient
            walk.after = after
            try store.forEachLive(call.scope, walk, takes)
        case .encounter:
            for sequence in try aboutEncounter(call, request.types, point) where sequence > after {
                let version = try store.entry(call.scope, sequence: sequence)
                guard let type = resourceType(version.type), try takes(version, type) else { break }
            }
        }

        let url = call.base + "/" + type + (focus == .everybody ? "" : "/" + call.id) + "/$everything"
        let own = resumed == nil ? paged.parameters : call.request.query.items
        var links = [BundleWriter.Link(relation: "self", url: Self.url(url, own))]
        if page.hasMore {
            links.append(try nextLink(url, after: paged, SearchCursor(point: point, after: page.last)))
        }
        page.bundle.finish(total: resumed == nil && !page.hasMore ? page.written : nil, links: links)
        return .fhir(body: page.bundle.writer)
    }

    /// What the record is of, as it was at a point of the log.
    private func focused(_ call: Call, _ type: String, _ point: LogPoint) throws -> StoredResource {
        var call = call
        call.request.captures = ["type": type, "id": call.id]
        return try present(store.read(call.scope, type: type, id: call.id, at: point), call)
    }

    /// The encounter and what is in its compartment, in the order of the log.
    private func aboutEncounter(_ call: Call, _ types: Set<TypeID>?, _ point: LogPoint) throws -> [UInt64] {
        var found: Set<UInt64> = []
        if let encounter = try store.read(call.scope, type: "Encounter", id: call.id, at: point), !encounter.isDeleted {
            found.insert(encounter.sequence)
        }
        for type in store.definitions.concreteResourceTypes where types?.contains(type) ?? true {
            let plan = store.plans.plan(for: type)
            for code in store.definitions.compartmentParameters("Encounter", of: type)
            where plan.parameters[code] != nil {
                let query = try SearchQuery.parse(
                    type: type, parameters: [(code, "Encounter/" + call.id)], plans: store.plans, now: clock.now())
                try forEachMatch(call.scope, query, point) { found.insert($0.sequence) }
                guard found.count <= options.operationResourcesMax else { throw tooMany("The encounter") }
            }
        }
        return found.sorted()
    }

    /// Hands out all matches of a search at a point of the log.
    func forEachMatch(
        _ scope: AccessScope, _ query: SearchQuery, _ point: LogPoint, _ body: (StoredResource) throws -> Void
    ) throws {
        var cursor: SearchCursor?
        repeat {
            let page = try store.search(scope, query, SearchWindow(count: 500, cursor: cursor, point: point))
            for match in page.matches { try body(match) }
            cursor = page.next
        } while cursor != nil
    }

    func tooMany(_ what: String) -> FHIRAPIError {
        FHIRAPIError(
            .invalid, .tooCostly,
            "\(what) has more than \(options.operationResourcesMax) resources to look through: ask for less at once.")
    }
}

/// A page of a record, as far as it is written.
private struct EverythingPage {
    var bundle: BundleWriter
    let countMax: Int
    let bytesMax: Int
    var written = 0
    var last: UInt64 = 0
    var hasMore = false

    /// - Returns: whether there is room for more.
    mutating func add(_ version: StoredResource, _ bench: Workbench) throws -> Bool {
        guard written < countMax, bundle.byteCount <= bytesMax else {
            hasMore = true
            return false
        }
        try bundle.add(version, mode: .match, subset: nil, using: bench)
        written += 1
        last = version.sequence
        return true
    }
}
