internal import JSONTape

/// A document under a JSON Patch.
final class JSONEditor {
    private(set) var root: JSONNode
    private let limits: PatchLimits
    private let budget: PatchBudget
    /// What the document has at most: what is taken away is not counted back.
    private var values: Int
    private var bytes: Int

    init(_ document: JSONValue, limits: PatchLimits) throws(PatchError) {
        var valuesLeft = limits.valuesMax
        root = try JSONNode(document, valuesLeft: &valuesLeft)
        self.limits = limits
        budget = PatchBudget(limits)
        let size = root.measure()
        values = size.values
        bytes = size.bytes
        try budget.spend(values)
    }

    func apply(_ operation: JSONPatch.Operation) throws(PatchError) {
        let path = operation.path
        switch operation.action {
        case .add(let value): try add(try copied(value, to: path), at: path)
        case .remove:
            try find(path)
            try remove(at: path)
        case .replace(let value):
            try find(path)
            try put(try copied(value, to: path), at: path)
        case .test(let value):
            guard try find(path).equals(value, budget) else {
                throw PatchError(code: .testFailed, detail: "the value is another than the one tested for")
            }
        case .move(let from):
            let value = try find(from, as: "\"from\"")
            guard !path.isInside(from) else {
                throw PatchError(code: .inapplicable, detail: "a value cannot be moved into itself")
            }
            guard path != from else { return }
            try checkDepth(of: value.measure(), at: path)
            try remove(at: from)
            try add(value, at: path)
        case .copy(let from): try add(try copied(try find(from, as: "\"from\""), to: path), at: path)
        }
    }

    // MARK: Finding

    @discardableResult
    private func find(_ path: JSONPointer, as name: String = "the path") throws(PatchError) -> JSONNode {
        var node = root
        for token in path.tokens { node = node.children[try place(of: token, in: node, as: name)] }
        return node
    }

    private func parent(of path: JSONPointer) throws(PatchError) -> JSONNode {
        try find(JSONPointer(tokens: path.tokens.dropLast()), as: "the parent of the path")
    }

    private func place(
        of token: [UInt8], in node: JSONNode, as name: String = "the path"
    ) throws(PatchError) -> Int {
        try budget.spend(1 + node.names.count / 8)
        switch node.kind {
        case .object:
            if let place = node.place(of: token) { return place }
        case .array:
            if let index = JSONPointer.index(token), index < node.children.count { return index }
        default: break
        }
        throw PatchError(code: .inapplicable, detail: "there is nothing at \(name)")
    }

    // MARK: Changing

    private func add(_ value: JSONNode, at path: JSONPointer) throws(PatchError) {
        guard let last = path.tokens.last else { return root = value }
        let parent = try parent(of: path)
        switch parent.kind {
        case .object: parent.set(last, value)
        case .array:
            try budget.spend(parent.children.count / 16)
            if last == [UInt8(ascii: "-")] { return parent.children.append(value) }
            guard let index = JSONPointer.index(last) else {
                throw PatchError(
                    code: .inapplicable, detail: "the path leads into an array, where a number or - follows")
            }
            guard index <= parent.children.count else {
                throw PatchError(
                    code: .inapplicable, detail: "the array has \(parent.children.count) elements: too few for the path"
                )
            }
            parent.children.insert(value, at: index)
        default:
            throw PatchError(code: .inapplicable, detail: "the parent of the path is neither an object nor an array")
        }
    }

    private func put(_ value: JSONNode, at path: JSONPointer) throws(PatchError) {
        guard let last = path.tokens.last else { return root = value }
        let parent = try parent(of: path)
        parent.children[try place(of: last, in: parent)] = value
    }

    private func remove(at path: JSONPointer) throws(PatchError) {
        guard let last = path.tokens.last else {
            throw PatchError(code: .inapplicable, detail: "the whole document cannot be taken away")
        }
        let parent = try parent(of: path)
        try budget.spend(parent.children.count / 16)
        parent.remove(at: try place(of: last, in: parent))
    }

    // MARK: Limits

    /// A copy of a value that becomes part of the document.
    private func copied(_ value: JSONNode, to path: JSONPointer) throws(PatchError) -> JSONNode {
        let size = value.measure()
        values += size.values
        bytes += size.bytes
        guard values <= limits.valuesMax, bytes <= limits.resultBytesMax else {
            throw PatchError(code: .limit, detail: "the result would be larger than \(limits.resultBytesMax) bytes")
        }
        try checkDepth(of: size, at: path)
        try budget.spend(size.values * 2)
        return value.copy()
    }

    private func checkDepth(of size: (values: Int, bytes: Int, depth: Int), at path: JSONPointer) throws(PatchError) {
        try budget.spend(size.values)
        guard path.tokens.count + size.depth <= limits.depthMax else {
            throw PatchError(code: .limit, detail: "the result would nest deeper than \(limits.depthMax)")
        }
    }
}
