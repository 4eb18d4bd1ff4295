internal import Base
internal import FHIR
internal import FHIRPath
internal import JSONTape

extension Executor {
    /// Writes what an operation starts from; null if a field failed that cannot be null.
    func writeRoot(_ plan: SelectionPlan, _ item: ExecutionItem) throws {
        let start = writer.count
        do {
            try writeObject(plan, item)
        } catch let error as GraphQLError where Self.isLocal(error) {
            writer.count = start
            try record(error)
            writer.write("null")
        }
    }

    /// Writes an object with the fields of a plan.
    func writeObject(_ plan: SelectionPlan, _ item: ExecutionItem) throws {
        if plan.collates { return try writeCollated(plan, item) }
        writer.write(UInt8(ascii: "{"))
        for (place, field) in plan.fields.enumerated() {
            if place > 0 { writer.write(UInt8(ascii: ",")) }
            field.keyText.withUnsafeBytes { writer.write($0) }
            try writeField(field, item)
        }
        writer.write(UInt8(ascii: "}"))
    }

    /// Writes a field's value; null and an error where it fails and may be null.
    private func writeField(_ field: PlannedField, _ item: ExecutionItem) throws {
        let start = writer.count
        let depth = path.count
        path.append(.key(field.responseKey))
        do {
            try writeValue(field, item)
        } catch let error as GraphQLError where Self.isLocal(error) {
            writer.count = start
            try handle(error, field, isRequired: field.field.type.isRequired)
            writer.write("null")
        }
        path.removeLast(path.count - depth)
    }

    /// Records an error, or hands it on to what holds a value that cannot be null.
    private func handle(_ error: GraphQLError, _ field: PlannedField, isRequired: Bool) throws {
        guard isRequired else { return try record(error, at: field) }
        var error = error
        if error.path.isEmpty { error.path = path }
        throw error
    }

    private func writeValue(_ field: PlannedField, _ item: ExecutionItem) throws {
        let start = writer.count
        let depth = path.count
        let isList = field.isList
        var count = 0
        if isList { writer.write(UInt8(ascii: "[")) }
        let isThere = try forEachValue(of: field, in: item) { _, write in
            guard isList else {
                guard count == 0 else { throw tooMany(field) }
                count = 1
                return try write()
            }
            if count > 0 { writer.write(UInt8(ascii: ",")) }
            let itemStart = writer.count
            path.append(.place(count))
            count += 1
            do {
                try write()
            } catch let error as GraphQLError where Self.isLocal(error) {
                writer.count = itemStart
                try handle(error, field, isRequired: field.field.type.hasRequiredItems)
                writer.write("null")
            }
            path.removeLast(path.count - depth)
        }
        if !isThere || !isList && count == 0 {
            guard !field.field.type.isRequired else {
                throw GraphQLError(code: .failed, detail: "The field \(field.field.name) has no value.")
            }
            writer.count = start
            writer.write("null")
        } else if isList {
            writer.write(UInt8(ascii: "]"))
        }
    }

    func tooMany(_ field: PlannedField) -> GraphQLError {
        GraphQLError(
            code: .badArgument,
            detail: "The field \(field.responseKey.shortened) has more than one value and is a @singleton.")
    }

    /// Writes one value that has fields.
    func write(_ item: ExecutionItem?, of field: PlannedField) throws {
        guard let item, let type = objectType(of: item, field) else { return writer.write("null") }
        try writeObject(planner.plan(below: field, on: type), item)
    }

    /// The object type of a value.
    func objectType(of item: ExecutionItem, _ field: PlannedField) -> SchemaTypeID? {
        guard case .element(_, let type) = item else { return field.field.type.type }
        return schema.type(of: type)
    }

    // MARK: Values

    /// Takes a field's value after value: what has fields, if it does, and how it is written.
    typealias Emit = (_ item: ExecutionItem?, _ write: () throws -> Void) throws -> Void

    /// Hands out the values of a field, one for what is no list.
    /// - Returns: `false` if the field is null.
    func forEachValue(of field: PlannedField, in item: ExecutionItem, _ emit: Emit) throws -> Bool {
        try countField()
        switch field.field.role {
        case .typename: return try emitText(schema[field.parent].name, emit)
        case .resourceType:
            guard case .element(_, let type) = item else { return false }
            return try emitText(definitions[type].name, emit)
        case .element(let number, let type):
            guard case .element(let json, let holder) = item, let value = json.member(numbered: number) else {
                return false
            }
            if definitions[type].kind == .primitive { return try forEachLeaf(of: field, value, emit) }
            return try forEachElement(of: field, value, type, in: json, holder, emit)
        case .sibling(let number):
            guard case .element(let json, _) = item, let value = json.member(numbered: number), let elementType else {
                return false
            }
            for element in value.elementsOrSelf {
                let inner = element.isObject ? ExecutionItem.element(element, elementType) : nil
                try emit(inner) { try write(inner, of: field) }
                if field.isFirst { break }
            }
            return true
        case .target: return try emitTarget(of: field, item, emit)
        case .read(let type):
            let isThere = try withResource(type, { try source.read(type, id: field.arguments.id, into: $0) }) { inner in
                try emit(inner) { try write(inner, of: field) }
            }
            guard isThere else {
                throw GraphQLError(
                    code: .notFound,
                    detail: "There is no \(definitions[type].name)/\(field.arguments.id.shortened).")
            }
            return true
        case .list(let type): return try forEachMatch(of: field, type, item, emit)
        case .connection(let type):
            guard let page = try page(of: field, type, item) else { return false }
            let inner = ExecutionItem.page(page)
            try emit(inner) { try write(inner, of: field) }
            return true
        case .page(let part):
            guard case .page(let page) = item else { return false }
            return try emitPart(part, of: page, field, emit)
        case .edge(let part):
            guard case .edge(let page, let place) = item else { return false }
            return try emitPart(part, of: page, place, field, emit)
        case .introspection(let part): return try emitIntrospection(part, of: field, item, emit)
        }
    }

    func emitText(_ text: String, _ emit: Emit) throws -> Bool {
        try emit(nil) { writeJSONString(text, to: writer) }
        return true
    }

    private func forEachLeaf(of field: PlannedField, _ value: JSONValue, _ emit: Emit) throws -> Bool {
        guard field.field.type.isList else {
            guard !value.isArray, !value.isObject, value.kind != .null else { return false }
            try emit(nil) { value.write(to: writer) }
            return true
        }
        for element in value.elementsOrSelf {
            try countField()
            let isLeaf = !element.isArray && !element.isObject
            try emit(nil) { if isLeaf { element.write(to: writer) } else { writer.write("null") } }
            if field.isFirst { break }
        }
        return true
    }

    /// The elements that the arguments leave.
    private func forEachElement(
        of field: PlannedField, _ value: JSONValue, _ type: TypeID, in json: JSONValue, _ holder: TypeID, _ emit: Emit
    ) throws -> Bool {
        let arguments = field.arguments
        var chosen: Set<Int>?
        if let path = arguments.path {
            try evaluate(path, on: json, holder)
            chosen = Set(pathItems.compactMap { $0.node?.anchor.index })
        }
        var passed = 0
        let last = min(field.isFirst ? 1 : .max, arguments.count ?? .max)
        let isOpen = schema[field.field.type.type].kind == .interface
        for element in value.elementsOrSelf {
            guard passed - arguments.offset < last else { break }
            if let chosen, !chosen.contains(element.index) { continue }
            guard arguments.filters.allSatisfy({ holds($0, of: element) }) else { continue }
            passed += 1
            guard passed > arguments.offset else { continue }
            try countField()
            guard element.isObject, let concrete = isOpen ? resourceType(of: element) : type else {
                try emit(nil) { writer.write("null") }
                continue
            }
            let inner = ExecutionItem.element(element, concrete)
            try emit(inner) { try write(inner, of: field) }
        }
        return true
    }

    private func resourceType(of json: JSONValue) -> TypeID? {
        guard let name = json.member(numbered: definitions.resourceTypeNumber), name.isString else { return nil }
        return definitions.resourceType(named: name.utf8)
    }

    private func holds(_ filter: PlannedArguments.Filter, of element: JSONValue) -> Bool {
        guard let value = element.member(numbered: filter.number) else { return false }
        var wanted = filter.text
        return wanted.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            return value.elementsOrSelf.contains { part in
                guard !part.isObject, !part.isArray, part.kind != .null else { return false }
                return bytesEqual(part.utf8, bytes) || part.kind == .number && isSameNumber(part.utf8, bytes)
            }
        }
    }
}
