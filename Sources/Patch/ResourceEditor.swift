internal import Base
internal import FHIR
internal import FHIRPath
internal import JSONTape

/// A resource under a FHIRPath Patch.
final class ResourceEditor {
    private(set) var root: JSONNode
    private let definitions: Definitions
    private let maker: PatchElementMaker
    private let limits: PatchLimits
    private let budget: PatchBudget
    private let evaluator: PathEvaluator
    private let parser: JSONParser
    /// The resource as it is now, for evaluating paths.
    private var tape: JSONValue
    private let rootType: TypeID
    private var items: [PathItem] = []
    private let text = ByteWriter(capacity: 4096)

    init(
        _ resource: UnsafeRawBufferPointer, definitions: Definitions, limits: PatchLimits, now: Instant
    ) throws(PatchError) {
        self.definitions = definitions
        self.limits = limits
        maker = PatchElementMaker(definitions: definitions)
        budget = PatchBudget(limits)
        var pathLimits = PathLimits()
        pathLimits.stepsMax = 500_000
        pathLimits.itemsMax = 100_000
        evaluator = PathEvaluator(definitions, limits: pathLimits, now: now)
        do throws(JSONError) {
            parser = try JSONParser(
                names: definitions.names, depthMax: limits.depthMax, bytesMax: limits.resultBytesMax)
            tape = try parser.parse(resource)
        } catch {
            throw PatchError(code: .inapplicable, detail: "the resource cannot be read", cause: error)
        }
        var valuesLeft = limits.valuesMax
        root = try JSONNode(tape, valuesLeft: &valuesLeft)
        guard let name = tape.member("resourceType"), name.isString,
            let type = definitions.resourceType(named: name.utf8)
        else { throw PatchError(code: .inapplicable, detail: "there is no resource to patch") }
        rootType = type
    }

    func apply(_ operation: FHIRPathPatch.Operation) throws(PatchError) {
        try evaluate(operation.path)
        switch operation.action {
        case .add(let name, let value): try add(name, value)
        case .insert(let value, let index): try insert(value, at: index)
        case .delete: try delete()
        case .replace(let value): try replace(value)
        case .move(let source, let destination): try move(from: source, to: destination)
        }
        try refresh()
    }

    private func evaluate(_ path: String) throws(PatchError) {
        do throws(PathError) {
            let expression = try PathExpression.compile(
                PatchPath.readable(path), on: rootType, definitions: definitions)
            evaluator.begin(tape, type: rootType)
            try evaluator.evaluate(expression, into: &items)
        } catch {
            throw PatchError(
                code: error.code == .limit ? .limit : .malformed, detail: "the path fails: \(error)", cause: error)
        }
    }

    /// Brings the tape up to what the operation made.
    private func refresh() throws(PatchError) {
        let size = root.measure()
        try budget.spend(size.values * 2)
        guard size.bytes <= limits.resultBytesMax, size.values <= limits.valuesMax else {
            throw PatchError(code: .limit, detail: "the result would be larger than \(limits.resultBytesMax) bytes")
        }
        text.removeAll()
        root.write(to: text)
        do throws(JSONError) {
            tape = try parser.parse(text.bytes)
        } catch {
            let code: PatchError.Code = error.code == .tooDeep || error.code == .tooLarge ? .limit : .inapplicable
            throw PatchError(code: code, detail: "the result cannot be read: \(error.explanation)", cause: error)
        }
    }

    // MARK: Places

    /// The place of an element that a path gave.
    private func place(of item: PathItem) throws(PatchError) -> ElementPlace {
        guard let node = item.node else {
            throw PatchError(code: .inapplicable, detail: "the path gives a computed value, not an element")
        }
        guard node.anchor.tape == tape.tape,
            let place = ElementPlace(node.anchor.index, in: tape, root, rootType, definitions)
        else { throw PatchError(code: .inapplicable, detail: "the path gives no element of the resource") }
        return place
    }

    /// The place of the one element that the path must give.
    private func onlyPlace() throws(PatchError) -> ElementPlace {
        guard items.count == 1 else {
            throw PatchError(
                code: .inapplicable,
                detail: items.isEmpty
                    ? "nothing is found at the path" : "the path gives \(items.count) elements where one is wanted")
        }
        return try place(of: items[0])
    }

    /// The list of which the path gives all elements.
    private func list() throws(PatchError) -> (place: ElementPlace, list: ElementList) {
        guard let first = items.first else {
            throw PatchError(code: .inapplicable, detail: "nothing is found at the path")
        }
        let place = try place(of: first)
        guard let element = place.element, element.isArray else {
            throw PatchError(code: .inapplicable, detail: "the path gives no list")
        }
        let list = ElementList(of: element.name, in: place.owner)
        guard items.count == list.items.count else {
            throw PatchError(code: .inapplicable, detail: "the path does not give one whole list")
        }
        for (index, item) in items.enumerated() {
            let other = try self.place(of: item)
            guard other.owner === place.owner, other.element?.name == element.name, other.index == index else {
                throw PatchError(code: .inapplicable, detail: "the path does not give one whole list")
            }
        }
        return (place, list)
    }

    // MARK: Operations

    private func add(_ name: String, _ value: PatchValue) throws(PatchError) {
        let place = try onlyPlace()
        let type = definitions[place.type].kind == .primitive ? definitions.type(named: "Element") : place.type
        guard let type else { throw PatchError(code: .inapplicable, detail: "the element takes no children") }
        let facts = try maker.element(name, of: type, for: value)
        let element = try maker.make(value, facts)
        try place.object(definitions).add(element, definitions)
    }

    private func insert(_ value: PatchValue, at index: Int) throws(PatchError) {
        let (place, present) = try list()
        var list = present
        guard index <= list.items.count else {
            throw PatchError(
                code: .inapplicable,
                detail: "the list has \(list.items.count) elements: none can be inserted at \(index)")
        }
        guard let facts = place.element else { return }
        let element = try maker.make(value, facts)
        list.items.insert((element.value, element.extensions), at: index)
        list.store()
    }

    private func delete() throws(PatchError) {
        if items.isEmpty { return }
        let place = try onlyPlace()
        guard let element = place.element else {
            throw PatchError(code: .inapplicable, detail: "the resource as a whole cannot be deleted by a patch")
        }
        if let index = place.index {
            var list = ElementList(of: element.name, in: place.owner)
            list.items.remove(at: index)
            list.store()
        } else {
            place.owner.removeMember(element.name.utf8)
            place.owner.removeMember(("_" + element.name).utf8)
        }
        place.prune()
    }

    private func replace(_ value: PatchValue) throws(PatchError) {
        let place = try onlyPlace()
        guard var facts = place.element else {
            throw PatchError(code: .inapplicable, detail: "the resource as a whole cannot be replaced by a patch")
        }
        if let choice = facts.choice, value.type != nil {
            facts = try maker.element(choice, of: place.ownerType, for: value)
        }
        let made = try maker.make(value, facts)
        if let index = place.index {
            var list = ElementList(of: facts.name, in: place.owner)
            list.items[index] = (made.value, made.extensions)
            return list.store()
        }
        guard let old = place.element?.name else { return }
        // The new one stands where the old one stood, also where a choice changes its name.
        if let made = made.value, let position = place.owner.place(of: old.utf8) {
            place.owner.names[position] = Array(facts.name.utf8)
            place.owner.children[position] = made
        } else {
            place.owner.removeMember(old.utf8)
            if let made = made.value { place.owner.set(Array(facts.name.utf8), made) }
        }
        place.owner.removeMember(("_" + old).utf8)
        if let extensions = made.extensions { place.owner.set(Array(("_" + facts.name).utf8), extensions) }
    }

    private func move(from source: Int, to destination: Int) throws(PatchError) {
        var list = try list().list
        guard source < list.items.count, destination < list.items.count else {
            throw PatchError(
                code: .inapplicable,
                detail: "the list has \(list.items.count) elements: \(source) cannot be moved to \(destination)")
        }
        list.items.insert(list.items.remove(at: source), at: destination)
        list.store()
    }
}
