internal import FHIR
internal import JSONTape

/// A value that a FHIRPath Patch gives an element.
indirect enum PatchValue {
    /// A value of a data type: a primitive's `_value[x]` beside it.
    case typed(TypeID, JSONNode?, extensions: JSONNode?)
    /// A resource, for elements that hold one.
    case resource(JSONNode)
    /// An element put together from its children.
    case parts([(name: String, value: PatchValue)])

    /// The data type, if it is told.
    var type: TypeID? {
        if case .typed(let type, _, _) = self { type } else { nil }
    }
}

/// An element as it stands in JSON.
struct PatchElement {
    var facts: ElementFacts
    /// The value; `nil` where a primitive has only an id or extensions.
    var value: JSONNode?
    /// What stands in `_name`.
    var extensions: JSONNode?
}

/// Makes elements of values, by the definitions.
struct PatchElementMaker {
    let definitions: Definitions

    /// The element of a type by its name: of a choice by its name in JSON, or by the choice's name and the value's type.
    func element(_ name: String, of type: TypeID, for value: PatchValue) throws(PatchError) -> ElementFacts {
        let facts = definitions[type]
        if let element = facts.elements.first(where: { $0.name == name }) { return element }
        let base = name.hasSuffix("[x]") ? String(name.dropLast(3)) : name
        let choices = facts.choices(named: base)
        guard !choices.isEmpty else {
            throw PatchError(code: .inapplicable, detail: "\(facts.name) has no element \"\(name.prefix(64))\"")
        }
        guard let type = value.type else {
            throw PatchError(code: .malformed, detail: "the value of \(base)[x] must be one of a data type")
        }
        guard let choice = choices.first(where: { $0.type == type }) else {
            throw PatchError(
                code: .inapplicable, detail: "\(facts.name).\(base)[x] cannot be of the type \(definitions[type].name)")
        }
        return choice
    }

    /// The value as an element.
    func make(_ value: PatchValue, _ facts: ElementFacts) throws(PatchError) -> PatchElement {
        switch value {
        case .typed(let type, let node, let extensions):
            guard fits(type, facts.type) else {
                throw PatchError(
                    code: .inapplicable,
                    detail: "\(facts.name) is of the type \(definitions[facts.type].name), the value of "
                        + definitions[type].name)
            }
            return PatchElement(facts: facts, value: node?.copy(), extensions: extensions?.copy())
        case .resource(let node):
            guard definitions[facts.type].kind == .resource else {
                throw PatchError(
                    code: .inapplicable,
                    detail: "\(facts.name) is of the type \(definitions[facts.type].name), the value is a resource")
            }
            return PatchElement(facts: facts, value: node.copy(), extensions: nil)
        case .parts(let parts):
            let kind = definitions[facts.type].kind
            guard kind == .backbone || kind == .complex else {
                throw PatchError(
                    code: .inapplicable,
                    detail: "\(facts.name) is of the type \(definitions[facts.type].name), which has no parts")
            }
            let object = JSONNode(kind: .object)
            for part in parts {
                let child = try make(part.value, element(part.name, of: facts.type, for: part.value))
                try object.add(child, definitions)
            }
            return PatchElement(facts: facts, value: object, extensions: nil)
        }
    }

    /// Whether a value of a type may stand where another is defined: the same, a derived one, or a primitive that JSON
    /// writes the same way. What of it is not well-formed then, the check of the result finds.
    private func fits(_ type: TypeID, _ wanted: TypeID) -> Bool {
        if definitions[type].kind == .primitive, definitions[wanted].kind == .primitive {
            return form(type) == form(wanted)
        }
        return definitions.isSubtype(type, of: wanted) || definitions.isSubtype(wanted, of: type)
    }

    /// How JSON writes a primitive.
    /// - Source: FHIR R4 JSON, https://hl7.org/fhir/R4/json.html#primitive
    private func form(_ type: TypeID) -> JSONKind {
        switch definitions[type].name {
        case "boolean": .true
        case "decimal", "integer", "positiveInt", "unsignedInt": .number
        default: .string
        }
    }
}

extension JSONNode {
    /// Adds an element to an object: at the end of a list, or where there was none.
    func add(_ element: PatchElement, _ definitions: Definitions) throws(PatchError) {
        let facts = element.facts
        if facts.isArray {
            var list = ElementList(of: facts.name, in: self)
            list.items.append((element.value, element.extensions))
            return list.store()
        }
        let others = facts.choice == nil ? [facts.name] : []
        let group = others.isEmpty ? names.filter { isChoice($0, of: facts) } : []
        guard group.isEmpty, member(facts.name.utf8) == nil, member(("_" + facts.name).utf8) == nil else {
            throw PatchError(
                code: .inapplicable, detail: "there is a \(facts.baseName) already: replace it instead")
        }
        if let value = element.value { set(Array(facts.name.utf8), value) }
        if let extensions = element.extensions { set(Array(("_" + facts.name).utf8), extensions) }
    }

    /// Whether a member is of the same choice as an element.
    private func isChoice(_ name: [UInt8], of facts: ElementFacts) -> Bool {
        guard let choice = facts.choice else { return false }
        var rest = name[...]
        if rest.first == UInt8(ascii: "_") { rest.removeFirst() }
        guard rest.starts(with: choice.utf8), let next = rest.dropFirst(choice.utf8.count).first else { return false }
        return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(next)
    }
}

/// The elements of a list: values and, for primitives, what stands beside each in `_name`.
struct ElementList {
    private let name: [UInt8]
    private let owner: JSONNode
    var items: [(value: JSONNode?, extensions: JSONNode?)] = []

    init(of name: String, in owner: JSONNode) {
        self.name = Array(name.utf8)
        self.owner = owner
        let values = owner.member(self.name)?.children ?? []
        let extensions = owner.member([UInt8(ascii: "_")] + self.name)?.children ?? []
        for place in 0..<max(values.count, extensions.count) {
            let value = place < values.count ? values[place] : nil
            let beside = place < extensions.count ? extensions[place] : nil
            items.append((value?.kind == .null ? nil : value, beside?.kind == .null ? nil : beside))
        }
    }

    /// Puts the elements back where they came from.
    func store() {
        store(items.map(\.value), name)
        store(items.map(\.extensions), [UInt8(ascii: "_")] + name)
    }

    private func store(_ nodes: [JSONNode?], _ name: [UInt8]) {
        guard nodes.contains(where: { $0 != nil }) else { return owner.removeMember(name) }
        let array = JSONNode(kind: .array)
        array.children = nodes.map { $0 ?? JSONNode(kind: .null) }
        owner.set(name, array)
    }
}
