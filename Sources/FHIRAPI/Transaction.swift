internal import Base
internal import FHIR
internal import HTTP
internal import JSONTape
internal import RecordStore

/// A transaction under preparation: all its writes go into one batch, which is committed whole or not at all.
///
/// Whatever the order of the entries: deletions come first, then what is created, then what is changed, then what is
/// read. Criteria are searched for in what is stored, less what the transaction deletes.
/// - Source: FHIR R4 http, https://hl7.org/fhir/R4/http.html#trules
struct Transaction {
    /// What becomes of an entry.
    enum Outcome: Sendable {
        /// Nothing is written: the resource is there already, or there is nothing to delete.
        case present(StoredResource), nothing
        /// Places of its writes in the batch.
        case put(Int, WriteAnswer)
        case deleted([Int])
        case read(HTTPRequest)
    }

    private let call: Call
    private let bench: Workbench
    private let batch: WriteBatch
    private let entries: [BundleEntry]
    private var outcomes: [Outcome?]
    private var targets: [Int: WriteTarget] = [:]
    private var deletions: [Int: [WriteTarget]] = [:]
    private var resources: [Int: CheckedResource] = [:]
    private var sideParser: JSONParser?
    /// Of each write of the batch, its entry.
    private(set) var places: [Int] = []

    init(_ request: BundleRequest, _ call: Call, _ bench: Workbench, _ batch: WriteBatch) throws(FHIRAPIError) {
        self.call = call
        self.bench = bench
        self.batch = batch
        var problems = Problems()
        var entries: [BundleEntry] = []
        for entry in request.entries {
            switch entry {
            case .success(let entry): entries.append(entry)
            case .failure(let error): problems.add(error)
            }
        }
        try problems.check()
        self.entries = entries
        outcomes = Array(repeating: nil, count: entries.count)
    }

    /// Fills the batch.
    /// - Throws: `FHIRAPIError` naming the entries that are wrong.
    mutating func prepare() throws -> [Outcome] {
        try checkResources()
        try findTargets()
        try checkDuplicates()
        try fill()
        if let (write, cause) = batch.contradiction {
            throw FHIRAPIError(
                .preconditionFailed, .conflict,
                "The criteria find what entry \(places[write]) of the same transaction writes."
            ).inEntry(places[cause])
        }
        return outcomes.map { $0 ?? .nothing }
    }

    private func check(_ turns: Set<BundleEntry.Turn>, _ body: (BundleEntry) throws -> Void) throws {
        var problems = Problems()
        for entry in entries where turns.contains(entry.turn) {
            do {
                try body(entry)
            } catch {
                problems.add(try error.inEntry(entry.place))
            }
        }
        try problems.check()
    }

    // MARK: Resources

    private mutating func checkResources() throws {
        var found: [Int: CheckedResource] = [:]
        try check(Set(BundleEntry.Turn.allCases)) { entry in
            switch entry.turn {
            case .read:
                let isSearch = entry.method == .post && entry.path.count == 2 && entry.path[1] == "_search"
                guard entry.method == .get || entry.method == .head || isSearch else {
                    throw FHIRAPIError(
                        .invalid, .notSupported, "A transaction holds no operation that writes: send it on its own.")
                }
                _ = try call.api.innerRoutes.find(entry.method, entry.path)
            case .delete: _ = try type(of: entry, idMax: 1)
            case .create: found[entry.place] = try resource(of: entry, as: try type(of: entry, idMax: 0))
            case .change:
                let type = try type(of: entry, idMax: 1)
                if entry.method == .put { found[entry.place] = try resource(of: entry, as: type) }
            }
            try permit(entry)
        }
        resources = found
    }

    /// What an entry of its own would be allowed is allowed here.
    private func permit(_ entry: BundleEntry) throws {
        let (route, captures) = try call.api.innerRoutes.find(entry.method, entry.path)
        var request = call.request
        request.captures = captures
        try call.api.permit(route, request, call.scope)
    }

    /// The type that an entry's url names.
    private func type(of entry: BundleEntry, idMax: Int) throws(FHIRAPIError) -> TypeID {
        guard let name = entry.path.first, let type = call.api.resourceType(name) else {
            throw FHIRAPIError(
                .invalid, .notSupported,
                "FHIR R4 has no resource type \"\((entry.path.first ?? "").shortened)\".")
        }
        guard entry.path.count <= idMax + 1 else {
            throw FHIRAPIError(
                .invalid, .invalid,
                "\(entry.method.name) does not take such a url: it names a type, or a type and an id.")
        }
        return type
    }

    private func resource(of entry: BundleEntry, as type: TypeID) throws(FHIRAPIError) -> CheckedResource {
        guard let root = entry.resource else {
            throw FHIRAPIError(.invalid, .required, "The entry has no resource.")
        }
        return try CheckedResource(root, of: type, bench)
    }

    // MARK: Targets

    private mutating func findTargets() throws {
        var planner = WritePlanner(call)
        var deletions: [Int: [WriteTarget]] = [:]
        try check([.delete]) { entry in
            let type = try type(of: entry, idMax: 1)
            if entry.path.count == 2 {
                deletions[entry.place] = [try planner.delete(type, id: entry.path[1], entry.headers)]
            } else {
                let criteria = try Criteria(type, entry.query.items, call, location: nil)
                deletions[entry.place] = try planner.delete(criteria, entry.headers)
            }
        }
        planner.deleted = Set(deletions.values.joined().map(\.reference))
        var targets: [Int: WriteTarget] = [:]
        try check([.create, .change]) { entry in
            targets[entry.place] = try target(of: entry, planner)
        }
        self.deletions = deletions
        self.targets = targets
    }

    private func target(of entry: BundleEntry, _ planner: WritePlanner) throws -> WriteTarget {
        let type = try type(of: entry, idMax: 1)
        if entry.method == .post { return try planner.create(type, entry.headers) }
        let id = entry.path.count == 2 ? entry.path[1] : nil
        let criteria = id == nil ? try Criteria(type, entry.query.items, call) : nil
        if entry.method == .patch {
            if let criteria { return try planner.patch(criteria, entry.headers) }
            return try planner.patch(type, id: id ?? "", entry.headers)
        }
        let ownID = resources[entry.place]?.root.member("id")?.text
        if let criteria { return try planner.update(criteria, resourceID: ownID, entry.headers) }
        guard ownID == nil || ownID == id else {
            throw FHIRAPIError(
                .invalid, .invalid, "The resource has the id \"\((ownID ?? "").shortened)\", but the url says another.")
        }
        return try planner.update(type, id: id ?? "", entry.headers)
    }

    /// No resource may be written by two entries: which of them counts would be left open.
    private func checkDuplicates() throws(FHIRAPIError) {
        var writers: [String: Int] = [:]
        var problems = Problems()
        for entry in entries {
            var written = deletions[entry.place] ?? []
            if let target = targets[entry.place], entry.method != .post || target.present == nil {
                written.append(target)
            }
            for target in written {
                if let other = writers.updateValue(entry.place, forKey: target.reference), other != entry.place {
                    problems.add(
                        FHIRAPIError(
                            .invalid, .invalid,
                            "\(target.reference) is written by entry \(other) of the same transaction already."
                        ).inEntry(entry.place))
                }
            }
        }
        try problems.check()
    }

    // MARK: Filling

    private mutating func fill() throws {
        for entry in entries where entry.turn == .delete { try delete(deletions[entry.place] ?? [], entry) }
        let references = try BundleReferences(entries, targets, call)
        let resolver = ConditionalReferences(
            call: call, store: call.api.store, limit: call.api.options.bundleEntriesMax, transaction: view())
        try resolve(references, resolver)
        for entry in entries where entry.turn == .create { try add(entry, references, resolver) }
        for entry in entries where entry.turn == .change { try add(entry, references, resolver) }
        let prefer = call.request.headers.list("prefer")
        for entry in entries where entry.turn == .read { outcomes[entry.place] = .read(entry.request(prefer)) }
    }

    /// What the transaction writes, as its conditional references see it.
    private func view() -> TransactionView {
        var written: [(reference: String, resource: CheckedResource)] = []
        for entry in entries {
            guard let resource = resources[entry.place], let target = targets[entry.place],
                entry.method != .post || target.present == nil
            else { continue }
            written.append((target.reference, resource))
        }
        var deleted: Set<String> = []
        for targets in deletions.values { deleted.formUnion(targets.map(\.reference)) }
        return TransactionView(deleted: deleted, resources: written, batch: batch)
    }

    private func resolve(_ references: BundleReferences, _ resolver: ConditionalReferences) throws {
        var problems = Problems()
        for entry in entries {
            guard let resource = resources[entry.place] else { continue }
            do {
                try references.resolve(resource.references, in: resource.root, of: entry, bench.parser)
                try resolver.resolve(resource.references, in: resource.root, bench.parser)
            } catch {
                problems.add(try error.inEntry(entry.place))
            }
        }
        try problems.check()
    }

    private mutating func add(
        _ entry: BundleEntry, _ references: BundleReferences, _ resolver: ConditionalReferences
    ) throws {
        guard let target = targets[entry.place] else { return }
        if entry.method == .post, let present = target.present {
            outcomes[entry.place] = .present(present)
        } else {
            do {
                if let resource = resources[entry.place] {
                    try put(resource, target, entry)
                } else {
                    try patch(entry, target, references, resolver)
                }
            } catch {
                throw try error.inEntry(entry.place)
            }
        }
    }

    private mutating func put(
        _ resource: CheckedResource, _ target: WriteTarget, _ entry: BundleEntry
    ) throws(FHIRAPIError) {
        outcomes[entry.place] = .put(
            batch.count,
            WriteAnswer(
                typeName: target.typeName, id: target.id, warnings: resource.warnings,
                returns: Preferences(call.request.headers).returns ?? .minimal, subset: nil))
        try batch.put(resource, target)
        call.trace.wrote(resource, target)
        places.append(entry.place)
    }

    private mutating func delete(_ targets: [WriteTarget], _ entry: BundleEntry) throws(FHIRAPIError) {
        outcomes[entry.place] = .deleted(Array(batch.count..<batch.count + targets.count))
        if let first = targets.first { try batch.expect(first, isDeletion: true) }
        for target in targets {
            batch.delete(target)
            call.trace.wrote(nil, target)
            places.append(entry.place)
        }
    }

    private mutating func patch(
        _ entry: BundleEntry, _ target: WriteTarget, _ references: BundleReferences, _ resolver: ConditionalReferences
    ) throws {
        // The workbench's own parser holds the Bundle.
        let parser = try sideParser ?? bench.makeParser()
        sideParser = parser
        guard let root = entry.resource, let present = target.present else {
            throw FHIRAPIError(.invalid, .required, "The entry has no patch.")
        }
        let patch: PatchDocument
        if let binary = PatchBinary(root) {
            guard MediaType(binary.contentType)?.essence == PatchDocument.Format.json6902 else {
                throw FHIRAPIError(
                    .invalid, .notSupported, "The Binary of a patch has the type \(PatchDocument.Format.json6902).")
            }
            patch = try PatchDocument(json: try binary.content.withUnsafeBytes { try parser.parse($0) })
        } else {
            patch = try PatchDocument(parameters: root, bench)
        }
        let made = try patch.apply(to: present, parser, now: call.api.clock.now())
        let result = try parser.parse(made.bytes)
        let resource = try patch.checked(result, target, bench)
        try references.resolve(resource.references, in: result, of: entry, parser)
        try resolver.resolve(resource.references, in: result, parser)
        try put(resource, target, entry)
    }

    /// How the commit is refused; `nil` to do it all again.
    func refusal() -> @Sendable (StoreError) -> FHIRAPIError? {
        var conditions: [(place: Int, isDemanded: Bool, isRetried: Bool)] = []
        var next: [Int: Int] = [:]
        for place in places {
            let several = deletions[place]
            let target = several.map { $0[next[place, default: 0]] } ?? targets[place]
            if several != nil { next[place, default: 0] += 1 }
            conditions.append((place, target?.isDemanded ?? false, target?.isRetried ?? false))
        }
        return { [conditions] error in
            switch error.code {
            case .changed: return nil
            case .conflict:
                guard let write = error.write, write < conditions.count else { return FHIRAPIError(error) }
                let condition = conditions[write]
                if condition.isRetried && !condition.isDemanded { return nil }
                return FHIRAPIError(error, hasCondition: condition.isDemanded).inEntry(condition.place)
            default: return FHIRAPIError(error)
            }
        }
    }
}

/// What is wrong with several entries.
struct Problems {
    private var code: FHIRAPIError.Code?
    private var issues: [Issue] = []
    /// How many are told.
    private static let told = 100

    mutating func add(_ error: FHIRAPIError) {
        if code == nil { code = error.code }
        issues += error.issues.prefix(Self.told - issues.count)
    }

    /// - Throws: all of it as one error.
    func check() throws(FHIRAPIError) {
        if let code { throw FHIRAPIError(code, issues: issues) }
    }
}
