internal import FHIR
internal import JSONTape

/// Where an element stands in a resource that is being changed.
struct ElementPlace {
    /// The object that has the element as a member; the resource itself where there is no element.
    let owner: JSONNode
    let ownerType: TypeID
    /// `nil` for the resource as a whole.
    let element: ElementFacts?
    /// The place in a list; `nil` for an element that does not repeat.
    let index: Int?
    /// The type of the element; of a resource within it, the one that it names.
    let type: TypeID
    /// The containers above `owner`, outermost first, each with the place of the next one in it.
    var ancestors: [(node: JSONNode, place: Int)] = []

    /// Finds the element to which a place on the tape belongs.
    /// - Parameters:
    ///   - target: an index on the tape.
    ///   - tape: the resource on its tape.
    ///   - root: the same resource as nodes.
    /// - Returns: `nil` if the place is no element of the definitions.
    init?(_ target: Int, in tape: JSONValue, _ root: JSONNode, _ rootType: TypeID, _ definitions: Definitions) {
        var value = tape
        var node = root
        var type = rootType
        guard value.index != target else {
            self.init(owner: root, ownerType: rootType, element: nil, index: nil, type: rootType)
            return
        }
        var ancestors: [(node: JSONNode, place: Int)] = []
        while true {
            guard let (position, member) = Self.member(of: value, holding: target),
                let shape = definitions.shape(of: type, numbered: member.number)
            else { return nil }
            let facts = definitions[type].elements[Int(shape.ordinal)]
            let owner = node
            let ownerType = type
            var child = member.value
            var childNode = node.children[position]
            var index: Int?
            var path = [(node: node, place: position)]
            if facts.isArray, child.isArray, let (place, element) = Self.element(of: child, holding: target) {
                index = place
                path.append((childNode, place))
                child = element
                childNode = childNode.children[place]
            }
            type = Self.type(of: child, facts, definitions)
            if child.index == target {
                self.init(
                    owner: owner, ownerType: ownerType, element: facts, index: index, type: type, ancestors: ancestors)
                return
            }
            if shape.isExtension { type = definitions.type(named: "Element") ?? type }
            ancestors += path
            value = child
            node = childNode
        }
    }

    private init(
        owner: JSONNode, ownerType: TypeID, element: ElementFacts?, index: Int?, type: TypeID,
        ancestors: [(node: JSONNode, place: Int)] = []
    ) {
        self.owner = owner
        self.ownerType = ownerType
        self.element = element
        self.index = index
        self.type = type
        self.ancestors = ancestors
    }

    private static func member(of object: JSONValue, holding target: Int) -> (Int, JSONMember)? {
        for (position, member) in object.members.enumerated() where target < member.value.endIndex {
            return target >= member.value.index ? (position, member) : nil
        }
        return nil
    }

    private static func element(of array: JSONValue, holding target: Int) -> (Int, JSONValue)? {
        for (place, element) in array.elements.enumerated() where target < element.endIndex {
            return target >= element.index ? (place, element) : nil
        }
        return nil
    }

    private static func type(of value: JSONValue, _ facts: ElementFacts, _ definitions: Definitions) -> TypeID {
        guard definitions[facts.type].kind == .resource,
            let name = value.member(numbered: definitions.resourceTypeNumber), name.isString
        else { return facts.type }
        return definitions.resourceType(named: name.utf8) ?? facts.type
    }

    /// The object to which children of the element are added: for a primitive the one beside it, made if need be.
    func object(_ definitions: Definitions) throws(PatchError) -> JSONNode {
        guard let element else { return owner }
        guard definitions[type].kind == .primitive else {
            let value =
                index.map { ElementList(of: element.name, in: owner).items[$0].value }
                ?? owner.member(
                    element.name.utf8)
            guard let value, value.kind == .object else {
                throw PatchError(code: .inapplicable, detail: "the element is no object")
            }
            return value
        }
        if let index {
            var list = ElementList(of: element.name, in: owner)
            if let known = list.items[index].extensions { return known }
            let made = JSONNode(kind: .object)
            list.items[index].extensions = made
            list.store()
            return made
        }
        let name = Array(("_" + element.name).utf8)
        if let known = owner.member(name) { return known }
        let made = JSONNode(kind: .object)
        owner.set(name, made)
        return made
    }

    /// Takes away what an operation left empty, as FHIR has no empty objects and lists.
    func prune() {
        var child = owner
        for (node, place) in ancestors.reversed() {
            guard child.children.isEmpty else { return }
            node.remove(at: place)
            child = node
        }
    }
}
