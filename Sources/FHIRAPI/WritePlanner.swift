internal import Base
internal import FHIR
internal import HTTP
internal import JSONTape
internal import RecordStore
internal import Search

/// Finds out what writes are about. The conditions are given as header fields: a Bundle's entries have the same.
/// - Source: FHIR R4 http, https://hl7.org/fhir/R4/http.html
struct WritePlanner {
    let call: Call
    /// "Type/id" of what the same transaction deletes: criteria do not find it.
    var deleted: Set<String> = []
    private var store: RecordStore { call.api.store }

    init(_ call: Call) {
        self.call = call
    }

    // MARK: Create

    /// A new resource, unless `If-None-Exist` finds one: that is then `present`.
    func create(_ type: TypeID, _ headers: HTTPHeaders) throws -> WriteTarget {
        guard let text = headers["if-none-exist"] else { return target(type, ResourceID.random(), .absent) }
        let location = "http.If-None-Exist"
        let criteria = try Criteria(type, text: text, call, location: location)
        let (found, match) = try findOne(criteria, location: location)
        var target = target(type, match?.id ?? ResourceID.random())
        if match == nil { target.precondition = .absent }
        target.present = match
        target.search = WriteTarget.Search(criteria: criteria, found: found)
        return target
    }

    // MARK: Update

    /// A resource under an id.
    func update(_ type: TypeID, id: String, _ headers: HTTPHeaders) throws -> WriteTarget {
        try checkID(type, id)
        var target = target(type, id)
        try demand(headers, of: &target)
        return target
    }

    /// The one resource that the criteria find; else a new one, under the resource's own id if it has one.
    func update(_ criteria: Criteria, resourceID: String?, _ headers: HTTPHeaders) throws -> WriteTarget {
        let (found, match) = try findOne(criteria)
        if let match, let resourceID, resourceID != match.id {
            throw FHIRAPIError(
                .invalid, .invalid,
                "The resource has the id \"\(resourceID.shortened)\", but the criteria find another \(criteria.typeName)."
            )
        }
        if let resourceID { try checkID(criteria.type, resourceID) }
        var target = target(criteria.type, match?.id ?? resourceID ?? ResourceID.random())
        // A resource of that id which the criteria do not find is somebody else's: it is not overwritten.
        if match == nil { target.precondition = .absent }
        target.present = match
        target.search = WriteTarget.Search(criteria: criteria, found: found)
        try demand(headers, of: &target)
        return target
    }

    // MARK: Patch

    /// The resource under an id, in the version that is patched.
    func patch(_ type: TypeID, id: String, _ headers: HTTPHeaders) throws -> WriteTarget {
        try checkID(type, id)
        var target = target(type, id)
        let name = target.typeName
        guard let present = try store.read(call.scope, type: name, id: id) else {
            throw FHIRAPIError(.notFound, .notFound, "There is no \(name)/\(id): a patch needs a resource.")
        }
        guard !present.isDeleted else {
            throw FHIRAPIError(.gone, .deleted, "\(name)/\(id) was deleted: a patch needs a resource.")
        }
        target.present = present
        return try patched(target, headers)
    }

    /// The one resource that the criteria find, in the version that is patched.
    func patch(_ criteria: Criteria, _ headers: HTTPHeaders) throws -> WriteTarget {
        let (found, match) = try findOne(criteria)
        guard let match else {
            throw FHIRAPIError(
                .notFound, .notFound, "The criteria find no \(criteria.typeName): a patch needs a resource.")
        }
        var target = target(criteria.type, match.id)
        target.present = match
        target.search = WriteTarget.Search(criteria: criteria, found: found)
        return try patched(target, headers)
    }

    private func patched(_ target: WriteTarget, _ headers: HTTPHeaders) throws -> WriteTarget {
        var target = target
        guard let present = target.present else { return target }
        try demand(headers, of: &target)
        switch target.precondition {
        case .none, .present:
            target.isRetried = true
        case .absent: throw FHIRAPIError(StoreError(code: .conflict, detail: ""), hasCondition: true)
        case .version(let version):
            guard version == present.sequence else {
                throw FHIRAPIError(StoreError(code: .conflict, detail: ""), hasCondition: true)
            }
        }
        target.precondition = .version(present.sequence)
        return target
    }

    // MARK: Delete

    /// The resource under an id, whether it is there or not.
    func delete(_ type: TypeID, id: String, _ headers: HTTPHeaders) throws -> WriteTarget {
        try update(type, id: id, headers)
    }

    /// All resources that the criteria find.
    /// - Throws: `FHIRAPIError.preconditionFailed` if they are more than may be deleted at once.
    func delete(_ criteria: Criteria, _ headers: HTTPHeaders) throws -> [WriteTarget] {
        let max = call.api.options.conditionalDeleteMax
        let found = try criteria.find(call, max: max)
        guard found.matches.count <= max else {
            throw FHIRAPIError(
                .preconditionFailed, .multipleMatches,
                "The criteria find more than \(max) of the type \(criteria.typeName), which is as many as are deleted "
                    + "at once: make them more precise.")
        }
        return try found.matches.map { match in
            var target = target(criteria.type, match.id)
            target.present = match
            target.search = WriteTarget.Search(criteria: criteria, found: found)
            try demand(headers, of: &target)
            return target
        }
    }

    // MARK: Parts

    /// What the criteria find, and the one match that is not deleted.
    /// - Throws: `FHIRAPIError.preconditionFailed` if there are several.
    private func findOne(
        _ criteria: Criteria, location: String? = nil
    ) throws -> (found: Criteria.Found, match: StoredResource?) {
        let found = try criteria.find(call, max: deleted.count + 1)
        let left =
            deleted.isEmpty
            ? found.matches : found.matches.filter { !deleted.contains(criteria.typeName + "/" + $0.id) }
        guard left.count <= 1 else {
            throw FHIRAPIError(
                .preconditionFailed, .multipleMatches,
                "The criteria find more than one \(criteria.typeName): make them more precise.", location: location)
        }
        return (found, left.first)
    }

    private func target(_ type: TypeID, _ id: String, _ precondition: Precondition = .none) -> WriteTarget {
        WriteTarget(
            type: type, typeName: store.definitions[type].name, id: id, precondition: precondition)
    }

    /// What `If-Match` and `If-None-Match` demand.
    private func demand(_ headers: HTTPHeaders, of target: inout WriteTarget) throws {
        let demanded = try WriteCondition.precondition(headers) {
            guard let present = try store.read(call.scope, type: target.typeName, id: target.id), !present.isDeleted
            else { return nil }
            return present.sequence
        }
        guard demanded != .none else { return }
        target.precondition = demanded
        target.isDemanded = true
    }

    private func checkID(_ type: TypeID, _ id: String) throws(FHIRAPIError) {
        try call.api.checkIsNoTrail(store.definitions[type].name, id)
        var id = id
        guard id.withUTF8({ PrimitiveType.id.accepts(UnsafeRawBufferPointer($0)) }) else {
            throw FHIRAPIError(
                .invalid, .value,
                "\"\(id.shortened)\" is no id: 1 to 64 of letters, digits, - and . are allowed.")
        }
    }
}

extension WriteBatch {
    /// Adds a resource's new version.
    /// - Throws: `FHIRAPIError.unprocessable` for a SearchParameter that cannot be put to use though it is active.
    func put(_ resource: CheckedResource, _ target: WriteTarget) throws(FHIRAPIError) {
        let findings = parameterFindings(resource.root, type: target.type, id: target.id)
        if !findings.isEmpty { throw FHIRAPIError(.unprocessable, issues: findings.map { Issue($0) }) }
        try expect(target)
        Array(target.id.utf8).withUnsafeBytes {
            put(resource.root, type: target.type, id: $0, precondition: target.precondition)
        }
    }

    /// Adds a deletion.
    func delete(_ target: WriteTarget) {
        Array(target.id.utf8).withUnsafeBytes {
            delete(type: target.type, id: $0, precondition: target.precondition)
        }
    }

    /// Makes the commit depend on what a search found that led to the next write.
    /// - Parameter isDeletion: whether it leads to a deletion, which contradicts nothing that the batch writes besides.
    func expect(_ target: WriteTarget, isDeletion: Bool = false) throws(FHIRAPIError) {
        guard let search = target.search else { return }
        do {
            try expect(
                search.criteria.query, at: search.found.point, finds: search.found.matches,
                for: isDeletion ? nil : count)
        } catch {
            throw .wrapping(error)
        }
    }
}
