internal import Base
internal import FHIR
internal import FHIRPath
internal import JSONTape

extension Executor {
    /// Whether two texts are numbers of one value: 1.5 and 1.50.
    func isSameNumber(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard let one = ExactDecimal(parsing: one), let other = ExactDecimal(parsing: other) else { return false }
        return one.compare(other) == 0
    }

    // MARK: References

    func emitTarget(of field: PlannedField, _ item: ExecutionItem, _ emit: Emit) throws -> Bool {
        guard case .element(let json, _) = item else { return false }
        guard let reference = json.member(numbered: referenceNumber), reference.isString else {
            return try unresolved("The reference has no address", field)
        }
        if reference.utf8.first == UInt8(ascii: "#") { return try emitContained(reference, field, emit) }
        guard let (type, id) = source.target(of: reference.utf8) else {
            return try unresolved("The reference does not lead to a resource of this server", field)
        }
        // Of another type than asked for: it need not be read.
        if let wanted = field.arguments.type, wanted != type { return false }
        guard let resource = try target(type, id: id) else {
            return try unresolved("The reference leads to a resource that is not there", field)
        }
        try with(resource) { inner in
            try emit(inner) { try write(inner, of: field) }
        }
        return true
    }

    private func unresolved(_ what: String, _ field: PlannedField) throws(GraphQLError) -> Bool {
        guard !field.arguments.isOptional else { return false }
        throw GraphQLError(code: .notFound, detail: what + "; optional: true would give null.")
    }

    /// `#id` names a resource within the current one, `#` the current one itself.
    private func emitContained(_ reference: JSONValue, _ field: PlannedField, _ emit: Emit) throws -> Bool {
        let id = UnsafeRawBufferPointer(rebasing: reference.utf8.dropFirst())
        guard let current, let root = current.root else { return false }
        var found: (JSONValue, TypeID)?
        if id.isEmpty {
            found = (root, current.type)
        } else if let contained = root.member(numbered: containedNumber) {
            for resource in contained.elementsOrSelf {
                guard let own = resource.member(numbered: idNumber), bytesEqual(own.utf8, id),
                    let name = resource.member(numbered: definitions.resourceTypeNumber), name.isString,
                    let type = definitions.resourceType(named: name.utf8)
                else { continue }
                found = (resource, type)
                break
            }
        }
        guard let (json, type) = found else {
            return try unresolved("The reference leads to a contained resource that is not there", field)
        }
        if let wanted = field.arguments.type, wanted != type { return false }
        let inner = ExecutionItem.element(json, type)
        try emit(inner) { try write(inner, of: field) }
        return true
    }

    // MARK: Searches

    /// Makes a field's search; `nil` where nothing can be found, as what refers to a contained resource.
    private func search(of field: PlannedField, in item: ExecutionItem, _ change: (inout GraphQLSearch) -> Void) throws
        -> GraphQLPage?
    {
        guard var search = field.arguments.search else { return nil }
        if case .element(let json, let type) = item {
            guard let code = field.arguments.reference, let current, let root = current.root,
                root.index == json.index, root.tape == json.tape, let id = json.member(numbered: idNumber)?.string
            else { return GraphQLPage(count: 0) { _, _ in } }
            search.parameters.insert((code, definitions[type].name + "/" + id), at: 0)
        }
        change(&search)
        return try self.search(search)
    }

    func forEachMatch(
        of field: PlannedField, _ type: TypeID, _ item: ExecutionItem, _ emit: Emit
    ) throws -> Bool {
        let isBounded = field.arguments.count != nil
        let wantsOne = field.isFirst && field.arguments.path == nil
        let page = try search(of: field, in: item) { if wantsOne { $0.count = min(1, $0.count) } }
        guard let page else { return false }
        guard !page.hasMore || isBounded || wantsOne else {
            throw GraphQLError(
                code: .badArgument,
                detail:
                    "\(field.field.name) has more than \(limits.listResourcesMax) matches, the most of a list: give "
                    + "_count, or page through \(definitions[type].name)Connection.")
        }
        for place in 0..<page.count {
            var isTaken = true
            _ = try withResource(
                type,
                { text in
                    page.write(place, text)
                    return true
                },
                { inner in
                    isTaken = try isMatch(inner, field)
                    if isTaken { try emit(inner) { try write(inner, of: field) } }
                })
            if field.isFirst, isTaken { break }
        }
        return true
    }

    /// Whether a match is one by the argument `fhirpath` too.
    private func isMatch(_ item: ExecutionItem, _ field: PlannedField) throws(GraphQLError) -> Bool {
        guard let path = field.arguments.path, case .element(let json, let type) = item else { return true }
        return try holds(path, json, type)
    }

    func page(of field: PlannedField, _ type: TypeID, _ item: ExecutionItem) throws -> FoundPage? {
        let isRoot: Bool
        if case .query = item { isRoot = true } else { isRoot = false }
        let plan = try planner.plan(below: field, on: field.field.type.type)
        let parts = Set(plan.fields.map(\.field.name))
        let page = try search(of: field, in: item) { search in
            search.needsTotal = parts.contains("count") || parts.contains("last")
            search.needsCursors = isRoot && !parts.isDisjoint(with: ["first", "previous", "next", "last"])
            search.needsLast = isRoot && parts.contains("last")
            // Where only the number is wanted no match need be opened.
            if parts.isSubset(of: ["count", "__typename"]) { search.count = 0 }
        }
        return page.map { FoundPage($0, type: type, asked: field) }
    }

    func emitPart(_ part: PagePart, of found: FoundPage, _ field: PlannedField, _ emit: Emit) throws -> Bool {
        let page = found.page
        func number(_ value: Int?) throws -> Bool {
            guard let value else { return false }
            try emit(nil) { writer.writeDecimal(value) }
            return true
        }
        func text(_ value: String?) throws -> Bool {
            guard let value else { return false }
            return try emitText(value, emit)
        }
        switch part {
        case .count: return try number(page.total)
        case .offset: return try number(page.offset)
        case .pagesize: return try number(page.size)
        case .first: return try text(page.first)
        case .previous: return try text(page.previous)
        case .next: return try text(page.next)
        case .last: return try text(page.last)
        case .edges:
            for place in 0..<page.count {
                try countField()
                if found.asked.arguments.path != nil {
                    var isTaken = true
                    _ = try withResource(found.type, fill(found, place)) { isTaken = try isMatch($0, found.asked) }
                    guard isTaken else { continue }
                }
                let inner = ExecutionItem.edge(found, place)
                try emit(inner) { try write(inner, of: field) }
                if field.isFirst { break }
            }
            return true
        }
    }

    private func fill(_ found: FoundPage, _ place: Int) -> (ByteWriter) -> Bool {
        { text in
            found.page.write(place, text)
            return true
        }
    }

    func emitPart(
        _ part: EdgePart, of found: FoundPage, _ place: Int, _ field: PlannedField, _ emit: Emit
    ) throws -> Bool {
        switch part {
        case .mode: return try emitText("match", emit)
        case .score: return false
        case .resource:
            return try withResource(found.type, fill(found, place)) { inner in
                try emit(inner) { try write(inner, of: field) }
            }
        }
    }
}
