internal import FHIR
internal import JSONTape

extension PathEvaluator {
    /// The type of resource that a Reference, canonical or uri points at, told from its text alone: `Patient/1`,
    /// `https://…/Patient/1/_history/2`, `Patient?identifier=…`, `#contained`, or else `Reference.type`.
    /// - Source: FHIR R4 references, https://hl7.org/fhir/R4/references.html#literal.
    func referencedType(_ item: PathItem) -> TypeID? {
        guard case .node(let node) = item, let value = node.value else { return nil }
        guard value.isObject else { return value.isString ? typeOfReference(value.utf8) : nil }
        if let reference = value.member(numbered: wellKnown.reference), reference.isString,
            let type = typeOfReference(reference.utf8)
        {
            return type
        }
        guard let type = value.member(numbered: wellKnown.type), type.isString else { return nil }
        return definitions.resourceType(named: lastSegment(type.utf8))
    }

    private func typeOfReference(_ text: UnsafeRawBufferPointer) -> TypeID? {
        if text.first == UInt8(ascii: "#") {
            return contained(UnsafeRawBufferPointer(rebasing: text[1...]))?.type
        }
        var end = text.count
        if let query = text.firstIndex(of: UInt8(ascii: "?")) {
            return definitions.resourceType(named: lastSegment(UnsafeRawBufferPointer(rebasing: text[..<query])))
        }
        // The last two segments, those of a version left out, are type and id.
        for _ in 0..<2 {
            guard let slash = text[..<end].lastIndex(of: UInt8(ascii: "/")) else { return nil }
            let head = UnsafeRawBufferPointer(rebasing: text[..<slash])
            let last = lastSegment(head)
            if !bytesEqual(last, "_history") { return definitions.resourceType(named: last) }
            end = max(0, head.count - last.count - 1)
        }
        return nil
    }

    private func lastSegment(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let slash = text.lastIndex(of: UInt8(ascii: "/")) else { return text }
        return UnsafeRawBufferPointer(rebasing: text[(slash + 1)...])
    }

    /// The resource of that id within the one that was begun; itself for an empty id.
    private func contained(_ id: UnsafeRawBufferPointer) -> PathNode? {
        guard let rootResource else { return nil }
        if id.isEmpty { return rootResource }
        guard let all = rootResource.value?.member(numbered: wellKnown.contained) else { return nil }
        for resource in all.elements {
            guard let own = resource.member(numbered: wellKnown.id), own.isString, bytesEqual(own.utf8, id) else {
                continue
            }
            return PathNode(resource, type: resourceType(of: resource) ?? wellKnown.resource)
        }
        return nil
    }

    /// The resource that a reference points at: contained in the one that was begun, an entry of its Bundle, or what the
    /// caller's resolver finds.
    func resolve(_ item: PathItem, _ node: PlanNode) throws(PathError) -> PathNode? {
        guard case .node(let element) = item, let value = element.value else { return nil }
        var text = value.utf8
        if value.isObject {
            guard let reference = value.member(numbered: wellKnown.reference), reference.isString else { return nil }
            text = reference.utf8
        } else if !value.isString {
            return nil
        }
        if text.first == UInt8(ascii: "#") { return contained(UnsafeRawBufferPointer(rebasing: text[1...])) }
        if let entry = try entry(for: text) { return entry }
        guard let resolver = services.resolver else { return nil }
        do {
            let found = try resolver.resolve(String(decoding: text, as: UTF8.self))
            return found.map { PathNode($0, type: resourceType(of: $0) ?? wellKnown.resource) }
        } catch {
            throw failed("resolve()", error, node)
        }
    }

    private func entry(for text: UnsafeRawBufferPointer) throws(PathError) -> PathNode? {
        guard let entries = rootResource?.value?.member(numbered: wellKnown.entry) else { return nil }
        for entry in entries.elements {
            try spend()
            guard let url = entry.member(numbered: wellKnown.fullURL), url.isString,
                let resource = entry.member(numbered: wellKnown.entryResource),
                isSame(text, url.utf8)
            else { continue }
            return PathNode(resource, type: resourceType(of: resource) ?? wellKnown.resource)
        }
        return nil
    }

    /// Whether a reference is that of a Bundle's entry: the whole url, or its last segments.
    private func isSame(_ reference: UnsafeRawBufferPointer, _ url: UnsafeRawBufferPointer) -> Bool {
        if bytesEqual(reference, url) { return true }
        guard !reference.isEmpty, url.count > reference.count,
            url[url.count - reference.count - 1] == UInt8(ascii: "/"), reference.contains(UInt8(ascii: "/"))
        else { return false }
        return bytesEqual(UnsafeRawBufferPointer(rebasing: url[(url.count - reference.count)...]), reference)
    }
}
