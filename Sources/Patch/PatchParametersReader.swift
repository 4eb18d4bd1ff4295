internal import FHIR
internal import JSONTape

/// Reads the operations of a FHIRPath Patch from its Parameters resource.
struct PatchParametersReader {
    private let definitions: Definitions
    private let limits: PatchLimits
    private let parameterType: TypeID
    private var valuesLeft: Int
    /// How deep parts may nest.
    private static let partsDepthMax = 32

    init(definitions: Definitions, limits: PatchLimits) throws(PatchError) {
        guard let type = definitions.type(named: "Parameters.parameter") else {
            throw PatchError(code: .malformed, detail: "the definitions have no Parameters.parameter")
        }
        self.definitions = definitions
        self.limits = limits
        parameterType = type
        valuesLeft = limits.valuesMax
    }

    mutating func operations(_ parameters: JSONValue) throws(PatchError) -> [FHIRPathPatch.Operation] {
        guard parameters.isObject, parameters.member("resourceType")?.equals("Parameters") == true else {
            throw PatchError(code: .malformed, detail: "a FHIRPath Patch is a Parameters resource")
        }
        var operations: [FHIRPathPatch.Operation] = []
        guard let list = parameters.member("parameter") else { return [] }
        for (place, parameter) in list.elements.enumerated() {
            guard place < limits.operationsMax else {
                throw PatchError(code: .limit, detail: "a patch may have at most \(limits.operationsMax) operations")
            }
            do throws(PatchError) {
                operations.append(try operation(parameter))
            } catch {
                var error = error
                error.operation = place
                throw error
            }
        }
        return operations
    }

    private mutating func operation(_ parameter: JSONValue) throws(PatchError) -> FHIRPathPatch.Operation {
        guard parameter.member("name")?.equals("operation") == true, let list = parameter.member("part"), list.isArray
        else { throw PatchError(code: .malformed, detail: "each parameter is named operation and has parts") }
        var parts: [String: JSONValue] = [:]
        for part in list.elements {
            guard let name = part.member("name")?.string else {
                throw PatchError(code: .malformed, detail: "a part of the operation has no name")
            }
            guard ["type", "path", "name", "value", "index", "source", "destination"].contains(name) else {
                throw PatchError(code: .malformed, detail: "an operation has no part \"\(name.prefix(64))\"")
            }
            guard parts.updateValue(part, forKey: name) == nil else {
                throw PatchError(code: .malformed, detail: "the operation has the part \(name) twice")
            }
        }
        guard let path = try text("path", in: parts) else {
            throw PatchError(code: .malformed, detail: "the operation has no path")
        }
        do throws(PatchError) {
            return FHIRPathPatch.Operation(action: try action(parts), path: path)
        } catch {
            var error = error
            error.path = path
            throw error
        }
    }

    private mutating func action(_ parts: [String: JSONValue]) throws(PatchError) -> FHIRPathPatch.Action {
        let allowed: Set<String>
        let action: FHIRPathPatch.Action
        let type = try text("type", in: parts)
        switch type {
        case "add":
            guard let name = try text("name", in: parts) else {
                throw PatchError(code: .malformed, detail: "add needs the name of the element")
            }
            (action, allowed) = (.add(name: name, try value(parts)), ["name", "value"])
        case "insert":
            (action, allowed) = (.insert(try value(parts), at: try number("index", in: parts)), ["value", "index"])
        case "delete": (action, allowed) = (.delete, [])
        case "replace": (action, allowed) = (.replace(try value(parts)), ["value"])
        case "move":
            let places = (try number("source", in: parts), try number("destination", in: parts))
            (action, allowed) = (.move(from: places.0, to: places.1), ["source", "destination"])
        default:
            throw PatchError(
                code: .malformed,
                detail: "the type of an operation is add, insert, delete, replace or move, not "
                    + (type.map { "\"\($0.prefix(64))\"" } ?? "missing"))
        }
        let known = allowed.union(["type", "path"])
        if let other = parts.keys.sorted().first(where: { !known.contains($0) }) {
            throw PatchError(code: .malformed, detail: "\(type ?? "") takes no \(other)")
        }
        return action
    }

    // MARK: Parts

    private func text(_ name: String, in parts: [String: JSONValue]) throws(PatchError) -> String? {
        guard let part = parts[name] else { return nil }
        for member in part.members where member.value.isString && (member.name.starts(with: "value".utf8)) {
            return member.value.text
        }
        throw PatchError(code: .malformed, detail: "the part \(name) has no text")
    }

    private func number(_ name: String, in parts: [String: JSONValue]) throws(PatchError) -> Int {
        guard let part = parts[name] else {
            throw PatchError(code: .malformed, detail: "the operation needs \(name)")
        }
        for member in part.members where member.value.kind == .number && member.name.starts(with: "value".utf8) {
            if let value = JSONPointer.index(Array(member.value.utf8)) { return value }
        }
        throw PatchError(code: .malformed, detail: "\(name) takes a whole number from 0")
    }

    private mutating func value(_ parts: [String: JSONValue]) throws(PatchError) -> PatchValue {
        guard let part = parts["value"] else {
            throw PatchError(code: .malformed, detail: "the operation needs a value")
        }
        return try value(of: part, depth: 0)
    }

    /// What a part holds: `value[x]`, a resource, or further parts.
    private mutating func value(of part: JSONValue, depth: Int) throws(PatchError) -> PatchValue {
        guard depth < Self.partsDepthMax else {
            throw PatchError(code: .limit, detail: "the parts of the value nest deeper than \(Self.partsDepthMax)")
        }
        var type: TypeID?
        var node: JSONNode?
        var extensions: JSONNode?
        for member in part.members {
            guard let shape = definitions.shape(of: parameterType, numbered: member.number), shape.isChoice else {
                continue
            }
            guard type == nil || type == shape.type else {
                throw PatchError(code: .malformed, detail: "a part has two values")
            }
            type = shape.type
            let made = try JSONNode(member.value, valuesLeft: &valuesLeft)
            if shape.isExtension { extensions = made } else { node = made }
        }
        let resource = part.member("resource")
        let parts = part.member("part")
        guard [type != nil, resource != nil, parts != nil].count(where: { $0 }) == 1 else {
            throw PatchError(code: .malformed, detail: "the value must be one of value[x], resource and parts")
        }
        if let type { return .typed(type, node, extensions: extensions) }
        if let resource { return .resource(try JSONNode(resource, valuesLeft: &valuesLeft)) }
        var children: [(name: String, value: PatchValue)] = []
        for child in parts?.elements ?? part.elements {
            guard let name = child.member("name")?.string else {
                throw PatchError(code: .malformed, detail: "a part of the value has no name")
            }
            children.append((name, try value(of: child, depth: depth + 1)))
        }
        guard !children.isEmpty else { throw PatchError(code: .malformed, detail: "the value is empty") }
        return .parts(children)
    }
}
