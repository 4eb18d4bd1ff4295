internal import Access
internal import Base
internal import FHIR
internal import JSONTape
internal import RecordStore
internal import Search
internal import Validation

/// Takes units, and turns each resource in them into a write. One a thread.
final class IngestWorker: @unchecked Sendable {
    // Handed to its thread once and used there alone.
    private let store: RecordStore
    private let rejects: RejectsWriter
    private let tally: IngestTally
    private let parser: JSONParser
    private let checker: StructureChecker
    private let validation: ValidationMode
    private let validator: ResourceValidator?
    private let resolver: ReferenceResolver
    private let batch: WriteBatch
    private let names: BundleNames
    private let bundleType: TypeID?
    private let limits: IntakeLimits
    private var findings: [StructureFinding] = []
    private var validationFindings: [ValidationFinding] = []
    private var sites: [ReferenceSite] = []
    private var typeCounts: [TypeID: Int] = [:]
    /// Places in the batch of what waits for the target of a reference.
    private var awaiting: [Int] = []
    /// The place of the value at hand on the tape, and its bytes as they came.
    private var source: (root: Int, bytes: UnsafeRawBufferPointer)?
    /// Ranks of the units in the batch, one each: they leave the gate when it is durable.
    private var heldRanks: [Int] = []

    /// A batch is committed when it holds this much.
    private static let batchResources = 2000
    private static let batchBytes = 4 << 20
    private static let commitsUnderWayMax = 8

    init(
        store: RecordStore, scope: AccessScope, rejects: RejectsWriter, tally: IngestTally, limits: IntakeLimits,
        validation: ValidationMode, validator: ResourceValidator?
    ) throws {
        self.validation = validation
        self.validator = validator
        self.store = store
        self.rejects = rejects
        self.tally = tally
        self.limits = limits
        parser = try JSONParser(names: store.definitions.names, depthMax: limits.jsonDepthMax)
        checker = StructureChecker(definitions: store.definitions)
        resolver = try ReferenceResolver(store: store, scope: scope, parser: parser)
        batch = try store.makeBatch(scope)
        names = BundleNames(store.definitions.names)
        bundleType = store.definitions.type(named: "Bundle")
    }

    /// Works until no unit is left or the run has failed.
    func run(_ feed: UnitFeed) {
        do {
            while !tally.hasFailed, let unit = try feed.next() {
                let rank = unit.file.rank
                if let held = heldRanks.first, held != rank { try commit(feed.gate) }
                heldRanks.append(rank)
                feed.gate.waitForTurn(rank)
                try take(unit)
                if batch.count >= Self.batchResources || batch.byteCount >= Self.batchBytes {
                    try commit(feed.gate)
                }
            }
            try commit(feed.gate)
        } catch {
            tally.fail(error)
            for rank in heldRanks { feed.gate.leave(rank) }
        }
    }

    /// Commits what was gathered; the next batch is begun while this one becomes durable.
    private func commit(_ gate: RankGate) throws {
        let ranks = heldRanks
        heldRanks = []
        guard batch.count > 0 else {
            for rank in ranks { gate.leave(rank) }
            return
        }
        let types = Dictionary(uniqueKeysWithValues: typeCounts.map { (store.definitions[$0.key].name, $0.value) })
        if !batch.indexFailures.isEmpty { tally.add(indexFailures: batch.indexFailures) }
        let waiting = awaiting
        tally.beginCommit(limit: Self.commitsUnderWayMax)
        store.commit(batch) { [tally] result in
            switch result {
            case .success(let receipt):
                for place in waiting {
                    if let sequence = receipt.outcomes[place].sequence { tally.await(sequence) }
                }
                tally.add(receipt, types: types)
            case .failure(let error):
                tally.fail(error)
            }
            for rank in ranks { gate.leave(rank) }
            tally.endCommit()
        }
        batch.removeAll()
        typeCounts.removeAll(keepingCapacity: true)
        awaiting.removeAll(keepingCapacity: true)
    }

    // MARK: Units

    private func take(_ unit: RawUnit) throws {
        try unit.forEachSlice { slice in
            do {
                let root = try parser.parse(slice.bytes)
                source = (root.index, slice.bytes)
                switch unit.shape {
                case .entries: try takeEntry(root, bundle: unit.bundle, place: unit.place(of: slice))
                case .document, .lines, .elements: try takeValue(root, place: unit.place(of: slice))
                }
            } catch let error as JSONError {
                if unit.shape == .document, try salvage(unit) { return }
                var place = unit.place(of: slice)
                place.offset += UInt64(error.offset)
                try rejects.reject(
                    Rejection(place, error.code == .tooDeep ? .tooDeep : .invalidJSON, error.description),
                    original: slice.bytes)
            }
        }
    }

    /// Cuts a document that is no JSON as a whole into its entries: those that are still land.
    private func salvage(_ unit: RawUnit) throws -> Bool {
        try unit.salvage(limits: limits, rejects: rejects) { part in try take(part) }
    }

    /// A resource, a Bundle of resources, or an array of resources.
    private func takeValue(_ value: JSONValue, place: Place) throws {
        if value.isArray {
            for (index, element) in value.elements.enumerated() {
                try takeValue(element, place: entryPlace(place, index, element))
            }
        } else if value.member(numbered: names.resourceType)?.equals("Bundle") == true,
            let entries = value.member(numbered: names.entry), entries.isArray
        {
            try takeBundle(entries, place: place)
            try rejectStrays(of: value, beside: entries, place: place)
        } else {
            resolver.begin(bundle: nil, context: nil)
            try takeResource(value, whole: value, id: value.member(numbered: names.id), place: place)
        }
    }

    private func takeBundle(_ entries: JSONValue, place: Place) throws {
        resolver.begin(bundle: entries, context: nil)
        for (index, entry) in entries.elements.enumerated() {
            try takeEntry(entry, place: entryPlace(place, index, entry))
        }
    }

    /// A second `entry`, or a member that a Bundle does not have, may be records under a wrong name.
    private func rejectStrays(of bundle: JSONValue, beside entries: JSONValue, place: Place) throws {
        for member in bundle.members where member.value.index != entries.index {
            let isSecond = member.number == names.entry
            guard isSecond || bundleType.flatMap({ store.definitions.shape(of: $0, numbered: member.number) }) == nil,
                member.value.isObject || member.value.isArray
            else { continue }
            let place = Place(
                file: place.file, line: place.line, member: place.member,
                offset: place.offset + UInt64(member.value.sourceOffset))
            let name = String(decoding: member.name.prefix(64), as: UTF8.self)
            try reject(
                member.value, place, .bundleShape,
                isSecond ? "`Bundle.entry` stands twice" : "a Bundle has no member `\(name)`", path: "Bundle." + name)
        }
    }

    private func takeEntry(_ entry: JSONValue, bundle: BundleContext?, place: Place) throws {
        resolver.begin(bundle: nil, context: bundle)
        try takeEntry(entry, place: place)
    }

    private func entryPlace(_ place: Place, _ index: Int, _ value: JSONValue) -> Place {
        Place(
            file: place.file, line: place.line, entry: index, member: place.member,
            offset: place.offset + UInt64(value.sourceOffset))
    }

    private func takeEntry(_ entry: JSONValue, place: Place) throws {
        let method = entry.member(numbered: names.request)?.member(numbered: names.method)
        if let method, method.equals("DELETE") { return try takeDeletion(entry, place: place) }
        if let method, !method.equals("POST"), !method.equals("PUT") {
            return try reject(
                entry, place, .unsupported, "an entry with the request \(method.text) holds no record to store")
        }
        guard let resource = entry.member(numbered: names.resource), resource.isObject else {
            return try reject(entry, place, .invalidResource, "the entry has no resource")
        }
        guard !entry.members.contains(where: { $0.number == names.resource && $0.value.index != resource.index }) else {
            return try reject(entry, place, .invalidResource, "the entry has two resources")
        }
        let id = resource.member(numbered: names.id) ?? BundleEntry.uuid(of: entry, names: names)
        try takeResource(resource, whole: entry, id: id, place: place)
    }

    private func takeDeletion(_ entry: JSONValue, place: Place) throws {
        guard let url = entry.member(numbered: names.request)?.member(numbered: names.url), url.isString else {
            return try reject(entry, place, .invalidResource, "the request to delete names no resource")
        }
        let reference = ResourceReference(url.utf8, definitions: store.definitions)
        guard reference.kind == .relative, let type = reference.type, reference.version.isEmpty else {
            return try reject(entry, place, .unsupported, "only `Type/id` can be deleted")
        }
        batch.delete(type: type, id: UnsafeRawBufferPointer(rebasing: url.utf8[reference.id]))
    }

    // MARK: Resources

    private func takeResource(_ resource: JSONValue, whole: JSONValue, id: JSONValue?, place: Place) throws {
        sites.removeAll(keepingCapacity: true)
        let (type, refusal) = check(resource)
        if let refusal { return try reject(whole, place, refusal.code, refusal.reason, path: refusal.path) }
        guard let type else { return try reject(whole, place, .unknownType, "the resource has no known type") }
        guard let id, id.isString, ResourceID.isValid(id.bytesOfID) else {
            return try reject(
                whole, place, .invalidResource, "the resource has no valid id, and its entry no `urn:uuid:` address",
                path: store.definitions[type].name + ".id")
        }
        let faults = batch.parameterFindings(
            resource, type: type, id: String(decoding: id.bytesOfID, as: UTF8.self))
        if let fault = faults.first {
            return try reject(whole, place, .invalidResource, fault.detail, path: fault.path)
        }
        let awaited = try resolver.resolve(sites, in: resource) { query in try batch.awaitedToken(query) }
        if resolver.hasUnresolved { awaiting.append(batch.count) }
        batch.put(resource, type: type, id: id.bytesOfID, awaited: awaited)
        typeCounts[type, default: 0] += 1
    }

    private struct Refusal {
        var code: Rejection.Code
        var reason: String
        var path: String
    }

    /// Checks a resource as far as the run is told to, and finds its references.
    private func check(_ resource: JSONValue) -> (type: TypeID?, refusal: Refusal?) {
        if let validator {
            validationFindings.removeAll(keepingCapacity: true)
            let type = validator.validate(resource, findings: &validationFindings, references: &sites)
            guard let first = validationFindings.first(where: { $0.severity == .error }) else { return (type, nil) }
            let others = validationFindings.count { $0.severity == .error } - 1
            let rest = others > 0 ? "; and \(others) more" : ""
            return (
                type,
                Refusal(
                    code: type == nil ? .unknownType : .invalidResource, reason: first.message + rest,
                    path: first.location)
            )
        }
        findings.removeAll(keepingCapacity: true)
        let type =
            validation == .off
            ? checker.findReferences(in: resource, findings: &findings, references: &sites)
            : checker.check(resource, findings: &findings, references: &sites)
        guard let finding = findings.first(where: { $0.severity == .error }) else { return (type, nil) }
        let code: Rejection.Code = finding.code == .unknownResourceType ? .unknownType : .invalidResource
        return (type, Refusal(code: code, reason: finding.message, path: finding.path))
    }

    private func reject(
        _ value: JSONValue, _ place: Place, _ code: Rejection.Code, _ reason: String, path: String? = nil
    ) throws {
        if value.index == source?.root {
            try rejects.reject(Rejection(place, code, reason, path: path), original: source?.bytes)
        } else if value.isObject || value.isArray {
            try rejects.reject(Rejection(place, code, reason, path: path), original: value.utf8)
        } else {
            let text = ByteWriter()
            value.write(to: text)
            try rejects.reject(Rejection(place, code, reason, path: path), original: text.bytes)
        }
    }
}
